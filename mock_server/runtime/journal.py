"""What was asked and answered, per world: the last requests, kept cheaply and rendered when somebody looks."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from mock_server.runtime.boundary import iso
from mock_server.runtime.budget import Budget
from mock_server.runtime.conformance import reply_breach
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.masking import Masker, credentials_of

KEPT_REQUESTS = 1000
KEPT_BODY = 10_000
KEPT_BYTES = 32 * 1024 * 1024
KEPT_BYTES_IN_ALL = 128 * 1024 * 1024

# What Python needs besides the text itself, in bytes: for an entry with all that hangs on it, and for a header.
ENTRY_OVERHEAD = 1500
HEADER_OVERHEAD = 150


class Entry:
    """One finished request. Holds what was there; nothing is copied or decoded before it is looked at."""

    __slots__ = ("at", "duration", "exchange", "number", "size")

    def __init__(self, number: int, exchange: Exchange) -> None:
        self.number = number
        self.exchange = exchange
        self.at = time.time()
        self.duration = time.perf_counter() - exchange.started
        self.size = _size(exchange)

    @property
    def operation_id(self) -> str | None:
        """The operation that was asked for, if any."""
        return self.exchange.operation.id if self.exchange.operation else None

    def shown(self) -> dict[str, Any]:
        """The entry with credentials masked, and the verdict of the description on the reply."""
        exchange = self.exchange
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in exchange.headers.items()]
        masker = Masker(credentials_of(headers))
        operation, reply, call = exchange.operation, exchange.reply, exchange.call
        caller = call.optional_caller if call else None
        verdict: str | None = None
        if operation is not None and reply is not None:
            breach = reply_breach(operation, reply.status, reply.body)
            verdict = None if breach is None else str(breach)
        return {
            "number": self.number,
            "at": iso(datetime.fromtimestamp(self.at, UTC)),
            "durationMs": round(self.duration * 1000, 3),
            "requestId": exchange.request_id,
            "operation": operation.id if operation else None,
            "generated": exchange.generated,
            "caller": {"kind": caller.kind, "userId": caller.user_id} if caller else None,
            "commit": exchange.commit,
            "request": {
                "method": exchange.method,
                "url": masker.text(exchange.url),
                "headers": masker.headers(headers),
                "body": masker.body(exchange.raw_body),
            },
            "reply": None
            if reply is None
            else {
                "status": reply.status,
                "headers": masker.headers(reply.headers),
                "body": masker.body(reply.body),
            },
            "hint": exchange.hint and masker.text(exchange.hint),
            "contract": {"fits": verdict is None, "breach": verdict and masker.text(verdict)} if operation else None,
        }


class Journal:
    """The last requests of a world: at most KEPT_REQUESTS, and of large ones as many as KEPT_BYTES hold.

    The journals of all worlds share a budget; a world without requests loses its oldest entries first.
    """

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._entries: deque[Entry] = deque()
        self._number = 0
        self._size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(tuple(self._entries))

    def add(self, exchange: Exchange) -> None:
        """Keeps a finished request, without what only its way through the stages needed."""
        self._number += 1
        exchange.transaction = None
        exchange.body = exchange.handler = None
        exchange.path_values = {}
        if len(exchange.raw_body) > KEPT_BODY:
            exchange.raw_body = exchange.raw_body[:KEPT_BODY]
        if exchange.call is not None:
            exchange.call.forget()
        entry = Entry(self._number, exchange)
        self._entries.append(entry)
        self._size += entry.size
        self._budget.grow(self, entry.size)
        while len(self._entries) > KEPT_REQUESTS or (self._size > KEPT_BYTES and len(self._entries) > 1):
            self._budget.shrink(self.shed())

    def shed(self) -> int:
        """See Holder."""
        if not self._entries:
            return 0
        size = self._entries.popleft().size
        self._size -= size
        return size

    def clear(self) -> None:
        """Forgets all."""
        self._budget.shrink(self._size)
        self._entries.clear()
        self._size = 0

    def close(self) -> None:
        """Forgets all, for good."""
        self._budget.release(self, self._size)
        self._entries.clear()
        self._size = 0


def _size(exchange: Exchange) -> int:
    """About how many bytes a finished exchange keeps."""
    headers = exchange.headers
    size = ENTRY_OVERHEAD + len(headers) * HEADER_OVERHEAD + sum(map(len, headers)) + sum(map(len, headers.values()))
    size += len(exchange.url) + len(exchange.original_url) + len(exchange.path) + len(exchange.query_string)
    size += len(exchange.raw_body)
    if exchange.reply is not None:
        size += len(exchange.reply.body) + sum(len(value) for _, value in exchange.reply.headers)
    return size
