"""Schedules of the older version, which are those of today in another form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.clients import SCHEDULES, Client, data, error, unique
from contract_tests.nonexistent import NO_NUMBER

OLD = "2024-04-15"
PATH = "/v2/schedules"
TUESDAYS = {"days": [2], "startTime": "2050-05-01T10:00:00.000Z", "endTime": "2050-05-01T12:00:00.000Z"}


@pytest.fixture
def created(solo: Client) -> Iterator[dict[str, Any]]:
    """A schedule of Tuesdays from 10 to 12, deleted at the end."""
    body = {"name": unique("older"), "timeZone": "Asia/Tokyo", "isDefault": False, "availabilities": [TUESDAYS]}
    schedule = data(solo.post(PATH, json=body, v=OLD), 201)
    yield schedule
    solo.delete(f"{PATH}/{schedule['id']}", v=SCHEDULES)


def test_hours_are_those_of_the_later_version(solo: Client, created: dict[str, Any]) -> None:
    later = data(solo.get(f"{PATH}/{created['id']}", v=SCHEDULES))
    assert later["availability"] == [{"days": ["Tuesday"], "startTime": "10:00", "endTime": "12:00"}]
    assert [len(day) for day in created["availability"]] == [0, 0, 1, 0, 0, 0, 0]
    # Tokyo is nine hours ahead of UTC all year.
    assert created["workingHours"] == [{"days": [2], "startTime": 60, "endTime": 180}]


def test_a_change_keeps_what_it_does_not_give(solo: Client, created: dict[str, Any]) -> None:
    one = f"{PATH}/{created['id']}"
    assert data(solo.patch(one, json={"name": "Renamed"}, v=OLD))["schedule"] == created["schedule"]
    span = {"start": "2050-12-24T18:00:00.000Z", "end": "2050-12-24T20:00:00.000Z"}
    changed = data(solo.patch(one, json={"schedule": [[], [span], [span]], "dateOverrides": [span]}, v=OLD))
    assert changed["dateOverrides"] == [{"ranges": [span]}]
    later = data(solo.get(one, v=SCHEDULES))
    assert later["availability"] == [{"days": ["Monday", "Tuesday"], "startTime": "18:00", "endTime": "20:00"}]
    assert later["overrides"] == [{"date": "2050-12-24", "startTime": "18:00", "endTime": "20:00"}]


def test_the_lists_have_the_same_schedules(solo: Client, created: dict[str, Any]) -> None:
    ids = [each["id"] for each in data(solo.get(PATH, v=OLD))]
    assert created["id"] in ids
    assert ids == [each["id"] for each in data(solo.get(PATH, v=SCHEDULES))]
    default, same = (data(solo.get(f"{PATH}/default", v=version)) for version in (OLD, SCHEDULES))
    assert (default and default["id"]) == (same and same["id"])


def test_a_deleted_schedule_is_gone_under_both(solo: Client, created: dict[str, Any]) -> None:
    one = f"{PATH}/{created['id']}"
    assert solo.delete(one, v=OLD).json() == {"status": "success"}
    error(solo.get(one, v=OLD), 404)
    error(solo.get(one, v=SCHEDULES), 404)
    error(solo.delete(f"{PATH}/{NO_NUMBER}", v=OLD), 400)
