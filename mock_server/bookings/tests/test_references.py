"""References of bookings, their calendar events, and what the doctor says about broken ones."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.cancellation import cancel
from mock_server.bookings.confirmation import confirm
from mock_server.bookings.invariants import CHECKS
from mock_server.bookings.model import BOOKING_REFERENCES, BOOKINGS, Booking
from mock_server.bookings.references import references_of, require_video_reference
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import SOLO, add_event_type, at, begin, book, text, write_to_google
from mock_server.calendars.model import BUSY_EVENTS, CALENDAR_EVENTS
from mock_server.state.edition import NEWEST, OLDEST
from mock_server.state.transaction import Transaction


@pytest.fixture
def tx() -> Transaction:
    """A world whose solo user has a destination calendar."""
    found = begin(edition=NEWEST)
    write_to_google(found)
    return found


def complaints(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def kinds(tx: Transaction, booking: Booking) -> list[str]:
    return [each.type for each in references_of(tx, booking)]


def test_older_editions_have_no_references() -> None:
    tx = begin(edition=OLDEST)
    write_to_google(tx)
    booking = book(tx, add_event_type(tx), at(10))
    assert booking.busy_event_id is not None
    assert (kinds(tx, booking), tx[CALENDAR_EVENTS].count()) == ([], 0)
    assert booking.ical_uid == f"{booking.uid}@Cal.com"


def test_references_end_with_the_booking_and_pass_on_to_its_successor(tx: Transaction) -> None:
    event_type = add_event_type(tx)
    booking = book(tx, event_type, at(10))
    assert kinds(tx, booking) == ["daily_video", "google_calendar"]
    new = reschedule(tx, booking.uid, {"start": text(at(14))}, SOLO).booking
    assert [each.uid for each in references_of(tx, new)] == [each.uid for each in references_of(tx, booking)]
    assert complaints(tx) == []
    cancel(tx, new.uid, {"cancellationReason": "ill"}, SOLO)
    assert (kinds(tx, new), tx[CALENDAR_EVENTS].count(), tx[BUSY_EVENTS].get(new.busy_event_id)) == ([], 0, None)
    assert complaints(tx) == []


def test_a_booking_that_is_accepted_again_has_an_event_and_a_room_beside_those_of_its_successor(
    tx: Transaction,
) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    [event] = [each.uid for each in references_of(tx, booking, "google_calendar")]
    new = reschedule(tx, booking.uid, {"start": text(at(14))}, SOLO).booking
    again = confirm(tx, booking.uid, SOLO)
    assert (again.status, again.ical_uid) == ("accepted", booking.ical_uid)
    assert [each.uid for each in references_of(tx, new, "google_calendar")] == [event]
    [other] = [each.uid for each in references_of(tx, again, "google_calendar")]
    assert other != event
    [room], [own_room] = ([each.uid for each in references_of(tx, of, "daily_video")] for of in (new, again))
    assert room != own_room
    assert require_video_reference(tx, again).uid == own_room
    assert {each.id for each in tx.table(CALENDAR_EVENTS).rows.values()} == {event, other}
    assert complaints(tx) == []


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda tx, booking: tx[BOOKINGS].update(booking.id, status="cancelled"), "is not deleted, but booking"),
        (lambda tx, booking: _end_references(tx, booking), "no reference of a booking has the calendar event"),
        (lambda tx, booking: tx[BUSY_EVENTS].update(booking.busy_event_id, end=at(12)), "is not at the time of busy"),
    ],
    ids=["status", "reference", "time"],
)
def test_the_doctor_finds_broken_references(tx: Transaction, damage: Any, complaint: str) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    assert complaints(tx) == []
    damage(tx, booking)
    assert any(complaint in each for each in complaints(tx))


def _end_references(tx: Transaction, booking: Booking) -> None:
    for each in references_of(tx, booking):
        tx[BOOKING_REFERENCES].update(each.id, deleted=True)
