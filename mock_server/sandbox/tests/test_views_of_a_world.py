"""The calendar of a user, the jobs to come, and the comparison with the start of a world."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mock_server.sandbox.tests.test_requests import book, monday

__all__ = ["monday"]


def ask(client: httpx.Client, call: str, **query: Any) -> dict[str, Any]:
    return client.get(f"/_sandbox/{call}", params=query).raise_for_status().json()


def test_a_calendar_has_the_bookings_and_busy_times_of_a_week(monday: httpx.Client) -> None:
    book(monday, "2030-01-08T10:00:00Z").raise_for_status()
    book(monday, "2030-01-14T10:00:00Z").raise_for_status()
    week = ask(monday, "calendar", userId=4)
    assert (week["days"][0], week["days"][-1], week["now"]) == ("2030-01-07", "2030-01-13", "2030-01-07T08:00:00+00:00")
    [booking] = week["bookings"]
    assert (booking["start"], booking["status"], booking["isOrganizer"]) == (
        "2030-01-08T10:00:00+00:00",
        "accepted",
        True,
    )
    assert [(each["title"], each["start"]) for each in week["busy"]] == [("Lunch", "2030-01-09T12:00:00+00:00")]
    assert len(ask(monday, "calendar", **{"userId": 4, "from": "2030-01-14", "days": 1})["bookings"]) == 1


def test_a_calendar_has_the_bookings_that_a_user_attends(monday: httpx.Client) -> None:
    attendee = {"name": "Member", "email": "member@acme.example", "timeZone": "Europe/Rome"}
    book(monday, "2030-01-08T10:00:00Z", attendee=attendee).raise_for_status()
    [booking] = ask(monday, "calendar", userId=3, **{"from": "2030-01-07"})["bookings"]
    assert booking["isOrganizer"] is False


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("userId=99", "`userId` takes the id of a user of this world, not `99`."),
        ("userId=4&from=Monday", "`from` takes a date, such as 2030-01-07."),
        ("userId=4&from=0001-01-01", "`from` takes a date in the years 1970 to 9998."),
        ("userId=4&from=9999-12-31", "`from` takes a date in the years 1970 to 9998."),
        ("userId=4&days=32", "`days` takes a number from 1 to 31."),
    ],
)
def test_calendars_that_there_are_not_are_refused(client: httpx.Client, query: str, message: str) -> None:
    reply = client.get(f"/_sandbox/calendar?{query}")
    assert (reply.status_code, reply.json()["error"]) == (400, message)


def test_jobs_are_listed_in_the_order_in_which_they_fall_due(monday: httpx.Client) -> None:
    hook = {"subscriberUrl": "http://127.0.0.1:9/x", "triggers": ["MEETING_STARTED", "MEETING_ENDED"], "active": True}
    monday.post("/v2/webhooks", json=hook).raise_for_status()
    for start in ("2030-01-09T10:00:00Z", "2030-01-08T10:00:00Z"):
        book(monday, start).raise_for_status()
    found = ask(monday, "jobs")
    dues = [each["due"] for each in found["jobs"]]
    assert dues == sorted(dues)
    assert found["total"] == len(dues) >= 4
    assert ask(monday, "jobs", skip=1, limit=1)["jobs"] == found["jobs"][1:2]
    monday.post("/_sandbox/clock/advance", json={"weeks": 1}).raise_for_status()
    assert ask(monday, "jobs")["jobs"] == []


def test_a_world_is_compared_with_its_start(monday: httpx.Client) -> None:
    assert ask(monday, "comparison") == {"collections": []}
    book(monday, "2030-01-08T10:00:00Z").raise_for_status()
    monday.patch("/v2/me", json={"name": "Sam S."}).raise_for_status()
    monday.delete("/v2/event-types/2", headers={"cal-api-version": "2024-06-14"}).raise_for_status()
    counts = {each.pop("name"): each for each in ask(monday, "comparison")["collections"]}
    assert counts["bookings"] == {"created": 1, "updated": 0, "deleted": 0}
    assert counts["users"] == {"created": 0, "updated": 1, "deleted": 0}
    assert counts["event_types"] == {"created": 0, "updated": 0, "deleted": 1}
    [change] = ask(monday, "comparison", collection="users")["changes"]
    assert (change["key"], change["before"]["name"], change["after"]["name"]) == (4, "Sam Solo", "Sam S.")
    assert ask(monday, "comparison", collection="users", skip=1)["changes"] == []
    monday.post("/_sandbox/reset").raise_for_status()
    assert ask(monday, "comparison") == {"collections": []}


def test_a_mistyped_collection_gets_a_suggestion(client: httpx.Client) -> None:
    error = client.get("/_sandbox/comparison?collection=user").json()["error"]
    assert error == "There is no collection `user`; did you mean users?"


def test_collections_name_their_keys_and_references(client: httpx.Client) -> None:
    listed = {each["name"]: each for each in client.get("/_sandbox/state").json()["collections"]}
    assert listed["attendees"]["references"] == {"booking_id": "bookings"}
    assert (listed["bookings"]["key"], listed["meeting_videos"]["key"]) == ("id", "booking_id")


def test_slots_that_are_planned_and_offered_are_listed(monday: httpx.Client) -> None:
    book(monday, "2030-01-08T10:00:00Z").raise_for_status()
    query = {"eventTypeId": 1, "start": "2030-01-08", "end": "2030-01-08"}
    explained = ask(monday, "explain/slots", **query)
    [day] = explained["days"].values()
    removed = {start for rule in day["rules"] for start in rule["removed"]}
    assert explained["length"] == 15
    assert set(day["plannedStarts"]) - removed == set(day["offeredStarts"])
    assert removed == {"2030-01-08T10:00:00.000Z"}
