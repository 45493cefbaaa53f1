"""What webhooks are told: every payload field by field, as the live service was seen to send it."""

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
    at,
    begin,
    book,
    later,
    make,
    offer,
    team_offer,
    text,
)
from mock_server.calendars.model import DESTINATION_CALENDARS
from mock_server.event_types.booking_fields import DEFAULT_FIELDS
from mock_server.event_types.model import BookingField, EventType, Location, Recurrence, Seats
from mock_server.identity.model import MANAGED_USER_LINKS, OAUTH_CLIENTS, USERS
from mock_server.state.jobs import JOBS
from mock_server.state.transaction import Transaction
from mock_server.webhooks.events import Audience
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
ANONYMOUS_ORGANIZER = {name: value for name, value in ORGANIZER.items() if name != "id"}
BOOKED = {
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
PLACED = {"location": {"label": "location", "value": {"value": LINK, "optionValue": ""}, "isHidden": False}}
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
    """A webhook of the solo user waits for everything."""
    tx = begin()
    tx[WEBHOOKS].insert(_webhook(tx, "solo", user_id=SOLO))
    return tx


def _webhook(tx: Transaction, name: str, **owner: Any) -> Any:
    return WEBHOOKS.entity(
        id=f"webhook-{name}", subscriber_url=f"https://{name}.example", triggers=TRIGGERS, created_at=tx.now, **owner
    )


def heard(tx: Transaction) -> list[tuple[str, dict[str, Any]]]:
    """What was told so far, and no longer then."""
    told = [(event.name, dict(event.payload["event"].payload)) for event in tx.outbox]
    tx.outbox.clear()
    for trigger, payload in told:
        assert any(_fits(payload, kind) for kind in PAYLOADS[trigger]), f"{trigger} has a payload of its own"
    return told


def _fits(payload: dict[str, Any], kind: type) -> bool:
    needed, known = _keys_of(kind)
    return needed <= payload.keys() <= known


@cache
def _keys_of(kind: type) -> tuple[set[str], set[str]]:
    hints = get_type_hints(kind, include_extras=True)
    return {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}, set(hints)


def heard_once(tx: Transaction, trigger: str) -> dict[str, Any]:
    [(name, payload)] = heard(tx)
    assert name == trigger
    return payload


def audience(tx: Transaction) -> Audience:
    return tx.outbox[-1].payload["event"].audience


def meeting(event_type: EventType, booking: Booking) -> dict[str, Any]:
    """What all payloads about a booking have."""
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


def booked(event_type: EventType, booking: Booking) -> dict[str, Any]:
    """A new booking."""
    return meeting(event_type, booking) | {
        "responses": RESPONSES | PLACED,
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
        "attendees": [BOOKED],
        "destinationCalendar": None,
        "iCalUID": f"{booking.uid}@Cal.com",
        "iCalSequence": 0,
        "requiresConfirmation": False,
        "oneTimePassword": None,
        "appsStatus": APPS,
        "metadata": {"videoCallUrl": LINK},
        "status": "ACCEPTED",
    }


def decided(event_type: EventType, booking: Booking) -> dict[str, Any]:
    """A request that was confirmed or declined."""
    return meeting(event_type, booking) | {
        "startTime": "2030-01-07T10:00:00.000Z",
        "endTime": "2030-01-07T11:00:00.000Z",
        "organizer": ANONYMOUS_ORGANIZER,
        "attendees": [ATTENDEE],
        "destinationCalendar": [],
        "requiresConfirmation": True,
    }


def test_a_new_booking(tx: Transaction) -> None:
    event_type = offer(tx, locations=ROOM)
    booking = book(tx, event_type, at(10))
    assert audience(tx) == Audience(user_id=SOLO, event_type_ids=(event_type.id,))
    assert heard_once(tx, "BOOKING_CREATED") == booked(event_type, booking)


def test_notes_guests_metadata_and_own_questions(tx: Transaction) -> None:
    color = BookingField(type="text", slug="color", required=False, label="Which colour?")
    event_type = offer(tx, locations=ROOM, booking_fields=(*DEFAULT_FIELDS, color))
    book(
        tx,
        event_type,
        at(10),
        guests=["guest@example.com"],
        metadata={"crm": "a-1"},
        bookingFieldsResponses={"notes": "I bring the plans.", "color": "blue"},
    )
    payload = heard_once(tx, "BOOKING_CREATED")
    assert payload["attendees"][1] == BOOKED | {"name": "", "email": "guest@example.com"}
    assert payload["metadata"] == {"crm": "a-1", "videoCallUrl": LINK}
    assert (payload["description"], payload["additionalNotes"]) == ("I bring the plans.", "I bring the plans.")
    assert payload["userFieldsResponses"] == {"color": {"label": "Which colour?", "value": "blue", "isHidden": False}}
    assert payload["responses"]["color"]["value"] == "blue"
    assert payload["responses"]["guests"]["value"] == ["guest@example.com"]


def test_a_video_room_and_the_destination_calendar(tx: Transaction) -> None:
    destination = tx[DESTINATION_CALENDARS].first(user_id=SOLO) or tx[DESTINATION_CALENDARS].create(
        integration="google_calendar", external_id="solo@example.com", user_id=SOLO, credential_id=1
    )
    booking = book(tx, offer(tx), at(10))
    payload = heard_once(tx, "BOOKING_CREATED")
    assert payload["location"] == "integrations:daily"
    assert payload["metadata"] == {"videoCallUrl": f"https://app.cal.com/video/{booking.uid}"}
    assert payload["videoCallData"].keys() == {"type", "id", "password", "url"}
    assert [each["id"] for each in payload["destinationCalendar"]] == [destination.id]
    assert [each["appName"] for each in payload["appsStatus"]] == ["daily-video", "google-calendar"]
    confirmable = offer(tx, requires_confirmation=True)
    book(tx, confirmable, at(12))
    assert not {"videoCallData", "conferenceData", "appsStatus"} & heard_once(tx, "BOOKING_REQUESTED").keys()


def test_a_request_its_confirmation_and_its_refusal(tx: Transaction) -> None:
    event_type = offer(tx, locations=ROOM, requires_confirmation=True)
    booking = book(tx, event_type, at(10))
    payload = heard_once(tx, "BOOKING_REQUESTED")
    password = payload["oneTimePassword"]
    assert isinstance(password, str)
    wanted = booked(event_type, booking)
    del wanted["appsStatus"]
    changes = {"requiresConfirmation": True, "oneTimePassword": password, "status": "PENDING"}
    assert payload == wanted | changes

    confirm(tx, booking.uid, SOLO)
    more = {"iCalUID": f"{booking.uid}@Cal.com", "metadata": {"videoCallUrl": LINK}, "status": "ACCEPTED"}
    assert heard_once(tx, "BOOKING_CREATED") == decided(event_type, booking) | more

    for reason, said in (("Fully booked", {"rejectionReason": "Fully booked"}), (None, {})):
        other = book(tx, event_type, at(10, days=1))
        heard(tx)
        decline(tx, other.uid, SOLO, reason)
        times = {"startTime": "2030-01-08T10:00:00.000Z", "endTime": "2030-01-08T11:00:00.000Z"}
        assert heard_once(tx, "BOOKING_REJECTED") == decided(event_type, other) | times | {"status": "REJECTED"} | said


def test_a_reschedule(tx: Transaction) -> None:
    event_type = offer(tx, locations=ROOM)
    old = book(tx, event_type, at(9))
    heard(tx)
    new = reschedule(tx, old.uid, {"start": text(at(10)), "reschedulingReason": "late"}).booking
    assert heard_once(tx, "BOOKING_RESCHEDULED") == booked(event_type, new) | {
        "iCalUID": f"{old.uid}@Cal.com",
        "iCalSequence": 1,
        "rescheduleId": old.id,
        "rescheduleUid": old.uid,
        "rescheduleStartTime": "2030-01-07T09:00:00Z",
        "rescheduleEndTime": "2030-01-07T10:00:00Z",
    }


def test_a_reschedule_that_has_to_be_confirmed_is_a_request(tx: Transaction) -> None:
    old = book(tx, offer(tx, requires_confirmation=True), at(9))
    assert not [name for name in heard_once(tx, "BOOKING_REQUESTED") if name.startswith("reschedule")]
    reschedule(tx, old.uid, {"start": text(at(10))})
    request = heard_once(tx, "BOOKING_REQUESTED")
    assert request["status"] == "PENDING"
    assert {name: value for name, value in request.items() if name.startswith("reschedule")} == {
        "rescheduleId": old.id,
        "rescheduleUid": old.uid,
        "rescheduleStartTime": "2030-01-07T09:00:00Z",
        "rescheduleEndTime": "2030-01-07T10:00:00Z",
    }


def cancelled(event_type: EventType, booking: Booking) -> dict[str, Any]:
    return meeting(event_type, booking) | {
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
    event_type = offer(tx, locations=ROOM)
    booking = book(tx, event_type, at(10))
    heard(tx)
    cancel(tx, booking.uid, {"cancellationReason": "changed plans"}, SOLO)
    assert heard_once(tx, "BOOKING_CANCELLED") == cancelled(event_type, booking)


def test_a_series_is_told_of_one_by_one_and_cancelled_as_one(tx: Transaction) -> None:
    weekly = Recurrence(interval=1, occurrences=3, frequency="weekly")
    event_type = offer(tx, locations=ROOM, recurrence=weekly)
    made = make(tx, event_type, at(10))
    told = heard(tx)
    assert [payload["bookingId"] for _, payload in told] == [each.booking.id for each in made]
    assert told[0][1] == booked(event_type, made[0].booking) | {"recurringEvent": {"freq": 2, "interval": 1}}
    cancel(tx, made[0].booking.recurring_event_id or "", {"cancellationReason": "changed plans"}, SOLO)
    wanted = cancelled(event_type, made[0].booking) | {"recurringEvent": {"freq": 2, "interval": 1, "count": 3}}
    assert heard_once(tx, "BOOKING_CANCELLED") == wanted


def test_seats(tx: Transaction) -> None:
    seats = Seats(per_time_slot=3, show_attendees=True)
    event_type = offer(tx, locations=ROOM, seats=seats)
    first = make(tx, event_type, at(10))[0]
    payload = heard_once(tx, "BOOKING_CREATED")
    assert first.booking.ical_uid != f"{first.booking.uid}@Cal.com", "the event of a class has an id of its own"
    shared = {"seatsPerTimeSlot": 3, "attendeeSeatId": first.seat_uid, "iCalUID": first.booking.ical_uid}
    assert payload == booked(event_type, first.booking) | shared

    second = make(tx, event_type, at(10), attendee={"email": "bob@example.com"})[0]
    payload = heard_once(tx, "BOOKING_CREATED")
    assert "appsStatus" not in payload
    assert payload["iCalUID"] != first.booking.ical_uid
    assert [each["email"] for each in payload["attendees"]] == ["bob@example.com"]
    assert (payload["bookingId"], payload["attendeeSeatId"]) == (first.booking.id, second.seat_uid)

    reschedule(tx, first.booking.uid, {"start": text(at(12)), "seatUid": first.seat_uid})
    payload = heard_once(tx, "BOOKING_RESCHEDULED")
    assert [each["email"] for each in payload["attendees"]] == ["ann@example.com"]
    assert payload["rescheduleUid"] == first.booking.uid

    cancel(tx, second.booking.uid, {"seatUid": second.seat_uid}, None)
    payload = heard_once(tx, "BOOKING_CANCELLED")
    assert [each["email"] for each in payload["attendees"]] == ["bob@example.com"]
    assert (payload["seatsPerTimeSlot"], payload["seatsShowAttendees"]) == (3, True)


def test_all_seats_cancelled_at_once_are_named(tx: Transaction) -> None:
    event_type = offer(tx, seats=Seats(per_time_slot=3))
    for email in ("ann@example.com", "bob@example.com"):
        make(tx, event_type, at(10), attendee={"email": email})
    heard(tx)
    [booking] = tx[BOOKINGS].find(event_type_id=event_type.id)
    cancel(tx, booking.uid, {"cancellationReason": "ill"}, SOLO)
    payload = heard_once(tx, "BOOKING_CANCELLED")
    assert [each["email"] for each in payload["attendees"]] == ["ann@example.com", "bob@example.com"]


def test_a_team_s_booking(tx: Transaction) -> None:
    event_type = team_offer(tx, {OWNER: {}, MEMBER: {}}, scheduling_type="collective", locations=ROOM)
    booking = book(tx, event_type, at(10))
    assert audience(tx) == Audience(event_type_ids=(event_type.id,), team_ids=(SALES, 1))
    payload = heard_once(tx, "BOOKING_CREATED")
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
    assert payload["attendees"] == [BOOKED]
    assert (payload["schedulingType"], payload["destinationCalendar"]) == ("COLLECTIVE", [])
    assert payload["responses"]["attendeePhoneNumber"] == {"label": "phone_number", "isHidden": True}
    cancel(tx, booking.uid, {"cancellationReason": "ill"}, None)
    payload = heard_once(tx, "BOOKING_CANCELLED")
    assert ([each["email"] for each in payload["attendees"]], len(payload["team"]["members"])) == ([BOOKED["email"]], 1)


def managed(tx: Transaction) -> int:
    user = tx[USERS].create(email="m@example.com", created_date=NOW, name="Mo", is_platform_managed=True)
    tx[MANAGED_USER_LINKS].create(user_id=user.id, client_id=CLIENT)
    tx[OAUTH_CLIENTS].update(CLIENT, booking_cancel_redirect_uri="https://x.example/cancel", are_emails_enabled=True)
    return user.id


def test_a_managed_user_s_client_hears_and_is_named(tx: Transaction) -> None:
    event_type = offer(tx, user_id=managed(tx), requires_confirmation=True)
    booking = book(tx, event_type, at(10))
    assert audience(tx).client_ids == (CLIENT,)
    named = {
        "platformClientId": CLIENT,
        "platformRescheduleUrl": None,
        "platformCancelUrl": "https://x.example/cancel",
        "platformBookingUrl": None,
    }
    payload = heard_once(tx, "BOOKING_REQUESTED")
    assert {name: payload.get(name) for name in named} == named
    assert "arePlatformEmailsEnabled" not in payload
    confirm(tx, booking.uid, booking.user_id or 0)
    payload = heard_once(tx, "BOOKING_CREATED")
    assert {name: payload.get(name) for name in named} == named
    assert payload["arePlatformEmailsEnabled"] is True


def test_the_client_of_a_team_s_managed_host_hears_of_what_happens_later(tx: Transaction) -> None:
    event_type = team_offer(tx, {managed(tx): {}})
    booking = book(tx, event_type, at(10))
    assert audience(tx).client_ids == ()
    cancel(tx, booking.uid, {"cancellationReason": "ill"}, None)
    assert audience(tx).client_ids == (CLIENT,)


def test_whoever_declines_a_team_s_request_hears_of_it(tx: Transaction) -> None:
    event_type = team_offer(tx, {OWNER: {}}, requires_confirmation=True)
    booking = book(tx, event_type, at(10))
    decline(tx, booking.uid, OWNER, None)
    assert audience(tx).user_id == OWNER


def test_absent_attendees(tx: Transaction) -> None:
    booking = book(tx, offer(tx), at(10), guests=["guest@example.com"])
    tx = later(tx, at(10))
    for absent, word in ((True, "marked"), (False, "unmarked")):
        mark_absent(tx, booking.uid, {"attendees": [{"email": "ann@example.com", "absent": absent}]}, SOLO)
        assert heard_once(tx, "BOOKING_NO_SHOW_UPDATED") == {
            "message": f"ann@example.com {word} as no-show",
            "attendees": [{"email": "ann@example.com", "noShow": absent}],
            "bookingUid": booking.uid,
            "bookingId": booking.id,
        }
    both = [{"email": f"{name}@example.com", "absent": True} for name in ("ann", "guest")]
    mark_absent(tx, booking.uid, {"attendees": both}, SOLO)
    assert heard_once(tx, "BOOKING_NO_SHOW_UPDATED")["message"] == "No-show status updated for attendees"
    mark_absent(tx, booking.uid, {"host": True}, SOLO)
    assert heard(tx) == []


def test_an_instant_meeting(tx: Transaction) -> None:
    event_type = team_offer(tx, {ADMIN: {}})
    booking = book(tx, event_type, at(10), instant=True)
    assert audience(tx) == Audience(event_type_ids=(event_type.id,), team_ids=(SALES, 1))
    [token] = tx[INSTANT_MEETING_TOKENS].find(booking_id=booking.id)
    payload = heard_once(tx, "INSTANT_MEETING")
    assert payload["connectAndJoinUrl"] == f"https://app.cal.com/connect-and-join?token={token.token}"
    assert (payload["uid"], payload["eventTypeTitle"]) == (booking.uid, "Talk")
    confirm(tx, booking.uid, ADMIN)
    assert heard_once(tx, "BOOKING_CREATED")["organizer"]["name"] == "Nameless"


def planned(tx: Transaction) -> list[tuple[str, str]]:
    return [(job.details["trigger"], job.details["payload"]["uid"]) for job in tx[JOBS].page(0, 100)]


def both(booking: Booking) -> list[tuple[str, str]]:
    return [("MEETING_STARTED", booking.uid), ("MEETING_ENDED", booking.uid)]


def test_the_start_and_end_of_a_meeting_are_planned_as_long_as_it_takes_place(tx: Transaction) -> None:
    event_type = offer(tx, locations=ROOM)
    booking = book(tx, event_type, at(10))
    assert planned(tx) == both(booking)
    row = tx[JOBS].page(0, 1)[0].details["payload"]
    assert (row["status"], row["startTime"], row["userPrimaryEmail"]) == (
        "ACCEPTED",
        "2030-01-07T10:00:00.000Z",
        "solo@example.com",
    )
    moved = reschedule(tx, booking.uid, {"start": text(at(12))}).booking
    assert planned(tx) == both(moved)
    cancel(tx, moved.uid, {"cancellationReason": "ill"}, SOLO)
    assert planned(tx) == []


def test_a_request_is_planned_when_it_is_confirmed(tx: Transaction) -> None:
    event_type = offer(tx, requires_confirmation=True)
    booking = book(tx, event_type, at(10))
    assert planned(tx) == []
    confirm(tx, booking.uid, SOLO)
    assert planned(tx) == both(booking)
    assert tx[JOBS].page(0, 1)[0].details["payload"]["eventType"]["slug"] == event_type.slug


def test_seats_share_one_plan(tx: Transaction) -> None:
    event_type = offer(tx, seats=Seats(per_time_slot=3))
    first = make(tx, event_type, at(10))[0]
    make(tx, event_type, at(10), attendee={"email": "bob@example.com"})
    assert planned(tx) == both(first.booking)
    moved = reschedule(tx, first.booking.uid, {"start": text(at(12)), "seatUid": first.seat_uid})
    assert planned(tx) == [*both(first.booking), *both(moved.booking)]
    joe = make(tx, event_type, at(12), attendee={"email": "joe@example.com"})[0]
    cancel(tx, joe.booking.uid, {"seatUid": joe.seat_uid}, None)
    assert planned(tx) == [*both(first.booking), *both(moved.booking)]
