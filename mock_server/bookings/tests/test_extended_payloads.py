"""The webhook payloads about bookings since 2026-03, as recorded from the live service."""

from __future__ import annotations

from functools import cache
from typing import Any, NotRequired, get_origin, get_type_hints

import pytest

from mock_server.bookings.cancellation import cancel
from mock_server.bookings.confirmation import confirm, decline
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    MEMBER,
    NOW,
    ORGANIZER_EMAIL,
    OWNER,
    SOLO,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
    create_bookings,
    text,
)
from mock_server.event_types.model import Location, Seats
from mock_server.identity.model import PROFILES
from mock_server.state.jobs import JOBS
from mock_server.state.transaction import Transaction
from mock_server.webhooks.model import WEBHOOKS
from mock_server.webhooks.payloads import PAYLOADS, TRIGGERS

ROOM = (Location(type="link", link="https://meet.example.com/room", public=True),)
NOTHING_HIDDEN = {"hideOrganizerEmail": False, "customReplyToEmail": None}
OPEN_PAGE = {"disableRescheduling": False, "disableCancelling": False, "hashedLink": None}


@pytest.fixture
def tx() -> Transaction:
    """Solo has a webhook for all triggers."""
    tx = begin(edition="2026-03")
    webhook = WEBHOOKS.entity(
        id="hook", subscriber_url="https://solo.example", triggers=TRIGGERS, created_at=NOW, user_id=SOLO
    )
    tx[WEBHOOKS].insert(webhook)
    return tx


@cache
def keys_of(kind: type) -> tuple[set[str], set[str]]:
    hints = get_type_hints(kind, include_extras=True)
    return {name for name, hint in hints.items() if get_origin(hint) is not NotRequired}, set(hints)


def event(tx: Transaction, trigger: str) -> dict[str, Any]:
    """The payload of the only event since the last call, whose keys have to be those of its type."""
    [found] = [each for each in tx.outbox if each.name in TRIGGERS]
    tx.outbox.clear()
    assert found.name == trigger
    payload = dict(found.payload["event"].payload)
    fitting = [required <= payload.keys() <= known for required, known in map(keys_of, PAYLOADS[trigger])]
    assert any(fitting), f"{trigger} has an unknown payload"
    return payload


def part(payload: dict[str, Any], expected: dict[str, Any]) -> dict[str, Any]:
    return {name: payload.get(name, "absent") for name in expected}


def test_new_bookings_have_the_settings_of_their_event_type(tx: Transaction) -> None:
    book(tx, add_event_type(tx, locations=ROOM), at(10))
    payload = event(tx, "BOOKING_CREATED")
    expected = NOTHING_HIDDEN | OPEN_PAGE
    assert part(payload, expected) == expected
    assert "organizationId" not in payload
    assert "usernameInOrg" not in payload["organizer"]
    book(
        tx, add_event_type(tx, hide_organizer_email=True, rescheduling_disabled=True, cancelling_disabled=True), at(12)
    )
    expected = {"hideOrganizerEmail": True, "disableRescheduling": True, "disableCancelling": True}
    assert part(event(tx, "BOOKING_CREATED"), expected) == expected


def test_apps_have_their_names(tx: Transaction) -> None:
    book(tx, add_event_type(tx), at(10))
    names = [each["appName"] for each in event(tx, "BOOKING_CREATED")["appsStatus"]]
    assert names == ["Cal Video", "Apple Calendar"]


def test_bookings_of_a_team_have_its_organization(tx: Transaction) -> None:
    event_type = add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, scheduling_type="collective", locations=ROOM)
    booking = book(tx, event_type, at(10))
    payload = event(tx, "BOOKING_CREATED")
    username = tx[PROFILES].find(user_id=OWNER)[0].username
    assert (payload["organizationId"], payload["organizer"]["usernameInOrg"]) == (1, username)
    moved = reschedule(tx, booking.uid, {"start": text(at(12))}).booking
    assert "iCalUID" not in event(tx, "BOOKING_RESCHEDULED"), "there is no calendar"
    cancel(tx, moved.uid, {"cancellationReason": "ill"}, None)
    assert event(tx, "BOOKING_CANCELLED")["organizationId"] == 1


def test_a_reschedule_names_the_address_in_rescheduled_by(tx: Transaction) -> None:
    event_type = add_event_type(tx, locations=ROOM)
    booking = book(tx, event_type, at(9))
    tx.outbox.clear()
    moved = reschedule(tx, booking.uid, {"start": text(at(10))}).booking
    assert "rescheduledBy" not in event(tx, "BOOKING_RESCHEDULED")
    reschedule(tx, moved.uid, {"start": text(at(11)), "rescheduledBy": ORGANIZER_EMAIL})
    assert event(tx, "BOOKING_RESCHEDULED")["rescheduledBy"] == ORGANIZER_EMAIL


def test_cancellations_have_the_notes_and_who_cancelled(tx: Transaction) -> None:
    event_type = add_event_type(tx, locations=ROOM)
    first = book(tx, event_type, at(9), bookingFieldsResponses={"notes": "Hello"})
    second = book(tx, event_type, at(11))
    tx.outbox.clear()
    cancel(tx, first.uid, {"cancellationReason": "ill"}, SOLO)
    payload = event(tx, "BOOKING_CANCELLED")
    expected = NOTHING_HIDDEN | {"additionalNotes": "Hello", "description": "Hello", "organizationId": None}
    assert part(payload, expected) == expected
    assert not {"cancelledBy", "videoCallData"} & payload.keys()
    cancel(tx, second.uid, {"cancellationReason": "ill"}, None, cancelled_by="ada@example.com")
    payload = event(tx, "BOOKING_CANCELLED")
    assert (payload["cancelledBy"], payload["additionalNotes"], payload["description"]) == ("ada@example.com", "", "")


def test_payloads_about_a_moved_or_cancelled_seat(tx: Transaction) -> None:
    event_type = add_event_type(tx, seats=Seats(per_time_slot=3))
    [created] = create_bookings(tx, event_type, at(9))
    create_bookings(tx, event_type, at(9), attendee={"email": "bob@example.com"})
    tx.outbox.clear()
    moved = reschedule(tx, created.booking.uid, {"start": text(at(11)), "seatUid": created.seat_uid})
    payload = event(tx, "BOOKING_RESCHEDULED")
    assert [name for name in payload if name.startswith("reschedule")] == ["rescheduleUid"]
    cancel(tx, moved.booking.uid, {"seatUid": moved.seat_uid}, None)
    payload = event(tx, "BOOKING_CANCELLED")
    [holder] = payload["attendees"]
    assert (holder["bookingId"], holder["noShow"], holder["locale"]) == (moved.booking.id, False, "en")
    assert payload["videoCallData"]["type"] == "daily_video"


def test_decisions_have_the_organizers_id_and_calendar_settings(tx: Transaction) -> None:
    event_type = add_event_type(tx, locations=ROOM, requires_confirmation=True)
    accepted, declined = book(tx, event_type, at(9)), book(tx, event_type, at(11))
    tx.outbox.clear()
    expected = NOTHING_HIDDEN | {
        "additionalNotes": "",
        "description": "",
        "hideCalendarNotes": False,
        "hideCalendarEventDetails": False,
        "organizationId": None,
    }
    confirm(tx, accepted.uid, SOLO)
    payload = event(tx, "BOOKING_CREATED")
    assert (part(payload, expected), payload["organizer"]["id"]) == (expected, SOLO)
    decline(tx, declined.uid, SOLO, "full")
    payload = event(tx, "BOOKING_REJECTED")
    assert (part(payload, expected), payload["organizer"]["id"]) == (expected, SOLO)


def test_meetings_have_all_columns_of_the_booking(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    started, ended = [each.details["payload"] for each in tx[JOBS].find(about=f"booking:{booking.id}")]
    assert started == ended
    expected = {"creationSource": "API_V2", "scheduledJobs": [], "isRecorded": False, "fromReschedule": None}
    assert part(started, expected) == expected
    assert [each["appName"] for each in started["appsStatus"]] == ["Cal Video", "Apple Calendar"]
