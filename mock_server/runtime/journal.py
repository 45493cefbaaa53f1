"""The last requests and replies of each world, stored cheaply and rendered on demand."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache, partial
from typing import Any

import msgspec

from mock_server.runtime.call import Caller
from mock_server.runtime.conformance import Breach, reply_breach
from mock_server.runtime.dates import iso
from mock_server.runtime.description import Operation
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.masking import Masker, Secrets, credentials_of
from mock_server.runtime.refusals import RefusedBy
from mock_server.runtime.reply import Header, Reply
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.state.companion import Feed, Slot

KEPT_REQUESTS = 1000
KEPT_BODY = 10_000
KEPT_BYTES = 32 * 1024 * 1024
KEPT_BYTES_IN_ALL = 128 * 1024 * 1024

# Python's memory overhead in bytes, besides the text itself: of an entry with its objects, and of a header.
ENTRY_OVERHEAD = 1500
HEADER_OVERHEAD = 150


class Entry(msgspec.Struct, frozen=True, gc=False):
    """The record of a finished request. Decoding and masking are left to `view`.

    `at` in seconds since 1970, `duration` in seconds, `size` the approximate memory use in bytes. `is_whole`: the body
    arrived, and was not truncated.
    """

    number: int
    at: float
    duration: float
    request_id: str
    operation: Operation | None
    generated: bool
    caller: Caller | None
    commit: int | None
    method: str
    url: str
    headers: dict[str, str]
    body: bytes
    reply: Reply | None
    hint: str | None
    fault: str | None
    refused_by: RefusedBy | None
    is_whole: bool
    size: int

    @classmethod
    def of(cls, number: int, exchange: Exchange) -> Entry:
        """The entry of a finished exchange. Large bodies are truncated."""
        body, call = exchange.raw_body[:KEPT_BODY], exchange.call
        return cls(
            number,
            time.time(),
            time.perf_counter() - exchange.started,
            exchange.request_id,
            exchange.operation,
            exchange.generated,
            call.optional_caller if call else None,
            exchange.commit,
            exchange.method,
            exchange.url,
            exchange.headers,
            body,
            exchange.reply,
            exchange.hint,
            exchange.injected and exchange.injected.id,
            exchange.refused_by,
            exchange.has_whole_body and len(body) == len(exchange.raw_body),
            _size(exchange.url, exchange.headers, body, exchange.reply),
        )

    @property
    def operation_id(self) -> str | None:
        """The requested operation, if any."""
        return self.operation.id if self.operation else None

    def contains(self, text: str) -> bool:
        """Whether the URL, the operation, the hint or the beginning of a body contains `text`, in any case."""
        reply = b"" if self.reply is None else self.reply.body[:KEPT_BODY]
        texts = (self.url, self.operation_id or "", self.hint or "", self.request_id)
        return any(text in each.lower() for each in texts) or any(
            text.encode() in each.lower() for each in (self.body, reply)
        )

    def summary(self, secrets: Secrets) -> dict[str, Any]:
        """The entry without headers, bodies and the check of the reply."""
        masker, reply, caller = self.masker(secrets), self.reply, self.caller
        return {
            "number": self.number,
            "at": iso(datetime.fromtimestamp(self.at, UTC)),
            "durationMs": round(self.duration * 1000, 3),
            "requestId": self.request_id,
            "operation": self.operation_id,
            "generated": self.generated,
            "caller": {"kind": caller.kind, "userId": caller.user_id} if caller else None,
            "commit": self.commit,
            "request": {"method": self.method, "url": masker.text(self.url)},
            "reply": None if reply is None else {"status": reply.status},
            "hint": self.hint and masker.text(self.hint),
            "fault": self.fault,
            "refusedBy": self.refused_by and self.refused_by._asdict(),
        }

    def view(self, secrets: Secrets) -> dict[str, Any]:
        """The entry with `secrets` masked, and whether the reply fits the description."""
        masker, reply, verdict = self.masker(secrets), self.reply, None
        if breach := self.breach():
            verdict = masker.breach(breach)
        return {
            **self.summary(secrets),
            "request": {
                "method": self.method,
                "url": masker.text(self.url),
                "headers": masker.headers(self._raw_headers()),
                "body": masker.body(self.body),
            },
            "reply": None
            if reply is None
            else {
                "status": reply.status,
                "headers": masker.headers(reply.headers),
                "body": masker.body(reply.body),
            },
            "contract": {"fits": verdict is None, "breach": verdict} if self.operation and self.fault is None else None,
        }

    def masker(self, secrets: Secrets) -> Masker:
        """Masks `secrets` and the credentials of the request."""
        names = secrets.headers & self.headers.keys()
        sent = [(name.encode("latin-1"), self.headers[name].encode("latin-1")) for name in names]
        return _masker(tuple(credentials_of(sent, secrets)), secrets)

    def breach(self) -> Breach | None:
        """The first breach of the description in the reply, if any. What a fault did to a reply is none."""
        if self.operation is None or self.reply is None or self.fault is not None:
            return None
        return reply_breach(self.operation, self.reply.status, self.reply.body)

    def _raw_headers(self) -> list[Header]:
        """The headers as they were sent."""
        return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in self.headers.items()]


class Journal:
    """The last requests of a world: at most KEPT_REQUESTS, and at most KEPT_BYTES in total."""

    def __init__(self, shared: SharedLimit) -> None:
        self._limit = shared
        self._entries: deque[Entry] = deque()
        self._number = 0
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def get(self, number: int | None) -> Entry | None:
        """The entry with that number, if it is kept."""
        return next((each for each in self if each.number == number), None)

    def add(self, exchange: Exchange) -> Entry:
        """Adds a finished request, and returns its entry."""
        self._number += 1
        entry = Entry.of(self._number, exchange)
        self.keep(entry)
        return entry

    def keep(self, entry: Entry) -> None:
        """Adds an entry, and drops the oldest ones beyond the limits."""
        self._entries.append(entry)
        self._size += entry.size
        self._limit.grow(self, entry.size)
        while len(self._entries) > KEPT_REQUESTS or (self._size > KEPT_BYTES and len(self._entries) > 1):
            self._limit.shrink(self.shed())

    def shed(self) -> int:
        """See Holder."""
        if not self._entries:
            return 0
        size = self._entries.popleft().size
        self._size -= size
        return size

    def clear(self) -> None:
        """Removes all entries."""
        self._limit.shrink(self._size)
        self._entries.clear()
        self._size = 0

    def reset(self) -> None:
        """See Part. Requests before a reset are kept."""

    def close(self) -> None:
        """See Part."""
        self._limit.release(self, self._size)
        self._entries.clear()
        self._size = 0


class Journals(Slot[Journal]):
    """The journals of all worlds, with a shared limit: an idle world loses its oldest entries first."""

    def __init__(self, make_shared: Callable[[SharedLimit, Feed], Journal] | None = None) -> None:
        limit = SharedLimit(KEPT_BYTES_IN_ALL)
        super().__init__(lambda: Journal(limit), make_shared and partial(make_shared, limit))


@lru_cache(maxsize=256)
def _masker(credentials: tuple[str, ...], secrets: Secrets) -> Masker:
    return Masker(credentials, secrets)


def _size(url: str, headers: Mapping[str, str], body: bytes, reply: Reply | None) -> int:
    """The approximate memory use of an entry, in bytes."""
    size = ENTRY_OVERHEAD + len(headers) * HEADER_OVERHEAD + sum(map(len, headers)) + sum(map(len, headers.values()))
    size += len(url) + len(body)
    if reply is not None:
        size += len(reply.body) + sum(len(value) for _, value in reply.headers)
    return size
