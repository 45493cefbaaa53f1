"""Occurrences of events that repeat by an iCalendar rule (RFC 5545)."""

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
"""At most so many occurrences are returned at once, since a range may span thousands of years."""

CACHED_RULES = 1024
_CALENDAR_CYCLE = timedelta(days=146_097)
"""The Gregorian calendar repeats every 400 years."""
_LAST_YEAR = 9999

_TOO_FREQUENT = re.compile(r"FREQ=(HOURLY|MINUTELY|SECONDLY)\b", re.IGNORECASE)
_SELECTIVE = re.compile(r"BY(?!DAY=)\w+=|BYDAY=[^;]*\d", re.IGNORECASE)
_END = re.compile(r";?\b(UNTIL|COUNT)=[^;]*", re.IGNORECASE)
_STEPS = {"DAILY": (1, 4), "WEEKLY": (7, 15), "MONTHLY": (30, 30), "YEARLY": (365, 300)}
"""Days, and units of work, of one step when a rule is iterated from its start."""
_ANY_FREQUENCY = re.compile(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)\b", re.IGNORECASE)
LONGEST_INTERVAL = 10_000

_FREQUENCY = re.compile(r"FREQ=(DAILY|WEEKLY)\b", re.IGNORECASE)
_INTERVAL = re.compile(r"INTERVAL=([+-]?\d+)", re.IGNORECASE)
_UNTIL = re.compile(r"UNTIL=(\d{8}T\d{6})Z", re.IGNORECASE)
_COUNT = re.compile(r"COUNT=", re.IGNORECASE)
_PERIODS = {"DAILY": timedelta(days=1), "WEEKLY": timedelta(weeks=1)}


def zone_or_utc(name: str) -> tzinfo:
    """The IANA time zone of that name, or UTC if there is none."""
    return time_zone(name) if is_time_zone(name) else UTC


def check_rule(rule: str) -> None:
    """Raises ValueError for an invalid rule."""
    _interval_of(rule)
    rrulestr(rule)


def occurrence_starts(start: datetime, rule: str, zone: tzinfo, low: datetime, high: datetime) -> Iterator[datetime]:
    """The starts of an event that first takes place at `start`, from `low` (inclusive) to `high` (exclusive), in UTC.

    `rule` is an RRULE value, e.g. ``FREQ=WEEKLY;BYDAY=WE``. It is evaluated in the local time of `zone`, so events keep
    their hour when daylight saving time begins or ends. As in the live service, rules that repeat more often than daily
    have no occurrences. Raises ValueError for an invalid rule.
    """
    if _TOO_FREQUENT.search(rule):
        return
    interval = _interval_of(rule)
    local_low, local_high = _local(low, zone), _local(high, zone)
    first = _near_start(_local(start, zone), rule, interval, local_low)
    if _SELECTIVE.search(rule) and not _occurs(_END.sub("", rule), first):
        return
    spend(_iteration_cost(first, rule, local_low))
    # Ignore time zones in the rule: dateutil would look them up on this machine.
    occurrences = rrulestr(_with_local_end(rule, zone), dtstart=first, ignoretz=True).xafter(local_low, inc=True)
    within = takewhile(lambda each: each < local_high, occurrences)
    for occurrence in islice(within, OCCURRENCE_LIMIT):
        spend(10)
        yield occurrence.replace(tzinfo=zone).astimezone(UTC)


def _interval_of(rule: str) -> int:
    """The interval of a rule, 1 by default. Raises ValueError if it is not positive: iteration would never end."""
    intervals = [int(each) for each in _INTERVAL.findall(rule)] or [1]
    if min(intervals) < 1:
        raise ValueError(f"INTERVAL has to be positive, not {min(intervals)}.")
    # dateutil takes the last one, too.
    return intervals[-1]


def _local(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None)


@lru_cache(maxsize=CACHED_RULES)
def _occurs(rule: str, start: datetime) -> bool:
    """Whether a rule without an end ever occurs; iterating over one for 30 February would never finish."""
    leave_loop()
    began = perf_counter()
    # The iteration ends with the year 9999, so it starts as late as the calendar cycle allows.
    late = start + _CALENDAR_CYCLE * ((_LAST_YEAR - start.year) // 400)
    found = rrulestr(rule, dtstart=late).after(late, inc=True) is not None
    spend(int((perf_counter() - began) * 1_000_000))
    return found


def _iteration_cost(first: datetime, rule: str, low: datetime) -> int:
    frequency = _ANY_FREQUENCY.search(rule)
    if frequency is None or low <= first:
        return 0
    days, cost = _STEPS[frequency[1].upper()]
    return (low - first).days // days * cost


def _with_local_end(rule: str, zone: tzinfo) -> str:
    """The rule with its UNTIL, which is in UTC, converted to local time."""

    def local(match: re.Match[str]) -> str:
        until = datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
        return f"UNTIL={_local(until, zone):%Y%m%dT%H%M%S}"

    return _UNTIL.sub(local, rule)


def _near_start(start: datetime, rule: str, interval: int, low: datetime) -> datetime:
    """For simple rules, a later start that yields the same occurrences from `low` on; avoids iterating up to there."""
    frequency = _FREQUENCY.search(rule)
    if frequency is None or _COUNT.search(rule) or interval > LONGEST_INTERVAL or low <= start:
        return start
    period = _PERIODS[frequency[1].upper()] * interval
    return start + period * max((low - start) // period - 1, 0)
