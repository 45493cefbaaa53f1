"""A user's schedules: availability, overrides and the default."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.clients import SCHEDULES, Client, data, error, unique

WORK_WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
EVENING = {"date": "2050-12-24", "startTime": "18:00", "endTime": "20:00"}


def body(**more: Any) -> dict[str, Any]:
    return {"name": unique("schedule"), "timeZone": "Europe/Rome", "isDefault": False, **more}


@pytest.fixture
def created(solo: Client) -> Iterator[dict[str, Any]]:
    """A new schedule, deleted at the end; the default is restored."""
    default = data(solo.get("/v2/schedules/default", v=SCHEDULES))
    schedule = data(solo.post("/v2/schedules", json=body(), v=SCHEDULES), 201)
    yield schedule
    solo.delete(f"/v2/schedules/{schedule['id']}", v=SCHEDULES)
    if default is not None:
        data(solo.patch(f"/v2/schedules/{default['id']}", json={"isDefault": True}, v=SCHEDULES))


def change(client: Client, schedule: dict[str, Any], **changes: Any) -> Any:
    return data(client.patch(f"/v2/schedules/{schedule['id']}", json=changes, v=SCHEDULES))


def test_the_default_availability_is_the_working_week(created: dict[str, Any]) -> None:
    assert created["availability"] == [{"days": WORK_WEEK, "startTime": "09:00", "endTime": "17:00"}]
    assert created["overrides"] == []
    assert created["isDefault"] is False


def test_an_update_keeps_omitted_fields(solo: Client, created: dict[str, Any]) -> None:
    with_override = change(solo, created, overrides=[EVENING])
    hours = [{"days": ["Saturday", "Monday"], "startTime": "10:00", "endTime": "11:30"}]
    changed = change(solo, created, availability=hours)
    assert changed == {**with_override, "availability": hours}
    assert data(solo.get(f"/v2/schedules/{created['id']}", v=SCHEDULES)) == changed


def test_a_new_time_zone_does_not_move_the_clock_times(solo: Client, created: dict[str, Any]) -> None:
    assert change(solo, created, timeZone="Asia/Tokyo") == {**created, "timeZone": "Asia/Tokyo"}


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2050-12-24", "2050-12-24"),
        ("2050-12-24T23:30:00-05:00", "2050-12-25"),
        ("2050-12-24T10:00", "2050-12-24"),
        ("2050-12", "2050-12-01"),
    ],
)
def test_an_override_is_for_the_day_in_utc(solo: Client, created: dict[str, Any], sent: str, shown: str) -> None:
    [override] = change(solo, created, overrides=[{**EVENING, "date": sent}])["overrides"]
    assert override == {**EVENING, "date": shown}


def test_an_override_on_a_day_that_the_calendar_lacks_is_refused(solo: Client, created: dict[str, Any]) -> None:
    sent = [EVENING, {**EVENING, "date": "2050-02-30T10:00"}]
    refusal = error(solo.patch(f"/v2/schedules/{created['id']}", json={"overrides": sent}, v=SCHEDULES), 400)
    [overrides] = refusal["details"]["errors"]
    [second] = overrides["children"]
    assert second["property"] == "1"
    assert second["children"][0]["constraints"] == {"isIso8601": "date must be a valid ISO 8601 date string"}
    assert data(solo.get(f"/v2/schedules/{created['id']}", v=SCHEDULES)) == created


def test_availability_without_days_is_dropped(solo: Client, created: dict[str, Any]) -> None:
    hours: list[dict[str, Any]] = [{"days": [], "startTime": "10:00", "endTime": "11:00"}]
    assert change(solo, created, availability=hours)["availability"] == []


def test_the_default_can_be_moved_but_not_removed(solo: Client, created: dict[str, Any]) -> None:
    former = data(solo.get("/v2/schedules/default", v=SCHEDULES))
    moved = change(solo, created, isDefault=True)
    assert moved["isDefault"] is True
    assert data(solo.get("/v2/schedules/default", v=SCHEDULES)) == moved
    assert change(solo, created, isDefault=False) == moved
    if former is not None:
        assert data(solo.get(f"/v2/schedules/{former['id']}", v=SCHEDULES))["isDefault"] is False


def test_deleting_the_default_schedule_leaves_no_default(solo: Client, created: dict[str, Any]) -> None:
    change(solo, created, isDefault=True)
    data(solo.delete(f"/v2/schedules/{created['id']}", v=SCHEDULES))
    assert data(solo.get("/v2/schedules/default", v=SCHEDULES)) is None
    assert not any(each["isDefault"] for each in data(solo.get("/v2/schedules", v=SCHEDULES)))


def test_an_unknown_schedule_is_not_found_and_deleting_it_is_a_bad_request(
    solo: Client, created: dict[str, Any]
) -> None:
    gone = f"/v2/schedules/{created['id']}"
    data(solo.delete(gone, v=SCHEDULES))
    text = f"Schedule with ID={created['id']} does not exist."
    assert error(solo.get(gone, v=SCHEDULES), 404)["message"] == text
    assert error(solo.patch(gone, json={}, v=SCHEDULES), 404)["message"] == text
    assert error(solo.delete(gone, v=SCHEDULES), 400)["message"] == text


def test_schedules_exist_in_two_versions_only(solo: Client, created: dict[str, Any]) -> None:
    path = f"/v2/schedules/{created['id']}"
    assert data(solo.get(path, v="2024-06-14")) == created
    assert error(solo.get(path, v="2024-08-13"), 404)["message"] == f"Cannot GET {path}"
