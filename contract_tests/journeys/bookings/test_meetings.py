"""Where a booking takes place: location, seat, references, and the video of its meeting."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import httpx
import pytest

from contract_tests.clients import BOOKINGS, Client, Deployment, data, error, unique
from contract_tests.journeys.bookings.conftest import BOOKING_PATH, Host
from contract_tests.managed_users import ManagedUsers

pytestmark = pytest.mark.since("2026-03")

ADDRESS = [{"type": "address", "address": "5 Old Lane", "public": True}]
DELIVERED = ["RECORDING_READY", "RECORDING_TRANSCRIPTION_GENERATED"]


def read(client: Client, uid: str, what: str) -> Any:
    return data(client.get(f"{BOOKING_PATH}/{uid}/{what}", v=BOOKINGS))


def move(client: Client, uid: str, **location: str) -> httpx.Response:
    return client.patch(f"{BOOKING_PATH}/{uid}/location", json={"location": location}, v=BOOKINGS)


def choose_google(client: Client) -> None:
    google = {"integration": "google_calendar", "externalId": "solo@example.com"}
    data(client.put("/v2/destination-calendars", json=google))


@pytest.mark.sandbox_only("solo's calendars are part of the default world")
def test_references_follow_the_life_of_a_booking(host: Host, anonymous: Client, admin: Client) -> None:
    choose_google(host.api)
    made = host.book(host.offer(), "10:00")
    video, event = read(host.api, made["uid"], "references")
    assert (video["type"], event["type"]) == ("daily_video", "google_calendar")
    assert event["destinationCalendarId"] == "solo@example.com"
    assert host.read(made["uid"])["icsUid"] == f"{event['eventUid']}@google.com"
    error(admin.get(f"{BOOKING_PATH}/{made['uid']}/references", v=BOOKINGS), 400)

    moved = host.act(made["uid"], "reschedule", anonymous, 201, start=host.at("14:00"))
    again = read(host.api, moved["uid"], "references")
    assert [each["eventUid"] for each in again] == [video["eventUid"], event["eventUid"]]
    assert {each["id"] for each in again}.isdisjoint({video["id"], event["id"]})
    shown = data(host.api.get(f"/v2/calendars/google/event/{event['eventUid']}"))
    assert datetime.fromisoformat(shown["start"]["time"]) == datetime.fromisoformat(host.at("14:00"))

    host.act(moved["uid"], "cancel", anonymous)
    assert read(host.api, moved["uid"], "references") == []
    error(host.api.get(f"/v2/calendars/google/event/{event['eventUid']}"), 404)


def test_a_teams_references_are_those_of_its_event_types(
    host: Host, owner: Client, platform: Client, organization: str, managed_users: ManagedUsers
) -> None:
    user_id = managed_users.new(timeZone="Europe/Rome").id
    team_id = data(platform.post(f"{organization}/teams", json={"name": unique("team")}), 201)["id"]
    team = f"{organization}/teams/{team_id}"
    data(platform.post(f"{team}/memberships", json={"userId": user_id, "accepted": True, "role": "MEMBER"}), 201)
    path = team + "/bookings/{}/references"
    own = host.book(host.offer(), "10:00")
    error(owner.get(path.format(own["uid"])), 404)
    body = {
        "title": "Team talk",
        "slug": unique("team-talk"),
        "lengthInMinutes": 30,
        "schedulingType": "collective",
        "hosts": [{"userId": user_id}],
    }
    talk = data(owner.post(f"{team}/event-types", json=body, v="2024-06-14"), 201)
    made = host.book(talk["id"], "10:00")
    [video] = data(owner.get(path.format(made["uid"])))
    assert video["type"] == "daily_video"
    assert video["eventUid"]


@pytest.mark.sandbox_only("solo's calendars are part of the default world")
def test_a_new_location_is_shown_and_written_to_the_calendar(host: Host, admin: Client, anonymous: Client) -> None:
    choose_google(host.api)
    made = host.book(host.offer(locations=ADDRESS), "10:00")
    shown = data(move(host.api, made["uid"], type="attendeeDefined", location="In the park"))
    assert shown["location"] == "In the park"
    assert shown["bookingFieldsResponses"]["location"] == {"value": "somewhereElse", "optionValue": "In the park"}
    [event] = read(host.api, made["uid"], "references")
    assert data(host.api.get(f"/v2/calendars/google/event/{event['eventUid']}"))["locations"] == [
        {"type": "video", "url": "In the park"}
    ]
    for wrong in ({"type": "cave"}, {"type": "phone", "phone": "12"}, {"type": "address", "address": ""}):
        text = str(error(move(host.api, made["uid"], **wrong), 400))
        assert "UpdateBookingInputLocationValidator_2024_08_13 - " in text
    assert error(move(admin, made["uid"], type="address", address="x"), 403)["message"].startswith("User is not")
    moved = host.act(made["uid"], "reschedule", anonymous, 201, start=host.at("14:00"))
    assert moved["location"] == "In the park"


def test_a_seat_shows_its_own_attendee(host: Host, anonymous: Client) -> None:
    seats = {"seatsPerTimeSlot": 3, "showAttendeeInfo": False, "showAvailabilityCount": True}
    yoga = host.offer(seats=seats, locations=ADDRESS)
    first, second = host.book(yoga, "10:00"), host.book(yoga, "10:00")
    path = f"{BOOKING_PATH}/by-seat/{second['seatUid']}"
    shown = data(anonymous.get(path, v=BOOKINGS))
    assert (shown["uid"], [each["seatUid"] for each in shown["attendees"]]) == (first["uid"], [second["seatUid"]])
    assert len(data(host.api.get(path, v=BOOKINGS))["attendees"]) == 2
    data(move(host.api, first["uid"], type="attendeeDefined", location="In the park"))
    assert data(host.api.get(path, v=BOOKINGS))["location"] == "In the park"
    refusal = error(anonymous.get(f"{BOOKING_PATH}/by-seat/unknown", v=BOOKINGS), 404)
    assert refusal["message"] == "Booking with seatUid=unknown was not found in the database"


@pytest.mark.sandbox_only("moves the clock")
def test_a_meeting_that_has_ended_has_a_recording(host: Host, deployment: Deployment) -> None:
    inbox = f"{deployment.url}/_sandbox/webhooks/inbox/{unique('inbox')}"
    data(
        host.api.post("/v2/webhooks", json={"subscriberUrl": inbox, "triggers": DELIVERED, "active": True}),
        201,
    )
    made = host.book(host.offer(), "10:00")
    for what in ("recordings", "transcripts", "conferencing-sessions"):
        assert read(host.api, made["uid"], what) == []

    deployment.control("PUT", "clock", json={"now": host.at("11:01")})
    [recording] = read(host.api, made["uid"], "recordings")
    [session] = read(host.api, made["uid"], "conferencing-sessions")
    assert (recording["duration"], recording["roomName"]) == (3600, session["room"])
    assert (session["duration"], session["ongoing"]) == (3600, False)
    assert [each["userName"] for each in session["participants"]] == ["Sam Solo", "Ann Lee"]
    [transcript] = read(host.api, made["uid"], "transcripts")
    for link, kind in ((recording["downloadLink"], "video/mp4"), (transcript, "text/vtt; charset=utf-8")):
        assert httpx.get(link).headers["content-type"] == kind
    received = httpx.get(inbox, params={"count": 2}).json()["received"]
    assert [each["json"]["triggerEvent"] for each in received] == DELIVERED

    deployment.advance(minutes=61)
    assert httpx.get(transcript).status_code == 410
    assert httpx.get(read(host.api, made["uid"], "transcripts")[0]).status_code == 200


@pytest.mark.sandbox_only("moves the clock")
def test_a_cancelled_meeting_has_no_recording(host: Host, anonymous: Client, deployment: Deployment) -> None:
    made = host.book(host.offer(), "10:00")
    host.act(made["uid"], "cancel", anonymous)
    deployment.control("PUT", "clock", json={"now": host.at("11:01")})
    assert read(host.api, made["uid"], "recordings") == []


@pytest.mark.sandbox_only("puts recordings there through the control plane")
def test_recordings_are_put_there_by_the_control_plane(host: Host, admin: Client, deployment: Deployment) -> None:
    made = host.book(host.offer(), "10:00")
    elsewhere = "https://video.example.com/recording.mp4"
    recording = {
        "id": "rec-1",
        "roomName": "room-1",
        "startTs": 1764583200,
        "duration": 1800,
        "shareToken": "share-1",
        "downloadLink": elsewhere,
    }
    broken = {**recording, "id": "rec-2", "error": "Recording not found"}
    place = f"{deployment.url}/_sandbox/bookings/{{}}/video"
    assert httpx.put(place.format(made["uid"]), json={"recordings": [recording, broken]}).status_code == 200
    whole, failed = read(host.api, made["uid"], "recordings")
    assert (whole["status"], failed["downloadLink"], failed["error"]) == ("finished", None, "Recording not found")
    assert httpx.get(whole["downloadLink"]).headers["location"] == elsewhere
    error(admin.get(f"{BOOKING_PATH}/{made['uid']}/recordings", v=BOOKINGS), 403)
    invalid: tuple[dict[str, object], ...] = ({"recordings": [{}]}, {"films": []}, {"transcripts": ["x"] * 101})
    for wrong in invalid:
        assert httpx.put(place.format(made["uid"]), json=wrong).status_code == 400
    assert httpx.put(place.format("unknown"), json={}).status_code == 404

    on_site = host.book(host.offer(locations=ADDRESS), "12:00")
    refusal = error(host.api.get(f"{BOOKING_PATH}/{on_site['uid']}/recordings", v=BOOKINGS), 404)
    assert refusal["message"] == f"No Cal Video reference found with booking uid {on_site['uid']}"
