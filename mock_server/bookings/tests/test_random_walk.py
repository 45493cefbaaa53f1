"""Whatever is done to bookings in whatever order: it is done or refused, and the world stays whole."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from mock_server.areas import invariants
from mock_server.bookings.booking_request import read_wanted
from mock_server.bookings.cancellation import cancel
from mock_server.bookings.confirmation import confirm, decline
from mock_server.bookings.creation import create
from mock_server.bookings.model import BOOKING_SEATS, BOOKINGS
from mock_server.bookings.no_shows import mark_absent
from mock_server.bookings.reassignment import reassign, reassign_to
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    MEMBER,
    NOW,
    ORGANIZER_ADDRESS,
    OWNER,
    SOLO,
    at,
    begin,
    offer,
    request,
    team_offer,
    text,
)
from mock_server.bookings.views import booking_view
from mock_server.event_types.model import EVENT_TYPES, Recurrence, Seats
from mock_server.runtime.errors import ApiError
from mock_server.sandbox.doctor import examine
from mock_server.state.transaction import Transaction

PLACES = st.integers(0, 40)
STARTS = st.builds(at, st.sampled_from((9, 10, 11)), days=st.sampled_from((0, 7)))
PEOPLE = st.sampled_from(("ann@example.com", "bob@example.com", "member@acme.example"))
CALLERS = st.sampled_from((SOLO, OWNER, MEMBER, None))
USERS = st.sampled_from((SOLO, OWNER, MEMBER))


class Walk(RuleBasedStateMachine):
    """One world, changed by one request after the other."""

    @initialize()
    def begin(self) -> None:
        tx = begin()
        weekly = Recurrence(interval=1, occurrences=2, frequency="weekly")
        seats = Seats(per_time_slot=2)
        types = [
            offer(tx),
            offer(tx, requires_confirmation=True),
            offer(tx, recurrence=weekly, requires_confirmation=True),
            offer(tx, seats=seats),
            offer(tx, seats=seats, recurrence=weekly),
            team_offer(tx, {OWNER: {}, MEMBER: {}}),
            team_offer(tx, {OWNER: {"is_fixed": True}, MEMBER: {}}),
            team_offer(tx, {OWNER: {}, MEMBER: {}}, scheduling_type="collective"),
        ]
        self.event_types = [each.id for each in types]
        self.root = tx.root()

    @rule(place=PLACES, start=STARTS, email=PEOPLE, instant=st.sampled_from((False, False, False, True)))
    def book(self, place: int, start: Any, email: str, instant: bool) -> None:
        def act(tx: Transaction) -> None:
            event_type = tx[EVENT_TYPES].require(self.event_types[place % len(self.event_types)])
            more: dict[str, Any] = {"instant": True} if instant else {}
            create(tx, read_wanted(tx, request(event_type, start, attendee={"email": email}, **more)))

        self._try(act)

    @rule(place=PLACES, start=STARTS, by_organizer=st.booleans())
    def reschedule(self, place: int, start: Any, by_organizer: bool) -> None:
        body = {"start": text(start), "rescheduledBy": ORGANIZER_ADDRESS if by_organizer else "ann@example.com"}
        self._try(lambda tx: reschedule(tx, self._uid(tx, place), body))

    @rule(place=PLACES, seat=PLACES, start=STARTS)
    def move_seat(self, place: int, seat: int, start: Any) -> None:
        self._try(
            lambda tx: reschedule(
                tx, self._uid(tx, place, seat), {"start": text(start), "seatUid": self._seat(tx, seat)}
            )
        )

    @rule(place=PLACES, seat=PLACES)
    def cancel_seat(self, place: int, seat: int) -> None:
        self._try(lambda tx: cancel(tx, self._uid(tx, place, seat), {"seatUid": self._seat(tx, seat)}, None))

    @rule(place=PLACES, caller=CALLERS, rest=st.booleans(), series=st.booleans())
    def cancel(self, place: int, caller: int | None, rest: bool, series: bool) -> None:
        body: dict[str, Any] = {"cancellationReason": "ill"} | ({"cancelSubsequentBookings": True} if rest else {})
        self._try(lambda tx: cancel(tx, self._uid(tx, place, series=series), body, caller))

    @rule(place=PLACES, user=USERS, accepts=st.booleans())
    def decide(self, place: int, user: int, accepts: bool) -> None:
        self._try(
            lambda tx: (
                confirm(tx, self._uid(tx, place), user) if accepts else decline(tx, self._uid(tx, place), user, None)
            )
        )

    @rule(place=PLACES, user=USERS, chosen=st.booleans())
    def reassign(self, place: int, user: int, chosen: bool) -> None:
        self._try(
            lambda tx: (
                reassign_to(tx, self._uid(tx, place), user, None, OWNER)
                if chosen
                else reassign(tx, self._uid(tx, place), user)
            )
        )

    @rule(place=PLACES)
    def mark_host(self, place: int) -> None:
        self._try(lambda tx: mark_absent(tx, self._uid(tx, place), {"host": True}, SOLO))

    @rule(place=PLACES)
    def forget_event_type(self, place: int) -> None:
        if place == 0 and len(self.event_types) > 4:
            gone = self.event_types.pop(0)
            self._try(lambda tx: tx[EVENT_TYPES].delete(gone))

    @invariant()
    def is_whole(self) -> None:
        assert examine(self.root, NOW, invariants()) == []
        tx = Transaction(self.root, NOW)
        for booking in tx.table(BOOKINGS).rows.values():
            assert msgspec.json.encode(booking_view(tx, booking))

    def _try(self, act: Callable[[Transaction], object]) -> None:
        tx = Transaction(self.root, NOW)
        try:
            act(tx)
        except ApiError:
            return
        for event in tx.outbox:
            msgspec.json.encode(event.payload["event"].payload)
        self.root = tx.root()

    def _uid(self, tx: Transaction, place: int, seat: int | None = None, *, series: bool = False) -> str:
        """Of any booking; mostly the seat's, where one is given."""
        rows = list(tx.table(BOOKINGS).rows.values())
        if not rows:
            return "nothing"
        booking = rows[place % len(rows)]
        seats = list(tx.table(BOOKING_SEATS).rows.values())
        if seat is not None and seats and place % 4:
            booking = tx[BOOKINGS].require(seats[seat % len(seats)].booking_id)
        return (series and booking.recurring_event_id) or booking.uid

    def _seat(self, tx: Transaction, place: int) -> str:
        seats = list(tx.table(BOOKING_SEATS).rows.values())
        return seats[place % len(seats)].reference_uid if seats else "none"


TestRandomWalk = Walk.TestCase
TestRandomWalk.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
