"""Working time and absences as ranges and days, before slots are placed in them."""

from __future__ import annotations

import pytest

from mock_server.runtime.instants import DAY, HOUR, MINUTE
from mock_server.slots.tests.builders import MONDAY, clocks, hours, inputs, interval, search_for, utc
from mock_server.slots.working_hours import _half_day_clock, away_days, working_ranges

SATURDAY, SUNDAY, TUESDAY, WEDNESDAY = "2031-05-31", "2031-06-01", "2031-06-03", "2031-06-04"


@pytest.mark.parametrize(
    ("day", "is_found"), [(SATURDAY, False), (SUNDAY, True), (MONDAY, True), (TUESDAY, True), (WEDNESDAY, False)]
)
def test_overrides_are_those_from_a_day_before_to_a_day_after(day: str, is_found: bool) -> None:
    start, end = utc(f"{MONDAY}T12:00"), utc(f"{MONDAY}T18:00")
    overrides = [("2031-01-01", "09:00-10:00"), (day, "09:00-10:00")]
    found = working_ranges(hours(overrides=overrides), start, end)
    assert [(span.start, span.end) for span in found] == ([interval(day, "09:00-10:00")] if is_found else [])


def test_overrides_with_the_same_start_are_one_if_touching_hours_are() -> None:
    overrides = [(MONDAY, "09:00-12:00"), (MONDAY, "09:00-10:00")]
    for join_touching, spans in ((True, ["09:00-12:00"]), (False, ["09:00-12:00", "09:00-10:00"])):
        found = working_ranges(hours(overrides=overrides), utc(MONDAY), utc(TUESDAY), join_touching=join_touching)
        assert [(span.start, span.end) for span in found] == [interval(MONDAY, span) for span in spans]


def test_hours_of_an_override_align_to_the_zone_of_the_schedule() -> None:
    zone = "Asia/Kolkata"
    assert clocks(inputs(hours(overrides=[(MONDAY, "09:10-12:10")], zone=zone)), zone=zone) == ["10:00", "11:00"]


def test_hours_that_are_the_last_minute_of_a_day_last_until_midnight() -> None:
    assert clocks(inputs(hours("23:59-23:59"), length=1)) == ["23:59"]


def test_a_day_that_begins_at_one_o_clock_has_its_hours() -> None:
    day, zone = "2031-09-07", "America/Santiago"
    found = inputs(hours("10:00-13:00", zone=zone), search=search_for("2031-09-05", "2031-09-09"))
    assert len(clocks(found, day, zone)) == 3


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("2031-06-03", "2031-06-03", [TUESDAY]),
        ("1990-01-01", "2031-05-26", []),
        ("1990-01-01", "2031-06-02", ["2031-05-30", MONDAY]),
        ("2031-06-04", "2999-01-01", [WEDNESDAY, "2031-06-05", "2031-06-06"]),
        ("1990-01-01", "2999-01-01", ["2031-05-30", MONDAY, TUESDAY, WEDNESDAY, "2031-06-05", "2031-06-06"]),
    ],
)
def test_an_absence_counts_on_working_days_around_the_window_from_today_on(
    first: str, last: str, expected: list[str]
) -> None:
    open_ = hours("09:00-17:00", days=(1, 2, 3, 4, 5))
    window = utc(f"{MONDAY}T12:00"), utc(f"{TUESDAY}T12:00")
    found = away_days(open_, [(utc(first), utc(last))], utc("2031-05-30T10:00"), window)
    assert sorted(found) == [utc(day) // DAY for day in expected]
    assert all(isinstance(day, int) for day in found)


@pytest.mark.parametrize(
    ("clock", "expected"), [("00:30", "12:30"), ("09:45", "09:45"), ("12:15", "12:15"), ("13:30", "01:30")]
)
def test_the_offset_after_a_clock_change_is_taken_from_a_twelve_hour_clock(clock: str, expected: str) -> None:
    """As in the live service."""

    def at(text: str) -> int:
        hour, minute = text.split(":")
        return 20_000 * DAY + int(hour) * HOUR + int(minute) * MINUTE

    assert _half_day_clock(at(clock)) == at(expected)
