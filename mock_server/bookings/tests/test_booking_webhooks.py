"""Webhook events about bookings: every payload field by field, as recorded from the live service."""

from __future__ import annotations

from functools import cache
from typing import Any, NotRequired, get_origin, get_type_hints

import pytest

from mock_server.bookings.cancellation import cancel
from mock_server.bookings.confirmation import confirm, decline
from mock_server.bookings.model import BOOKINGS, INSTANT_MEETING_TOKENS, Booking
from mock_server.bookings.no_shows import mark_absent
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    NOW,
    OWNER,
    SALES,
    SOLO,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
    create_bookings,
    later,
    text,
)
from mock_server.calendars.model import DESTINATION_CALENDARS
from mock_server.event_types.booking_fields import DEFAULT_FIELDS
from mock_server.event_types.model import BookingField, EventType, Location, Recurrence, Seats
from mock_server.identity.model import MANAGED_USER_LINKS, OAUTH_CLIENTS, USERS
from mock_server.state.jobs import JOBS
from mock_server.state.transaction import Transaction
from mock_server.webhooks.events import Audience
from mock_server.webhooks.jobs import KIND as WEBHOOK_JOB
from mock_server.webhooks.model import WEBHOOKS
from mock_server.webhooks.payloads import PAYLOADS, TRIGGERS

LINK = "https://meet.example.com/room"
ROOM = (Location(type="link", link=LINK, public=True),)
CLIENT = "sandbox-client"

ORGANIZER = {
    "id": SOLO,
    "name": "Sam Solo",
    "email": "solo@example.com",
    "username": "solo",
    "timeZone": "Europe/London",
    "language": {"locale": "en"},
    "timeFormat": "h:mma",
    "utcOffset": 0,
}
ORGANIZER_WITHOUT_ID = {name: value for name, value in ORGANIZER.items() if name != "id"}
NEW_ATTENDEE = {
    "email": "ann@example.com",
    "name": "Ann Lee",
    "firstName": "",
    "lastName": "",
    "timeZone": "Europe/Rome",
    "language": {"locale": "en"},
    "utcOffset": 60,
}
ATTENDEE = {
    "name": "Ann Lee",
    "email": "ann@example.com",
    "timeZone": "Europe/Rome",
    "phoneNumber": None,
    "language": {"locale": "en"},
    "utcOffset": 60,
}
RESPONSES: dict[str, dict[str, Any]] = {
    "name": {"label": "your_name", "value": "Ann Lee", "isHidden": False},
    "email": {"label": "email_address", "value": "ann@example.com", "isHidden": False},
    "location": {"label": "location", "isHidden": False},
    "title": {"label": "what_is_this_meeting_about", "isHidden": True},
    "notes": {"label": "additional_notes", "isHidden": False},
    "guests": {"label": "additional_guests", "isHidden": False},
    "rescheduleReason": {"label": "reason_for_reschedule", "isHidden": False},
}
LOCATION_RESPONSE = {"location": {"label": "location", "value": {"value": LINK, "optionValue": ""}, "isHidden": False}}
APPS = [
    {
        "appName": "apple-calendar",
        "type": "apple_calendar",
        "success": 1,
        "failures": 0,
        "errors": [],
        "warnings": [],
    }
]


@pytest.fixture
def tx() -> Transaction:
    """The solo user has a webhook for all triggers."""
    tx = begin()
    tx[WEBHOOKS].insert(_webhook(tx, "solo", user_id=SOLO))
    return tx


def _webhook(tx: Transaction, name: str, **owner: Any) -> Any:
    return WEBHOOKS.entity(
        id=f"webhook-{name}", subscriber_url=f"https://{name}.example", triggers=TRIGGERS, created_at=tx.now, **owner
    )


def events(tx: Transaction) -> list[tuple[str, dict[str, Any]]]:
    """The events since the last call. Checks their keys."""
    events = [(event.name, dict(event.payload["event"].payload)) for event in tx.outbox if event.name in TRIGGERS]
    tx.outbox.clear()
    for trigger, payload in events:
        assert any(_matches(payload, kind) for kind in PAYLOADS[trigger]), f"{trigger} has an unknown payload"
    return events


def _matches(payload: dict[str, Any], kind: type) -> bool:
    required, known = _keys_of(kind)
    return required <= payload.keys() <= known


@cache
def _keys_of(kind: type) -> tuple[set[str], set[str]]:
    hints = get_type_hints(kind, include_extras=True)
    return {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}, set(hints)


def single_event(tx: Transaction, trigger: str) -> dict[str, Any]:
    [(name, payload)] = events(tx)
    assert name == trigger
    return payload


def audience(tx: Transaction) -> Audience:
    return [event for event in tx.outbox if event.name in TRIGGERS][-1].payload["event"].audience


def common(event_type: EventType, booking: Booking) -> dict[str, Any]:
    """The fields of all payloads about a booking."""
    return {
        "type": event_type.slug,
        "title": "Talk between Sam Solo and Ann Lee",
        "bookerUrl": "https://cal.com",
        "length": 60,
        "customInputs": {},
        "responses": RESPONSES,
        "userFieldsResponses": {},
        "location": LINK,
        "uid": booking.uid,
        "bookingId": booking.id,
        "eventTypeId": event_type.id,
        "eventTitle": "Talk",
        "eventDescription": None,
        "currency": "usd",
        "price": 0,
    }


def created(event_type: EventType, booking: Booking) -> dict[str, Any]:
    """The payload about a new booking."""
    return common(event_type, booking) | {
        "responses": RESPONSES | LOCATION_RESPONSE,
        "startTime": "2030-01-07T10:00:00Z",
        "endTime": "2030-01-07T11:00:00Z",
        "additionalNotes": "",
        "description": "",
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "schedulingType": None,
        "seatsPerTimeSlot": None,
        "seatsShowAttendees": True,
        "seatsShowAvailabilityCount": True,
        "organizer": ORGANIZER,
        "attendees": [NEW_ATTENDEE],
        "destinationCalendar": None,
        "iCalUID": f"{booking.uid}@Cal.com",
        "iCalSequence": 0,
        "requiresConfirmation": False,
        "oneTimePassword": None,
        "appsStatus": APPS,
        "metadata": {"videoCallUrl": LINK},
        "status": "ACCEPTED",
    }


def confirmed(event_type: EventType, booking: Booking) -> dict[str, Any]:
    """The payload about a confirmed or rejected booking."""
    return common(event_type, booking) | {
        "startTime": "2030-01-07T10:00:00.000Z",
        "endTime": "2030-01-07T11:00:00.000Z",
        "organizer": ORGANIZER_WITHOUT_ID,
        "attendees": [ATTENDEE],
        "destinationCalendar": [],
        "requiresConfirmation": True,
    }


def test_a_new_booking(tx: Transaction) -> None:
    event_type = add_event_type(tx, locations=ROOM)
    booking = book(tx, event_type, at(10))
    assert audience(tx) == Audience(user_id=SOLO, event_type_ids=(event_type.id,))
    assert single_event(tx, "BOOKING_CREATED") == created(event_type, booking)


def test_notes_guests_metadata_and_custom_fields(tx: Transaction) -> None:
    color = BookingField(type="text", slug="color", required=False, label="Which colour?")
    event_type = add_event_type(tx, locations=ROOM, booking_fields=(*DEFAULT_FIELDS, color))
    book(
        tx,
        event_type,
        at(10),
        guests=["guest@example.com"],
        metadata={"crm": "a-1"},
        bookingFieldsResponses={"notes": "I bring the plans.", "color": "blue"},
    )
    payload = single_event(tx, "BOOKING_CREATED")
    assert payload["attendees"][1] == NEW_ATTENDEE | {"name": "", "email": "guest@example.com"}
    assert payload["metadata"] == {"crm": "a-1", "videoCallUrl": LINK}
    assert (payload["description"], payload["additionalNotes"]) == ("I bring the plans.", "I bring the plans.")
    assert payload["userFieldsResponses"] == {"color": {"label": "Which colour?", "value": "blue", "isHidden": False}}
    assert payload["responses"]["color"]["value"] == "blue"
    assert payload["responses"]["guests"]["value"] == ["guest@example.com"]


def test_a_video_room_and_the_destination_calendar(tx: Transaction) -> None:
    destination = tx[DESTINATION_CALENDARS].first(user_id=SOLO) or tx[DESTINATION_CALENDARS].create(
        integration="google_calendar", external_id="solo@example.com", user_id=SOLO, credential_id=1
    )
    booking = book(tx, add_event_type(tx), at(10))
    payload = single_event(tx, "BOOKING_CREATED")
    assert payload["location"] == "integrations:daily"
    assert payload["metadata"] == {"videoCallUrl": f"https://app.cal.com/video/{booking.uid}"}
    assert payload["videoCallData"].keys() == {"type", "id", "password", "url"}
    assert [each["id"] for each in payload["destinationCalendar"]] == [destination.id]
    assert [each["appName"] for each in payload["appsStatus"]] == ["daily-video", "google-calendar"]
    confirmable = add_event_type(tx, requires_confirmation=True)
    book(tx, confirmable, at(12))
    assert not {"videoCallData", "conferenceData", "appsStatus"} & single_event(tx, "BOOKING_REQUESTED").keys()


def test_a_pending_booking_is_confirmed_or_rejected(tx: Transaction) -> None:
    event_type = add_event_type(tx, locations=ROOM, requires_confirmation=True)
    booking = book(tx, event_type, at(10))
    payload = single_event(tx, "BOOKING_REQUESTED")
    password = payload["oneTimePassword"]
    assert isinstance(password, str)
    expected = created(event_type, booking)
    del expected["appsStatus"]
    changes = {"requiresConfirmation": True, "oneTimePassword": password, "status": "PENDING"}
    assert payload == expected | changes

    confirm(tx, booking.uid, SOLO)
    more = {"iCalUID": f"{booking.uid}@Cal.com", "metadata": {"videoCallUrl": LINK}, "status": "ACCEPTED"}
    assert single_event(tx, "BOOKING_CREATED") == confirmed(event_type, booking) | more

    for reason, fields in (("Fully booked", {"rejectionReason": "Fully booked"}), (None, {})):
        other = book(tx, event_type, at(10, days=1))
        events(tx)
        decline(tx, other.uid, SOLO, reason)
        times = {"startTime": "2030-01-08T10:00:00.000Z", "endTime": "2030-01-08T11:00:00.000Z"}
        assert (
            single_event(tx, "BOOKING_REJECTED")
            == confirmed(event_type, other) | times | {"status": "REJECTED"} | fields
        )


def test_a_reschedule(tx: Transaction) -> None:
    event_type = add_event_type(tx, locations=ROOM)
    old = book(tx, event_type, at(9))
    events(tx)
    new = reschedule(tx, old.uid, {"start": text(at(10)), "reschedulingReason": "late"}).booking
    assert single_event(tx, "BOOKING_RESCHEDULED") == created(event_type, new) | {
        "iCalUID": f"{old.uid}@Cal.com",
        "iCalSequence": 1,
        "rescheduleId": old.id,
        "rescheduleUid": old.uid,
        "rescheduleStartTime": "2030-01-07T09:00:00Z",
        "rescheduleEndTime": "2030-01-07T10:00:00Z",
    }


def test_a_rescheduled_booking_that_requires_confirmation_is_requested(tx: Transaction) -> None:
    old = book(tx, add_event_type(tx, requires_confirmation=True), at(9))
    assert not [name for name in single_event(tx, "BOOKING_REQUESTED") if name.startswith("reschedule")]
    reschedule(tx, old.uid, {"start": text(at(10))})
    request = single_event(tx, "BOOKING_REQUESTED")
    assert request["status"] == "PENDING"
    assert {name: value for name, value in request.items() if name.startswith("reschedule")} == {
        "rescheduleId": old.id,
        "rescheduleUid": old.uid,
        "rescheduleStartTime": "2030-01-07T09:00:00Z",
        "rescheduleEndTime": "2030-01-07T10:00:00Z",
    }


def cancelled(event_type: EventType, booking: Booking) -> dict[str, Any]:
    return common(event_type, booking) | {
        "startTime": "2030-01-07T10:00:00+00:00",
        "endTime": "2030-01-07T11:00:00+00:00",
        "organizer": ORGANIZER,
        "attendees": [ATTENDEE],
        "destinationCalendar": [],
        "cancellationReason": "changed plans",
        "seatsPerTimeSlot": None,
        "seatsShowAttendees": False,
        "iCalUID": f"{booking.uid}@Cal.com",
        "iCalSequence": 1,
        "requiresConfirmation": None,
        "price": None,
        "status": "CANCELLED",
    }


def test_a_cancellation(tx: Transaction) -> None:
    event_type = add_event_type(tx, locations=ROOM)
    booking = book(tx, event_type, at(10))
    events(tx)
    cancel(tx, booking.uid, {"cancellationReason": "changed plans"}, SOLO)
    assert single_event(tx, "BOOKING_CANCELLED") == cancelled(event_type, booking)


def test_a_series_has_an_event_per_booking_but_one_cancellation(tx: Transaction) -> None:
    weekly = Recurrence(interval=1, occurrences=3, frequency="weekly")
    event_type = add_event_type(tx, locations=ROOM, recurrence=weekly)
    series = create_bookings(tx, event_type, at(10))
    emitted = events(tx)
    assert [payload["bookingId"] for _, payload in emitted] == [each.booking.id for each in series]
    assert emitted[0][1] == created(event_type, series[0].booking) | {"recurringEvent": {"freq": 2, "interval": 1}}
    cancel(tx, series[0].booking.recurring_event_id or "", {"cancellationReason": "changed plans"}, SOLO)
    expected = cancelled(event_type, series[0].booking) | {"recurringEvent": {"freq": 2, "interval": 1, "count": 3}}
    assert single_event(tx, "BOOKING_CANCELLED") == expected


def test_seats(tx: Transaction) -> None:
    seats = Seats(per_time_slot=3, show_attendees=True)
    event_type = add_event_type(tx, locations=ROOM, seats=seats)
    first = create_bookings(tx, event_type, at(10))[0]
    payload = single_event(tx, "BOOKING_CREATED")
    assert first.booking.ical_uid != f"{first.booking.uid}@Cal.com", "a seated booking has an unrelated iCalendar UID"
    shared = {"seatsPerTimeSlot": 3, "attendeeSeatId": first.seat_uid, "iCalUID": first.booking.ical_uid}
    assert payload == created(event_type, first.booking) | shared

    second = create_bookings(tx, event_type, at(10), attendee={"email": "bob@example.com"})[0]
    payload = single_event(tx, "BOOKING_CREATED")
    assert "appsStatus" not in payload
    assert payload["iCalUID"] != first.booking.ical_uid
    assert [each["email"] for each in payload["attendees"]] == ["bob@example.com"]
    assert (payload["bookingId"], payload["attendeeSeatId"]) == (first.booking.id, second.seat_uid)

    reschedule(tx, first.booking.uid, {"start": text(at(12)), "seatUid": first.seat_uid})
    payload = single_event(tx, "BOOKING_RESCHEDULED")
    assert [each["email"] for each in payload["attendees"]] == ["ann@example.com"]
    assert payload["rescheduleUid"] == first.booking.uid

    cancel(tx, second.booking.uid, {"seatUid": second.seat_uid}, None)
    payload = single_event(tx, "BOOKING_CANCELLED")
    assert [each["email"] for each in payload["attendees"]] == ["bob@example.com"]
    assert (payload["seatsPerTimeSlot"], payload["seatsShowAttendees"]) == (3, True)


def test_cancelling_a_seated_booking_lists_all_attendees(tx: Transaction) -> None:
    event_type = add_event_type(tx, seats=Seats(per_time_slot=3))
    for email in ("ann@example.com", "bob@example.com"):
        create_bookings(tx, event_type, at(10), attendee={"email": email})
    events(tx)
    [booking] = tx[BOOKINGS].find(event_type_id=event_type.id)
    cancel(tx, booking.uid, {"cancellationReason": "ill"}, SOLO)
    payload = single_event(tx, "BOOKING_CANCELLED")
    assert [each["email"] for each in payload["attendees"]] == ["ann@example.com", "bob@example.com"]


def test_a_team_s_booking(tx: Transaction) -> None:
    event_type = add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, scheduling_type="collective", locations=ROOM)
    booking = book(tx, event_type, at(10))
    assert audience(tx) == Audience(event_type_ids=(event_type.id,), team_ids=(SALES, 1))
    payload = single_event(tx, "BOOKING_CREATED")
    member = {
        "id": MEMBER,
        "email": "member@acme.example",
        "name": "Mia Member",
        "firstName": "",
        "lastName": "",
        "timeZone": "Europe/London",
        "language": {"locale": "en"},
        "utcOffset": 0,
    }
    assert payload["team"] == {"id": SALES, "name": "Sales", "members": [member]}
    assert payload["attendees"] == [NEW_ATTENDEE]
    assert (payload["schedulingType"], payload["destinationCalendar"]) == ("COLLECTIVE", [])
    assert payload["responses"]["attendeePhoneNumber"] == {"label": "phone_number", "isHidden": True}
    cancel(tx, booking.uid, {"cancellationReason": "ill"}, None)
    payload = single_event(tx, "BOOKING_CANCELLED")
    assert ([each["email"] for each in payload["attendees"]], len(payload["team"]["members"])) == (
        [NEW_ATTENDEE["email"]],
        1,
    )


def managed(tx: Transaction) -> int:
    user = tx[USERS].create(email="m@example.com", created_date=NOW, name="Mo", is_platform_managed=True)
    tx[MANAGED_USER_LINKS].create(user_id=user.id, client_id=CLIENT)
    tx[OAUTH_CLIENTS].update(CLIENT, booking_cancel_redirect_uri="https://x.example/cancel", are_emails_enabled=True)
    return user.id


def test_the_client_of_a_managed_user_is_in_the_audience_and_in_the_payload(tx: Transaction) -> None:
    event_type = add_event_type(tx, user_id=managed(tx), requires_confirmation=True)
    booking = book(tx, event_type, at(10))
    assert audience(tx).client_ids == (CLIENT,)
    links = {
        "platformClientId": CLIENT,
        "platformRescheduleUrl": None,
        "platformCancelUrl": "https://x.example/cancel",
        "platformBookingUrl": None,
    }
    payload = single_event(tx, "BOOKING_REQUESTED")
    assert {name: payload.get(name) for name in links} == links
    assert "arePlatformEmailsEnabled" not in payload
    confirm(tx, booking.uid, booking.user_id or 0)
    payload = single_event(tx, "BOOKING_CREATED")
    assert {name: payload.get(name) for name in links} == links
    assert payload["arePlatformEmailsEnabled"] is True


def test_the_client_of_a_managed_team_host_receives_all_events_except_the_first(tx: Transaction) -> None:
    event_type = add_team_event_type(tx, {managed(tx): {}})
    booking = book(tx, event_type, at(10))
    assert audience(tx).client_ids == ()
    cancel(tx, booking.uid, {"cancellationReason": "ill"}, None)
    assert audience(tx).client_ids == (CLIENT,)


def test_the_organizer_of_a_team_booking_receives_its_rejection(tx: Transaction) -> None:
    event_type = add_team_event_type(tx, {OWNER: {}}, requires_confirmation=True)
    booking = book(tx, event_type, at(10))
    decline(tx, booking.uid, OWNER, None)
    assert audience(tx).user_id == OWNER


def test_absent_attendees(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(10), guests=["guest@example.com"])
    tx = later(tx, at(10))
    for absent, verb in ((True, "marked"), (False, "unmarked")):
        mark_absent(tx, booking.uid, {"attendees": [{"email": "ann@example.com", "absent": absent}]}, SOLO)
        assert single_event(tx, "BOOKING_NO_SHOW_UPDATED") == {
            "message": f"ann@example.com {verb} as no-show",
            "attendees": [{"email": "ann@example.com", "noShow": absent}],
            "bookingUid": booking.uid,
            "bookingId": booking.id,
        }
    both = [{"email": f"{name}@example.com", "absent": True} for name in ("ann", "guest")]
    mark_absent(tx, booking.uid, {"attendees": both}, SOLO)
    assert single_event(tx, "BOOKING_NO_SHOW_UPDATED")["message"] == "No-show status updated for attendees"
    mark_absent(tx, booking.uid, {"host": True}, SOLO)
    assert events(tx) == []


def test_an_instant_meeting(tx: Transaction) -> None:
    event_type = add_team_event_type(tx, {ADMIN: {}})
    booking = book(tx, event_type, at(10), instant=True)
    assert audience(tx) == Audience(event_type_ids=(event_type.id,), team_ids=(SALES, 1))
    [token] = tx[INSTANT_MEETING_TOKENS].find(booking_id=booking.id)
    payload = single_event(tx, "INSTANT_MEETING")
    assert payload["connectAndJoinUrl"] == f"https://app.cal.com/connect-and-join?token={token.token}"
    assert (payload["uid"], payload["eventTypeTitle"]) == (booking.uid, "Talk")
    confirm(tx, booking.uid, ADMIN)
    assert single_event(tx, "BOOKING_CREATED")["organizer"]["name"] == "Nameless"


def scheduled(tx: Transaction) -> list[tuple[str, str]]:
    jobs = [job for job in tx[JOBS].page(0, 100) if job.kind == WEBHOOK_JOB]
    return [(job.details["trigger"], job.details["payload"]["uid"]) for job in jobs]


def start_and_end(booking: Booking) -> list[tuple[str, str]]:
    return [("MEETING_STARTED", booking.uid), ("MEETING_ENDED", booking.uid)]


def test_meeting_events_follow_reschedules_and_end_with_cancellation(tx: Transaction) -> None:
    event_type = add_event_type(tx, locations=ROOM)
    booking = book(tx, event_type, at(10))
    assert scheduled(tx) == start_and_end(booking)
    payload = tx[JOBS].page(0, 1)[0].details["payload"]
    assert (payload["status"], payload["startTime"], payload["userPrimaryEmail"]) == (
        "ACCEPTED",
        "2030-01-07T10:00:00.000Z",
        "solo@example.com",
    )
    moved = reschedule(tx, booking.uid, {"start": text(at(12))}).booking
    assert scheduled(tx) == start_and_end(moved)
    cancel(tx, moved.uid, {"cancellationReason": "ill"}, SOLO)
    assert scheduled(tx) == []


def test_meeting_events_of_a_pending_booking_are_scheduled_on_confirmation(tx: Transaction) -> None:
    event_type = add_event_type(tx, requires_confirmation=True)
    booking = book(tx, event_type, at(10))
    assert scheduled(tx) == []
    confirm(tx, booking.uid, SOLO)
    assert scheduled(tx) == start_and_end(booking)
    assert tx[JOBS].page(0, 1)[0].details["payload"]["eventType"]["slug"] == event_type.slug


def test_seats_share_the_meeting_events_of_their_booking(tx: Transaction) -> None:
    event_type = add_event_type(tx, seats=Seats(per_time_slot=3))
    first = create_bookings(tx, event_type, at(10))[0]
    create_bookings(tx, event_type, at(10), attendee={"email": "bob@example.com"})
    assert scheduled(tx) == start_and_end(first.booking)
    moved = reschedule(tx, first.booking.uid, {"start": text(at(12)), "seatUid": first.seat_uid})
    assert scheduled(tx) == [*start_and_end(first.booking), *start_and_end(moved.booking)]
    joe = create_bookings(tx, event_type, at(12), attendee={"email": "joe@example.com"})[0]
    cancel(tx, joe.booking.uid, {"seatUid": joe.seat_uid}, None)
    assert scheduled(tx) == [*start_and_end(first.booking), *start_and_end(moved.booking)]
