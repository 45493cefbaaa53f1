"""Waits for conditions, and pages through numbered records."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from itertools import islice, takewhile
from typing import Protocol, TypeVar

from mock_server.runtime.workers import Workers
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.queries import DEFAULT_LIMIT, seconds, whole_number
from mock_server.state.companion import Feed

LOOK_EVERY = 0.01
LONGEST_READ = 0.2
"""Seconds that one read of a feed waits; in between, it is seen that the server stops."""


class Numbered(Protocol):
    """A record with a number that grows from record to record."""

    @property
    def number(self) -> int:
        """The number."""
        ...


N = TypeVar("N", bound=Numbered)


async def until(condition: Callable[[], bool], longest: float, workers: Workers, feed: Feed | None = None) -> None:
    """Waits until `condition()`, for at most `longest` seconds. Raises WorkStopped.

    With a feed, it reads what other processes add in the meantime.
    """
    end = time.monotonic() + longest
    while not condition() and (left := end - time.monotonic()) > 0:
        await workers.sleep(LOOK_EVERY)
        if feed is not None:
            await feed.wait(min(left, LONGEST_READ))


async def wait_for_records(
    records: Callable[[], Iterable[N]],
    matches: Callable[[N], bool],
    query: Mapping[str, str],
    workers: Workers,
    *,
    is_quiet: Callable[[], bool] = lambda: True,
    feed: Feed | None = None,
) -> tuple[list[N], int]:
    """The matching records, and the number to give as `since` for those that come next.

    `records` lists all that are kept, newest first. Without `?since=`, the newest `?limit=` (100) are returned, newest
    first, of those before the number `?before=`; with `?since=`, the oldest that come after that number, oldest first.
    `?wait=` waits, for at most that many seconds, until `is_quiet()` and, with `?since=`, until there is one.
    """
    since, limit = whole_number(query, "since", 0), whole_number(query, "limit", DEFAULT_LIMIT)
    follows = "since" in query
    if follows and "before" in query:
        raise Refused(400, "`since` follows a list forwards and `before` reads it backwards: give one of them.")
    before = whole_number(query, "before", 0)

    looked_at = since

    def has_later() -> bool:
        """Whether a record that came since the last look matches."""
        nonlocal looked_at
        later = list(takewhile(lambda each: each.number > looked_at, records()))
        looked_at = later[0].number if later else looked_at
        return any(map(matches, later))

    def found() -> Iterable[N]:
        newer = takewhile(lambda each: each.number > since, records())
        return (each for each in newer if (not before or each.number < before) and matches(each))

    await until(lambda: is_quiet() and (not follows or has_later()), seconds(query, "wait"), workers, feed)
    last = max(since, next((each.number for each in records()), 0))
    if not follows:
        return list(islice(found(), limit)), last
    matching = list(found())
    oldest = matching[::-1][:limit]
    return oldest, oldest[-1].number if len(oldest) < len(matching) and oldest else last
