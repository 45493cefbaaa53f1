"""Calendar events of bookings, changed through the API, and the busy times that follow them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, Client, data, error
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host, host_with

pytestmark = [pytest.mark.since("2026-03"), pytest.mark.sandbox_only("solo's calendars are part of the default world")]

CALENDAR = "solo@example.com"


@pytest.fixture
def host(solo: Client, anonymous: Client) -> Iterator[Host]:
    """`solo`, whose bookings are written to a Google calendar."""
    google = {"integration": "google_calendar", "externalId": CALENDAR}
    data(solo.put("/v2/destination-calendars", json=google))
    found = host_with(solo, anonymous)
    yield found
    found.clean()


def event_uid(client: Client, booking: dict[str, Any]) -> str:
    query = {"type": "google_calendar"}
    path = f"{BOOKING_PATH}/{booking['uid']}/references"
    return data(client.get(path, params=query, v=BOOKINGS))[0]["eventUid"]


def change(client: Client, uid: str, **fields: Any) -> Any:
    return client.patch(f"/v2/calendars/google/events/{uid}", json=fields)


def busy(host: Host) -> list[str]:
    """When the calendar is busy on the Monday."""
    query: dict[str, Any] = {
        "timeZone": "Europe/Rome",
        "dateFrom": host.monday.isoformat(),
        "dateTo": host.monday.isoformat(),
        "calendarsToLoad[0][credentialId]": 1,
        "calendarsToLoad[0][externalId]": CALENDAR,
    }
    found = data(host.api.get("/v2/calendars/busy-times", params=query))
    return [each["start"] for each in found if each["start"].startswith(host.monday.isoformat())]


def times(host: Host, start: str, end: str) -> dict[str, Any]:
    """A new time, in Rome."""
    day = host.monday.isoformat()
    return {
        name: {"time": f"{day}T{clock}:00", "timeZone": "Europe/Rome"}
        for name, clock in (("start", start), ("end", end))
    }


def test_an_event_moves_in_the_calendar_and_leaves_the_booking(host: Host) -> None:
    talk = host.offer()
    made = host.book(talk, "10:00")
    uid = event_uid(host.api, made)
    assert busy(host) == [host.at("10:00")]

    moved = data(change(host.api, uid, title="Later", **times(host, "14:00", "15:00")))
    assert (moved["title"], moved["start"]["time"]) == ("Later", f"{host.monday.isoformat()}T14:00:00")
    assert host.read(made["uid"])["start"] == made["start"]
    assert busy(host) == [host.at("14:00")]
    assert not {"10:00", "14:00"} & set(host.clocks(talk)), "booking and event block their times"

    data(change(host.api, uid, status="declined"))
    assert busy(host) == []
    assert "14:00" in host.clocks(talk)
    assert data(change(host.api, uid, status=None))["status"] == "accepted"
    assert busy(host) == [host.at("14:00")]


def test_each_event_is_read_by_its_own_uid(host: Host) -> None:
    talk = host.offer()
    for clock in ("10:00", "14:00"):
        uid = event_uid(host.api, host.book(talk, clock))
        shown = data(host.api.get(f"/v2/calendars/google/event/{uid}"))
        assert datetime.fromisoformat(shown["start"]["time"]) == datetime.fromisoformat(host.at(clock))


def test_a_changed_booking_is_written_over_its_event(host: Host) -> None:
    made = host.book(host.offer(), "10:00")
    uid = event_uid(host.api, made)
    data(change(host.api, uid, title="Later", attendees=[], **times(host, "14:00", "15:00")))
    data(
        host.api.post(f"{BOOKING_PATH}/{made['uid']}/guests", json={"guests": [{"email": "g@example.com"}]}, v=BOOKINGS)
    )
    shown = data(host.api.get(f"/v2/calendars/google/event/{uid}"))
    assert shown["title"] == made["title"]
    assert "g@example.com" in {each["email"] for each in shown["attendees"]}
    assert busy(host) == [host.at("10:00")]


def test_the_calendar_service_refuses_impossible_times(host: Host) -> None:
    uid = event_uid(host.api, host.book(host.offer(), "10:00"))
    for wrong in (times(host, "15:00", "14:00"), {"start": {"time": host.at("10:00")}}, {"end": {"timeZone": "UTC"}}):
        assert error(change(host.api, uid, **wrong), 404)["message"] == "Failed to update meeting details"
    assert busy(host) == [host.at("10:00")]


def test_an_event_belongs_to_the_organizer_of_its_booking(host: Host, admin: Client) -> None:
    uid = event_uid(host.api, host.book(host.offer(), "10:00"))
    for refused in (admin.get(f"/v2/calendars/google/event/{uid}"), change(admin, uid, title="Mine")):
        assert error(refused, 404)["message"] == "Booking reference not found"
    data(host.api.post("/v2/calendars/google/disconnect", json={"id": 1}))
    refusal = error(host.api.get(f"/v2/calendars/google/event/{uid}"), 401)
    assert refusal["message"] == "No valid credentials available for Google Calendar"
