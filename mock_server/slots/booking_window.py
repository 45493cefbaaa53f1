"""Booking windows: how far ahead slots are offered.

Source: Cal.com API v2, booking window; upstream packages/lib/isOutOfBounds.tsx.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet

from mock_server.runtime.instants import DAY, UTC_ZONE, Zone, date_of, day_number, weekday_of
from mock_server.slots.inputs import BookingWindow
from mock_server.slots.ranges import Interval

MAX_STEPS = 61
_SATURDAY, _SUNDAY = 6, 0


def window_bounds(
    window: BookingWindow, now: int, booker: Zone, event: Zone, bookable_days: AbstractSet[int]
) -> Interval:
    """The first and last instant of the window. `bookable_days` are the booker's day numbers that have slots.

    Days are delimited by the time zones' offsets at `now`.
    """
    if window.kind == "range":
        offset = event.offset_at(now)
        first, last = (window.start + offset) // DAY, (window.end + offset) // DAY
        return first * DAY - offset, (last + 1) * DAY - offset - 1
    offset = booker.offset_at(now)
    today = (now + offset) // DAY
    if window.is_rolling:
        last = _last_rolling_day(window, today, bookable_days)
    elif window.kind == "calendarDays":
        last = today + window.days
    else:
        last = _business_days_later(today, window.days)
    return now, (last + 1) * DAY - offset - 1


def computing_start(window: BookingWindow | None, start: int, now: int) -> int:
    """The start of the computation: a rolling window also needs the month before `start`."""
    if window is None or not window.is_rolling or start < (now // DAY - 1) * DAY:
        return start
    return _month_before(start)


def _month_before(instant: int) -> int:
    day, time = divmod(UTC_ZONE.clock_at(instant), DAY)
    date = date_of(day)
    last_of_previous = day_number(date.replace(day=1)) - 1
    return (last_of_previous - max(date_of(last_of_previous).day - date.day, 0)) * DAY + time


def _last_rolling_day(window: BookingWindow, today: int, bookable_days: AbstractSet[int]) -> int:
    day, counted, last = today, 0, None
    for _ in range(MAX_STEPS):
        if counted == window.days:
            break
        if day in bookable_days:
            counted += 1
            last = day
        day = day + 1 if window.kind == "calendarDays" else _business_days_later(day, 1)
    return day if last is None else last


def _business_days_later(day: int, count: int) -> int:
    while count > 0:
        day += 1
        count -= weekday_of(day) not in (_SATURDAY, _SUNDAY)
    return day
