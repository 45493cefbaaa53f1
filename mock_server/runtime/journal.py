"""What was asked and answered, per world: the last requests, kept cheaply and rendered when somebody looks."""

from __future__ import annotations

import re
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from mock_server.runtime.boundary import iso
from mock_server.runtime.budget import Budget
from mock_server.runtime.conformance import reply_breach
from mock_server.runtime.exchange import Exchange
from mock_server.runtime.json_values import is_list, is_object

KEPT_REQUESTS = 1000
KEPT_BODY = 10_000
KEPT_BYTES = 32 * 1024 * 1024
KEPT_BYTES_IN_ALL = 128 * 1024 * 1024

# What Python needs besides the text itself, in bytes: for an entry with all that hangs on it, and for a header.
ENTRY_OVERHEAD = 1500
HEADER_OVERHEAD = 150

MASK = "***"
SECRET_HEADERS = frozenset({"authorization", "x-cal-secret-key", "cookie"})
SECRET_FIELDS = frozenset(
    {
        "accessToken",
        "refreshToken",
        "apiKey",
        "clientSecret",
        "secret",
        "password",
        "serviceAccountKey",
        "private_key",
        "calApiKey",
        "key",
    }
)

# Keys and JWTs may also stand inside of texts, and secret fields in a body that is cut off or no JSON, or in a query.
_SECRET_TEXT = re.compile(r"cal_[A-Za-z0-9_]{8,}|eyJ[\w-]+\.[\w-]+\.[\w-]*")
_NAMES = "|".join(sorted(SECRET_FIELDS))
_SECRET_PAIR = re.compile(rf'("(?:{_NAMES})"\s*:\s*)"(?:[^"\\]|\\.)*"?|((?:^|[?&])(?:{_NAMES})=)[^&]*')


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
                "url": _masked_text(exchange.url),
                "headers": {
                    name: MASK if name in SECRET_HEADERS else _masked_text(value)
                    for name, value in exchange.headers.items()
                },
                "body": _masked_body(exchange.raw_body),
            },
            "reply": None
            if reply is None
            else {
                "status": reply.status,
                "headers": {name.decode(): _masked_text(value.decode("latin-1")) for name, value in reply.headers},
                "body": _masked_body(reply.body),
            },
            "hint": exchange.hint,
            "contract": {"fits": verdict is None, "breach": verdict} if operation else None,
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


def _masked_body(raw: bytes) -> Any:
    if not raw:
        return None
    try:
        return _masked(msgspec.json.decode(raw))
    except (msgspec.DecodeError, RecursionError):
        return _masked_text(raw[:KEPT_BODY].decode("utf-8", "replace"))


def _masked(value: Any) -> Any:
    if is_object(value):
        secret = SECRET_FIELDS | {"value"} if value.get("property") in SECRET_FIELDS else SECRET_FIELDS
        return {name: MASK if name in secret and each is not None else _masked(each) for name, each in value.items()}
    if is_list(value):
        return [_masked(each) for each in value]
    return _masked_text(value) if isinstance(value, str) else value


def _masked_text(text: str) -> str:
    return _SECRET_TEXT.sub(MASK, _SECRET_PAIR.sub(rf"\1\2{MASK}", text))
