"""Random sequences of booking operations: each succeeds or is refused, and the invariants hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from icalendar import Calendar

from mock_server.areas import invariants
from mock_server.bookings.booking_request import read_booking_request
from mock_server.bookings.cancellation import cancel
from mock_server.bookings.confirmation import confirm, decline
from mock_server.bookings.creation import create
from mock_server.bookings.location_change import change_location, read_location
from mock_server.bookings.model import BOOKING_SEATS, BOOKINGS, Booking
from mock_server.bookings.no_shows import mark_absent
from mock_server.bookings.participants import NewParticipant, add_attendee_to, add_guests_to
from mock_server.bookings.reassignment import reassign, reassign_to
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
    booking_body,
    text,
    write_to_google,
)
from mock_server.bookings.video import record_meeting
from mock_server.bookings.views import Reader, booking_view
from mock_server.calendars.events import EventRefused, change_event
from mock_server.calendars.model import CALENDAR_EVENTS
from mock_server.event_types.model import EVENT_TYPES, Recurrence, Seats
from mock_server.runtime.errors import ApiError, BadRequest
from mock_server.runtime.outbox import POSTED, Content, Message
from mock_server.sandbox.doctor import examine
from mock_server.state.edition import NEWEST
from mock_server.state.transaction import Transaction

pytestmark = pytest.mark.slow("runs random operations")

INDEXES = st.integers(0, 40)
STARTS = st.builds(at, st.sampled_from((9, 10, 11)), days=st.sampled_from((0, 7)))
EMAILS = st.sampled_from(("ann@example.com", "bob@example.com", "member@acme.example"))
CALLERS = st.sampled_from((SOLO, OWNER, MEMBER, None))
USERS = st.sampled_from((SOLO, OWNER, MEMBER))


def check_messages(messages: Sequence[Message]) -> None:
    """All messages can be rendered, and their attachments read."""
    for message in messages:
        content = message.content if isinstance(message.content, Content) else message.content()
        assert message.to
        assert content.subject
        for attachment in content.attachments:
            [event] = Calendar.from_ical(attachment.content).walk("VEVENT")
            assert event["summary"]


class Walk(RuleBasedStateMachine):
    """One world, changed by a sequence of requests."""

    edition: str | None = None

    @initialize()
    def begin(self) -> None:
        tx = begin(edition=self.edition)
        write_to_google(tx)
        weekly = Recurrence(interval=1, occurrences=2, frequency="weekly")
        seats = Seats(per_time_slot=2)
        types = [
            add_event_type(tx),
            add_event_type(tx, requires_confirmation=True),
            add_event_type(tx, recurrence=weekly, requires_confirmation=True),
            add_event_type(tx, seats=seats),
            add_event_type(tx, seats=seats, recurrence=weekly),
            add_team_event_type(tx, {OWNER: {}, MEMBER: {}}),
            add_team_event_type(tx, {OWNER: {"is_fixed": True}, MEMBER: {}}),
            add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, scheduling_type="collective"),
        ]
        self.event_types = [each.id for each in types]
        self.root = tx.root()

    @rule(index=INDEXES, start=STARTS, email=EMAILS, instant=st.sampled_from((False, False, False, True)))
    def book(self, index: int, start: Any, email: str, instant: bool) -> None:
        def act(tx: Transaction) -> None:
            event_type = tx[EVENT_TYPES].require(self.event_types[index % len(self.event_types)])
            more: dict[str, Any] = {"instant": True} if instant else {}
            create(tx, read_booking_request(tx, booking_body(event_type, start, attendee={"email": email}, **more)))

        self._try(act)

    @rule(index=INDEXES, start=STARTS, by_organizer=st.booleans())
    def reschedule(self, index: int, start: Any, by_organizer: bool) -> None:
        body = {"start": text(start), "rescheduledBy": ORGANIZER_EMAIL if by_organizer else "ann@example.com"}
        self._try(lambda tx: reschedule(tx, self._uid(tx, index), body))

    @rule(index=INDEXES, seat=INDEXES, start=STARTS)
    def move_seat(self, index: int, seat: int, start: Any) -> None:
        self._try(
            lambda tx: reschedule(
                tx, self._uid(tx, index, seat), {"start": text(start), "seatUid": self._seat(tx, seat)}
            )
        )

    @rule(index=INDEXES, seat=INDEXES)
    def cancel_seat(self, index: int, seat: int) -> None:
        self._try(lambda tx: cancel(tx, self._uid(tx, index, seat), {"seatUid": self._seat(tx, seat)}, None))

    @rule(index=INDEXES, caller=CALLERS, rest=st.booleans(), series=st.booleans())
    def cancel(self, index: int, caller: int | None, rest: bool, series: bool) -> None:
        body: dict[str, Any] = {"cancellationReason": "ill"} | ({"cancelSubsequentBookings": True} if rest else {})
        self._try(lambda tx: cancel(tx, self._uid(tx, index, series=series), body, caller))

    @rule(index=INDEXES, user=USERS, accepts=st.booleans())
    def confirm_or_decline(self, index: int, user: int, accepts: bool) -> None:
        self._try(
            lambda tx: (
                confirm(tx, self._uid(tx, index), user) if accepts else decline(tx, self._uid(tx, index), user, None)
            )
        )

    @rule(index=INDEXES, user=USERS, chosen=st.booleans())
    def reassign(self, index: int, user: int, chosen: bool) -> None:
        self._try(
            lambda tx: (
                reassign_to(tx, self._uid(tx, index), user, None, OWNER)
                if chosen
                else reassign(tx, self._uid(tx, index), user)
            )
        )

    @rule(index=INDEXES)
    def mark_host(self, index: int) -> None:
        self._try(lambda tx: mark_absent(tx, self._uid(tx, index), {"host": True}, SOLO))

    @rule(index=INDEXES)
    def delete_event_type(self, index: int) -> None:
        if index == 0 and len(self.event_types) > 4:
            event_type_id = self.event_types.pop(0)
            self._try(lambda tx: tx[EVENT_TYPES].delete(event_type_id))

    @invariant()
    def is_consistent(self) -> None:
        assert examine(self.root, NOW, invariants()) == []
        tx = Transaction(self.root, NOW)
        for booking in tx.table(BOOKINGS).rows.values():
            assert msgspec.json.encode(booking_view(tx, booking, Reader()))

    def _try(self, act: Callable[[Transaction], object]) -> None:
        tx = Transaction(self.root, NOW)
        try:
            act(tx)
        except ApiError:
            return
        for event in tx.outbox:
            if event.name == POSTED:
                check_messages(event.payload["messages"])
            else:
                msgspec.json.encode(event.payload["event"].payload)
        self.root = tx.root()

    def _uid(self, tx: Transaction, index: int, seat: int | None = None, *, series: bool = False) -> str:
        """The uid of some booking; mostly of the seat's booking if a seat is given."""
        rows = list(tx.table(BOOKINGS).rows.values())
        if not rows:
            return "missing"
        booking = rows[index % len(rows)]
        seats = list(tx.table(BOOKING_SEATS).rows.values())
        if seat is not None and seats and index % 4:
            booking = tx[BOOKINGS].require(seats[seat % len(seats)].booking_id)
        return (series and booking.recurring_event_id) or booking.uid

    def _seat(self, tx: Transaction, index: int) -> str:
        seats = list(tx.table(BOOKING_SEATS).rows.values())
        return seats[index % len(seats)].reference_uid if seats else "missing"


class NewestWalk(Walk):
    """The same in the newest edition, with the requests that only this has."""

    edition = NEWEST

    @rule(index=INDEXES, email=EMAILS, caller=USERS)
    def add_guest(self, index: int, email: str, caller: int) -> None:
        self._try(lambda tx: add_guests_to(tx, self._booking(tx, index), caller, [NewParticipant(email=email)]))

    @rule(index=INDEXES, caller=USERS)
    def add_attendee(self, index: int, caller: int) -> None:
        new = NewParticipant(email="grace@example.com", name="Grace")
        self._try(lambda tx: add_attendee_to(tx, self._booking(tx, index), caller, new))

    @rule(index=INDEXES, place=st.sampled_from(({"type": "link", "link": "https://a.example"}, {"type": "cave"}, None)))
    def change_location(self, index: int, place: object) -> None:
        def act(tx: Transaction) -> None:
            location = read_location({"location": place}, with_integrations=True)
            change_location(tx, self._booking(tx, index), location, SOLO)

        self._try(act)

    @rule(index=INDEXES, start=STARTS, status=st.sampled_from(("cancelled", "pending", None)))
    def change_event(self, index: int, start: Any, status: str | None) -> None:
        def act(tx: Transaction) -> None:
            events = list(tx.table(CALENDAR_EVENTS).rows.values())
            if events:
                moved = {"time": text(start), "timeZone": "Europe/London"}
                with suppress(EventRefused):
                    change_event(tx, events[index % len(events)], {"start": moved, "status": status})

        self._try(act)

    @rule(index=INDEXES)
    def end_meeting(self, index: int) -> None:
        self._try(lambda tx: record_meeting(tx, self._booking(tx, index).id))

    def _booking(self, tx: Transaction, index: int) -> Booking:
        booking = tx[BOOKINGS].first(uid=self._uid(tx, index))
        if booking is None:
            raise BadRequest("There is no booking yet")
        return booking


TestRandomWalk = Walk.TestCase
TestRandomWalk.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
TestNewestRandomWalk = NewestWalk.TestCase
TestNewestRandomWalk.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
