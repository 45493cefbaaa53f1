"""The journal of a world that several processes serve: each has the requests of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from mock_server.runtime.call import Caller
from mock_server.runtime.description import Operation
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.journal import KEPT_REQUESTS, Entry, Journal
from mock_server.runtime.refusals import RefusedBy
from mock_server.runtime.reply import Header, Reply
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.state.companion import Feed

PART = "journal"


class _StoredReply(msgspec.Struct, frozen=True, array_like=True):
    status: int
    body: bytes
    headers: tuple[Header, ...]
    enveloped: bool


class _Stored(msgspec.Struct, frozen=True, array_like=True):
    """An entry as it is stored: with the id of its operation."""

    at: float
    duration: float
    request_id: str
    operation: str | None
    generated: bool
    caller: Caller | None
    commit: int | None
    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    reply: _StoredReply | None
    hint: str | None
    fault: str | None
    refused_by: RefusedBy | None
    is_whole: bool
    size: int


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Stored | None).decode

CLEARED = _encode(None)
"""The entry after which the earlier ones are forgotten."""


class SharedJournal(Journal):
    """See Journal. An entry has its number once the store has given it one."""

    def __init__(self, shared: SharedLimit, feed: Feed, operations: Mapping[str, Operation]) -> None:
        super().__init__(shared)
        self._feed = feed
        self._operations = operations
        feed.follow(PART, self)

    def add(self, exchange: Exchange) -> Entry:
        """See Journal."""
        entry = Entry.of(0, exchange)
        self._feed.send(PART, _encode(_stored(entry)), KEPT_REQUESTS)
        return entry

    def clear(self) -> None:
        """See Journal."""
        self._feed.send(PART, CLEARED, KEPT_REQUESTS)

    def apply(self, number: int, content: bytes) -> None:
        """See Replica."""
        stored = _decode(content)
        if stored is None:
            super().clear()
        else:
            self.keep(self._entry(number, stored))

    def _entry(self, number: int, stored: _Stored) -> Entry:
        reply = stored.reply
        fields: dict[str, Any] = msgspec.structs.asdict(stored) | {
            "operation": self._operations.get(stored.operation or ""),
            "reply": reply and Reply(reply.status, reply.body, reply.headers, enveloped=reply.enveloped),
        }
        return Entry(number=number, **fields)


def _stored(entry: Entry) -> _Stored:
    reply = entry.reply
    fields: dict[str, Any] = msgspec.structs.asdict(entry) | {
        "operation": entry.operation_id,
        "reply": reply and _StoredReply(reply.status, reply.body, reply.headers, reply.enveloped),
    }
    del fields["number"]
    return _Stored(**fields)
