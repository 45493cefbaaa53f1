"""Which bookings bear on availability, to the millisecond at each bound."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, LONG_BOOKING, Booking
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.identity.model import USERS, User
from mock_server.runtime.instants import milliseconds
from mock_server.slots.existing_bookings import (
    MAX_ATTENDED_DURATION,
    attendee_count_at,
    attendee_count_in,
    bookings_of_user,
    counted_bookings,
    hosted_bookings,
    seated_bookings,
)
from mock_server.slots.inputs import CountedBooking, ExistingBooking
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import schema_of

NOW = datetime(2031, 5, 1, tzinfo=UTC)
LOW, HIGH = datetime(2031, 6, 2, 9, tzinfo=UTC), datetime(2031, 6, 2, 17, tzinfo=UTC)
START, END = milliseconds(LOW), milliseconds(HIGH)
INSTANT, HOUR = timedelta(milliseconds=1), timedelta(hours=1)
EMAIL = "host@example.com"


class World:
    """A host, another user, and an event type of each."""

    def __init__(self) -> None:
        self.tx = Transaction(Root.empty(schema_of(), "slots"), NOW)
        self.host, self.other = (self.user(email) for email in (EMAIL, "x@example.com"))
        self.event_type = self.offer(self.host, before_event_buffer=5, after_event_buffer=10)
        self.foreign = self.offer(self.other)

    def user(self, email: str) -> User:
        return self.tx[USERS].create(email=email, created_date=NOW, time_zone="UTC")

    def offer(self, owner: User, **fields: Any) -> EventType:
        return self.tx[EVENT_TYPES].create(user_id=owner.id, title="Offer", slug=f"of-{owner.id}", length=60, **fields)

    def book(self, event_type: EventType, start: datetime, *guests: str, **fields: Any) -> Booking:
        owner = {"user_id": event_type.user_id, "event_type_id": event_type.id}
        values = {"end": start + HOUR, "status": "accepted", **owner, **fields}
        booking = self.tx[BOOKINGS].create(
            uid=self.tx.identifiers.short_uid(),
            title="Booked",
            start=start,
            created_at=NOW,
            updated_at=NOW,
            **values,
        )
        for guest in guests:
            self.tx[ATTENDEES].create(booking_id=booking.id, name="Guest", email=guest, time_zone="UTC", start=start)
        return booking

    def found(self, seated_id: int | None = None) -> list[str]:
        return [each.uid for each in bookings_of_user(self.tx, self.host, seated_id, START, END)]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        (LOW - HOUR, LOW, True),
        (LOW - HOUR, LOW - INSTANT, False),
        (HIGH, HIGH + HOUR, True),
        (HIGH + INSTANT, HIGH + HOUR, False),
        (LOW - LONG_BOOKING, LOW, True),
        (LOW - LONG_BOOKING - INSTANT, LOW, True),
        (LOW - 400 * LONG_BOOKING, LOW, True),
        (LOW - 400 * LONG_BOOKING, LOW - INSTANT, False),
        (LOW, LOW + 2 * LONG_BOOKING, True),
    ],
)
@pytest.mark.parametrize("in_series", [False, True])
@pytest.mark.parametrize("status", ["accepted", "pending"])
def test_a_booking_counts_that_touches_the_window(
    world: World, start: datetime, end: datetime, counts: bool, in_series: bool, status: str
) -> None:
    series = "series" if in_series else None
    booking = world.book(world.event_type, start, end=end, status=status, recurring_event_id=series)
    assert world.found() == ([booking.uid] if counts else [])


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        (LOW - HOUR, LOW, True),
        (LOW - HOUR, LOW - INSTANT, False),
        (HIGH, HIGH + HOUR, True),
        (HIGH + INSTANT, HIGH + HOUR, False),
        (LOW - MAX_ATTENDED_DURATION, LOW, True),
        (LOW - MAX_ATTENDED_DURATION - INSTANT, LOW, False),
    ],
)
def test_so_does_one_that_the_user_attends(world: World, start: datetime, end: datetime, counts: bool) -> None:
    booking = world.book(world.foreign, start, EMAIL, end=end)
    world.book(world.foreign, start, "stranger@example.com", end=end)
    assert world.found() == ([booking.uid] if counts else [])


def test_a_booking_counts_once_however_often_its_organizer_attends_it(world: World) -> None:
    own = world.book(world.event_type, LOW, EMAIL, EMAIL)
    attended = world.book(world.foreign, LOW, EMAIL, EMAIL)
    assert world.found() == [own.uid, attended.uid]


def test_what_is_over_does_not_hide_what_follows(world: World) -> None:
    for status in ("cancelled", "rejected"):
        world.book(world.event_type, LOW, status=status)
    world.book(world.event_type, LOW - HOUR, end=LOW - INSTANT)
    last = world.book(world.event_type, LOW)
    assert world.found() == [last.uid]


def test_a_booking_brings_the_buffers_of_its_own_event_type(world: World) -> None:
    pending = world.book(world.event_type, LOW, status="pending")
    again = world.book(world.event_type, LOW + HOUR)
    foreign = world.book(world.foreign, LOW + 2 * HOUR, EMAIL)
    gone = world.book(world.event_type, LOW + 3 * HOUR, event_type_id=None)
    hour = milliseconds(LOW + HOUR) - START
    assert bookings_of_user(world.tx, world.host, None, START, END) == [
        ExistingBooking(START, START + hour, world.event_type.id, 5, 10, True, 0, pending.uid),
        ExistingBooking(START + hour, START + 2 * hour, world.event_type.id, 5, 10, False, 0, again.uid),
        ExistingBooking(START + 3 * hour, START + 4 * hour, None, 0, 0, False, 0, gone.uid),
        ExistingBooking(START + 2 * hour, START + 3 * hour, world.foreign.id, 0, 0, False, 0, foreign.uid),
    ]


def test_seats_are_counted_for_the_event_type_that_is_searched_alone(world: World) -> None:
    for event_type in (world.event_type, world.foreign):
        booking = world.book(event_type, LOW, EMAIL, "second@example.com")
        for attendee in world.tx[ATTENDEES].find(booking_id=booking.id):
            uid = world.tx.identifiers.uuid4()
            world.tx[BOOKING_SEATS].create(
                reference_uid=uid, booking_id=booking.id, attendee_id=attendee.id, responses={}
            )
    world.book(world.event_type, LOW, event_type_id=None)

    def seats(seated_id: int | None) -> list[int]:
        return [each.seats for each in bookings_of_user(world.tx, world.host, seated_id, START, END)]

    assert (seats(world.event_type.id), seats(None)) == ([2, 0, 0], [0, 0, 0])


def test_a_user_hosts_bookings_that_start_in_the_range_as_organizer_or_as_another_host(world: World) -> None:
    world.tx[HOSTS].create(user_id=world.host.id, event_type_id=world.foreign.id)
    guests_only = world.offer(world.user("third@example.com"))
    world.tx[HOSTS].create(user_id=world.other.id, event_type_id=guests_only.id)
    organized, hosted = (
        [world.book(event_type, start, EMAIL) for start in (LOW - INSTANT, LOW, HIGH - INSTANT, HIGH)]
        for event_type in (world.event_type, world.foreign)
    )
    world.book(world.event_type, LOW, status="pending")
    world.book(world.foreign, LOW, "guest@example.com")
    world.book(guests_only, LOW, EMAIL)
    found = hosted_bookings(world.tx, world.host, START, END)
    assert [each.uid for each in found] == [each.uid for each in (*organized[1:3], *hosted[1:3])]
    assert [each.event_type_id for each in found] == [world.event_type.id] * 2 + [world.foreign.id] * 2
    assert found[0].interval == (START, milliseconds(LOW + HOUR))


def test_limits_count_accepted_bookings_that_start_in_the_range(world: World) -> None:
    hosts = {world.host.id}
    for start in (LOW - INSTANT, LOW, HIGH - INSTANT, HIGH):
        world.book(world.event_type, start)
        world.book(world.event_type, start, status="pending", end=start + 2 * HOUR)
        world.book(world.event_type, start, user_id=world.other.id, end=start + 3 * HOUR)
        world.book(world.foreign, start, user_id=world.host.id)
    hour = milliseconds(LOW + HOUR) - START
    counted = counted_bookings(world.tx, world.event_type.id, hosts, START, END)
    assert counted == [
        CountedBooking((START, START + hour), world.host.id),
        CountedBooking((END - 1, END - 1 + hour), world.host.id),
    ]


def test_seated_bookings_are_accepted_ones_that_start_in_the_range_with_their_guests(world: World) -> None:
    booked = [
        world.book(world.event_type, start, "guest@example.com", "guest@example.com", EMAIL)
        for start in (LOW - INSTANT, LOW, HIGH - INSTANT, HIGH)
    ]
    world.book(world.event_type, LOW, "guest@example.com", status="pending")
    world.book(world.foreign, LOW, "guest@example.com")
    hour = milliseconds(LOW + HOUR) - START
    assert seated_bookings(world.tx, world.event_type.id, {EMAIL}, START, END) == [
        ExistingBooking(START, START + hour, seats=2, uid=booked[1].uid),
        ExistingBooking(END - 1, END - 1 + hour, seats=2, uid=booked[2].uid),
    ]


@pytest.mark.parametrize("status", ["accepted", "pending", "cancelled"])
def test_attendees_are_those_of_the_booking_that_starts_at_exactly_that_time(world: World, status: str) -> None:
    of = world.event_type.id
    world.book(world.foreign, LOW, "guest@example.com")
    for start in (LOW - INSTANT, LOW + INSTANT):
        world.book(world.event_type, start, "guest@example.com")
    assert attendee_count_at(world.tx, of, LOW) is None
    world.book(world.event_type, LOW, "guest@example.com", "another@example.com", status=status)
    assert attendee_count_at(world.tx, of, LOW) == 2


@pytest.mark.parametrize(
    ("start", "end", "counts"),
    [
        (LOW - HOUR, LOW, False),
        (LOW - HOUR, LOW + INSTANT, True),
        (HIGH - INSTANT, HIGH + HOUR, True),
        (HIGH, HIGH + HOUR, False),
        (LOW - 400 * LONG_BOOKING, LOW + INSTANT, True),
        (HIGH, HIGH + 2 * LONG_BOOKING, False),
    ],
)
@pytest.mark.parametrize("status", ["accepted", "pending", "awaiting_host", "cancelled", "rejected"])
def test_attendees_are_those_of_a_live_booking_that_overlaps_the_time(
    world: World, start: datetime, end: datetime, counts: bool, status: str
) -> None:
    world.book(world.foreign, start, "guest@example.com", end=end)
    world.book(world.event_type, start, "guest@example.com", "another@example.com", end=end, status=status)
    is_live = status not in {"cancelled", "rejected"}
    assert attendee_count_in(world.tx, world.event_type.id, LOW, HIGH) == (2 if counts and is_live else None)
