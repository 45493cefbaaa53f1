"""Messages that commits send out of the process, such as deliveries of webhooks, and the senders of each kind."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol, TypeVar

from mock_server.state.transaction import Event, Transaction

W = TypeVar("W", contravariant=True)
"""The world that an event belongs to."""


class OutboundMessage(NamedTuple):
    """A message that is sent once, after earlier ones of its `lane`, such as the URL of a subscriber."""

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


Start = Literal["first", "wait", "gone"]
"""Whether a message can be sent now, has to wait for earlier ones of its lane, or must not be sent any more."""


class Transmission(Protocol):
    """The sending of one message. Both calls wait until the store can be used, and add an entry in the same step."""

    @property
    def key(self) -> str:
        """Identifies the message in its world. Keys sort in the order in which messages of a lane are sent."""
        ...

    async def start(self, entry: ListEntry | None = None) -> Start:
        """Records that sending begins, and adds `entry`, if the message is the first of its lane."""
        ...

    async def finish(self, entry: ListEntry | None = None) -> None:
        """Records that the message has been sent, or has been given up, and adds `entry`."""
        ...


class Sender(Protocol[W]):
    """Sends messages of one kind, from the process that committed or, if that has died, from another one."""

    def pack(self, tx: Transaction, events: list[Event]) -> list[OutboundMessage]:
        """The messages for the events of a commit. `tx` reads the state after it."""
        ...

    def enqueue(self, world: W, content: bytes, transmission: Transmission) -> None:
        """Queues a message, which is sent between `transmission.start()` and `transmission.finish()`."""
        ...

    async def record_loss(self, world: W, content: bytes, transmission: Transmission) -> None:
        """Records that a process died while it sent the message, which may or may not have arrived, and finishes it."""
        ...

    def handle_events(self, world: W, events: list[Event]) -> None:
        """Sends for the events of a commit where no store keeps messages."""
        ...
