"""The state machine of bookings: every operation in every state by every kind of caller."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from mock_server.bookings.cancellation import cancel
from mock_server.bookings.confirmation import confirm, decline
from mock_server.bookings.lifecycle import TRANSITIONS, state_of
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Attendee, Booking
from mock_server.bookings.no_shows import mark_absent
from mock_server.bookings.reassignment import reassign
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    OWNER,
    SALES,
    SOLO,
    add_member,
    add_team_event_type,
    at,
    begin,
    book,
    later,
    text,
)
from mock_server.event_types.model import EVENT_TYPES, EventType, Recurrence
from mock_server.identity.model import USERS
from mock_server.runtime.errors import ApiError
from mock_server.state.transaction import Transaction

STATES = ("pending", "accepted", "cancelled", "rescheduled", "rejected", "awaiting_host")
OPERATIONS = ("confirm", "decline", "cancel", "reschedule", "mark absent", "reassign")
CALLERS = ("organizer", "host", "team admin", "other user", "anonymous")

ALREADY_ACCEPTED = (400, "Bad request: Please check your request data and try again")
NOT_ALLOWED = (401, "You are not authorized to access this resource")
NO_ORIGINAL = (404, "Could not find original booking")

OUTCOMES: dict[str, dict[str, Any]] = {
    "pending": {"confirm": "accepted", "decline": "rejected", "cancel": "cancelled", "reschedule": "cancelled"},
    "accepted": {
        "confirm": ALREADY_ACCEPTED,
        "decline": ALREADY_ACCEPTED,
        "cancel": "cancelled",
        "reschedule": "cancelled",
    },
    "cancelled": {
        "confirm": "accepted",
        "decline": "rejected",
        "cancel": "cancelled",
        "reschedule": (400, "cancelled_bookings_cannot_be_rescheduled"),
    },
    "rescheduled": {"confirm": "accepted", "decline": "rejected", "cancel": "cancelled", "reschedule": "cancelled"},
    "rejected": {"confirm": "accepted", "decline": "rejected", "cancel": "cancelled", "reschedule": NO_ORIGINAL},
    "awaiting_host": {
        "confirm": "accepted",
        "decline": "rejected",
        "cancel": (400, "User not found"),
        "reschedule": NO_ORIGINAL,
    },
}
"""Marking absences and reassigning change no status, and only reassigning depends on it, in the last state."""


@pytest.fixture
def tx() -> Transaction:
    """The sales team is led by the organization's admin."""
    tx = begin()
    add_member(tx, ADMIN, SALES, "ADMIN")
    return tx


@pytest.fixture
def demo(tx: Transaction) -> EventType:
    return add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, requires_confirmation=True)


def in_state(tx: Transaction, demo: EventType, state: str) -> Booking:
    """A booking that the operations brought into the state."""
    if state == "awaiting_host":
        return book(tx, demo, at(10), instant=True)
    booking = book(tx, demo, at(10))
    organizer = booking.user_id or 0
    match state:
        case "accepted":
            confirm(tx, booking.uid, organizer)
        case "cancelled":
            cancel(tx, booking.uid, {}, None)
        case "rescheduled":
            reschedule(tx, booking.uid, {"start": text(at(12))})
        case "rejected":
            decline(tx, booking.uid, organizer, None)
        case _:
            pass
    booking = tx[BOOKINGS].require(booking.id)
    assert state_of(booking) == state
    return booking


def caller_of(booking: Booking, kind: str) -> int | None:
    organizer = booking.user_id or OWNER
    host = MEMBER if organizer == OWNER else OWNER
    return {"organizer": organizer, "host": host, "team admin": ADMIN, "other user": SOLO, "anonymous": None}[kind]


def do(tx: Transaction, operation: str, booking: Booking, caller: int | None) -> None:
    """Runs the operation as the caller."""
    by = tx[USERS].require(caller).email if caller is not None else None
    operations: dict[str, Callable[[], object]] = {
        "confirm": lambda: confirm(tx, booking.uid, caller or 0),
        "decline": lambda: decline(tx, booking.uid, caller or 0, "no time"),
        "cancel": lambda: cancel(tx, booking.uid, {"cancellationReason": "ill"}, caller),
        "reschedule": lambda: reschedule(tx, booking.uid, {"start": text(at(15)), "rescheduledBy": by}),
        "mark absent": lambda: mark_absent(tx, booking.uid, {"attendees": [_ann(absent=True)]}, caller or 0),
        "reassign": lambda: reassign(tx, booking.uid, caller or 0),
    }
    operations[operation]()


def _ann(*, absent: bool) -> dict[str, Any]:
    return {"email": "ann@example.com", "absent": absent}


def expected_outcome(state: str, operation: str, caller: str) -> Any:
    """The booking's status, or the status and message of the refusal."""
    if operation in ("confirm", "decline", "reassign") and caller == "other user":
        return NOT_ALLOWED
    if operation == "mark absent":
        return (400, "Failed to update no-show status") if caller == "other user" else None
    if operation == "reassign":
        return 400 if state == "awaiting_host" else None
    return OUTCOMES[state][operation]


NEEDS_CREDENTIALS = ("confirm", "decline", "mark absent", "reassign")


@pytest.mark.parametrize(
    ("state", "operation", "caller"),
    [
        each
        for each in product(STATES, OPERATIONS, CALLERS)
        if not (each[1] in NEEDS_CREDENTIALS and each[2] == "anonymous")  # The runtime refuses these.
    ],
)
def test_every_operation_in_every_state_by_every_caller(
    tx: Transaction, demo: EventType, state: str, operation: str, caller: str
) -> None:
    booking = in_state(tx, demo, state)
    before = booking.status
    if operation == "mark absent":
        tx = later(tx, at(10, 5))
    expected = expected_outcome(state, operation, caller)
    if state == "awaiting_host" and caller == "organizer":
        caller = "host"  # It has no organizer yet.
    try:
        do(tx, operation, booking, caller_of(booking, caller))
    except ApiError as refusal:
        assert expected in (refusal.status, (refusal.status, refusal.message))
        return
    assert tx[BOOKINGS].require(booking.id).status == (expected or before)


def test_the_table_has_every_state_and_every_action() -> None:
    assert set(TRANSITIONS) == set(STATES)
    assert all(set(row) == set(OPERATIONS[:4]) for row in TRANSITIONS.values())


@pytest.mark.parametrize("by_organizer", [True, False])
def test_a_rescheduled_booking_is_pending_unless_the_organizer_moved_it(
    tx: Transaction, demo: EventType, by_organizer: bool
) -> None:
    booking = in_state(tx, demo, "accepted")
    organizer = tx[USERS].require(booking.user_id)
    body = {"start": text(at(15)), "rescheduledBy": organizer.email if by_organizer else "ann@example.com"}
    new = reschedule(tx, booking.uid, body).booking
    assert new.status == ("accepted" if by_organizer else "pending")
    assert (new.from_reschedule, new.ical_uid) == (booking.uid, booking.ical_uid)
    assert new.title == f"Talk between {tx[USERS].require(new.user_id).name} and Ann Lee"


@pytest.mark.parametrize(("action", "state"), [("confirm", "accepted"), ("decline", "rejected")])
def test_confirm_and_decline_apply_to_all_pending_bookings_of_a_series(
    tx: Transaction, demo: EventType, action: str, state: str
) -> None:
    series = series_of(tx, demo)
    cancel(tx, series[0].uid, {}, None)
    do(tx, action, series[1], OWNER)
    assert [tx[BOOKINGS].require(each.id).status for each in series] == ["cancelled", state, state]
    do(tx, action, series[0], OWNER)
    assert tx[BOOKINGS].require(series[0].id).status == "cancelled", "an occurrence that is not pending stays as it is"


def series_of(tx: Transaction, demo: EventType) -> list[Booking]:
    tx[EVENT_TYPES].update(demo.id, recurrence=Recurrence(interval=1, occurrences=3, frequency="weekly"))
    first = book(tx, tx[EVENT_TYPES].require(demo.id), at(10))
    return tx[BOOKINGS].find(recurring_event_id=first.recurring_event_id)


def test_attendees_can_be_marked_absent_after_the_start_and_unmarked(tx: Transaction, demo: EventType) -> None:
    booking = in_state(tx, demo, "accepted")
    organizer = booking.user_id or 0
    with pytest.raises(ApiError, match="Failed to update no-show status"):
        mark_absent(tx, booking.uid, {"attendees": [_ann(absent=True)]}, organizer)
    tx = later(tx, at(10))
    for absent in (True, False):
        mark_absent(tx, booking.uid, {"attendees": [_ann(absent=absent)]}, organizer)
        assert attendee(tx, booking).no_show is absent
    with pytest.raises(ApiError, match="Failed to update no-show status"):
        mark_absent(tx, booking.uid, {"host": True}, SOLO)
    assert mark_absent(tx, booking.uid, {"host": True}, organizer).no_show_host
    assert mark_absent(tx, booking.uid, {"host": False}, organizer).no_show_host, "the host's mark is permanent"


def attendee(tx: Transaction, booking: Booking) -> Attendee:
    return tx[ATTENDEES].find(booking_id=booking.id)[0]
