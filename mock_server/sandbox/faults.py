"""The fault calls of the control plane, and the file of faults that every world begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import yaml

from mock_server.runtime.description import Description
from mock_server.runtime.fault import Fault, InvalidFault, read_fault
from mock_server.runtime.faults import (
    MOST_FAULTS,
    FaultsOfWorlds,
    InjectedFault,
    TooManyFaults,
    UnknownFault,
)
from mock_server.runtime.json_values import is_list
from mock_server.sandbox.errors import Refused
from mock_server.state.errors import Unusable
from mock_server.state.worlds import World

FULL = f"A world has at most {MOST_FAULTS} faults. DELETE /_sandbox/faults removes them."


class UnusableFaults(Unusable):
    """The file of faults cannot be used."""


class FaultControls:
    """The calls of the control plane that concern faults."""

    def __init__(self, faults: FaultsOfWorlds, description: Description) -> None:
        self._faults = faults
        self._operations = description.operations

    async def list(self, world: World) -> dict[str, Any]:
        """All faults, in the order in which they are tried."""
        faults = world.companion[self._faults]
        await faults.refresh()
        return {"faults": [_view(each) for each in faults]}

    async def get(self, world: World, fault_id: str) -> dict[str, Any]:
        """One fault. Raises Refused (404)."""
        faults = world.companion[self._faults]
        await faults.refresh()
        try:
            return _view(faults[fault_id])
        except UnknownFault:
            raise _unknown(fault_id) from None

    async def add(self, world: World, body: Any) -> dict[str, Any]:
        """Adds a fault, which is tried last. Raises Refused."""
        try:
            added = world.companion[self._faults].add(read_fault(body, self._operations))
            await _announce(world)
            return _view(added)
        except InvalidFault as error:
            raise Refused(400, f"The fault is invalid: {error}") from None
        except TooManyFaults:
            raise Refused(409, FULL) from None

    async def replace(self, world: World, body: Any) -> dict[str, Any]:
        """Replaces all faults by those of a list. Raises Refused."""
        try:
            world.companion[self._faults].replace(read_faults(body, self._operations))
        except InvalidFault as error:
            raise Refused(400, str(error)) from None
        except TooManyFaults:
            raise Refused(409, FULL) from None
        await _announce(world)
        return await self.list(world)

    async def remove(self, world: World, fault_id: str) -> dict[str, str]:
        """Removes one fault. Raises Refused (404)."""
        try:
            world.companion[self._faults].remove(fault_id)
        except UnknownFault:
            raise _unknown(fault_id) from None
        await _announce(world)
        return {"status": "ok"}

    async def clear(self, world: World) -> dict[str, str]:
        """Removes all faults."""
        world.companion[self._faults].clear()
        await _announce(world)
        return {"status": "ok"}


async def _announce(world: World) -> None:
    """Makes all processes that serve the world know its faults before their next request."""
    if world.companion.feed is not None:
        await world.companion.feed.pull()
        await world.companion.feed.announce()


def read_faults(content: Any, operations: Any) -> tuple[Fault, ...]:
    """The faults of a list. Raises InvalidFault, whose text names the place in the list."""
    if not is_list(content):
        raise InvalidFault("A list of faults is expected.")
    return tuple(_numbered(place, each, operations) for place, each in enumerate(content, 1))


def read_fault_file(path: Path | None, description: Description) -> tuple[Fault, ...]:
    """The faults in a YAML or JSON file; none without a file. Raises UnusableFaults."""
    if path is None:
        return ()
    try:
        content: Any = yaml.safe_load(path.read_bytes())
        faults = read_faults(content, description.operations)
    except OSError as error:
        raise UnusableFaults(f"The file of faults {path} cannot be read: {error.strerror}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UnusableFaults(f"The file of faults {path} is neither YAML nor JSON: {error}") from None
    except InvalidFault as error:
        raise UnusableFaults(f"The file of faults {path} is invalid: {error}") from None
    if len(faults) > MOST_FAULTS:
        raise UnusableFaults(f"The file of faults {path} has {len(faults)} faults; a world has at most {MOST_FAULTS}.")
    return faults


def _numbered(place: int, content: Any, operations: Any) -> Fault:
    try:
        return read_fault(content, operations)
    except InvalidFault as error:
        raise InvalidFault(f"Fault {place} is invalid: {error}") from None


def _unknown(fault_id: str) -> Refused:
    return Refused(404, f"There is no fault {fault_id} in this world.")


def _view(injected: InjectedFault) -> dict[str, Any]:
    return {
        "id": injected.id,
        **msgspec.to_builtins(injected.fault),
        "matched": injected.matched,
        "affected": injected.affected,
    }
