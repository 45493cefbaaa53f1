"""Occurrences of repeated events."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from mock_server.calendars.recurrence import OCCURRENCE_LIMIT, occurrence_starts, zone_or_utc
from mock_server.state.work import Budget, TooMuchWork, within

LONDON = zone_or_utc("Europe/London")
NOON = datetime(2025, 1, 1, 12, tzinfo=UTC)  # A Wednesday.


def starts(rule: str, low: str, high: str, first: datetime = NOON) -> list[str]:
    bounds = [datetime.fromisoformat(each).replace(tzinfo=UTC) for each in (low, high)]
    return [f"{each:%m-%d %H:%M}" for each in occurrence_starts(first, rule, LONDON, *bounds)]


def test_the_local_hour_stays_the_same_across_daylight_saving_time() -> None:
    assert starts("FREQ=WEEKLY", "2025-03-25", "2025-04-10") == ["03-26 12:00", "04-02 11:00", "04-09 11:00"]


def test_until_is_an_instant_in_utc() -> None:
    rule = "FREQ=DAILY;UNTIL=20250402T110000Z"
    assert starts(rule, "2025-04-01", "2025-04-10") == ["04-01 11:00", "04-02 11:00"]


def test_a_rule_may_end_after_a_count() -> None:
    assert starts("FREQ=DAILY;COUNT=3", "2025-01-02", "2025-02-01") == ["01-02 12:00", "01-03 12:00"]


def test_the_range_includes_its_start_but_not_its_end() -> None:
    assert starts("FREQ=DAILY", "2025-01-02T12:00", "2025-01-03T12:00") == ["01-02 12:00"]


@pytest.mark.parametrize("rule", ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", "FREQ=DAILY;INTERVAL=3", "FREQ=WEEKLY;WKST=SU"])
def test_far_from_the_start_the_occurrences_are_the_same_as_when_iterated_to(rule: str) -> None:
    near = list(occurrence_starts(NOON, rule, LONDON, NOON, NOON + timedelta(days=4000)))
    low, high = NOON + timedelta(days=3000), NOON + timedelta(days=3100)
    assert list(occurrence_starts(NOON, rule, LONDON, low, high)) == [each for each in near if low <= each < high]


def test_the_number_of_occurrences_is_limited() -> None:
    years = occurrence_starts(NOON, "FREQ=DAILY", LONDON, NOON, NOON + timedelta(days=365_000))
    assert sum(1 for _ in years) == OCCURRENCE_LIMIT


def test_an_invalid_rule_raises_an_error() -> None:
    with pytest.raises(ValueError, match="FREQ"):
        starts("FREQ=SOMETIMES", "2025-01-01", "2025-02-01")


@pytest.mark.parametrize("interval", ["0", "-1", "+0", "1;INTERVAL=0", "0;INTERVAL=1"])
def test_an_interval_has_to_be_positive(interval: str) -> None:
    with pytest.raises(ValueError, match="INTERVAL has to be positive, not"):
        starts(f"FREQ=MONTHLY;INTERVAL={interval}", "2025-02-02", "2025-03-01")


def test_the_last_of_several_intervals_counts() -> None:
    rule = "FREQ=DAILY;INTERVAL=2;INTERVAL=7"
    assert starts(rule, "2025-01-01", "2025-01-16") == ["01-01 12:00", "01-08 12:00", "01-15 12:00"]
    assert starts(rule, "2025-01-13", "2025-01-16") == ["01-15 12:00"]


def test_an_unknown_zone_is_utc() -> None:
    assert zone_or_utc("Mars/Olympus") is UTC


@pytest.fixture
def machine_in_tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The process's own time zone is Tokyo's."""
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("machine_in_tokyo")
def test_bounds_and_ends_are_instants_wherever_the_server_runs() -> None:
    june = datetime(2025, 6, 1, 12, tzinfo=UTC)
    rule = "FREQ=DAILY;UNTIL=20250604T120000Z"
    assert starts(rule, "2025-06-01T12:00", "2025-06-04T12:01", june) == [f"06-0{day} 12:00" for day in (1, 2, 3, 4)]
    assert starts(rule, "2025-06-01T12:01", "2025-06-04T12:00", june) == ["06-02 12:00", "06-03 12:00"]
    assert {each.tzinfo for each in occurrence_starts(june, rule, LONDON, june, june + timedelta(days=9))} == {UTC}


def test_an_offset_in_until_is_ignored() -> None:
    rule = "FREQ=DAILY;UNTIL=20250103T120000+0900"
    assert starts(rule, "2025-01-02", "2025-02-01") == ["01-02 12:00", "01-03 12:00"]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", []),
        ("FREQ=MONTHLY;BYMONTHDAY=31", ["01-31 12:00", "03-31 11:00"]),
        ("FREQ=MONTHLY;BYMONTHDAY=31;UNTIL=20250301T000000Z", ["01-31 12:00"]),
        ("FREQ=MONTHLY;COUNT=1;BYMONTHDAY=31", ["01-31 12:00"]),
        ("FREQ=WEEKLY;INTERVAL=9;BYDAY=WE,TH", ["01-01 12:00", "01-02 12:00", "03-05 12:00", "03-06 12:00"]),
        ("FREQ=MONTHLY;BYDAY=2TU", ["01-14 12:00", "02-11 12:00", "03-11 12:00", "04-08 11:00"]),
    ],
)
def test_rules_may_select_days_of_their_period(rule: str, expected: list[str]) -> None:
    assert starts(rule, "2025-01-01", "2025-04-15") == expected
    later = [each for each in expected if each > "01-02"]
    assert starts(rule, "2025-01-02", "2025-04-15") == later, "also in a range that begins within the first period"


@pytest.mark.parametrize("frequency", ["HOURLY", "MINUTELY", "SECONDLY", "hourly"])
def test_rules_that_repeat_more_often_than_daily_have_no_occurrences(frequency: str) -> None:
    assert starts(f"FREQ={frequency}", "2025-01-01", "2025-01-03") == []


@pytest.mark.parametrize(
    ("rule", "units"),
    [
        ("FREQ=DAILY;COUNT=9999", 4 * 3650),
        ("FREQ=WEEKLY;COUNT=9999", 15 * 521),
        ("FREQ=MONTHLY", 30 * 121),
        ("FREQ=YEARLY", 300 * 10),
        ("freq=yearly", 300 * 10),
        # Started anew one or two periods before the range instead of iterated to.
        ("FREQ=DAILY", 4),
        ("FREQ=WEEKLY", 15),
        ("FREQ=DAILY;INTERVAL=2", 2 * 4),
        ("FREQ=DAILY;INTERVAL=1000", 1650 * 4),
    ],
)
def test_reaching_a_distant_range_costs_work_per_step(rule: str, units: int) -> None:
    assert_cost(rule, NOON + timedelta(days=3650, hours=1), units)


@pytest.mark.parametrize(("interval", "days"), [(10_000, 10_000), (10_001, 40_000)])
def test_very_long_intervals_are_iterated_from_the_start(interval: int, days: int) -> None:
    assert_cost(f"FREQ=DAILY;INTERVAL={interval}", NOON + timedelta(days=40_000), 4 * days)


def assert_cost(rule: str, low: datetime, units: int) -> None:
    """Asserts what finding the occurrences from `low` on costs, apart from those that are found."""
    with within(Budget(units)):
        assert list(occurrence_starts(NOON, rule, UTC, low, low)) == []
    with within(Budget(units - 1)), pytest.raises(TooMuchWork):
        list(occurrence_starts(NOON, rule, UTC, low, low))


def test_days_before_the_start_cost_nothing() -> None:
    low = NOON - timedelta(days=99)
    with within(Budget(0)):
        assert list(occurrence_starts(NOON, "FREQ=MONTHLY", UTC, low, NOON)) == []
    with within(Budget(9)), pytest.raises(TooMuchWork):
        list(occurrence_starts(NOON, "FREQ=MONTHLY", UTC, low, NOON + timedelta(days=1)))
