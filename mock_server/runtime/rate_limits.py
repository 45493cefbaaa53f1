"""Counts requests by credential and refuses those over the limit, by the world's clock.

Source: Cal.com API v2, throttler guard: fixed windows from the first hit, a block after the limit, headers per limit.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.call import Call
from mock_server.runtime.errors import BareError, Throttled
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.limit import Limit
from mock_server.runtime.reply import Header
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.state.companion import Slot
from mock_server.state.transaction import Transaction

TOO_MANY = "Too many requests. Please try again later."
NAMED_REFUSAL = f"CustomThrottlerGuard - {TOO_MANY}"

KEPT_IDENTITIES = 10_000
KEPT_IDENTITIES_IN_ALL = 100_000


class Subject(msgspec.Struct, frozen=True):
    """The identity whose requests are counted, and its limits."""

    identity: str
    limits: tuple[Limit, ...]


Identify = Callable[[Call, str, Limit | None], Subject]
"""Determines the subject of a request, given the client's address and the operation's own limit, if any.

Raises Unauthorized for an unknown key, unless the operation has its own limit.
"""


class _Counter:
    __slots__ = ("blocked_until", "ends", "hits")

    def __init__(self) -> None:
        self.hits = 0
        self.ends: datetime | None = None
        self.blocked_until: datetime | None = None

    def hit(self, limit: Limit, now: datetime) -> tuple[bool, int, int]:
        """Counts a request. Returns whether it is blocked, the hits left, and the seconds until window or block end."""
        if self.blocked_until is not None and now >= self.blocked_until:
            self.blocked_until = self.ends = None
        if self.blocked_until is None and (self.ends is None or now >= self.ends):
            self.hits, self.ends = 0, now + timedelta(milliseconds=limit.window_ms)
        self.hits += 1
        if self.blocked_until is None and self.hits > limit.hits:
            self.blocked_until = now + timedelta(milliseconds=limit.block_ms)
        until = self.blocked_until or self.ends
        assert until is not None
        left = 0 if self.blocked_until else max(limit.hits - self.hits, 0)
        return self.blocked_until is not None, left, math.ceil((until - now).total_seconds())


def limit_headers(limit: Limit, left: int, seconds: int) -> tuple[Header, ...]:
    """The headers about a limit: the requests that are `left`, and the seconds until its window or block ends."""
    values = (("limit", limit.hits), ("remaining", left), ("reset", seconds))
    return tuple((f"x-ratelimit-{what}-{limit.name}".lower().encode(), str(value).encode()) for what, value in values)


def throttled(tx: Transaction) -> Throttled:
    """The refusal of a request over its limit."""
    return Throttled(NAMED_REFUSAL) if tx.has("guards-name-themselves") else Throttled()


class RateLimits:
    """The counters of one world. The least recently used are dropped first."""

    def __init__(self, shared: SharedLimit) -> None:
        self._limit = shared
        self._counters: OrderedDict[tuple[bytes, str], _Counter] = OrderedDict()

    def count(self, subject: Subject, now: datetime) -> tuple[bool, tuple[Header, ...]]:
        """Counts a request. Returns whether it is refused (all limits blocked), and the headers to send."""
        blocked: list[bool] = []
        headers: list[Header] = []
        # Clients choose their identity, of any length.
        identity = hashlib.sha256(subject.identity.encode()).digest()
        for limit in subject.limits:
            is_blocked, left, seconds = self._counter((identity, limit.name)).hit(limit, now)
            blocked.append(is_blocked)
            headers += limit_headers(limit, left, seconds)
        return all(blocked), tuple(headers)

    def shed(self) -> int:
        """See Holder. Pieces are counters."""
        if not self._counters:
            return 0
        self._counters.popitem(last=False)
        return 1

    def reset(self) -> None:
        """See Part."""
        self._limit.release(self, len(self._counters))
        self._counters.clear()

    def close(self) -> None:
        """See Part."""
        self.reset()

    def _counter(self, key: tuple[bytes, str]) -> _Counter:
        counter = self._counters.get(key)
        if counter is None:
            counter = self._counters[key] = _Counter()
            self._limit.grow(self, 1)
            if len(self._counters) > KEPT_IDENTITIES:
                self._limit.shrink(self.shed())
        else:
            self._counters.move_to_end(key)
        return counter


def check_limit(call: Call, limit: Limit, identity: str) -> None:
    """Counts against a limit that an operation has beside that of the credential. Raises BareError of 429."""
    if call.rate_limits is None:
        return
    refused, _ = call.rate_limits.count(Subject(identity, (limit,)), call.now)
    if refused:
        raise BareError(429, TOO_MANY)


class RateLimiting:
    """Runs before authentication, so that refused credentials count as well. Disabled, it only refuses unknown keys."""

    def __init__(self, app: ASGIApp, *, identify: Identify, enabled: bool) -> None:
        self.app = app
        self._identify = identify
        self._enabled = enabled
        shared = SharedLimit(KEPT_IDENTITIES_IN_ALL)
        self._limits = Slot(lambda: RateLimits(shared))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        call = exchange.call
        assert call is not None and exchange.operation is not None
        client = scope.get("client")
        subject = self._identify(call, client[0] if client else "unknown", exchange.operation.rate_limit)
        if self._enabled and not exchange.limited:
            exchange.limited = True  # A request that is retried after a commit conflict counts once.
            call.rate_limits = exchange.world.companion[self._limits]
            refused, exchange.extra_headers = call.rate_limits.count(subject, call.now)
            if refused:
                raise throttled(call.tx)
        await self.app(scope, receive, send)
