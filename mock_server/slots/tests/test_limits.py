"""Periods of booking limits: their bounds, and when one is full."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import pytest

from mock_server.runtime.instants import DAY, MINUTE, UTC_ZONE, zone_named
from mock_server.slots.inputs import Limits, Unit
from mock_server.slots.limits import counted_range, full_periods, periods
from mock_server.slots.ranges import Interval
from mock_server.slots.tests.builders import local, utc

HOUR = 60 * MINUTE


@pytest.mark.parametrize(
    ("unit", "at", "bounds"),
    [
        ("day", "2031-06-04T12:00", ("2031-06-04", "2031-06-05")),
        ("week", "2031-06-04T12:00", ("2031-06-01", "2031-06-08")),
        ("week", "2031-06-01T00:00", ("2031-06-01", "2031-06-08")),
        ("week", "2031-05-31T23:59", ("2031-05-25", "2031-06-01")),
        ("month", "2031-06-04T12:00", ("2031-06-01", "2031-07-01")),
        ("month", "2032-02-29T12:00", ("2032-02-01", "2032-03-01")),
        ("month", "2031-12-31T12:00", ("2031-12-01", "2032-01-01")),
        ("year", "2031-06-04T12:00", ("2031-01-01", "2032-01-01")),
        ("year", "2032-06-04T12:00", ("2032-01-01", "2033-01-01")),
    ],
)
def test_a_period_goes_to_its_last_millisecond(unit: Unit, at: str, bounds: tuple[str, str]) -> None:
    first, following = map(utc, bounds)
    assert list(periods(unit, UTC_ZONE, utc(at), utc(at))) == [(first, following - 1)]


@pytest.mark.parametrize("unit", ["day", "week", "month", "year"])
def test_periods_follow_one_another_up_to_the_one_that_begins_with_the_end(unit: Unit) -> None:
    start = utc("2031-01-01")
    end = next(periods(unit, UTC_ZONE, start, start))[1] + 1
    for last, count in ((end - 1, 1), (end, 2)):
        found = list(periods(unit, UTC_ZONE, start, last))
        assert len(found) == count
        assert all(earlier[1] + 1 == later[0] for earlier, later in pairwise(found))


def test_periods_are_those_of_the_zone_and_begin_by_the_offset_of_the_first() -> None:
    rome, search = zone_named("Europe/Rome"), (local("2031-03-29T12:00", "Europe/Rome"),) * 2
    assert list(periods("day", rome, *search)) == [
        (local("2031-03-29T00:00", "Europe/Rome"), local("2031-03-29T23:59:59.999", "Europe/Rome"))
    ]
    after = local("2031-03-31T12:00", "Europe/Rome")
    starts = [each[0] for each in periods("day", rome, search[0], after)]
    assert starts == [utc("2031-03-28T23:00"), utc("2031-03-29T23:00"), utc("2031-03-30T23:00")]


def test_a_period_west_of_greenwich_has_begun_when_it_begins_there() -> None:
    new_york, start = zone_named("America/New_York"), utc("2031-06-04T12:00")
    assert len(list(periods("day", new_york, start, utc("2031-06-05T04:00") - 1))) == 1
    assert len(list(periods("day", new_york, start, utc("2031-06-05T04:00")))) == 2


def full(limits: Limits, *counted: Interval, length: int = 30) -> list[str]:
    """The dates of the full periods, of a search in two days of June."""
    start, end = utc("2031-06-03"), utc("2031-06-04T12:00")
    found = full_periods(limits, counted, UTC_ZONE, start, end, length)
    return [f"{datetime.fromtimestamp(each[0] // 1000, UTC):%m-%d}" for each in found]


def at(text: str, minutes: int = 60) -> Interval:
    return utc(text), utc(text) + minutes * MINUTE


def test_a_count_is_reached_by_as_many_bookings() -> None:
    limits = Limits(count={"day": 2})
    first, second = at("2031-06-03T09:00"), at("2031-06-03T10:00")
    assert full(limits, first) == []
    assert full(limits, second, first) == ["06-03"]
    assert full(limits, second, first, at("2031-06-03T11:00"), at("2031-06-04T11:00")) == ["06-03"]


def test_a_booking_belongs_to_the_period_in_which_it_starts_but_not_with_which() -> None:
    limits = Limits(count={"day": 1})
    assert full(limits, at("2031-06-03T00:00")) == []
    assert full(limits, (utc("2031-06-03T00:00") + 1, utc("2031-06-03T01:00"))) == ["06-03"]
    assert full(limits, at("2031-06-03T23:59")) == ["06-03"]
    last = utc("2031-06-04T00:00") - 1
    assert full(limits, (last, last + HOUR)) == []
    assert full(limits, (last - 1, last + HOUR)) == ["06-03"]
    assert full(limits, at("2031-06-02T23:30"), at("2031-06-05T00:00")) == []


def test_minutes_are_used_up_when_another_booking_has_no_room() -> None:
    limits = Limits(duration={"day": 120})
    counted = at("2031-06-03T09:00"), at("2031-06-03T11:00", 30)
    assert full(limits, *counted, length=30) == []
    assert full(limits, *counted, length=31) == ["06-03"]
    assert full(limits, length=120) == []
    assert full(limits, length=121) == ["06-03", "06-04"]


def test_one_limit_that_is_reached_is_enough() -> None:
    counted = at("2031-06-03T09:00")
    assert full(Limits(count={"day": 1}, duration={"day": 1000}), counted) == ["06-03"]
    assert full(Limits(count={"day": 5}, duration={"day": 60}), counted) == ["06-03"]
    assert full(Limits(count={"month": 1, "day": 5}), counted) == ["06-01"]
    assert sorted(full(Limits(count={"month": 1}, duration={"day": 60}), counted)) == ["06-01", "06-03"]


def test_bookings_are_counted_in_the_whole_periods_that_a_search_touches() -> None:
    start, end = utc("2031-06-04T12:00"), utc("2031-06-05T12:00")
    assert counted_range(Limits(count={"day": 1}), start, end) == (utc("2031-06-04"), utc("2031-06-06") - 1)
    assert counted_range(Limits(count={"day": 1}, duration={"month": 60}), start, end) == (
        utc("2031-06-01"),
        utc("2031-07-01") - 1,
    )
    assert counted_range(Limits(duration={"year": 60}), start, end) == (
        utc("2031-01-01") - DAY,
        utc("2032-01-01") - 1 + DAY,
    )
