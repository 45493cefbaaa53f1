"""What leaves a world with a commit, such as deliveries of webhooks: carriers take it out of the process."""

from __future__ import annotations

from typing import NamedTuple, Protocol, TypeVar

from mock_server.state.transaction import Event, Transaction

W = TypeVar("W", contravariant=True)
"""The world that an event belongs to."""


class Parcel(NamedTuple):
    """Something that leaves once, in order with others of its `lane`, such as the URL of a subscriber."""

    lane: str
    content: bytes


class ListEntry(NamedTuple):
    """An entry of a shared list, such as a message in the outbox. The store keeps the last `longest` of the `part`."""

    part: str
    longest: int
    content: bytes


class Recorder(Protocol[W]):
    """Records events of commits in a list that belongs to the world."""

    def handle_events(self, world: W, events: list[Event]) -> None:
        """Records the events of a commit in this process."""
        ...

    def entries(self, events: list[Event]) -> list[ListEntry]:
        """The entries for the events of a commit, which a shared store adds together with the commit."""
        ...


class Departure(Protocol):
    """One parcel on its way out. Both calls wait until the store can be used."""

    async def start(self) -> bool:
        """Waits until the parcels before it have left. False if it is not to leave any more."""
        ...

    async def finish(self) -> None:
        """Notes that it has left, or never will."""
        ...


class Carrier(Protocol[W]):
    """Carries parcels of one kind, each in the process that committed or, if that has died, in another one."""

    def pack(self, tx: Transaction, events: list[Event]) -> list[Parcel]:
        """The parcels for the events of a commit. `tx` reads the state after it."""
        ...

    def carry(self, world: W, content: bytes, departure: Departure) -> None:
        """Queues a parcel. It leaves between `departure.start()` and `departure.finish()`."""
        ...

    def record_loss(self, world: W, content: bytes) -> None:
        """Records that a process died while the parcel was leaving, so that it may or may not have left."""
        ...

    def handle_events(self, world: W, events: list[Event]) -> None:
        """Takes the events of a commit where no other process can."""
        ...
