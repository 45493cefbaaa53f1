"""The bounds of booking windows, and where the computation of free time starts for them."""

from __future__ import annotations

import pytest

from mock_server.runtime.instants import DAY, UTC_ZONE, zone_named
from mock_server.slots.booking_window import computing_start, window_bounds
from mock_server.slots.inputs import BookingWindow
from mock_server.slots.tests.builders import utc

THURSDAY_NIGHT = "2031-06-05T23:30"
CALENDAR, BUSINESS = BookingWindow("calendarDays", 2), BookingWindow("businessDays", 2)


@pytest.mark.parametrize(
    ("window", "zone", "last"),
    [
        (CALENDAR, "UTC", "2031-06-08T00:00"),
        (CALENDAR, "Europe/Rome", "2031-06-08T22:00"),  # It is Friday in Rome already.
        (CALENDAR, "America/New_York", "2031-06-08T04:00"),
        (BUSINESS, "UTC", "2031-06-10T00:00"),
        (BUSINESS, "Europe/Rome", "2031-06-10T22:00"),
    ],
)
def test_a_window_of_days_ends_with_a_day_of_the_booker(window: BookingWindow, zone: str, last: str) -> None:
    now = utc(THURSDAY_NIGHT)
    assert window_bounds(window, now, zone_named(zone), UTC_ZONE, frozenset()) == (now, utc(last) - 1)


@pytest.mark.parametrize(
    ("zone", "bounds"),
    [
        ("UTC", ("2031-06-10T00:00", "2031-06-13T00:00")),
        ("Europe/Rome", ("2031-06-09T22:00", "2031-06-12T22:00")),
        ("America/New_York", ("2031-06-09T04:00", "2031-06-12T04:00")),
    ],
)
def test_a_range_has_whole_days_of_the_event_types_zone(zone: str, bounds: tuple[str, str]) -> None:
    window = BookingWindow("range", start=utc("2031-06-10"), end=utc("2031-06-12"))
    first, following = map(utc, bounds)
    found = window_bounds(window, utc(THURSDAY_NIGHT), zone_named("Asia/Tokyo"), zone_named(zone), frozenset())
    assert found == (first, following - 1)


@pytest.mark.parametrize(
    ("kind", "bookable", "last"),
    [
        ("calendarDays", ["2031-06-05", "2031-06-07", "2031-06-08"], "2031-06-07"),
        ("calendarDays", ["2031-06-08"], "2031-06-08"),
        ("calendarDays", [], "2031-08-05"),  # No day has slots within the 61 days that are tried.
        ("businessDays", ["2031-06-06", "2031-06-07", "2031-06-09", "2031-06-10"], "2031-06-09"),
        ("businessDays", ["2031-06-07"], "2031-08-29"),
    ],
)
def test_a_rolling_window_ends_with_its_last_day_that_has_slots(kind: str, bookable: list[str], last: str) -> None:
    window = BookingWindow("calendarDays" if kind == "calendarDays" else "businessDays", 2, is_rolling=True)
    days = frozenset(utc(day) // DAY for day in bookable)
    found = window_bounds(window, utc(THURSDAY_NIGHT), UTC_ZONE, UTC_ZONE, days)
    assert found[1] == utc(last) + DAY - 1


ROLLING = BookingWindow("calendarDays", 3, is_rolling=True)


@pytest.mark.parametrize(
    ("window", "start", "expected"),
    [
        (None, "2031-06-10T10:00", "2031-06-10T10:00"),
        (CALENDAR, "2031-06-10T10:00", "2031-06-10T10:00"),
        (ROLLING, "2031-06-10T10:00", "2031-05-10T10:00"),
        (ROLLING, "2031-06-04T00:00", "2031-05-04T00:00"),
        (ROLLING, "2031-06-03T23:59", "2031-06-03T23:59"),
        (ROLLING, "2031-07-31T10:00", "2031-06-30T10:00"),
        (ROLLING, "2032-03-30T10:00", "2032-02-29T10:00"),
        (ROLLING, "2031-07-30T10:00", "2031-06-30T10:00"),
    ],
)
def test_a_rolling_window_needs_the_month_before_a_search_from_yesterday_on(
    window: BookingWindow | None, start: str, expected: str
) -> None:
    assert computing_start(window, utc(start), utc(THURSDAY_NIGHT)) == utc(expected)
