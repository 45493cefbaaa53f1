"""The counters of rate limits of a world that several processes serve."""

from __future__ import annotations

import hashlib
import math
from datetime import datetime
from typing import Any

from mock_server.runtime.rate_limit_counters import KEPT_IDENTITIES, CountInStore, RateLimits, Subject, limit_headers
from mock_server.runtime.reply import Header
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.state.companion import Feed

PART = "limits"

_HIT = """
-- The rule of rate_limit_counters.py, with times in milliseconds. ARGV: now, how many counters to keep, and for each
-- limit its counter, hits, window and block. Returns for each whether it is blocked, the hits left, and the time left.
local now, found = tonumber(ARGV[1]), {}
for at = 3, #ARGV, 4 do
  local allowed, window, block = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local hits, ends, blocked = string.match(redis.call('HGET', KEYS[1], ARGV[at]) or '0 0 0', '(%d+) (%d+) (%d+)')
  hits, ends, blocked = tonumber(hits), tonumber(ends), tonumber(blocked)
  if blocked > 0 and now >= blocked then blocked, ends = 0, 0 end
  if blocked == 0 and now >= ends then hits, ends = 0, now + window end
  hits = hits + 1
  if blocked == 0 and hits > allowed then blocked = now + block end
  redis.call('HSET', KEYS[1], ARGV[at], string.format('%.0f %.0f %.0f', hits, ends, blocked))
  found[#found + 1] = blocked > 0 and 1 or 0
  found[#found + 1] = blocked > 0 and 0 or math.max(allowed - hits, 0)
  found[#found + 1] = (blocked > 0 and blocked or ends) - now
end
while redis.call('HLEN', KEYS[1]) > tonumber(ARGV[2]) do
  redis.call('HDEL', KEYS[1], redis.call('HRANDFIELD', KEYS[1]))
end
return found
"""


class SharedRateLimits(RateLimits):
    """See RateLimits. A reset of the world makes all counters begin again."""

    def __init__(self, shared: SharedLimit, feed: Feed) -> None:
        super().__init__(shared)
        self._feed = feed

    def reset(self) -> None:
        """See Part."""
        super().reset()
        self._feed.forget(PART)

    def close(self) -> None:
        """See Part."""
        super().reset()

    def count(self, subject: Subject, now: datetime) -> tuple[bool, tuple[Header, ...]]:  # noqa: ARG002
        """See RateLimits."""
        raise CountInStore(subject)

    async def counted(self, subject: Subject, now: datetime) -> tuple[bool, tuple[Header, ...]]:
        """See RateLimits. Raises StoreUnavailable."""
        identity = hashlib.sha256(subject.identity.encode()).hexdigest()
        arguments: list[str | int] = [round(now.timestamp() * 1000), KEPT_IDENTITIES]
        for limit in subject.limits:
            arguments += [f"{identity} {limit.name}", limit.hits, limit.window_ms, limit.block_ms]
        found: list[Any] = await self._feed.evaluate(_HIT, PART, arguments)
        headers: list[Header] = []
        for place, limit in enumerate(subject.limits):
            _, left, milliseconds = found[3 * place : 3 * place + 3]
            headers += limit_headers(limit, left, math.ceil(milliseconds / 1000))
        return all(found[::3]), tuple(headers)
