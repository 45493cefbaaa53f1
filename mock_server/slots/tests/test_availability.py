"""Rules of the availability engine, each by itself: busy times, seats, reservations, notice, absences."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from mock_server.runtime.instants import MINUTE
from mock_server.slots.availability import available_slots, busy_times, computed_window
from mock_server.slots.inputs import (
    BookingWindow,
    CountedBooking,
    ExistingBooking,
    Host,
    Limits,
    ReservedTime,
    Settings,
    Slot,
)
from mock_server.slots.ranges import Interval
from mock_server.slots.tests.builders import (
    EVENT_TYPE,
    MONDAY,
    OTHER_EVENT_TYPE,
    RULES_2026_03,
    booked,
    clocks,
    dates,
    every,
    hours,
    inputs,
    interval,
    search_for,
    utc,
)

SUNDAY, TUESDAY, WEDNESDAY = "2031-06-01", "2031-06-03", "2031-06-04"
OPEN = hours("09:00-17:00")


@pytest.mark.parametrize(
    ("notice", "now", "expected"),
    [
        (0, "2031-06-02T10:00:30.400", "2031-06-02T10:01:30"),
        (1, "2031-06-02T10:00:30.400", "2031-06-02T10:01:30"),
        (120, "2031-06-02T10:00:30.400", "2031-06-02T12:00:30"),
        (120, "2031-05-01T10:00", "2031-06-02T08:00"),
    ],
)
def test_free_time_is_computed_from_the_notice_on_but_at_least_a_minute(notice: int, now: str, expected: str) -> None:
    settings = Settings(EVENT_TYPE, 60, notice=notice)
    start, end = utc("2031-06-02T08:00"), utc("2031-06-03") - 1
    assert computed_window(settings, start, end, utc(now)) == (utc(expected), utc("2031-06-03") - 1000)


# -- busy times -----------------------------------------------------------------------------------------------------


def busy(*bookings: ExistingBooking, calendar: Sequence[Interval] = (), hosts: int = 1, **settings: Any) -> list[str]:
    """The busy times of the first of several hosts, as times of UTC."""
    first = Host(OPEN, True, bookings, calendar)
    found = busy_times(first, inputs([first, *[Host(OPEN)] * (hosts - 1)], **settings))
    return [f"{clock(start)}-{clock(end)}" for start, end in found]


def clock(instant: int) -> str:
    minute = instant // MINUTE % (24 * 60)
    return f"{minute // 60:02}:{minute % 60:02}"


def at(span: str, **fields: Any) -> ExistingBooking:
    return booked(MONDAY, span, zone="UTC", **fields)


def test_buffers_are_on_the_far_sides_of_bookings_and_calendar_events() -> None:
    one = at("11:00-12:00", before_buffer=5, after_buffer=10)
    event = interval(MONDAY, "15:00-16:00", "UTC")
    assert busy(one, calendar=[event], before_buffer=15, after_buffer=30) == ["10:25-12:25", "14:30-16:15"]


def test_a_pending_booking_that_does_not_block_hides_no_later_one() -> None:
    assert busy(at("10:00-11:00", is_pending=True), at("11:00-12:00")) == ["11:00-12:00"]


@pytest.mark.parametrize(("event_type", "expected"), [(EVENT_TYPE, ["10:00-11:00"]), (OTHER_EVENT_TYPE, [])])
def test_pending_bookings_of_other_event_types_never_block(event_type: int, expected: list[str]) -> None:
    pending = at("10:00-11:00", event_type=event_type, is_pending=True)
    assert busy(pending, pending_blocks=True) == expected


SEATED = at("11:00-12:00", seats=1)


@pytest.mark.parametrize(
    ("scheduling", "hosts", "seats", "is_open"),
    [
        (None, 1, None, False),
        (None, 1, 1, False),
        (None, 1, 2, True),
        ("collective", 1, 2, True),
        ("collective", 2, 2, False),
        ("collective", 2, 3, True),
        ("roundRobin", 2, 2, True),
    ],
)
def test_a_booking_with_free_seats_is_not_busy(scheduling: Any, hosts: int, seats: int | None, is_open: bool) -> None:
    """The live service finds a collective event type's booking twice, and so counts its seats twice."""
    found = busy(SEATED, hosts=hosts, seats=seats, scheduling=scheduling)
    assert found == ([] if is_open else ["11:00-12:00"])


def test_the_buffers_of_a_booking_with_free_seats_are_busy() -> None:
    found = busy(at("09:00-10:00"), at("11:00-12:00", seats=1, before_buffer=10), seats=2, before_buffer=20)
    assert found == ["09:00-10:20", "10:50-11:00", "12:00-12:20"]


def test_a_calendar_event_at_a_booking_with_free_seats_is_not_busy() -> None:
    assert busy(SEATED, calendar=[interval(MONDAY, "10:30-12:00", "UTC")], seats=2) == ["10:30-11:00"]


# -- seats and reservations -----------------------------------------------------------------------------------------


def test_reserved_seats_count_as_taken() -> None:
    booking = booked(MONDAY, "13:00-14:00", seats=2, uid="booking")
    later, other = interval(MONDAY, "15:00-16:00"), interval(MONDAY, "09:00-10:00")
    reserved = [
        ReservedTime(booking.start, booking.end, is_seat=True),
        *[ReservedTime(*later, is_seat=True)] * 2,
        ReservedTime(*other),
    ]
    found = available_slots(inputs(OPEN, bookings=[booking], seated=[booking], reservations=reserved, seats=9))
    assert [slot for slot in found if slot.seats_booked] == [
        Slot(booking.start, 3, "booking"),
        Slot(later[0], 2, ""),
    ]
    assert other[0] not in {slot.start for slot in found}


def test_a_reserved_time_hides_the_slots_that_overlap_it() -> None:
    reserved = [ReservedTime(*interval(MONDAY, "11:30-12:00"))]
    found = inputs(OPEN, length=60, slot_interval=30, reservations=reserved)
    assert clocks(found) == ["09:00", "09:30", "10:00", "10:30", *every(30, "12:00", "16:00")]


# -- notice, windows and dates --------------------------------------------------------------------------------------


def test_a_slot_at_the_end_of_the_notice_is_offered() -> None:
    search = search_for(MONDAY, now=f"{MONDAY}T08:00")
    assert clocks(inputs(OPEN, search=search, notice=120)) == every(60, "12:00", "16:00")


def test_slots_right_after_the_notice_align_to_hours_in_utc() -> None:
    zone, search = "Asia/Kolkata", search_for(MONDAY, now=f"{MONDAY}T04:40")
    found = clocks(inputs(hours("09:00-17:00", zone=zone), search=search, notice=60), zone=zone)
    assert found == every(60, "11:30", "15:30")


@pytest.mark.parametrize("window", [None, BookingWindow("calendarDays", 3)])
def test_an_override_offers_nothing_within_the_notice(window: BookingWindow | None) -> None:
    overridden = hours(overrides=[(MONDAY, "09:00-14:00")])
    found = inputs(overridden, search=search_for(MONDAY, now=f"{MONDAY}T08:30"), notice=30, window=window)
    assert clocks(found) == ["11:00", "12:00", "13:00"]


def test_a_range_begins_and_ends_with_its_days() -> None:
    window = BookingWindow("range", start=utc(MONDAY), end=utc(MONDAY))
    search = search_for(SUNDAY, TUESDAY)
    found = inputs(hours("00:00-23:59", zone="UTC"), search=search, window=window)
    assert clocks(found, None, "UTC") == [f"{MONDAY} {text}" for text in every(60, "00:00", "23:00")]


def test_whole_dates_of_a_named_zone_are_searched() -> None:
    search = search_for(f"{MONDAY}T12:00", f"{TUESDAY}T20:00", names_zone=True)
    found = inputs(hours("09:00-17:00", zone="UTC"), search=search, rules=RULES_2026_03)
    assert clocks(found, MONDAY, "UTC") == every(60, "12:00", "16:00")
    assert clocks(found, TUESDAY, "UTC") == every(60, "09:00", "16:00")


# -- absences -------------------------------------------------------------------------------------------------------

AWAY_ON_TUESDAY = [(utc(TUESDAY), utc(WEDNESDAY) - 1)]


def test_days_of_an_absence_count_for_a_rolling_window_of_a_personal_event_type() -> None:
    window = BookingWindow("calendarDays", 3, is_rolling=True)
    search = search_for(MONDAY, "2031-06-06", now=f"{SUNDAY}T20:00")
    for rules in (None, RULES_2026_03):
        more: dict[str, Any] = {} if rules is None else {"rules": rules}
        found = inputs(hours("09:00-17:00", zone="UTC"), search=search, window=window, away=AWAY_ON_TUESDAY, **more)
        assert dates(found, "UTC") == [MONDAY, WEDNESDAY]


def test_an_absence_of_one_of_two_fixed_hosts_removes_its_days() -> None:
    search = search_for(MONDAY, WEDNESDAY)
    hosts = [Host(hours("09:00-17:00", zone="UTC")), Host(hours("09:00-17:00", zone="UTC"), away=AWAY_ON_TUESDAY)]
    assert dates(inputs(hosts, search=search), "UTC") == [MONDAY, WEDNESDAY]


# -- limits ---------------------------------------------------------------------------------------------------------


def test_a_duration_limit_is_used_up_by_the_hosts_own_bookings() -> None:
    hosts = [
        Host(hours(span, zone="UTC"), is_fixed=False, user_id=user_id)
        for user_id, span in ((1, "09:00-11:00"), (2, "14:00-16:00"))
    ]
    given = inputs(hosts, limits=Limits(duration={"day": 120}), scheduling="roundRobin", rules=RULES_2026_03)
    counted = [CountedBooking(interval(MONDAY, "11:00-13:00", "UTC"), 1)]
    found = type(given)(given.settings, given.hosts, given.search, counted=counted)
    assert clocks(found, zone="UTC") == ["14:00", "15:00"]
