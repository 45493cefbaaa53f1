"""The times at which something that repeats by an iCalendar rule (RFC 5545) takes place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import islice, takewhile

from dateutil.rrule import rrulestr

from mock_server.runtime.time_zones import is_time_zone, time_zone

OCCURRENCE_LIMIT = 5000
"""More are not looked for at once: a range of thousands of years would never end."""

_FREQUENCY = re.compile(r"FREQ=(DAILY|WEEKLY)\b", re.IGNORECASE)
_INTERVAL = re.compile(r"INTERVAL=(\d+)", re.IGNORECASE)
_UNTIL = re.compile(r"UNTIL=(\d{8}T\d{6})Z", re.IGNORECASE)
_COUNT = re.compile(r"COUNT=", re.IGNORECASE)
_PERIODS = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}


def zone_of(name: str) -> tzinfo:
    """The IANA time zone of that name; UTC where there is none."""
    return time_zone(name) if is_time_zone(name) else UTC


def starts_of(start: datetime, rule: str, zone: tzinfo, low: datetime, high: datetime) -> Iterator[datetime]:
    """When what first starts at `start` starts again, from `low` (included) to `high` (not included), in UTC.

    `rule` is an RRULE value, e.g. ``FREQ=WEEKLY;BYDAY=WE``; it counts in the local time of `zone`, so that the hour
    stays when the clocks change. Raises ValueError for a rule that is none.
    """
    local_low, local_high = _local(low, zone), _local(high, zone)
    first = _near(_local(start, zone), rule, local_low)
    # Names of zones in a rule count for nothing: dateutil would look them up on this machine.
    occurrences = rrulestr(_with_local_end(rule, zone), dtstart=first, ignoretz=True).xafter(local_low, inc=True)
    within = takewhile(lambda each: each < local_high, occurrences)
    for each in islice(within, OCCURRENCE_LIMIT):
        yield each.replace(tzinfo=zone).astimezone(UTC)


def _local(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


def _with_local_end(rule: str, zone: tzinfo) -> str:
    """The end of a rule is an instant; the rule is counted in local time."""

    def local(match: re.Match[str]) -> str:
        until = datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        return f"UNTIL={_local(until, zone):%Y%m%dT%H%M%S}"

    return _UNTIL.sub(local, rule)


def _near(start: datetime, rule: str, low: datetime) -> datetime:
    """A later start that gives the same occurrences from `low` on, to spare the way there where that is easy."""
    frequency = _FREQUENCY.search(rule)
    if frequency is None or _COUNT.search(rule) or low <= start:
        return start
    interval = _INTERVAL.search(rule)
    period = _PERIODS[frequency[1].upper()] * max(int(interval[1]) if interval else 1, 1)
    return start + period * max((low - start) // period - 1, 0)
