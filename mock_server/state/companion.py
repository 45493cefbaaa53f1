"""What a server keeps beside the state of a world: made for it, emptied by its reset and gone with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from mock_server.state.errors import WorldGone


class Part(Protocol):
    """Something kept beside the state of one world, such as its journal."""

    def reset(self) -> None:
        """The world was reset or restored: drops what belonged to its earlier state."""
        ...

    def close(self) -> None:
        """The world was dropped: gives back all that this part took from limits and queues of the server."""
        ...


P = TypeVar("P", bound=Part)


class Slot(Generic[P]):
    """The place of one part in the companion of every world. `make` is called when a world first needs the part."""

    def __init__(self, make: Callable[[], P]) -> None:
        self.make = make


class Companion:
    """The parts of one world by their slots: ``world.companion[slot]``."""

    def __init__(self, world: str) -> None:
        self._world = world
        self._parts: dict[Slot[Any], Part] = {}
        self._is_closed = False
        self._lock = threading.Lock()
        """Tests drop worlds beside the thread that serves."""

    def __getitem__(self, slot: Slot[P]) -> P:
        """The world's part in `slot`. Raises WorldGone after the world was dropped."""
        part: Any = self._parts.get(slot)
        return self._made(slot) if part is None else part

    def __len__(self) -> int:
        """How many parts have been made."""
        return len(self._parts)

    def _made(self, slot: Slot[P]) -> P:
        with self._lock:
            if self._is_closed:
                raise WorldGone(self._world)
            part: Any = self._parts.get(slot)
            if part is None:
                part = self._parts[slot] = slot.make()
            return part

    def reset(self) -> None:
        """See Part."""
        with self._lock:
            parts = list(self._parts.values())
        for part in parts:
            part.reset()

    def close(self) -> None:
        """See Part. There are no parts afterwards."""
        with self._lock:
            self._is_closed = True
            parts = list(self._parts.values())
            self._parts.clear()
        for part in parts:
            part.close()
