"""Worked examples of availability on Monday 2031-06-02, in the local time of Rome unless stated otherwise."""

from __future__ import annotations

import pytest

from mock_server.slots.availability import available_slots
from mock_server.slots.inputs import BookingWindow, Host, Limits, Slot
from mock_server.slots.tests.builders import (
    MONDAY,
    OTHER_EVENT_TYPE,
    booked,
    clocks,
    dates,
    every,
    hours,
    inputs,
    interval,
    local,
    search_for,
    starts,
    utc,
)

WORKDAYS = (1, 2, 3, 4, 5)
SUNDAY_TO_TUESDAY = search_for("2031-06-01", "2031-06-03")
TUESDAY, SATURDAY = "2031-06-03", "2031-06-07"
WEEK = search_for("2031-06-01", "2031-06-08")


def test_working_hours_of_one_day_in_utc() -> None:
    found = starts(inputs(hours("09:00-17:00")))
    assert found == [utc(f"{MONDAY}T{hour:02}:00") for hour in range(7, 15)]


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (15, every(15, "09:15", "11:45")),
        (20, every(20, "09:20", "11:40")),
        (25, every(25, "09:10", "11:40")),
        (30, every(30, "09:30", "11:30")),
        (40, ["09:20", "10:00", "10:40", "11:20"]),
        (45, ["09:15", "10:00", "10:45"]),
        (50, ["09:10", "10:00", "10:50"]),
        (60, ["10:00", "11:00"]),
        (90, ["09:30"]),
        (120, ["10:00"]),
    ],
)
def test_the_first_slot_starts_on_the_grid_of_the_length(length: int, expected: list[str]) -> None:
    assert clocks(inputs(hours("09:10-12:10"), length=length)) == expected


@pytest.mark.parametrize(
    ("length", "interval_", "expected"),
    [
        (60, 15, every(15, "09:00", "11:00")),
        (60, 45, ["09:00", "09:45", "10:30"]),
        (30, 20, every(20, "09:00", "11:20")),
        (30, 60, ["09:00", "10:00", "11:00"]),
        (60, 90, ["09:00", "10:30"]),
    ],
)
def test_the_slot_interval_sets_the_step(length: int, interval_: int, expected: list[str]) -> None:
    assert clocks(inputs(hours("09:00-12:00"), length=length, slot_interval=interval_)) == expected


@pytest.mark.parametrize(
    ("open_", "length", "interval_", "offset", "expected"),
    [
        ("09:00-12:00", 30, None, 10, ["09:10", "09:50", "10:30", "11:10"]),
        ("09:00-13:00", 60, None, 15, ["09:15", "10:30", "11:45"]),
        ("09:00-11:00", 30, 15, 5, every(20, "09:05", "10:25")),
    ],
)
def test_the_offset_is_added_to_every_step(
    open_: str, length: int, interval_: int | None, offset: int, expected: list[str]
) -> None:
    found = inputs(hours(open_), length=length, slot_interval=interval_, offset_start=offset)
    assert clocks(found) == expected


def test_the_first_slot_is_aligned_after_the_start_of_the_search() -> None:
    search = search_for(f"{MONDAY}T09:20", MONDAY)
    assert clocks(inputs(hours("09:00-17:00"), search=search)) == every(60, "12:00", "16:00")
    assert clocks(inputs(hours("09:00-17:00"), length=20, search=search)) == every(20, "11:20", "16:40")


def test_slots_end_before_the_end_of_the_search() -> None:
    search = search_for(MONDAY, f"{MONDAY}T12:30")
    assert clocks(inputs(hours("09:00-17:00"), search=search)) == every(60, "09:00", "13:00")


def test_slots_after_a_busy_time_are_aligned_to_the_grid() -> None:
    one = [booked(MONDAY, "10:00-10:30")]
    assert clocks(inputs(hours("09:00-17:00"), bookings=one)) == ["09:00", *every(60, "11:00", "16:00")]
    busy = [interval(MONDAY, "10:15-10:30")]
    found = inputs(hours("09:00-13:00"), length=45, calendar=busy)
    assert clocks(found) == ["09:00", "10:30", "11:15", "12:00"]


def test_slots_after_a_short_busy_time_keep_the_earlier_steps() -> None:
    busy = [interval(MONDAY, "10:00-10:05")]
    found = inputs(hours("09:00-12:00"), length=15, slot_interval=45, calendar=busy)
    assert clocks(found) == ["09:00", "09:45", "10:30", "11:15"]


def test_a_before_buffer_applies_on_both_sides_of_a_booking_of_the_same_event_type() -> None:
    one = [booked(MONDAY, "11:00-12:00", before_buffer=30)]
    found = inputs(hours("09:00-17:00"), bookings=one, before_buffer=30)
    assert clocks(found) == ["09:00", *every(60, "13:00", "16:00")]


def test_buffers_of_both_event_types_apply() -> None:
    plain = [booked(MONDAY, "11:00-12:00", event_type=OTHER_EVENT_TYPE)]
    found = inputs(hours("09:00-17:00"), bookings=plain, before_buffer=30)
    assert clocks(found) == ["09:00", "10:00", *every(60, "13:00", "16:00")]
    buffered = [booked(MONDAY, "11:00-12:00", event_type=OTHER_EVENT_TYPE, before_buffer=30)]
    found = inputs(hours("09:00-17:00"), bookings=buffered)
    assert clocks(found) == ["09:00", *every(60, "12:00", "16:00")]


def test_both_buffers_of_one_event_type_add_up() -> None:
    one = [booked(MONDAY, "11:00-11:30", before_buffer=15, after_buffer=15)]
    found = inputs(hours("09:00-17:00"), length=30, bookings=one, before_buffer=15, after_buffer=15)
    assert clocks(found) == ["09:00", "09:30", "10:00", *every(30, "12:00", "16:30")]


def test_half_hour_zone() -> None:
    zone = "Asia/Kolkata"
    assert clocks(inputs(hours("09:00-17:00", zone=zone)), zone=zone) == every(60, "09:00", "16:00")
    assert starts(inputs(hours("09:00-17:00", zone=zone)))[0] == utc(f"{MONDAY}T03:30")
    assert clocks(inputs(hours("09:30-13:30", zone=zone)), zone=zone) == ["10:00", "11:00", "12:00"]


def test_after_a_booking_in_a_half_hour_zone_slots_align_to_hours_in_utc() -> None:
    zone = "Asia/Kolkata"
    found = inputs(hours("09:00-17:00", zone=zone), bookings=[booked(MONDAY, "11:00-12:00", zone=zone)])
    assert clocks(found, zone=zone) == ["09:00", "10:00", "12:30", "13:30", "14:30", "15:30"]
    short = [booked(MONDAY, "11:00-11:30", zone=zone)]
    found = inputs(hours("09:00-17:00", zone=zone), length=30, bookings=short)
    assert clocks(found, zone=zone) == [*every(30, "09:00", "10:30"), *every(30, "11:30", "16:30")]


def test_quarter_hour_zone() -> None:
    zone = "Asia/Kathmandu"
    found = inputs(hours("09:00-12:00", zone=zone))
    assert clocks(found, zone=zone) == ["09:00", "10:00", "11:00"]
    assert starts(found)[0] == utc(f"{MONDAY}T03:15")
    found = inputs(hours("09:00-14:00", zone=zone), bookings=[booked(MONDAY, "10:00-11:00", zone=zone)])
    assert clocks(found, zone=zone) == ["09:00", "11:45", "12:45"]


def test_an_end_at_2359_reaches_midnight() -> None:
    found = starts(inputs(hours("00:00-23:59", zone="UTC")))
    assert (len(found), found[-1]) == (24, utc(f"{MONDAY}T23:00"))
    assert clocks(inputs(hours("22:00-23:59"))) == ["22:00", "23:00"]


def test_the_time_zone_of_the_search_affects_only_the_display() -> None:
    search = search_for(MONDAY, "2031-06-03")
    found = inputs(hours("20:00-23:00", zone="America/New_York", days=[1]), search=search)
    assert clocks(found, "2031-06-03", "Asia/Tokyo") == ["09:00", "10:00", "11:00"]
    assert starts(found)[0] == utc("2031-06-03T00:00")


@pytest.mark.parametrize("time_zone", ["UTC", "Asia/Tokyo"])
def test_the_time_zone_of_the_search_does_not_shift_its_window(time_zone: str) -> None:
    early_in_tokyo = hours("05:00-09:00", zone="Asia/Tokyo", days=[1])
    assert starts(inputs(early_in_tokyo, search=search_for(MONDAY, time_zone=time_zone))) == []


def test_a_collective_event_offers_the_time_common_to_all_hosts() -> None:
    hosts = [Host(hours("09:00-13:00")), Host(hours("11:00-17:00"))]
    assert clocks(inputs(hosts, scheduling="collective")) == ["11:00", "12:00"]


@pytest.mark.parametrize(
    ("one", "two", "length", "expected"),
    [
        ("09:00-11:00", "13:00-15:00", 60, ["09:00", "10:00", "13:00", "14:00"]),
        ("09:00-12:00", "09:30-12:30", 60, ["09:00", "10:00", "11:00"]),
        ("11:00-13:00", "11:15-13:00", 45, ["11:00", "11:45"]),
    ],
)
def test_a_round_robin_offers_the_time_of_any_host_on_one_grid(
    one: str, two: str, length: int, expected: list[str]
) -> None:
    hosts = [Host(hours(one), is_fixed=False), Host(hours(two), is_fixed=False)]
    assert clocks(inputs(hosts, length=length, scheduling="roundRobin")) == expected


def test_a_fixed_host_restricts_the_round_robin_hosts() -> None:
    hosts = [Host(hours("09:00-12:00")), Host(hours("10:00-17:00"), is_fixed=False)]
    assert clocks(inputs(hosts, scheduling="roundRobin")) == ["10:00", "11:00"]


def test_a_used_up_count_limit_removes_the_slots_of_its_period() -> None:
    two = [interval(TUESDAY, "10:00-11:00"), interval(TUESDAY, "11:00-12:00")]
    limits = Limits(count={"day": 2})
    weekdays = hours("09:00-17:00", days=WORKDAYS)
    found = inputs(weekdays, search=WEEK, counted=two, limits=limits)
    assert TUESDAY not in dates(found) and len(dates(found)) == 4
    found = inputs(weekdays, search=WEEK, counted=two[:1], limits=limits)
    assert clocks(found, TUESDAY) == every(60, "09:00", "16:00")


def test_weeks_start_on_sunday() -> None:
    limits = Limits(count={"week": 1})
    wednesday = [interval("2031-06-04", "10:00-11:00")]
    found = inputs(
        hours("09:00-17:00"), search=search_for("2031-05-31", "2031-06-08"), counted=wednesday, limits=limits
    )
    assert dates(found) == ["2031-05-31", "2031-06-08"]


def test_a_duration_limit_counts_the_minutes_of_bookings() -> None:
    limits = Limits(duration={"day": 120})
    two = [interval(TUESDAY, "10:00-11:00"), interval(TUESDAY, "11:00-12:00")]
    found = inputs(hours("09:00-17:00"), search=WEEK, counted=two[:1], limits=limits)
    assert clocks(found, TUESDAY) == every(60, "09:00", "16:00")
    assert TUESDAY not in dates(inputs(hours("09:00-17:00"), search=WEEK, counted=two, limits=limits))


WEDNESDAY_NOON = "2031-06-04T10:00"
JUNE = search_for("2031-06-04", "2031-06-30", now=WEDNESDAY_NOON)


def test_a_window_of_calendar_days() -> None:
    window = BookingWindow("calendarDays", 3)
    assert dates(inputs(hours("09:00-17:00"), search=JUNE, window=window))[-1] == "2031-06-07"


def test_a_window_of_business_days_includes_the_weekend() -> None:
    window = BookingWindow("businessDays", 3)
    found = dates(inputs(hours("09:00-17:00"), search=JUNE, window=window))
    assert found[-3:] == ["2031-06-07", "2031-06-08", "2031-06-09"]


def test_a_rolling_window_counts_days_with_slots() -> None:
    window = BookingWindow("calendarDays", 3, is_rolling=True)
    found = inputs(hours("09:00-17:00", days=[1]), search=JUNE, window=window)
    assert dates(found) == ["2031-06-09", "2031-06-16", "2031-06-23"]


@pytest.mark.parametrize(
    ("zone", "expected"),
    [
        ("Europe/Rome", ["2031-06-10", "2031-06-11", "2031-06-12"]),
        ("America/New_York", ["2031-06-09", "2031-06-10", "2031-06-11"]),
    ],
)
def test_a_date_range_window_is_in_the_time_zone_of_the_schedule(zone: str, expected: list[str]) -> None:
    window = BookingWindow("range", start=utc("2031-06-10"), end=utc("2031-06-12"))
    found = inputs(
        hours("09:00-17:00", zone=zone, days=WORKDAYS),
        search=search_for("2031-06-05", "2031-06-20"),
        window=window,
        time_zone=zone,
    )
    assert dates(found, zone) == expected


def test_local_times_are_the_same_before_and_after_a_clock_change() -> None:
    found = inputs(hours("09:00-17:00", days=WORKDAYS), search=search_for("2031-03-28", "2031-03-31"))
    assert clocks(found, "2031-03-28") == clocks(found, "2031-03-31") == every(60, "09:00", "16:00")
    assert {utc("2031-03-28T08:00"), utc("2031-03-31T07:00")} <= set(starts(found))


SEATED = booked(MONDAY, "13:00-14:00", seats=1, uid="booking")


def test_a_slot_with_a_taken_seat_stays() -> None:
    found = available_slots(inputs(hours("09:00-17:00"), bookings=[SEATED], seated=[SEATED], seats=5))
    assert len(found) == 8
    assert [slot for slot in found if slot.seats_booked] == [Slot(SEATED.start, 1, "booking")]


def test_a_full_slot_stays_unless_it_has_a_single_seat() -> None:
    full = booked(MONDAY, "13:00-14:00", seats=2, uid="booking")
    found = available_slots(inputs(hours("09:00-17:00"), bookings=[full], seated=[full], seats=2))
    assert Slot(full.start, 2, "booking") in found
    assert "13:00" not in clocks(inputs(hours("09:00-17:00"), bookings=[SEATED], seated=[SEATED], seats=1))


def test_a_seated_booking_blocks_other_event_types() -> None:
    other = booked(MONDAY, "13:00-14:00", event_type=OTHER_EVENT_TYPE, seats=1)
    assert "13:00" not in clocks(inputs(hours("09:00-17:00"), bookings=[other], seats=5))


@pytest.mark.parametrize(("pending_blocks", "expected"), [(False, True), (True, False)])
def test_a_pending_booking_blocks_only_if_configured(pending_blocks: bool, expected: bool) -> None:
    pending = booked(MONDAY, "11:00-12:00", is_pending=True)
    found = inputs(hours("09:00-17:00"), bookings=[pending], pending_blocks=pending_blocks)
    assert ("11:00" in clocks(found)) is expected


def test_overrides_of_one_date_together_replace_its_hours() -> None:
    overrides = [(TUESDAY, "07:00-08:00"), (TUESDAY, "19:00-21:00"), ("2031-06-04", "00:00-00:00")]
    found = inputs(hours("09:00-17:00", days=WORKDAYS, overrides=overrides), search=WEEK)
    assert clocks(found, TUESDAY) == ["07:00", "19:00", "20:00"]
    assert clocks(found, "2031-06-04") == []
    assert clocks(found, MONDAY) == every(60, "09:00", "16:00")


def test_an_override_adds_a_day_without_weekly_hours() -> None:
    found = inputs(hours("09:00-17:00", days=WORKDAYS, overrides=[(SATURDAY, "10:00-12:00")]), search=WEEK)
    assert clocks(found, SATURDAY) == ["10:00", "11:00"]


def test_the_hours_of_an_override_are_not_clipped_to_the_search() -> None:
    overridden = hours("09:00-17:00", overrides=[(TUESDAY, "10:00-12:00")])
    assert clocks(inputs(overridden, search=search_for(MONDAY)), TUESDAY) == ["10:00", "11:00"]


def test_no_slot_spans_midnight_between_two_overrides() -> None:
    overrides = [(MONDAY, "22:00-23:59"), (TUESDAY, "00:00-02:30")]
    found = inputs(hours(overrides=overrides), length=45, search=SUNDAY_TO_TUESDAY)
    late, early = ["22:00", "22:45"], ["00:00", "00:45", "01:30"]
    assert clocks(found, None) == [f"{MONDAY} {at}" for at in late] + [f"{TUESDAY} {at}" for at in early]


def test_slots_within_the_minimum_notice_are_removed() -> None:
    search = search_for(MONDAY, now=f"{MONDAY}T08:10")
    assert clocks(inputs(hours("09:00-17:00"), search=search, notice=120)) == every(60, "13:00", "16:00")


def test_only_the_first_slot_of_each_day_in_the_time_zone_of_the_search() -> None:
    search = search_for(MONDAY, TUESDAY, time_zone="Asia/Tokyo")
    found = inputs(hours("09:00-17:00"), search=search, shows_only_first=True)
    assert clocks(found, None) == [f"{MONDAY} 09:00", f"{TUESDAY} 09:00"]


def test_an_out_of_office_host_has_no_slots_but_other_hosts_do() -> None:
    away = [(utc(TUESDAY), utc("2031-06-04") - 1)]
    alone = inputs(hours("09:00-17:00"), search=WEEK, away=away)
    assert TUESDAY not in dates(alone)
    hosts = [Host(hours("09:00-12:00"), False, away=away), Host(hours("14:00-16:00"), False)]
    found = inputs(hosts, search=WEEK, scheduling="roundRobin")
    assert clocks(found, TUESDAY) == ["14:00", "15:00"]
    assert clocks(found, MONDAY) == ["09:00", "10:00", "11:00", "14:00", "15:00"]


def test_adjacent_ranges_stay_separate_but_overlapping_ones_are_joined() -> None:
    assert clocks(inputs(hours("09:00-10:30", "10:30-12:00"))) == ["09:00", "11:00"]
    assert clocks(inputs(hours("09:00-10:40", "10:30-12:00"))) == ["09:00", "10:00", "11:00"]


def test_weekdays_are_local() -> None:
    found = inputs(hours("20:00-22:00", zone="Pacific/Kiritimati", days=[1]), search=SUNDAY_TO_TUESDAY)
    assert starts(found) == [local(f"{MONDAY}T{hour}:00", "Pacific/Kiritimati") for hour in (20, 21)]
