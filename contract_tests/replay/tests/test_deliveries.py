"""Repeats the recorded scenarios about bookings: webhooks receive what the live service sent them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from contract_tests.replay.deliveries import (
    CLIENT,
    ORGANIZATION,
    OWNER_KEY,
    SOLO_KEY,
    TEAM,
    Delivery,
    SubscribedWorld,
    delivery_differences,
    recorded_deliveries,
)
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.settings import Settings

EDITION = "2026-03"
RECORDED = recorded_deliveries(EDITION)
OF_THE_VIDEO_SERVICE = ("RECORDING_READY", "RECORDING_TRANSCRIPTION_GENERATED")
"""Sent when a meeting ends here; the video service of the recordings was not there."""

FIFTEEN_MINUTES, THIRTY_MINUTES, WORKSHOP, COACHING, SALES_INTRO = 1, 2, 4, 5, 101
SHIFTED = ("startTime", "endTime", "message")
"""Values of a recorded booking whose time had been changed in the service's database."""

HOSTS = [{"userId": 1, "mandatory": False}, {"userId": 3, "mandatory": False}]
HIDDEN_PHONE = {
    "type": "phone",
    "slug": "attendeePhoneNumber",
    "label": "phone_number",
    "required": False,
    "hidden": True,
}
PAGES = {
    "bookingRedirectUri": "https://client.example.com/booked",
    "bookingCancelRedirectUri": "https://client.example.com/cancelled",
    "bookingRescheduleRedirectUri": "https://client.example.com/moved",
}
CONFIRM = {"type": "always", "blockUnconfirmedBookingsInBooker": False}


class Scenarios(SubscribedWorld):
    """Does what was done before the recorded deliveries."""

    def book(self, event_type: int, start: str, email: str, name: str = "Ada Booker", **fields: Any) -> Any:
        """The data of a new booking. `attendee` are further fields of the attendee."""
        attendee = {"name": name, "email": email, "timeZone": "Europe/Rome", **fields.pop("attendee", {})}
        body = {"eventTypeId": event_type, "start": start, "attendee": attendee, **fields}
        return self.send("POST", "/v2/bookings", body)["data"]

    def act(self, booking: dict[str, Any], action: str, key: str | None = None, **body: Any) -> Any:
        """The data of an action on a booking."""
        return self.send("POST", f"/v2/bookings/{booking['uid']}/{action}", body, key)["data"]

    def event_type(self, title: str, length: int = 30, key: str = SOLO_KEY, **fields: Any) -> int:
        """The id of a new event type."""
        body = {"title": title, "slug": title.lower().replace(" ", "-"), "lengthInMinutes": length, **fields}
        version = {"cal-api-version": "2024-06-14"}
        return self.send("POST", "/v2/event-types", body, key, **version)["data"]["id"]

    def team_event_type(self, title: str, scheduling: str) -> int:
        """The id of a new event type of the team with both of its members as hosts."""
        body = {"title": title, "slug": "both", "lengthInMinutes": 30, "schedulingType": scheduling}
        path = f"/v2/organizations/{ORGANIZATION}/teams/{TEAM}/event-types"
        return self.send("POST", path, body | {"hosts": HOSTS}, OWNER_KEY)["data"]["id"]

    def change_team_event_type(self, event_type: int, **changes: Any) -> None:
        """Changes an event type of the team."""
        path = f"/v2/organizations/{ORGANIZATION}/teams/{TEAM}/event-types/{event_type}"
        self.send("PATCH", path, changes, OWNER_KEY)

    def meet(self, participants: list[dict[str, Any]]) -> None:
        """Books a Cal Video meeting that only these participants join, and waits until the others are late."""
        booking = self.book(FIFTEEN_MINUTES, "2026-12-15T10:00:00Z", "late@example.com")
        session = {"id": "s-1", "room": "room", "startTime": 1796900000, "duration": 1500, "ongoing": True}
        video = {"sessions": [session | {"maxParticipants": len(participants), "participants": participants}]}
        self.send("PUT", f"/_sandbox/bookings/{booking['uid']}/video", video)
        self.advance_to("2026-12-15T10:04:59Z")
        self.received("booked and started")
        self.advance_to("2026-12-15T10:05:00Z")

    def advance_to(self, moment: str) -> None:
        """Sets the clock."""
        self.send("PUT", "/_sandbox/clock", {"now": moment, "frozen": True})

    def check(self, scenario: str, without: Collection[str] = (), other_values: Collection[str] = ()) -> None:
        """Compares the deliveries since the last check, `without` those of some triggers, with the recorded ones."""
        assert delivery_differences(RECORDED[scenario], self.received(scenario, without), other_values) == []


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox(Settings(strict=True, edition=EDITION)) as running:
        yield running


@pytest.fixture
def world(running: RunningSandbox) -> Iterator[Scenarios]:
    with running.world() as url:
        world = Scenarios(url, EDITION)
        yield world
        world.close()


def test_a_booking_is_rescheduled_and_cancelled(world: Scenarios) -> None:
    attendee = {"language": "it", "phoneNumber": "+393331234567"}
    answers, metadata = {"notes": "Hello"}, {"source": "test"}
    booking = world.book(
        THIRTY_MINUTES, "2026-12-07T10:00:00Z", "ada@example.com",
        attendee=attendee, bookingFieldsResponses=answers, metadata=metadata,
    )  # fmt: skip
    world.check("plain: booked")
    booking = world.act(booking, "reschedule", start="2026-12-07T14:00:00Z", reschedulingReason="dentist")
    world.check("rescheduled by the booker")
    reason = {"reschedulingReason": "dentist", "rescheduledBy": "solo@example.com"}
    booking = world.act(booking, "reschedule", start="2026-12-07T15:00:00Z", **reason)
    world.check("rescheduled by the host")
    world.act(booking, "cancel", cancellationReason="ill")
    world.check("cancelled by the booker")


def test_guests_are_attendees(world: Scenarios) -> None:
    guests = ["guest1@example.com", "guest2@example.com"]
    booking = world.book(THIRTY_MINUTES, "2026-12-07T11:00:00Z", "ada2@example.com", guests=guests)
    world.check("plain with guests: booked")
    third = {"name": "Guest Three", "email": "guest3@example.com", "timeZone": "Europe/Oslo"}
    world.act(booking, "guests", SOLO_KEY, guests=[third])
    place = {"location": {"type": "address", "address": "2 Low Street, London"}}
    world.send("PATCH", f"/v2/bookings/{booking['uid']}/location", place, SOLO_KEY)
    world.act(booking, "cancel", SOLO_KEY, cancellationReason="I am away")
    world.check("cancelled by the host")


def test_answers_and_a_place(world: Scenarios) -> None:
    place = {"type": "address", "address": "1 High Street, London", "public": True}
    company = {"type": "text", "slug": "company", "label": "Company", "required": False, "placeholder": "Acme"}
    event_type = world.event_type("On site", locations=[place], bookingFields=[company])
    answers = {"company": "Acme"}
    world.book(event_type, "2026-12-08T10:00:00Z", "ada3@example.com", bookingFieldsResponses=answers)
    world.check("address location and own field: booked")


def test_seats(world: Scenarios) -> None:
    start = "2026-12-09T09:00:00Z"
    first = world.book(WORKSHOP, start, "seat1@example.com", "Seat One")
    world.check("seats: first seat booked")
    second = world.book(WORKSHOP, start, "seat2@example.com", "Seat Two")
    world.check("seats: second seat booked")
    world.book(WORKSHOP, start, "seat3@example.com", "Seat Three")
    world.check("seats: third seat booked")
    world.act(first, "reschedule", start="2026-12-10T09:00:00Z", seatUid=second["seatUid"])
    world.check("seats: one seat rescheduled")
    world.act(first, "cancel", seatUid=first["seatUid"], cancellationReason="no time")
    world.check("seats: one seat cancelled")
    world.act(first, "cancel", SOLO_KEY, cancellationReason="room closed")
    world.check("seats: whole booking cancelled by the host")


def test_a_series(world: Scenarios) -> None:
    first, second, _ = world.book(COACHING, "2026-12-11T10:00:00Z", "rec@example.com", recurrenceCount=3)
    world.check("recurring: series of 3 booked")
    world.act(first, "reschedule", start="2026-12-11T13:00:00Z")
    world.check("recurring: one rescheduled")
    world.act(second, "cancel", cancellationReason="skip one")
    world.check("recurring: one cancelled")
    first, *_ = world.book(COACHING, "2026-12-18T15:00:00Z", "rec2@example.com", recurrenceCount=3)
    world.received("booked")
    world.act({"uid": first["recurringBookingUid"]}, "cancel", SOLO_KEY, cancellationReason="all of it")
    world.check("recurring: series cancelled")


def test_requests(world: Scenarios) -> None:
    event_type = world.event_type("Ask first", confirmationPolicy=CONFIRM)
    booking = world.book(event_type, "2026-12-14T10:00:00Z", "req1@example.com")
    world.check("requested")
    world.act(booking, "confirm", SOLO_KEY)
    world.check("requested, then confirmed")
    world.act(booking, "reschedule", start="2026-12-14T14:00:00Z")
    world.check("confirmed one rescheduled by the booker: asks again")
    declined = world.book(event_type, "2026-12-14T11:00:00Z", "req2@example.com")
    cancelled = world.book(event_type, "2026-12-14T12:00:00Z", "req3@example.com")
    world.received("requested")
    world.act(declined, "decline", SOLO_KEY, reason="Too busy")
    world.check("requested, then declined")
    world.act(cancelled, "cancel", cancellationReason="never mind")
    world.check("requested, then cancelled by the booker")


def test_a_series_on_request(world: Scenarios) -> None:
    twice = {"interval": 1, "occurrences": 2, "frequency": "weekly"}
    event_type = world.event_type("Weekly on request", confirmationPolicy=CONFIRM, recurrence=twice)
    first, _ = world.book(event_type, "2026-12-14T15:00:00Z", "rreq@example.com")
    world.check("recurring with confirmation: requested")
    world.act(first, "confirm", SOLO_KEY)
    world.check("recurring with confirmation: confirmed")


def test_a_meeting_starts_and_ends_and_is_missed(world: Scenarios) -> None:
    booking = world.book(FIFTEEN_MINUTES, "2026-12-15T10:00:00Z", "late@example.com")
    world.received("booked")
    world.advance_to("2026-12-15T10:20:00Z")
    world.check("meeting started and ended (scheduled deliveries, run now)", without=OF_THE_VIDEO_SERVICE)
    absent = {"attendees": [{"email": "late@example.com", "absent": True}]}
    world.act(booking, "mark-absent", SOLO_KEY, **absent)
    world.check("attendee marked absent")
    absent["attendees"][0]["absent"] = False
    world.act(booking, "mark-absent", SOLO_KEY, **absent)
    world.check("attendee marked present again")


def test_the_host_misses_a_meeting(world: Scenarios) -> None:
    world.meet([])
    world.check("no-show in Cal Video (scheduled tasks, run now)", other_values=SHIFTED)


def test_the_guest_misses_a_meeting(world: Scenarios) -> None:
    world.meet([{"userId": "4", "userName": "Sam Solo", "joinTime": 1796900000, "duration": 1500}])
    world.check("guest no-show in Cal Video (scheduled task, run now)")


def test_one_host_of_a_team(world: Scenarios) -> None:
    world.change_team_event_type(SALES_INTRO, hosts=HOSTS)
    booking = world.book(SALES_INTRO, "2026-12-16T10:00:00Z", "rr@example.com")
    world.check("round robin: booked")
    world.act(booking, "reassign", OWNER_KEY)
    world.act(booking, "cancel", cancellationReason="x")
    world.check("round robin: cancelled")
    booking = world.book(SALES_INTRO, "2026-12-18T10:00:00Z", "wf@example.com")
    world.check("workflow newEvent: booked (sent at once, beside the ordinary mails)")
    booking = world.act(booking, "reschedule", start="2026-12-18T12:00:00Z")
    world.check("workflow rescheduleEvent: rescheduled")
    world.change_team_event_type(SALES_INTRO, bookingFields=[HIDDEN_PHONE])
    world.act(booking, "cancel", cancellationReason="x")
    world.check("workflow eventCancelled: cancelled")


def test_all_hosts_of_a_team(world: Scenarios) -> None:
    event_type = world.team_event_type("Both of us", "collective")
    booking = world.book(event_type, "2026-12-16T12:00:00Z", "col@example.com")
    world.check("collective: booked")
    world.act(booking, "reschedule", start="2026-12-16T14:00:00Z")
    world.check("collective: rescheduled")


def book_managed_user(world: Scenarios, start: str, email: str, *, emails: bool) -> dict[str, Any]:
    """Books a managed user of an OAuth client that has mails on or off."""
    if emails:
        world.send("PATCH", "/v2/oauth-clients/sandbox-client", {"areEmailsEnabled": True, **PAGES}, OWNER_KEY)
    body = {"email": "maya@example.com", "name": "Maya Managed", "timeZone": "Europe/Rome"}
    tokens = world.send("POST", "/v2/oauth-clients/sandbox-client/users", body, **CLIENT)["data"]
    event_type = world.event_type("Consultation", 60, tokens["accessToken"])
    return world.book(event_type, start, email)


def test_a_managed_user(world: Scenarios) -> None:
    booking = book_managed_user(world, "2026-12-16T10:00:00Z", "mm@example.com", emails=False)
    world.check("managed user: booked")
    booking = world.act(booking, "reschedule", start="2026-12-16T13:00:00Z")
    world.check("managed user: rescheduled")
    world.act(booking, "cancel", cancellationReason="x")
    world.check("managed user: cancelled")


def test_a_managed_user_of_a_client_with_mails(world: Scenarios) -> None:
    booking = book_managed_user(world, "2026-12-16T15:00:00Z", "mm2@example.com", emails=True)
    world.check("managed user, client e-mails on: booked")
    world.act(booking, "cancel", cancellationReason="x")
    world.check("managed user, client e-mails on: cancelled")


def test_templates(world: Scenarios) -> None:
    fields = ("what", "type"), ("title", "title"), ("who", "attendees.0.email"), ("organizer", "organizer.name")
    template = {name: f"{{{{{place}}}}}" for name, place in (*fields, ("at", "startTime"), ("trigger", "triggerEvent"))}
    world.subscribe_with_template("template", json.dumps(template))
    world.subscribe_with_template("text", "type={{type}}&title={{title}}")
    world.book(FIFTEEN_MINUTES, "2026-12-17T10:00:00Z", "tpl@example.com")
    world.check("payload template: booked")


def test_recordings_about_bookings_are_replayed() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    about_bookings = [name for name in RECORDED if "form" not in name]
    assert [name for name in about_bookings if f'world.check("{name}"' not in source] == []


def test_differences_of_deliveries() -> None:
    recorded = Delivery(
        scenario="booked",
        subscriber="solo",
        headers={"A": "1"},
        body={"triggerEvent": "X", "b": {"c": 1}, "e": 2, "id": 3},
    )
    assert delivery_differences([recorded], [recorded]) == []
    own = msgspec.structs.replace(
        recorded, headers={"b": "1"}, body={"triggerEvent": "X", "b": {"d": 1}, "e": None, "id": 4}
    )
    found = [
        "solo X: b.c is missing",
        "solo X: b.d is added",
        "solo X: e is null, not 2",
        "solo X: header a is missing",
    ]
    assert delivery_differences([recorded], [own]) == found
    assert delivery_differences([recorded], []) == ["solo X: 0 deliveries, not 1"]
    other = msgspec.structs.replace(recorded, subscriber="team")
    assert delivery_differences([recorded], [recorded, other]) == ["team X: 1 deliveries, not 0"]
