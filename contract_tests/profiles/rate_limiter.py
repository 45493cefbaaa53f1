"""Limits the rate of requests, to a fixed rate and to the provider's rate limits."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

LONGEST_WAIT = 120.0
RESERVE = 1
"""Requests in each of the provider's windows that are left for other users of the account."""

_AN_EPOCH = 1_000_000_000


class RateLimiter:
    """Waits before each request. With `per_minute` None there is no fixed rate."""

    def __init__(
        self,
        per_minute: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._gap = 60 / per_minute if per_minute else 0.0
        self._clock = clock
        self._sleep = sleep
        self._next = clock()
        self.waited = 0.0
        self.refusals = 0

    def wait(self) -> None:
        """Waits until the next request may be sent."""
        left = self._next - self._clock()
        if left > 0:
            self.waited += left
            self._sleep(left)
        self._next = max(self._clock(), self._next) + self._gap

    def learn(self, status: int, headers: Mapping[str, str]) -> None:
        """Adapts to the rate-limit headers of a reply; `refusals` counts consecutive replies with 429.

        Source: Cal.com API v2, X-RateLimit-Limit, -Remaining and -Reset for each limit; Reset is in seconds.
        """
        self.refusals = self.refusals + 1 if status == 429 else 0
        pauses = [_seconds(headers["retry-after"])] if "retry-after" in headers else []
        for name, value in headers.items():
            if name.startswith("x-ratelimit-remaining") and value.isdecimal() and int(value) <= RESERVE:
                pauses.append(_seconds(headers.get(name.replace("remaining", "reset"), "")))
        if status == 429 and not pauses:
            pauses.append(60.0)
        if pauses:
            self._next = max(self._next, self._clock() + min(max(pauses), LONGEST_WAIT))


def _seconds(text: str) -> float:
    """Seconds: a duration, or the time until a moment that is given in seconds since 1970."""
    try:
        value = float(text)
    except ValueError:
        return 60.0
    return max(0.0, value - time.time()) if value > _AN_EPOCH else max(0.0, value)
