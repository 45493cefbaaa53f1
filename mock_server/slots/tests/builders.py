"""Builds inputs of the availability engine from local times."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from mock_server.runtime import time_zones
from mock_server.runtime.instants import DAY, SECOND, day_number, milliseconds, zone_named
from mock_server.slots.availability import available_slots
from mock_server.slots.inputs import (
    AvailabilityInput,
    CountedBooking,
    ExistingBooking,
    Host,
    Hours,
    Override,
    Rules,
    Settings,
    SlotSearch,
    WeeklyHours,
)
from mock_server.slots.ranges import Interval

MONDAY = "2031-06-02"
NOW = "2031-01-01T00:00"
EVENT_TYPE, OTHER_EVENT_TYPE = 1, 2
EVERY_DAY = tuple(range(7))
RULES_2025_04 = Rules(*[False] * len(Rules.__struct_fields__))
RULES_2026_03 = Rules()


def minutes(clock: str) -> int:
    """Minutes after midnight of HH:MM."""
    hour, minute = clock.split(":")
    return int(hour) * 60 + int(minute)


def utc(text: str) -> int:
    """The instant of a date, or of a date and time, in UTC."""
    return milliseconds(datetime.fromisoformat(text).replace(tzinfo=UTC))


def local(text: str, time_zone: str) -> int:
    """The instant of a local date and time."""
    return milliseconds(datetime.fromisoformat(text).replace(tzinfo=time_zones.time_zone(time_zone)))


def hours(
    *ranges: str,
    zone: str = "Europe/Rome",
    days: Sequence[int] = EVERY_DAY,
    overrides: Sequence[tuple[str, str]] = (),
) -> Hours:
    """A schedule with ranges such as "09:00-17:00" and overrides given as pairs of date and range."""
    return Hours(
        zone,
        [WeeklyHours(frozenset(days), *map(minutes, each.split("-"))) for each in ranges],
        [Override(day_number(date.fromisoformat(day)), *map(minutes, each.split("-"))) for day, each in overrides],
    )


def booked(
    day: str, span: str, *, zone: str = "Europe/Rome", event_type: int = EVENT_TYPE, **fields: Any
) -> ExistingBooking:
    """A booking on a local day at a time such as "10:00-10:30"."""
    start, end = interval(day, span, zone)
    return ExistingBooking(start, end, event_type, **fields)


def interval(day: str, span: str, zone: str = "Europe/Rome") -> Interval:
    """The interval of a time such as "10:00-10:30" on a local day."""
    start, end = span.split("-")
    return local(f"{day}T{start}", zone), local(f"{day}T{end}", zone)


def search_for(first: str = MONDAY, last: str | None = None, *, now: str = NOW, **fields: Any) -> SlotSearch:
    """A search from the UTC day `first` to the end of the UTC day `last`; date-times are used unchanged."""
    end = utc(last or first[:10])
    return SlotSearch(utc(first), end + DAY - SECOND if end % DAY == 0 else end, utc(now), **fields)


def inputs(
    hosts: Hours | Sequence[Host],
    *,
    length: int = 60,
    search: SlotSearch | None = None,
    bookings: Sequence[ExistingBooking] = (),
    calendar: Sequence[Interval] = (),
    away: Sequence[Interval] = (),
    reservations: Any = (),
    counted: Sequence[Interval] = (),
    seated: Sequence[ExistingBooking] = (),
    rules: Rules = RULES_2025_04,
    **settings: Any,
) -> AvailabilityInput:
    """The input with one host who has these hours and busy times, or with the given hosts.

    `counted` are times of bookings of a host without an id.
    """
    if isinstance(hosts, Hours):
        hosts = [Host(hosts, True, bookings, calendar, away)]
    return AvailabilityInput(
        Settings(EVENT_TYPE, length, **settings),
        hosts,
        search or search_for(),
        reservations,
        [CountedBooking(each) for each in counted],
        seated,
        rules,
    )


def starts(given: AvailabilityInput) -> list[int]:
    """The starts of the slots."""
    return [slot.start for slot in available_slots(given)]


def clocks(given: AvailabilityInput, day: str | None = MONDAY, zone: str = "Europe/Rome") -> list[str]:
    """The local times of the slots on a day, or with their dates if `day` is None."""
    local_starts = [datetime.fromtimestamp(zone_named(zone).clock_at(start) / SECOND, UTC) for start in starts(given)]
    if day is None:
        return [each.strftime("%Y-%m-%d %H:%M") for each in local_starts]
    return [each.strftime("%H:%M") for each in local_starts if each.date().isoformat() == day]


def dates(given: AvailabilityInput, zone: str = "Europe/Rome") -> list[str]:
    """The local dates that have slots."""
    return list(dict.fromkeys(text[:10] for text in clocks(given, None, zone)))


def every(step: int, first: str, last: str) -> list[str]:
    """Local times `step` minutes apart."""
    return [f"{at // 60:02}:{at % 60:02}" for at in range(minutes(first), minutes(last) + 1, step)]
