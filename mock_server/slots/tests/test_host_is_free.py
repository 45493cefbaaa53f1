"""Whether a host can take a booking of an exact time, regardless of listed slots."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.slots.availability import is_free
from mock_server.slots.inputs import Hours, Limits, SlotSearch
from mock_server.slots.tests.builders import MONDAY, NOW, booked, hours, inputs, interval, local, starts, utc

NINE_TO_FIVE = hours("09:00-17:00")


def free(span: str, open_: Hours = NINE_TO_FIVE, day: str = MONDAY, zone: str = "Europe/Rome", **fields: Any) -> bool:
    start, end = interval(day, span, zone)
    search = SlotSearch(start, end, utc(NOW), "UTC", (end - start) // 60_000)
    found = inputs(open_, search=search, **fields)
    return is_free(found.hosts[0], found, start, end)


@pytest.mark.parametrize(
    ("span", "expected"), [("09:00-17:00", True), ("09:07-10:07", True), ("08:59-09:30", False), ("16:30-17:01", False)]
)
def test_any_time_within_working_hours_is_free(span: str, expected: bool) -> None:
    assert free(span) is expected


def test_a_booking_may_be_adjacent_to_another_without_buffers() -> None:
    adjacent = [booked(MONDAY, "11:00-12:00")]
    assert free("10:00-11:00", bookings=adjacent)
    assert not free("10:00-11:01", bookings=adjacent)
    assert not free("10:00-11:00", bookings=adjacent, after_buffer=15)
    assert free("10:00-10:45", bookings=adjacent, after_buffer=15)


def test_a_booking_that_exceeds_the_duration_limit_is_refused() -> None:
    hour = [interval(MONDAY, "11:00-12:00")]
    assert free("14:00-14:30", counted=hour, limits=Limits(duration={"day": 90}))
    assert not free("14:00-15:00", counted=hour, limits=Limits(duration={"day": 90}))


def test_out_of_office_days_are_not_free() -> None:
    assert not free("10:00-11:00", away=[(utc(MONDAY), utc("2031-06-03") - 1)])


def test_the_end_of_working_hours_is_refused_when_clocks_go_forward() -> None:
    """As in the live service, which lists the slot but refuses to book it."""
    day, zone = "2031-03-30", "Europe/London"
    open_ = hours("09:00-13:00", zone=zone)
    whole_day = SlotSearch(utc(day), utc("2031-03-31") - 1000, utc(NOW))
    assert local(f"{day}T12:30", zone) in starts(inputs(open_, length=30, search=whole_day))
    assert not free("12:30-13:00", open_, day, zone)
    assert free("12:30-13:00", open_, "2031-03-31", zone)


def test_a_repeated_local_hour_is_refused() -> None:
    """As in the live service: from 01:00 to 01:00 the local time does not advance."""
    open_ = hours("00:00-01:00", zone="America/New_York")
    for day, expected in (("2031-11-02T05:00", False), ("2031-11-03T05:00", True)):
        start = utc(day)
        search = SlotSearch(start, start + 3_600_000, utc(NOW), "UTC", 60)
        found = inputs(open_, search=search)
        assert is_free(found.hosts[0], found, start, start + 3_600_000) is expected
