"""The outbox of a world that several processes serve: each has the messages of all of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import msgspec

from mock_server.runtime.outbox import (
    KEPT_MESSAGES,
    POSTED,
    Channel,
    Content,
    Kind,
    Message,
    Outbox,
    Outboxes,
    RecordedMessage,
)
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.state.companion import Feed
from mock_server.state.outbound import ListEntry
from mock_server.state.transaction import Event

PART = "outbox"


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    """A message as it is stored: with its whole content."""

    at: datetime
    request_id: str | None
    to: str
    kind: Kind
    channel: Channel
    content: Content
    about: dict[str, str | int | None]
    size: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Stored | None).decode

CLEARED = _encode(None)
"""The entry after which the earlier ones are forgotten."""


def stored_message(at: datetime, message: Message, request_id: str | None) -> bytes:
    """A message as an entry of the shared outbox."""
    content = message.content if isinstance(message.content, Content) else message.content()
    about = dict(message.about)
    return _encode(_Stored(at, request_id, message.to, message.kind, message.channel, content, about, message.size))


class SharedOutboxes(Outboxes):
    """Outboxes whose messages are stored together with the commits that post them, where processes share a store."""

    def __init__(self) -> None:
        super().__init__(SharedOutbox)

    def entries(self, events: list[Event]) -> list[ListEntry]:
        """See Recorder."""
        return [
            ListEntry(PART, KEPT_MESSAGES, stored_message(event.payload["at"], message, event.request_id))
            for event in events
            if event.name == POSTED
            for message in event.payload["messages"]
        ]


class SharedOutbox(Outbox):
    """See Outbox. A message has its number once the store has given it one."""

    def __init__(self, shared: SharedLimit, feed: Feed) -> None:
        super().__init__(shared)
        self._feed = feed
        feed.follow(PART, self)

    def add(self, at: datetime, messages: Iterable[Message], request_id: str | None = None) -> None:
        """See Outbox."""
        for message in messages:
            self._feed.send(PART, stored_message(at, message, request_id), KEPT_MESSAGES)

    def clear(self) -> None:
        """See Outbox."""
        self._feed.send(PART, CLEARED, KEPT_MESSAGES)

    def close(self) -> None:
        """See Part."""
        super().clear()

    def apply(self, number: int, content: bytes) -> None:
        """See Replica."""
        stored = _decode(content)
        if stored is None:
            super().clear()
            return
        message = Message(
            to=stored.to,
            kind=stored.kind,
            content=stored.content,
            about=stored.about,
            channel=stored.channel,
            size=stored.size,
        )
        self.keep(RecordedMessage(number, stored.at, message, stored.request_id))
