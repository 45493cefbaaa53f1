"""Turns schedules into ranges of working time.

Source: Cal.com API v2, availability; upstream packages/lib/date-ranges.ts.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

from mock_server.runtime.instants import DAY, HOUR, MINUTE, Zone, weekday_of, zone_named
from mock_server.slots.inputs import Hours, Override
from mock_server.slots.ranges import Interval, Range
from mock_server.state.work import spend

_AROUND = 3
_END_OF_DAY = 23 * 60 + 59

Days = dict[int, list[Range]]


class LocalDay(NamedTuple):
    """A local date: its first moment in local time, and the UTC offset of its hours."""

    midnight: int
    offset: int


def working_ranges(
    hours: Hours, start: int, end: int, days_off: Iterable[int] = (), *, join_touching: bool = True
) -> list[Range]:
    """The working time between `start` and `end`. Hours of overrides are not clipped to this range.

    `days_off` are day numbers without working time. A range belongs to the day on which it starts, and overrides and
    days off remove it whole: with `join_touching`, hours that continue earlier ones, even past midnight, are one range.
    """
    zone = zone_named(hours.time_zone)
    weekly = _weekly_ranges(hours, zone, start, end)
    by_day = _by_day(_joined(weekly) if join_touching else weekly)
    overrides = _override_ranges(hours.overrides, zone, start, end)
    by_day.update(_by_day(_longest_of_each_start(overrides) if join_touching else overrides))
    for day in days_off:
        by_day.pop(day, None)
    return [span for ranges in by_day.values() for span in ranges if span.start != span.end]


def away_days(hours: Hours, away: Iterable[Interval], now: int, window: Interval) -> frozenset[int]:
    """The day numbers (in UTC) of out-of-office entries, from today on, that are working days of the schedule.

    Limited to the window and a few days around it, because entries may last for centuries.
    """
    worked = {day for weekly in hours.weekly for day in weekly.days}
    first, last = max(window[0] // DAY - _AROUND, now // DAY), window[1] // DAY + _AROUND
    days: set[int] = set()
    for start, end in away:
        found = range(max(start // DAY, first), min(end // DAY, last) + 1)
        spend(1 + len(found))
        days.update(day for day in found if weekday_of(day) in worked)
    return frozenset(days)


def _local_days(zone: Zone, start: int, end: int) -> list[LocalDay]:
    """The local dates from `start` to `end`. A day may not start at midnight if clocks change at night."""
    midnight = zone.clock_at(start) // DAY * DAY
    first_offset = zone.offset_at(midnight)
    days: list[LocalDay] = []
    spend(max(end - midnight, 0) // DAY * 2)
    for moment in range(midnight - first_offset, end, DAY):
        begin = moment + first_offset - zone.offset_at(moment)
        offset = zone.offset_at(begin)
        days.append(LocalDay(begin + offset, offset))
    return days


def _by_day(ranges: Iterable[Range]) -> Days:
    by_day: Days = {}
    for span in ranges:
        by_day.setdefault(span.day, []).append(span)
    return by_day


def _joined(ranges: Iterable[Range]) -> Iterable[Range]:
    """Joins each range to an earlier one of the list that ends where it starts, or that starts with it.

    As in the live service, a range that ends where an earlier one of the list starts stays separate.
    """
    by_start: dict[int, Range] = {}
    start_by_end: dict[int, int] = {}
    for span in ranges:
        start = start_by_end.pop(span.start, span.start)
        known = by_start.get(start, span)
        by_start[start] = known._replace(end=max(known.end, span.end))
        start_by_end[by_start[start].end] = start
    return by_start.values()


def _longest_of_each_start(ranges: Iterable[Range]) -> Iterable[Range]:
    return {span.start: span for span in sorted(ranges, key=itemgetter(1))}.values()


def _weekly_ranges(hours: Hours, zone: Zone, start: int, end: int) -> list[Range]:
    days = _local_days(zone, start, end)
    start_offset, end_offset = zone.offset_at(start), zone.offset_at(end)

    def reread(instant: int, offset: int) -> int:
        """Converts to local time and back, as the live service does; on days of clock changes the result differs."""
        return zone.instant_of(instant + offset)

    found: list[Range] = []
    for weekly in hours.weekly:
        spend(len(days))
        for day in days:
            if weekday_of(day.midnight // DAY) not in weekly.days:
                continue
            opening = day.midnight + weekly.start * MINUTE
            shift = day.offset - zone.offset_at(_half_day_clock(opening))
            from_, from_offset = opening - day.offset + shift, day.offset
            to, to_offset = day.midnight + weekly.end * MINUTE - day.offset + shift, day.offset
            if from_ < reread(start, start_offset):
                from_, from_offset = start, start_offset
            if reread(end, end_offset) < to:
                to, to_offset = end, end_offset
            if reread(to, to_offset) < from_:
                continue
            if (to + to_offset) // MINUTE % (24 * 60) == _END_OF_DAY:
                to += MINUTE
            if reread(to, to_offset) > from_:
                found.append(Range(from_, to, from_offset, zone))
    return found


def _half_day_clock(clock: int) -> int:
    """`clock` with its hour reduced to a twelve-hour clock.

    The live service takes the offset after a clock change from that time, so some hours of that day are wrong.
    """
    day, time = clock // DAY * DAY, clock % DAY
    hour = time // HOUR
    return day + (hour % 12 or 12) * HOUR + time % HOUR


def _override_ranges(overrides: Iterable[Override], zone: Zone, start: int, end: int) -> list[Range]:
    """The override hours of the dates from a day before `start` to a day after `end`."""
    first, last = start // DAY - 1, end // DAY + 1
    found: list[Range] = []
    for override in overrides:
        spend(1)
        if not first <= override.day <= last:
            continue
        opening = override.day * DAY + override.start * MINUTE
        closing = (
            (override.day + 1) * DAY if override.end == _END_OF_DAY else override.day * DAY + override.end * MINUTE
        )
        begin = zone.instant_of(opening)
        found.append(Range(begin, zone.instant_of(closing), opening - begin, zone))
    return found
