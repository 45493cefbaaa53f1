"""Availability on days of clock changes, at the date line, and in zones with fractional UTC offsets."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from mock_server.runtime.instants import DAY, HOUR, zone_named
from mock_server.runtime.time_zones import time_zone
from mock_server.slots.tests.builders import clocks, every, hours, inputs, local, search_for, starts

ZONES_CHANGING_AT_NIGHT = (
    "Europe/Rome",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Pacific/Chatham",
)
CHANGING_ZONES = (*ZONES_CHANGING_AT_NIGHT, "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo")


def day_of_change(zone: str, *, forward: bool) -> date:
    """The day of 2031 on which clocks go forward, or back."""
    day = date(2031, 1, 1)
    while True:
        before, after = (
            datetime(each.year, each.month, each.day, tzinfo=time_zone(zone)).utcoffset()
            for each in (day, day + timedelta(days=1))
        )
        assert before is not None and after is not None
        if after != before and (after > before) is forward:
            return day
        day += timedelta(days=1)


@pytest.mark.parametrize("forward", [True, False], ids=["forward", "back"])
@pytest.mark.parametrize("zone", ZONES_CHANGING_AT_NIGHT)
def test_morning_hours_keep_their_local_time_around_a_clock_change(zone: str, forward: bool) -> None:
    change = day_of_change(zone, forward=forward)
    days = [change + timedelta(days=n) for n in (-1, 0, 1)]
    search = search_for(str(days[0] - timedelta(days=1)), str(days[-1] + timedelta(days=1)))
    found = inputs(hours("10:00-13:00", zone=zone), search=search)
    for day in days:
        assert clocks(found, str(day), zone) == ["10:00", "11:00", "12:00"]
        assert local(f"{day}T10:00", zone) in starts(found)


@pytest.mark.parametrize("forward", [True, False], ids=["forward", "back"])
@pytest.mark.parametrize("zone", CHANGING_ZONES)
def test_other_days_keep_their_local_time(zone: str, forward: bool) -> None:
    change = day_of_change(zone, forward=forward)
    search = search_for(str(change - timedelta(days=4)), str(change + timedelta(days=4)))
    found = inputs(hours("09:00-18:00", zone=zone), search=search)
    for away in (-3, -2, 2, 3):
        assert clocks(found, str(change + timedelta(days=away)), zone) == every(60, "09:00", "17:00")


@pytest.mark.parametrize(
    ("forward", "expected"), [(True, every(60, "14:00", "17:00")), (False, every(60, "12:00", "15:00"))]
)
def test_early_afternoon_hours_in_america_are_an_hour_off_on_the_day_of_the_change(
    forward: bool, expected: list[str]
) -> None:
    """As in the live service, which uses a twelve-hour clock there."""
    zone = "America/New_York"
    change = day_of_change(zone, forward=forward)
    search = search_for(str(change), str(change + timedelta(days=1)))
    assert clocks(inputs(hours("13:00-17:00", zone=zone), search=search), str(change), zone) == expected


@pytest.mark.parametrize(("forward", "expected"), [(True, 23), (False, 25)])
def test_an_override_of_the_whole_day_lasts_as_long_as_the_day(forward: bool, expected: int) -> None:
    change = day_of_change("Europe/Rome", forward=forward)
    search = search_for(str(change - timedelta(days=1)), str(change + timedelta(days=1)))
    found = starts(inputs(hours(overrides=[(str(change), "00:00-23:59")]), search=search))
    assert len(found) == expected
    assert found[-1] - found[0] == (expected - 1) * HOUR


def test_hours_near_the_date_line_are_on_their_local_date() -> None:
    search = search_for("2031-06-01", "2031-06-03")
    for zone in ("Pacific/Kiritimati", "Pacific/Apia", "Pacific/Pago_Pago", "Etc/GMT+12"):
        found = inputs(hours("09:00-11:00", zone=zone, days=[1]), search=search)
        assert clocks(found, None, zone) == ["2031-06-02 09:00", "2031-06-02 10:00"]


@pytest.mark.parametrize(
    "zone", ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "Australia/Eucla", "Asia/Tehran"]
)
def test_slots_align_to_local_time_for_any_utc_offset(zone: str) -> None:
    search = search_for("2031-06-01", "2031-06-03")
    found = inputs(hours("09:10-12:10", zone=zone), length=30, search=search)
    assert clocks(found, "2031-06-02", zone) == every(30, "09:30", "11:30")


@pytest.mark.parametrize("zone", [*CHANGING_ZONES, "Asia/Tokyo", "Africa/Casablanca", "Antarctica/Troll"])
def test_offsets_match_the_time_zone_database_all_year(zone: str) -> None:
    start = local("2031-01-01T00:00", "UTC")
    for hour in range(0, 366 * 24, 7):
        moment = datetime.fromtimestamp((start + hour * HOUR) / 1000, time_zone(zone))
        offset = moment.utcoffset()
        assert offset is not None
        assert zone_named(zone).offset_at(start + hour * HOUR) == offset.total_seconds() * 1000


def test_time_zone_names_are_case_insensitive() -> None:
    assert zone_named("europe/rome").clock_at(0) == zone_named("Europe/Rome").clock_at(0)
    assert zone_named("UTC").clock_at(DAY) == DAY
