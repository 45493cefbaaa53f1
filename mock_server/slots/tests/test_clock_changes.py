"""Days on which clocks change, the date line, and zones that are not whole hours away from UTC."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from mock_server.runtime.instants import DAY, HOUR, zone_named
from mock_server.runtime.time_zones import time_zone
from mock_server.slots.tests.builders import asked, clocks, every, hours, local, situation, starts

CHANGING_BY_AN_HOUR_AT_NIGHT = (
    "Europe/Rome",
    "Europe/London",
    "America/New_York",
    "America/Los_Angeles",
    "America/St_Johns",
    "Australia/Adelaide",
    "Pacific/Auckland",
    "Pacific/Chatham",
)
CHANGING = (*CHANGING_BY_AN_HOUR_AT_NIGHT, "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo")


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
@pytest.mark.parametrize("zone", CHANGING_BY_AN_HOUR_AT_NIGHT)
def test_morning_hours_keep_the_clock_around_a_change(zone: str, forward: bool) -> None:
    change = day_of_change(zone, forward=forward)
    days = [change + timedelta(days=n) for n in (-1, 0, 1)]
    request = asked(str(days[0] - timedelta(days=1)), str(days[-1] + timedelta(days=1)))
    found = situation(hours("10:00-13:00", zone=zone), request=request)
    for day in days:
        assert clocks(found, str(day), zone) == ["10:00", "11:00", "12:00"]
        assert local(f"{day}T10:00", zone) in starts(found)


@pytest.mark.parametrize("forward", [True, False], ids=["forward", "back"])
@pytest.mark.parametrize("zone", CHANGING)
def test_all_other_days_keep_the_clock_all_day(zone: str, forward: bool) -> None:
    change = day_of_change(zone, forward=forward)
    request = asked(str(change - timedelta(days=4)), str(change + timedelta(days=4)))
    found = situation(hours("09:00-18:00", zone=zone), request=request)
    for away in (-3, -2, 2, 3):
        assert clocks(found, str(change + timedelta(days=away)), zone) == every(60, "09:00", "17:00")


@pytest.mark.parametrize(
    ("forward", "expected"), [(True, every(60, "14:00", "17:00")), (False, every(60, "12:00", "15:00"))]
)
def test_early_afternoon_hours_in_america_are_an_hour_off_on_the_day_itself(forward: bool, expected: list[str]) -> None:
    """As in the live service, which reads the hour on a twelve-hour clock there."""
    zone = "America/New_York"
    change = day_of_change(zone, forward=forward)
    request = asked(str(change), str(change + timedelta(days=1)))
    assert clocks(situation(hours("13:00-17:00", zone=zone), request=request), str(change), zone) == expected


@pytest.mark.parametrize(("forward", "expected"), [(True, 23), (False, 25)])
def test_an_override_of_a_whole_day_is_as_long_as_the_day(forward: bool, expected: int) -> None:
    change = day_of_change("Europe/Rome", forward=forward)
    request = asked(str(change - timedelta(days=1)), str(change + timedelta(days=1)))
    found = starts(situation(hours(overrides=[(str(change), "00:00-23:59")]), request=request))
    assert len(found) == expected
    assert found[-1] - found[0] == (expected - 1) * HOUR


def test_hours_around_the_date_line_fall_on_their_local_date() -> None:
    request = asked("2031-06-01", "2031-06-03")
    for zone in ("Pacific/Kiritimati", "Pacific/Apia", "Pacific/Pago_Pago", "Etc/GMT+12"):
        found = situation(hours("09:00-11:00", zone=zone, days=[1]), request=request)
        assert clocks(found, None, zone) == ["2031-06-02 09:00", "2031-06-02 10:00"]


@pytest.mark.parametrize(
    "zone", ["Asia/Kolkata", "Asia/Kathmandu", "Pacific/Chatham", "Australia/Eucla", "Asia/Tehran"]
)
def test_hours_align_on_local_clocks_whatever_the_offset(zone: str) -> None:
    request = asked("2031-06-01", "2031-06-03")
    found = situation(hours("09:10-12:10", zone=zone), length=30, request=request)
    assert clocks(found, "2031-06-02", zone) == every(30, "09:30", "11:30")


@pytest.mark.parametrize("zone", [*CHANGING, "Asia/Tokyo", "Africa/Casablanca", "Antarctica/Troll"])
def test_offsets_are_those_of_the_zone_all_year(zone: str) -> None:
    start = local("2031-01-01T00:00", "UTC")
    for hour in range(0, 366 * 24, 7):
        moment = datetime.fromtimestamp((start + hour * HOUR) / 1000, time_zone(zone))
        offset = moment.utcoffset()
        assert offset is not None
        assert zone_named(zone).offset_at(start + hour * HOUR) == offset.total_seconds() * 1000


def test_a_time_zone_may_be_written_in_any_case() -> None:
    assert zone_named("europe/rome").clock_at(0) == zone_named("Europe/Rome").clock_at(0)
    assert zone_named("UTC").clock_at(DAY) == DAY
