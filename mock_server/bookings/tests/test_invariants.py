"""The invariants of bookings detect invalid worlds and accept valid ones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from mock_server.bookings.invariants import CHECKS
from mock_server.bookings.model import (
    ATTENDEES,
    BLOCKLIST,
    BOOKING_REFERENCES,
    BOOKING_REPORTS,
    BOOKING_SEATS,
    BOOKINGS,
    BlockKind,
    Booking,
)
from mock_server.bookings.tests.builders import (
    ACME,
    MEMBER,
    OWNER,
    add_booking,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
    create_bookings,
    write_to_google,
)
from mock_server.bookings.visibility import viewer_for
from mock_server.calendars.model import BUSY_EVENTS, CALENDAR_EVENTS
from mock_server.event_types.model import Seats
from mock_server.identity.model import USERS
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS

MOMENT = timedelta(milliseconds=1)


@pytest.fixture
def tx() -> Transaction:
    """A world with a booking in a Google calendar, an instant meeting, and a booking with a seat."""
    tx = begin(edition="2026-09")
    write_to_google(tx)
    book(tx, add_event_type(tx), at(10))
    book(tx, add_team_event_type(tx, {MEMBER: {}}), at(12), instant=True)
    create_bookings(tx, add_event_type(tx, seats=Seats(per_time_slot=2)), at(14))
    return tx


def complaints(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def bookings(tx: Transaction) -> list[Booking]:
    return sorted(tx.table(BOOKINGS).rows.values(), key=lambda each: each.id)


def test_a_world_that_requests_have_made_is_valid(tx: Transaction) -> None:
    assert complaints(tx) == []


def test_a_booking_ends_after_it_starts(tx: Transaction) -> None:
    booking = add_booking(tx, at(15), at(15) + MOMENT)
    assert complaints(tx) == []
    for end in (at(15), at(15) - MOMENT):
        tx[BOOKINGS].update(booking.id, end=end)
        assert complaints(tx) == [f"booking {booking.id} does not start before it ends"]


def test_only_instant_meetings_await_a_host(tx: Transaction) -> None:
    _, instant, _ = bookings(tx)[-3:]
    tx[BOOKINGS].update(instant.id, user_id=MEMBER)
    assert complaints(tx) == [f"booking {instant.id} awaits a host but has an organizer"]
    tx[BOOKINGS].update(instant.id, user_id=None, recurring_event_id="series")
    assert complaints(tx) == [f"booking {instant.id} of a series has no organizer"]
    tx[BOOKINGS].update(instant.id, recurring_event_id=None)
    add_booking(tx, at(16), at(17), recurring_event_id="series")
    add_booking(tx, at(17), at(18), status="rejected", user_id=None)
    assert complaints(tx) == []


def test_attendees_and_seats_are_those_of_their_booking(tx: Transaction) -> None:
    plain, _, shared = bookings(tx)[-3:]
    [seat] = tx[BOOKING_SEATS].find(booking_id=shared.id)
    [attendee] = tx[ATTENDEES].find(booking_id=plain.id)
    tx[BOOKING_SEATS].update(seat.id, attendee_id=attendee.id)
    assert complaints(tx) == [f"seat {seat.id} is in booking {shared.id} but its attendee is not"]
    tx[BOOKING_SEATS].update(seat.id, attendee_id=seat.attendee_id)
    tx[ATTENDEES].update(attendee.id, start=at(11))
    assert complaints(tx) == [f"attendee {attendee.id} has another start than booking {plain.id}"]


def event_is_missing(tx: Transaction, booking: Booking) -> str:
    tx[CALENDAR_EVENTS].delete(next(iter(tx[CALENDAR_EVENTS].find(busy_event_id=booking.busy_event_id))).id)
    tx[BUSY_EVENTS].update(booking.busy_event_id or 0, end=at(11, 30))
    return f"booking {booking.id} does not match its calendar event {booking.busy_event_id}"


def booking_has_moved(tx: Transaction, booking: Booking) -> str:
    tx[BOOKINGS].update(booking.id, end=at(11, 30))
    return f"booking {booking.id} does not match its calendar event {booking.busy_event_id}"


def booking_was_cancelled(tx: Transaction, booking: Booking) -> str:
    tx[BOOKINGS].update(booking.id, status="cancelled", rescheduled=True)
    return f"booking {booking.id} does not match its calendar event {booking.busy_event_id}"


def booking_was_rescheduled(tx: Transaction, booking: Booking) -> str:
    tx[BOOKINGS].update(booking.id, rescheduled=True)
    return f"booking {booking.id} was rescheduled but is accepted"


def event_has_another_booking(tx: Transaction, booking: Booking) -> str:
    other = add_booking(tx, booking.start, booking.end, busy_event_id=booking.busy_event_id)
    return f"bookings {booking.id} and {other.id} share the calendar event {booking.busy_event_id}"


@pytest.mark.parametrize(
    "damage",
    [event_is_missing, booking_has_moved, booking_was_cancelled, booking_was_rescheduled, event_has_another_booking],
)
def test_a_booking_matches_its_calendar_event(tx: Transaction, damage: Callable[[Transaction, Booking], str]) -> None:
    plain, _, _ = bookings(tx)[-3:]
    complaint = damage(tx, plain)
    assert [each for each in complaints(tx) if "reference" not in each] == [complaint]


def test_an_event_that_was_moved_in_the_calendar_may_differ_from_its_booking(tx: Transaction) -> None:
    plain, _, _ = bookings(tx)[-3:]
    event = tx[CALENDAR_EVENTS].first(busy_event_id=plain.busy_event_id)
    assert event is not None
    tx[CALENDAR_EVENTS].update(event.id, is_moved=True)
    tx[BOOKINGS].update(plain.id, end=at(11, 30))
    assert complaints(tx) == []
    tx[BOOKINGS].update(plain.id, busy_event_id=None)
    assert complaints(tx) == [f"no reference of a booking has the calendar event {event.id}"]


def test_a_calendar_event_has_the_id_in_the_reference(tx: Transaction) -> None:
    plain, _, _ = bookings(tx)[-3:]
    [reference] = tx[BOOKING_REFERENCES].find(booking_id=plain.id, type="google_calendar")
    tx[BOOKING_REFERENCES].update(reference.id, uid="other")
    assert complaints(tx) == [f"no reference of a booking has the calendar event {reference.uid}"]


@pytest.mark.parametrize(
    ("kind", "value", "is_valid"),
    [
        ("EMAIL", "ann@example.com", True),
        ("DOMAIN", "example.com", True),
        ("EMAIL", "example.com", False),
        ("DOMAIN", "ann@example.com", False),
        ("EMAIL", "ann+x@example.com", False),
        ("EMAIL", "Ann@example.com", False),
        ("DOMAIN", "Example.com", False),
    ],
)
def test_blocklist_entries_are_in_their_bare_form(tx: Transaction, kind: BlockKind, value: str, is_valid: bool) -> None:
    entry = tx[BLOCKLIST].create(organization_id=ACME, kind=kind, value=value, created_at=tx.now)
    complaint = f"blocklist entry {entry.id} is no {kind.lower()} in its bare form: {value}"
    assert complaints(tx) == ([] if is_valid else [complaint])


def test_bookings_are_reported_after_they_were_made(tx: Transaction) -> None:
    plain, _, _ = bookings(tx)[-3:]
    report = tx[BOOKING_REPORTS].create(
        booking_id=plain.id, organization_id=ACME, kind="EMAIL", reason="SPAM", created_at=plain.created_at
    )
    assert complaints(tx) == []
    tx[BOOKING_REPORTS].update(report.id, created_at=plain.created_at - MOMENT)
    assert complaints(tx) == [f"report {report.id} is older than booking {plain.id}"]


def test_outside_of_organizations_leaders_see_the_members_of_their_own_teams(tx: Transaction) -> None:
    alone = tx[TEAMS].create(name="Alone", slug="alone", created_at=tx.now)
    guest = tx[USERS].create(email="guest@example.com", created_date=tx.now)
    for user_id, role in ((OWNER, "OWNER"), (guest.id, "MEMBER")):
        tx[MEMBERSHIPS].create(user_id=user_id, team_id=alone.id, role=role, accepted=True)
    owner = tx[USERS].require(OWNER)
    assert set(viewer_for(tx, owner, None).users) == {OWNER, guest.id}
    inside = viewer_for(tx, owner, ACME).users
    assert MEMBER in inside and guest.id not in inside
