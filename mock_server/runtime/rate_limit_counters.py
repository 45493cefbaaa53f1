"""The counters of rate limits: requests by identity and limit, by the world's clock.

Source: Cal.com API v2, throttler guard: fixed windows from the first hit, a block after the limit, headers per limit.
"""

from __future__ import annotations

import hashlib
import math
from collections import OrderedDict
from datetime import datetime, timedelta

import msgspec

from mock_server.runtime.limit import Limit
from mock_server.runtime.reply import Header
from mock_server.runtime.shared_limit import SharedLimit

KEPT_IDENTITIES = 10_000


class Subject(msgspec.Struct, frozen=True):
    """The identity whose requests are counted, and its limits."""

    identity: str
    limits: tuple[Limit, ...]


class CountInStore(Exception):
    """An operation's request has to be counted in the store, for which operations cannot wait."""

    def __init__(self, subject: Subject) -> None:
        super().__init__(subject.identity)
        self.subject = subject


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


def retry_after(limits: tuple[Header, ...]) -> Header:
    """The header about when a refused request may be repeated: when the first of its limits ends."""
    seconds = min(int(value) for name, value in limits if name.startswith(b"x-ratelimit-reset-"))
    return b"retry-after", str(seconds).encode()


class RateLimits:
    """The counters of one world. The least recently used are dropped first."""

    def __init__(self, shared: SharedLimit) -> None:
        self._limit = shared
        self._counters: OrderedDict[tuple[bytes, str], _Counter] = OrderedDict()

    def count(self, subject: Subject, now: datetime) -> tuple[bool, tuple[Header, ...]]:
        """Counts a request. Returns whether it is refused (all limits blocked), and the headers to send.

        Raises CountInStore where processes share the counters.
        """
        blocked: list[bool] = []
        headers: list[Header] = []
        # Clients choose their identity, of any length.
        identity = hashlib.sha256(subject.identity.encode()).digest()
        for limit in subject.limits:
            is_blocked, left, seconds = self._counter((identity, limit.name)).hit(limit, now)
            blocked.append(is_blocked)
            headers += limit_headers(limit, left, seconds)
        return all(blocked), tuple(headers)

    async def counted(self, subject: Subject, now: datetime) -> tuple[bool, tuple[Header, ...]]:
        """See count. Waits where processes share the counters."""
        return self.count(subject, now)

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
