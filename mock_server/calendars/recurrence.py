"""The times at which something that repeats by an iCalendar rule (RFC 5545) takes place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import islice, takewhile
from time import perf_counter

from dateutil.rrule import rrulestr

from mock_server.runtime.time_zones import is_time_zone, time_zone
from mock_server.state.work import leave_loop, spend

OCCURRENCE_LIMIT = 5000
"""More are not looked for at once: a range of thousands of years would never end."""

KEPT_RULES = 1024
_CALENDAR_CYCLE = timedelta(days=146_097)
"""After four hundred years dates fall on the same weekdays again."""
_LAST_YEAR = 9999

_TOO_FREQUENT = re.compile(r"FREQ=(HOURLY|MINUTELY|SECONDLY)\b", re.IGNORECASE)
_CHOOSING = re.compile(r"BY(?!DAY=)\w+=|BYDAY=[^;]*\d", re.IGNORECASE)
_ENDING = re.compile(r";?\b(UNTIL|COUNT)=[^;]*", re.IGNORECASE)
_STEPS = {"DAILY": (1, 4), "WEEKLY": (7, 15), "MONTHLY": (30, 30), "YEARLY": (365, 300)}
"""Days, and units of work, of a step in the walk from the start of a rule."""
_ANY_FREQUENCY = re.compile(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)\b", re.IGNORECASE)
LONGEST_INTERVAL = 10_000

_FREQUENCY = re.compile(r"FREQ=(DAILY|WEEKLY)\b", re.IGNORECASE)
_INTERVAL = re.compile(r"INTERVAL=(\d+)", re.IGNORECASE)
_UNTIL = re.compile(r"UNTIL=(\d{8}T\d{6})Z", re.IGNORECASE)
_COUNT = re.compile(r"COUNT=", re.IGNORECASE)
_PERIODS = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}


def zone_or_utc(name: str) -> tzinfo:
    """The IANA time zone of that name; UTC where there is none."""
    return time_zone(name) if is_time_zone(name) else UTC


def occurrence_starts(start: datetime, rule: str, zone: tzinfo, low: datetime, high: datetime) -> Iterator[datetime]:
    """When what first starts at `start` starts again, from `low` (included) to `high` (not included), in UTC.

    `rule` is an RRULE value, e.g. ``FREQ=WEEKLY;BYDAY=WE``; it counts in the local time of `zone`, so that the hour
    stays when the clocks change. Like the live service it passes over rules that repeat more often than daily. Raises
    ValueError for a rule that is none.
    """
    if _TOO_FREQUENT.search(rule):
        return
    local_low, local_high = _local(low, zone), _local(high, zone)
    first = _near(_local(start, zone), rule, local_low)
    if _CHOOSING.search(rule) and not _occurs(_ENDING.sub("", rule), first):
        return
    spend(_cost_of_walk(first, rule, local_low))
    # Names of zones in a rule count for nothing: dateutil would look them up on this machine.
    occurrences = rrulestr(_with_local_end(rule, zone), dtstart=first, ignoretz=True).xafter(local_low, inc=True)
    within = takewhile(lambda each: each < local_high, occurrences)
    for each in islice(within, OCCURRENCE_LIMIT):
        spend(10)
        yield each.replace(tzinfo=zone).astimezone(UTC)


def _local(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


@lru_cache(maxsize=KEPT_RULES)
def _occurs(rule: str, start: datetime) -> bool:
    """Whether a rule without an end ever gives a date: one for the 30th of February would be walked to no end."""
    leave_loop()
    began = perf_counter()
    # The walk ends with the calendar, so it begins as late as the same dates come again.
    late = start + _CALENDAR_CYCLE * ((_LAST_YEAR - start.year) // 400)
    found = rrulestr(rule, dtstart=late).after(late, inc=True) is not None
    spend(int((perf_counter() - began) * 1_000_000))
    return found


def _cost_of_walk(first: datetime, rule: str, low: datetime) -> int:
    frequency = _ANY_FREQUENCY.search(rule)
    if frequency is None or low <= first:
        return 0
    days, cost = _STEPS[frequency[1].upper()]
    return (low - first).days // days * cost


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
    times = max(int(interval[1]) if interval else 1, 1)
    if times > LONGEST_INTERVAL:
        return start
    period = _PERIODS[frequency[1].upper()] * times
    return start + period * max((low - start) // period - 1, 0)
