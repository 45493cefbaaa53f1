"""The webhook events about bookings since 2026-09, as the live service delivered them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mock_server.bookings.cancellation import cancel
from mock_server.bookings.confirmation import confirm, decline
from mock_server.bookings.location_change import NewLocation, change_location
from mock_server.bookings.model import (
    BOOKING_SEATS,
    BOOKINGS,
    Booking,
)
from mock_server.bookings.reassignment import reassign_to
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
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
    text,
)
from mock_server.event_types.model import Location, Recurrence, Seats
from mock_server.state.transaction import Transaction
from mock_server.webhooks.events import WebhookEvent
from mock_server.webhooks.model import INVITATIONS_VERSION, PAYLOAD_VERSION, WEBHOOKS
from mock_server.webhooks.payloads import TRIGGERS

PLACE = {
    "locations": (Location(type="link", link="https://example.invalid/meeting", public=False),),
    "length": 15,
}
REQUEST: dict[str, Any] = {"guests": [], "location": {"type": "link"}, "metadata": {"purpose": "test"}}
WEEKLY = Recurrence(interval=1, occurrences=2, frequency="weekly")
APPS = {"appsStatus"}
"""The account of the recording had no calendar, unlike the user of these tests."""


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """The recorded payloads, by what had happened."""
    lines = Path(__file__).with_name("recorded_events.jsonl").read_text(encoding="utf-8").splitlines()
    return {each["name"]: each for each in map(json.loads, lines)}


def subscribe(tx: Transaction, **fields: Any) -> None:
    """Subscribes the solo user to all events."""
    values = {"id": "hook", "subscriber_url": "https://solo.example", "triggers": TRIGGERS, "user_id": SOLO}
    tx[WEBHOOKS].insert(WEBHOOKS.entity(**(values | {"created_at": NOW, "version": INVITATIONS_VERSION} | fields)))


@pytest.fixture
def tx() -> Transaction:
    """Solo has a webhook for all triggers."""
    tx = begin(edition="2026-09")
    subscribe(tx)
    return tx


def event(tx: Transaction) -> tuple[str, dict[str, Any]]:
    """The only event since the last call, in the newest version."""
    [found] = [each for each in tx.outbox if each.name in TRIGGERS]
    tx.outbox.clear()
    return found.name, dict(found.payload["event"].payload_in(INVITATIONS_VERSION))


def assert_like_recorded(tx: Transaction, name: str) -> dict[str, Any]:
    """Asserts that the event has the recorded keys in the recorded order, also inside. Returns it."""
    trigger, payload = event(tx)
    expected = recorded()[name]
    assert trigger == expected["trigger"]
    assert [key for key in payload if key not in APPS] == list(expected["payload"])
    for part in ("organizer", "responses"):
        assert list(payload[part]) == list(expected["payload"][part])
    assert list(payload["attendees"][0]) == list(expected["payload"]["attendees"][0])
    same = ("iCalSequence", "status", "seatsShowAttendees", "requiresConfirmation", "assignmentReason")
    assert {key: payload[key] for key in same} == {key: expected["payload"][key] for key in same}
    return payload


def booked(tx: Transaction, **fields: Any) -> Booking:
    return book(tx, add_event_type(tx, **(PLACE | fields)), at(10), **REQUEST)


def test_new_bookings(tx: Transaction) -> None:
    booking = booked(tx)
    payload = assert_like_recorded(tx, "new")
    assert payload["startTime"] == "2030-01-07T10:00:00.000Z"
    assert (payload["attendees"][0]["firstName"], payload["attendees"][0]["lastName"]) == ("Ann", "Lee")
    assert payload["metadata"] == {"purpose": "test", "videoCallUrl": "https://example.invalid/meeting"}
    assert f"UID:{booking.ical_uid}" in payload["attendeeIcsContent"]
    assert "ROLE=CHAIR" in payload["organizerIcsContent"]
    assert "ann@example.com" not in payload["organizerIcsContent"]


def test_each_occurrence_of_a_series_has_an_event(tx: Transaction) -> None:
    first, _ = create_bookings(tx, add_event_type(tx, recurrence=WEEKLY, **PLACE), at(10), recurrenceCount=2, **REQUEST)
    _, second = [each for each in tx.outbox if each.name in TRIGGERS]
    assert second.payload["event"].payload["startTime"] == "2030-01-14T10:00:00.000Z"
    tx.outbox.remove(second)
    payload = assert_like_recorded(tx, "series")
    assert payload["recurringEvent"] == {"freq": 2, "interval": 1, "count": 2}
    assert payload["recurrenceTimeZone"] == "Europe/Rome"
    cancel(tx, first.booking.uid, {"cancellationReason": "ill", "cancelSubsequentBookings": True}, SOLO)
    assert_like_recorded(tx, "series cancelled")


def test_requests_that_are_confirmed_moved_to_another_place_and_cancelled(tx: Transaction) -> None:
    booking = booked(tx, requires_confirmation=True)
    requested = assert_like_recorded(tx, "requested")
    confirm(tx, booking.uid, SOLO)
    created = assert_like_recorded(tx, "confirmed")
    assert requested["oneTimePassword"] == created["oneTimePassword"]
    place = NewLocation("link", "https://example.invalid/updated")
    change_location(tx, tx[BOOKINGS].require(booking.id), place, SOLO)
    assert assert_like_recorded(tx, "location")["previousLocation"] == "https://example.invalid/meeting"
    cancel(tx, booking.uid, {"cancellationReason": "ill"}, SOLO)
    assert "METHOD:CANCEL" in assert_like_recorded(tx, "cancelled after a new location")["attendeeIcsContent"]


def test_rejected_requests(tx: Transaction) -> None:
    booking = booked(tx, requires_confirmation=True)
    tx.outbox.clear()
    decline(tx, booking.uid, SOLO, "full")
    assert assert_like_recorded(tx, "rejected")["rejectionReason"] == "full"


def test_rescheduled_bookings(tx: Transaction) -> None:
    booking = booked(tx)
    tx.outbox.clear()
    reschedule(tx, booking.uid, {"start": text(at(11)), "reschedulingReason": "late"}, SOLO)
    payload = assert_like_recorded(tx, "rescheduled")
    assert (payload["rescheduleUid"], payload["rescheduleId"]) == (booking.uid, booking.id)
    assert (payload["cancellationReason"], payload["rescheduleStartTime"]) == ("late", "2030-01-07T10:00:00.000Z")


def test_seats(tx: Transaction) -> None:
    booking = booked(tx, seats=Seats(per_time_slot=2, show_attendees=False))
    seat = tx[BOOKING_SEATS].find(booking_id=booking.id)[0]
    payload = assert_like_recorded(tx, "seat")
    assert payload["attendeeSeatId"] == payload["attendees"][0]["bookingSeat"]["referenceUid"] == seat.reference_uid
    cancel(tx, booking.uid, {"seatUid": seat.reference_uid, "cancellationReason": "ill"}, SOLO)
    payload = assert_like_recorded(tx, "seat cancelled")
    assert payload["attendees"][0]["bookingSeat"]["id"] == seat.id
    assert payload["responses"]["location"]["value"]["value"] == "https://example.invalid/meeting"


def test_a_new_host_is_announced(tx: Transaction) -> None:
    subscribe(tx, id="sales", user_id=None, team_id=SALES)
    booking = book(tx, add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, **PLACE), at(10))
    tx.outbox.clear()
    former, other = (OWNER, MEMBER) if booking.user_id == OWNER else (MEMBER, OWNER)
    reassign_to(tx, booking.uid, other, "ill", OWNER)
    trigger, payload = event(tx)
    assert (trigger, payload["addedHostUserIds"], payload["removedHostUserIds"]) == (
        "BOOKING_REASSIGNED",
        [other],
        [former],
    )
    assert payload["organizer"]["id"] == other
    assert "attendeeIcsContent" in payload


def test_only_the_newest_version_has_invitations() -> None:
    tx = begin(edition="2026-09")
    subscribe(tx, version=PAYLOAD_VERSION)
    booked(tx)
    [found] = [each for each in tx.outbox if each.name in TRIGGERS]
    emitted: WebhookEvent = found.payload["event"]
    assert "attendeeIcsContent" not in emitted.payload_in(INVITATIONS_VERSION), "nobody would receive them"
    subscribe(tx, id="newer", subscriber_url="https://other.example")
    tx.outbox.clear()
    book(tx, add_event_type(tx, **PLACE), at(11))
    emitted = next(each for each in tx.outbox if each.name in TRIGGERS).payload["event"]
    assert "attendeeIcsContent" in emitted.payload_in(INVITATIONS_VERSION)
    assert "attendeeIcsContent" not in emitted.payload_in(PAYLOAD_VERSION)
