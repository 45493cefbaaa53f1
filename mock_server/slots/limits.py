"""Periods in which an event type's booking limits are used up.

Source: Cal.com API v2, booking limits; upstream packages/lib/intervalLimits.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import isleap, monthrange
from collections.abc import Iterator, Sequence
from itertools import accumulate

from mock_server.runtime.instants import DAY, MINUTE, UTC_ZONE, Zone, date_of, day_number, weekday_of
from mock_server.slots.inputs import Limits, Unit
from mock_server.slots.ranges import Interval
from mock_server.state.work import spend


def full_periods(
    limits: Limits, counted: Sequence[Interval], zone: Zone, start: int, end: int, length: int
) -> list[Interval]:
    """The days, weeks, months and years from `start` to `end` that allow no further booking of `length` minutes.

    A booking belongs to the period in which it starts; one at the very start of a period is not counted.
    """
    bookings = sorted(counted)
    starts = [booking[0] for booking in bookings]
    minutes = [0, *accumulate((booking[1] - booking[0]) // MINUTE for booking in bookings)]
    full: list[Interval] = []
    for unit in limits.units():
        count, duration = limits.count.get(unit), limits.duration.get(unit)
        for period in periods(unit, zone, start, end):
            first, after = bisect_right(starts, period[0]), bisect_left(starts, period[1])
            is_count_reached = count is not None and after - first >= count
            is_duration_reached = (
                duration is not None and minutes[max(after, first)] - minutes[first] + length > duration
            )
            if is_count_reached or is_duration_reached:
                full.append(period)
    return full


def counted_range(limits: Limits, start: int, end: int) -> Interval:
    """The range of time in which bookings are counted for a search from `start` to `end`.

    The live service uses days, weeks and months in UTC here, so bookings that are only in a local one are missed.
    Years are counted whole.
    """
    first, last = period_range(limits, UTC_ZONE, start, end)
    around = DAY if "year" in limits.units() else 0
    return first - around, last + around


def period_range(limits: Limits, zone: Zone, start: int, end: int) -> Interval:
    """The range of time of all periods that overlap `start` to `end`."""
    found = [period for unit in limits.units() for period in periods(unit, zone, start, end)]
    return min(period[0] for period in found), max(period[1] for period in found)


def periods(unit: Unit, zone: Zone, start: int, end: int) -> Iterator[Interval]:
    """The periods in the local time of `zone` that overlap `start` to `end`, up to their last millisecond."""
    day = _first_day(unit, zone.clock_at(start) // DAY)
    # As in the live service, all periods start with the offset of the first.
    offset = zone.offset_at(day * DAY)
    while day * DAY - offset <= end:
        spend(4)
        following = _following(unit, day)
        yield day * DAY - offset, zone.instant_of(following * DAY - 1)
        day = following


def _first_day(unit: Unit, day: int) -> int:
    """The first day of the period that contains `day`; weeks start on Sunday."""
    match unit:
        case "day":
            return day
        case "week":
            return day - weekday_of(day)
        case "month":
            return day_number(date_of(day).replace(day=1))
        case "year":
            return day_number(date_of(day).replace(month=1, day=1))


def _following(unit: Unit, first_day: int) -> int:
    match unit:
        case "day":
            return first_day + 1
        case "week":
            return first_day + 7
        case "month":
            first = date_of(first_day)
            return first_day + monthrange(first.year, first.month)[1]
        case "year":
            return first_day + (366 if isleap(date_of(first_day).year) else 365)
