"""Occurrences of repeated events."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from mock_server.calendars.recurrence import OCCURRENCE_LIMIT, occurrence_starts, zone_or_utc

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


def test_an_unknown_zone_is_utc() -> None:
    assert zone_or_utc("Mars/Olympus") is UTC
