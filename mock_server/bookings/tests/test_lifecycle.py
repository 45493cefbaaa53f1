"""The life of a booking: every operation in every state, by every kind of caller."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from mock_server.bookings.cancellation import cancel
from mock_server.bookings.confirmation import confirm, decline
from mock_server.bookings.lifecycle import LIFE_CYCLE, state_of
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
    at,
    begin,
    book,
    join,
    later,
    team_offer,
    text,
)
from mock_server.event_types.model import EVENT_TYPES, EventType, Recurrence
from mock_server.identity.model import USERS
from mock_server.runtime.errors import ApiError
from mock_server.state.transaction import Transaction

STATES = ("pending", "accepted", "cancelled", "rescheduled", "rejected", "awaiting_host")
OPERATIONS = ("confirm", "decline", "cancel", "reschedule", "absence", "reassign")
CALLERS = ("organizer", "host", "team admin", "stranger", "nobody")

BOTH_DECIDED = (400, "Bad request: Please check your request data and try again")
NOT_ALLOWED = (401, "You are not authorized to access this resource")
NO_ORIGINAL = (404, "Could not find original booking")

OUTCOMES: dict[str, dict[str, Any]] = {
    "pending": {"confirm": "accepted", "decline": "rejected", "cancel": "cancelled", "reschedule": "cancelled"},
    "accepted": {
        "confirm": BOTH_DECIDED,
        "decline": BOTH_DECIDED,
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
"""Marking absence and reassigning change no status; what they answer does not depend on it but for the last state."""


@pytest.fixture
def tx() -> Transaction:
    """The member's and the solo user's team, which the administrator leads."""
    tx = begin()
    join(tx, ADMIN, SALES, "ADMIN")
    return tx


@pytest.fixture
def demo(tx: Transaction) -> EventType:
    return team_offer(tx, {OWNER: {}, MEMBER: {}}, requires_confirmation=True)


def in_state(tx: Transaction, demo: EventType, state: str) -> Booking:
    """A booking that came into the state by what leads there."""
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
    return {"organizer": organizer, "host": host, "team admin": ADMIN, "stranger": SOLO, "nobody": None}[kind]


def do(tx: Transaction, operation: str, booking: Booking, caller: int | None) -> None:
    """The operation on behalf of the caller; those that nobody can do without credentials are done by somebody."""
    by = tx[USERS].require(caller).email if caller is not None else None
    operations: dict[str, Callable[[], object]] = {
        "confirm": lambda: confirm(tx, booking.uid, caller or 0),
        "decline": lambda: decline(tx, booking.uid, caller or 0, "no time"),
        "cancel": lambda: cancel(tx, booking.uid, {"cancellationReason": "ill"}, caller),
        "reschedule": lambda: reschedule(tx, booking.uid, {"start": text(at(15)), "rescheduledBy": by}),
        "absence": lambda: mark_absent(tx, booking.uid, {"attendees": [_ann(absent=True)]}, caller or 0),
        "reassign": lambda: reassign(tx, booking.uid, caller or 0),
    }
    operations[operation]()


def _ann(*, absent: bool) -> dict[str, Any]:
    return {"email": "ann@example.com", "absent": absent}


def expected(state: str, operation: str, caller: str) -> Any:
    """A status, or the status and text of a refusal."""
    if operation in ("confirm", "decline", "reassign") and caller == "stranger":
        return NOT_ALLOWED
    if operation == "absence":
        return (400, "Failed to update no-show status") if caller == "stranger" else None
    if operation == "reassign":
        return 400 if state == "awaiting_host" else None
    return OUTCOMES[state][operation]


NEEDS_CREDENTIALS = ("confirm", "decline", "absence", "reassign")


@pytest.mark.parametrize(
    ("state", "operation", "caller"),
    [
        each
        for each in product(STATES, OPERATIONS, CALLERS)
        if not (each[1] in NEEDS_CREDENTIALS and each[2] == "nobody")  # The runtime refuses these; see the journeys.
    ],
)
def test_every_operation_in_every_state_by_every_caller(
    tx: Transaction, demo: EventType, state: str, operation: str, caller: str
) -> None:
    booking = in_state(tx, demo, state)
    before = booking.status
    if operation == "absence":
        tx = later(tx, at(10, 5))
    wanted = expected(state, operation, caller)
    if state == "awaiting_host" and caller == "organizer":
        caller = "host"  # Nobody organizes it yet.
    try:
        do(tx, operation, booking, caller_of(booking, caller))
    except ApiError as refusal:
        assert wanted in (refusal.status, (refusal.status, refusal.message))
        return
    assert tx[BOOKINGS].require(booking.id).status == (wanted or before)


def test_the_table_has_every_state_and_every_action() -> None:
    assert set(LIFE_CYCLE) == set(STATES)
    assert all(set(row) == set(OPERATIONS[:4]) for row in LIFE_CYCLE.values())


@pytest.mark.parametrize("by_organizer", [True, False])
def test_a_reschedule_has_to_be_confirmed_unless_the_organizer_does_it(
    tx: Transaction, demo: EventType, by_organizer: bool
) -> None:
    booking = in_state(tx, demo, "accepted")
    organizer = tx[USERS].require(booking.user_id)
    body = {"start": text(at(15)), "rescheduledBy": organizer.email if by_organizer else "ann@example.com"}
    new = reschedule(tx, booking.uid, body).booking
    assert new.status == ("accepted" if by_organizer else "pending")
    assert (new.from_reschedule, new.ical_uid, new.title) == (booking.uid, booking.ical_uid, booking.title)


@pytest.mark.parametrize(("action", "state"), [("confirm", "accepted"), ("decline", "rejected")])
def test_a_whole_series_is_decided_at_once_but_only_what_waits(
    tx: Transaction, demo: EventType, action: str, state: str
) -> None:
    series = series_of(tx, demo)
    cancel(tx, series[0].uid, {}, None)
    do(tx, action, series[1], OWNER)
    assert [tx[BOOKINGS].require(each.id).status for each in series] == ["cancelled", state, state]
    do(tx, action, series[0], OWNER)
    assert tx[BOOKINGS].require(series[0].id).status == "cancelled", "an occurrence that does not wait stays"


def series_of(tx: Transaction, demo: EventType) -> list[Booking]:
    tx[EVENT_TYPES].update(demo.id, recurrence=Recurrence(interval=1, occurrences=3, frequency="weekly"))
    first = book(tx, tx[EVENT_TYPES].require(demo.id), at(10))
    return tx[BOOKINGS].find(recurring_event_id=first.recurring_event_id)


def test_absence_is_noted_once_the_meeting_has_begun_and_can_be_taken_back(tx: Transaction, demo: EventType) -> None:
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
    assert mark_absent(tx, booking.uid, {"host": False}, organizer).no_show_host, "and nobody takes it back"


def attendee(tx: Transaction, booking: Booking) -> Attendee:
    return tx[ATTENDEES].find(booking_id=booking.id)[0]
