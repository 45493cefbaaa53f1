"""What a server keeps beside the state of a world: made for it, emptied by its reset and gone with it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
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


class Replica(Protocol):
    """What this process has of a part that several processes share."""

    def apply(self, number: int, content: bytes) -> None:
        """Adds an entry that a process, maybe this one, has sent. Numbers grow, but not always by one."""
        ...


class Feed(Protocol):
    """Passes the entries of shared parts to all processes, in the same order and with the same numbers."""

    def follow(self, part: str, replica: Replica) -> None:
        """Passes the entries of a part to `replica`, those that the store has already first."""
        ...

    def send(self, part: str, content: bytes, longest: int) -> None:
        """Adds an entry to a part, of which the store keeps the last `longest` at most, with the next `flush`."""
        ...

    async def flush(self) -> None:
        """Returns when everything that was sent is in the store. What cannot be stored in time is lost, and logged."""
        ...

    async def pull(self) -> None:
        """Returns when the replicas have everything that any process has flushed."""
        ...

    async def wait(self, seconds: float) -> None:
        """Returns when the replicas have got something new, after `seconds` at most."""
        ...

    @property
    def is_stale(self) -> bool:
        """Whether another process may have announced entries since the last `pull`."""
        ...

    async def announce(self) -> None:
        """Makes the feed of every process stale, before its next request. Raises StoreUnavailable."""
        ...

    async def evaluate(self, script: str, part: str, arguments: Sequence[str | int]) -> Any:
        """Runs a script of the store, in Lua, on the counters of a part, which are a hash.

        Raises WorldGone, StoreUnavailable.
        """
        ...

    def forget(self, part: str, *counters: str) -> None:
        """Forgets these counters of a part, or all of them if none is given, with the next `flush`."""
        ...


P = TypeVar("P", bound=Part)


class Slot(Generic[P]):
    """The place of one part in the companion of every world.

    `make` is called when a world first needs the part; for a part that processes share, `make_shared` where the world
    has a feed.
    """

    def __init__(self, make: Callable[[], P], make_shared: Callable[[Feed], P] | None = None) -> None:
        self.make = make
        self.make_shared = make_shared


class Companion:
    """The parts of one world by their slots: ``world.companion[slot]``."""

    def __init__(self, world: str, feed: Feed | None = None) -> None:
        self._world = world
        self.feed = feed
        """What processes share; None if this process is the only one."""
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
                part = slot.make() if self.feed is None or slot.make_shared is None else slot.make_shared(self.feed)
                self._parts[slot] = part
            return part

    def reset(self) -> None:
        """See Part. Shared parts are left to `reset_shared`."""
        self._reset(shared=False)

    def reset_shared(self) -> None:
        """Resets shared parts, for all processes. Called in the one that has reset the world."""
        self._reset(shared=True)

    def _reset(self, *, shared: bool) -> None:
        with self._lock:
            parts = list(self._parts.items())
        for slot, part in parts:
            if shared == (self.feed is not None and slot.make_shared is not None):
                part.reset()

    def close(self) -> None:
        """See Part. There are no parts afterwards."""
        with self._lock:
            self._is_closed = True
            parts = list(self._parts.values())
            self._parts.clear()
        for part in parts:
            part.close()
