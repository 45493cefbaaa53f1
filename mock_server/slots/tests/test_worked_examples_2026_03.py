"""Worked examples of the rules of edition 2026-03, around Monday 2031-06-02."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.slots.availability import is_free
from mock_server.slots.inputs import BookingWindow, CountedBooking, Host, Hours, Limits, SlotSearch
from mock_server.slots.tests import builders
from mock_server.slots.tests.builders import (
    MONDAY,
    NOW,
    RULES_2026_03,
    booked,
    clocks,
    dates,
    every,
    hours,
    interval,
    local,
    search_for,
    starts,
    utc,
)

SUNDAY, TUESDAY, WEDNESDAY = "2031-06-01", "2031-06-03", "2031-06-04"
EVERY_HOUR = every(60, "00:00", "23:00")


def inputs(hosts: Any, **fields: Any) -> builders.AvailabilityInput:
    """The engine's input under the rules of 2026-03."""
    return builders.inputs(hosts, rules=RULES_2026_03, **fields)


@pytest.mark.parametrize(
    ("zone", "searched", "expected"),
    [
        ("Asia/Kolkata", "Asia/Kolkata", ["09:00", "10:00", "11:00"]),
        ("Asia/Kolkata", "UTC", ["09:30", "10:30"]),
        ("Asia/Kathmandu", "Asia/Kolkata", ["09:15", "10:15"]),
        ("Asia/Kathmandu", "UTC", ["09:45", "10:45"]),
        ("Europe/Rome", "Asia/Kolkata", ["09:30", "10:30"]),
    ],
)
def test_slots_align_in_the_zone_of_the_search(zone: str, searched: str, expected: list[str]) -> None:
    search = search_for(SUNDAY, MONDAY, time_zone=searched)
    assert clocks(inputs(hours("09:00-12:00", zone=zone), search=search), zone=zone) == expected


def test_slots_after_a_booking_align_in_the_zone_of_the_search_too() -> None:
    zone = "Asia/Kolkata"
    search = search_for(SUNDAY, MONDAY, time_zone=zone)
    one = [booked(MONDAY, "11:00-12:10", zone=zone)]
    found = inputs(hours("09:00-17:00", zone=zone), search=search, bookings=one)
    assert clocks(found, zone=zone) == ["09:00", "10:00", *every(60, "13:00", "16:00")]


def test_the_notice_aligns_in_the_zone_of_the_search() -> None:
    search = search_for(MONDAY, now=f"{MONDAY}T04:40", time_zone="Asia/Kathmandu")
    found = inputs(hours("09:00-17:00", zone="UTC"), search=search, notice=300)
    assert clocks(found, zone="Asia/Kathmandu") == every(60, "16:00", "21:00")


def test_hours_that_continue_earlier_ones_of_the_schedule_are_one_range() -> None:
    assert clocks(inputs(hours("09:00-10:30", "10:30-12:30"), length=180)) == ["09:00"]
    assert clocks(inputs(hours("10:30-12:30", "09:00-10:30"), length=180)) == [], "listed in reverse, they stay apart"


def test_hours_with_the_same_start_are_one_range() -> None:
    assert clocks(inputs(hours("09:00-10:00", "09:00-12:00", "12:00-13:00"), length=240)) == ["09:00"]


def test_a_slot_may_span_midnight_where_hours_continue_the_next_day() -> None:
    search = search_for(MONDAY, TUESDAY)
    found = inputs(hours("00:00-23:59", zone="UTC"), length=120, slot_interval=60, search=search)
    assert clocks(found, None, "UTC") == [f"{MONDAY} {at}" for at in EVERY_HOUR] + [
        f"{TUESDAY} {at}" for at in EVERY_HOUR[:-1]
    ]


def test_a_night_whose_morning_is_listed_first_stays_two_ranges() -> None:
    search = search_for(MONDAY, TUESDAY)
    found = inputs(hours("00:00-02:00", "22:00-23:59", zone="UTC"), length=90, slot_interval=30, search=search)
    assert clocks(found, TUESDAY, "UTC") == ["00:00", "00:30", "22:00", "22:30"]


def test_a_booking_may_span_midnight_where_hours_continue() -> None:
    start, end = utc(f"{MONDAY}T23:00"), utc(f"{TUESDAY}T01:00")
    search = SlotSearch(start, end, utc(NOW), "UTC", 120)
    for rules, expected in ((builders.RULES_2025_04, False), (RULES_2026_03, True)):
        found = builders.inputs(hours("00:00-23:59", zone="UTC"), search=search, rules=rules)
        assert is_free(found.hosts[0], found, start, end) is expected


def test_an_override_replaces_the_hours_that_begin_on_its_date_with_all_that_continues_them() -> None:
    search = search_for(MONDAY, WEDNESDAY)
    all_week = hours("00:00-23:59", zone="UTC", overrides=[(MONDAY, "12:00-13:00")])
    assert clocks(inputs(all_week, search=search), None, "UTC") == [f"{MONDAY} 12:00"]
    second_day = hours("00:00-23:59", zone="UTC", overrides=[(TUESDAY, "12:00-13:00")])
    assert clocks(inputs(second_day, search=search), TUESDAY, "UTC") == EVERY_HOUR


def test_overrides_with_the_same_start_are_one() -> None:
    overrides = [(MONDAY, "10:00-12:00"), (MONDAY, "10:00-11:00"), (MONDAY, "15:00-16:00")]
    hosts = [Host(hours(overrides=overrides), is_fixed=False)]
    found = inputs(hosts, length=60, slot_interval=60, scheduling="roundRobin")
    assert clocks(found) == ["10:00", "11:00", "15:00"]


@pytest.mark.parametrize(("named", "expected"), [(True, []), (False, ["10:00", "11:00"])])
def test_other_dates_than_those_searched_are_left_out_if_the_search_names_a_zone(
    named: bool, expected: list[str]
) -> None:
    overridden = hours("09:00-17:00", zone="UTC", overrides=[(TUESDAY, "10:00-12:00")])
    search = search_for(MONDAY, names_zone=named)
    assert clocks(inputs(overridden, search=search), TUESDAY, "UTC") == expected


def test_days_before_a_search_in_a_named_zone_count_for_a_rolling_window_without_being_shown() -> None:
    window = BookingWindow("calendarDays", 3, is_rolling=True)
    search = search_for(TUESDAY, "2031-06-06", now=f"{SUNDAY}T12:00", names_zone=True)
    found = inputs(hours("09:00-11:00", zone="UTC"), search=search, window=window)
    assert dates(found, "UTC") == [TUESDAY, WEDNESDAY]


AWAY_ON_TUESDAY = [(utc(TUESDAY), utc(WEDNESDAY) - 1)]


def test_an_absence_removes_the_slots_of_its_dates_in_the_zone_of_the_host() -> None:
    search = search_for(MONDAY, WEDNESDAY)
    open_ = hours("00:00-23:59", zone="Asia/Tokyo")
    found = starts(inputs(open_, search=search, away=AWAY_ON_TUESDAY))
    first, after = local(f"{TUESDAY}T00:00", "Asia/Tokyo"), local(f"{WEDNESDAY}T00:00", "Asia/Tokyo")
    assert found and not [each for each in found if first <= each < after]
    assert {first - 3_600_000, after} <= set(found)


def test_an_absence_of_one_of_several_hosts_removes_the_hours_that_begin_on_its_dates() -> None:
    search = search_for(MONDAY, WEDNESDAY)
    alone = [Host(hours("00:00-23:59", zone="UTC"), is_fixed=False, away=AWAY_ON_TUESDAY)]
    found = inputs(alone, search=search, scheduling="roundRobin")
    assert clocks(found, TUESDAY, "UTC") == EVERY_HOUR, "they continue those of Monday"
    away_on_monday = [(utc(MONDAY), utc(TUESDAY) - 1)]
    alone = [Host(hours("00:00-23:59", zone="UTC"), is_fixed=False, away=away_on_monday)]
    assert starts(inputs(alone, search=search, scheduling="roundRobin")) == []


def pair(open_: Hours) -> list[Host]:
    """Two hosts who take turns, with the ids 1 and 2."""
    return [Host(open_, is_fixed=False, user_id=user_id) for user_id in (1, 2)]


def counted(user_id: int, span: str) -> CountedBooking:
    """A booking of a host on Tuesday."""
    return CountedBooking(interval(TUESDAY, span), user_id)


def limited(limits: Limits, *bookings: CountedBooking, zone: str = "Europe/Rome") -> builders.AvailabilityInput:
    """A search of Monday to Wednesday for the two hosts."""
    found = inputs(
        pair(hours("09:00-17:00")),
        search=search_for(MONDAY, WEDNESDAY),
        scheduling="roundRobin",
        limits=limits,
        limit_zone=zone,
    )
    return builders.AvailabilityInput(found.settings, found.hosts, found.search, counted=bookings)


def test_a_count_limit_counts_the_bookings_of_all_hosts_together() -> None:
    found = limited(Limits(count={"day": 2}), counted(1, "10:00-11:00"), counted(2, "12:00-13:00"))
    assert dates(found) == [MONDAY, WEDNESDAY]


def test_a_duration_limit_counts_the_bookings_of_each_host() -> None:
    one_each = counted(1, "10:00-11:00"), counted(2, "12:00-13:00")
    assert clocks(limited(Limits(duration={"day": 120}), *one_each), TUESDAY) == every(60, "09:00", "16:00")
    two_each = *one_each, counted(1, "14:00-15:00"), counted(2, "15:00-16:00")
    assert dates(limited(Limits(duration={"day": 120}), *two_each)) == [MONDAY, WEDNESDAY]


def test_the_periods_of_limits_are_those_of_their_own_zone() -> None:
    found = limited(Limits(count={"day": 1}), counted(1, "10:00-11:00"), zone="Pacific/Kiritimati")
    assert clocks(found, MONDAY) == every(60, "09:00", "11:00")
    assert clocks(found, TUESDAY) == every(60, "12:00", "16:00")


@pytest.mark.parametrize(
    ("open_", "expected"),
    [
        ("09:10-12:10", ["09:10", "10:10", "11:10"]),
        ("09:10-12:40", ["09:15", "10:15", "11:15"]),
        ("09:10-13:00", ["10:00", "11:00", "12:00"]),
        ("09:13-12:14", ["09:13", "10:13", "11:13"]),
        ("09:13-12:16", ["09:15", "10:15", "11:15"]),
        ("09:00-12:30", ["09:00", "10:00", "11:00"]),
    ],
)
def test_packed_slots_leave_the_grid_rather_than_lose_one(open_: str, expected: list[str]) -> None:
    assert clocks(inputs(hours(open_), keeps_slots_packed=True)) == expected
