"""E-mails and text messages that the live service would send. Each world records its own; none is ever sent.

An area posts them in the transaction of the operation that causes them, and they are recorded after the commit:

    post(tx, [Message(to="ann@example.com", kind="bookingConfirmed", content=render, about={"bookingUid": uid})])

`content` may be a function; it is called whenever the outbox is read, which keeps requests fast.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Literal

import msgspec

from mock_server.runtime.dates import iso
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.state.companion import Feed, Slot
from mock_server.state.transaction import Event, Transaction
from mock_server.state.worlds import World

KEPT_MESSAGES = 1000
KEPT_BYTES_IN_ALL = 64 * 1024 * 1024

OVERHEAD = 1500
"""Bytes of memory per message, in addition to its content."""

POSTED = "MESSAGES_POSTED"
"""The name of the event that carries messages through a commit."""

Channel = Literal["email", "sms", "whatsapp"]
Kind = Literal[
    "bookingRequested",
    "bookingConfirmed",
    "bookingRejected",
    "bookingRescheduled",
    "bookingCancelled",
    "bookingReassigned",
    "bookingUpdated",
    "guestsAdded",
    "rescheduleRequested",
    "seatBooked",
    "seatCancelled",
    "organizationInvitation",
    "workflow",
    "formResponse",
    "verificationCode",
]


class Attachment(msgspec.Struct, frozen=True):
    """A file attached to an e-mail. `name` is None for an alternative form of its text."""

    name: str | None
    content_type: str
    content: str


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """The content of a message. `subject` is None for SMS; `code` is the verification code in the text, if any."""

    text: str
    subject: str | None = None
    code: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message to one e-mail address or telephone number.

    `about` identifies its subject by the API's names: `bookingUid`, `eventTypeId` and so on. `size` is the
    approximate memory use of `content` in bytes.
    """

    to: str
    kind: Kind
    content: Content | Callable[[], Content]
    about: Mapping[str, str | int | None]
    channel: Channel = "email"
    size: int = 0


class RecordedMessage(msgspec.Struct, frozen=True):
    """A message in an outbox. Numbers are never reused, not even after a reset.

    `request_id` is that of the request that caused it, None for a job.
    """

    number: int
    at: datetime
    message: Message
    request_id: str | None = None

    @property
    def size(self) -> int:
        """The approximate memory use in bytes."""
        return OVERHEAD + self.message.size

    def view(self) -> dict[str, Any]:
        """The message as the control plane shows it."""
        message = self.message
        content = message.content if isinstance(message.content, Content) else message.content()
        return {
            "id": self.number,
            "at": iso(self.at),
            "channel": message.channel,
            "to": message.to,
            "kind": message.kind,
            "subject": content.subject,
            "text": content.text,
            "code": content.code,
            "attachments": [
                {"name": each.name, "contentType": each.content_type, "content": each.content}
                for each in content.attachments
            ],
            "about": message.about,
            "requestId": self.request_id,
        }


def post(tx: Transaction, messages: Sequence[Message]) -> None:
    """Records the messages when the transaction is committed."""
    if messages:
        tx.emit(Event(POSTED, {"at": tx.now, "messages": messages}))


class Outbox:
    """The last KEPT_MESSAGES messages of one world, within a limit shared by all worlds."""

    def __init__(self, shared: SharedLimit) -> None:
        self._limit = shared
        self._messages: deque[RecordedMessage] = deque()
        self._number = 0

    def __len__(self) -> int:
        return len(self._messages)

    def __iter__(self) -> Iterator[RecordedMessage]:
        """Newest first."""
        return iter(tuple(reversed(self._messages)))

    def add(self, at: datetime, messages: Iterable[Message], request_id: str | None = None) -> None:
        """Records messages; see RecordedMessage."""
        for message in messages:
            self._number += 1
            self.keep(RecordedMessage(self._number, at, message, request_id))

    def keep(self, recorded: RecordedMessage) -> None:
        """Adds a message, and drops the oldest one beyond the limit."""
        if len(self._messages) == KEPT_MESSAGES:
            self._limit.shrink(self.shed())
        self._messages.append(recorded)
        self._limit.grow(self, recorded.size)

    def shed(self) -> int:
        """See Holder."""
        return self._messages.popleft().size if self._messages else 0

    def clear(self) -> None:
        """Removes all messages, but keeps counting from the last number."""
        self._limit.release(self, sum(each.size for each in self._messages))
        self._messages.clear()

    def reset(self) -> None:
        """See Part."""
        self.clear()

    def close(self) -> None:
        """See Part."""
        self.clear()


class Outboxes(Slot[Outbox]):
    """The outboxes of all worlds. See Recorder."""

    def __init__(self, make_shared: Callable[[SharedLimit, Feed], Outbox] | None = None) -> None:
        limit = SharedLimit(KEPT_BYTES_IN_ALL)
        super().__init__(lambda: Outbox(limit), make_shared and partial(make_shared, limit))

    def handle_events(self, world: World, events: list[Event]) -> None:
        """Records the messages of a commit."""
        for event in events:
            if event.name == POSTED:
                world.companion[self].add(event.payload["at"], event.payload["messages"], event.request_id)
