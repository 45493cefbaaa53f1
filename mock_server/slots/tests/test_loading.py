"""Loading the engine's input: schedules, bookings, limits and seats from the world's state."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest

from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, Booking
from mock_server.calendars.model import ACCOUNTS, CREDENTIALS, SELECTED_CALENDARS, SelectedCalendar
from mock_server.event_types.model import EVENT_TYPES, EventType, Limit, Seats
from mock_server.identity.model import USERS, User
from mock_server.runtime.instants import milliseconds, moment_of
from mock_server.schedules.model import SCHEDULES, Availability
from mock_server.slots.availability import available_slots
from mock_server.slots.inputs import Slot, SlotSearch
from mock_server.slots.loading import bookable_event_type, load_availability_input
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import schema_of

NOW = datetime(2031, 5, 1, tzinfo=UTC)
MONDAY = datetime(2031, 6, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


class World:
    """A host in UTC with an event type of one hour."""

    def __init__(self, edition: str | None = None) -> None:
        self.tx = Transaction(Root.empty(schema_of(edition), "slots"), NOW)
        self.host = self.user("host@example.com")
        self.event_type = self.add_event_type(self.host)

    def user(self, email: str) -> User:
        return self.tx[USERS].create(email=email, created_date=NOW, time_zone="UTC")

    def add_event_type(self, owner: User, **fields: Any) -> EventType:
        slug = f"offer-{self.tx[EVENT_TYPES].count()}"
        settings = {"title": "Offer", "slug": slug, "length": 60, **fields}
        return self.tx[EVENT_TYPES].create(user_id=owner.id, **settings)

    def book(
        self, event_type: EventType, hour: int, *guests: str, status: str = "accepted", seated: bool = False
    ) -> Booking:
        start = MONDAY + hour * HOUR
        booking = self.tx[BOOKINGS].create(
            uid=self.tx.identifiers.short_uid(),
            title="Booked",
            start=start,
            end=start + HOUR,
            status=status,
            created_at=NOW,
            updated_at=NOW,
            user_id=event_type.user_id,
            event_type_id=event_type.id,
        )
        for guest in guests:
            attendee = self.tx[ATTENDEES].create(
                booking_id=booking.id, name="Guest", email=guest, time_zone="UTC", start=start
            )
            if seated:
                uid = self.tx.identifiers.uuid4()
                self.tx[BOOKING_SEATS].create(
                    reference_uid=uid, booking_id=booking.id, attendee_id=attendee.id, responses={}
                )
        return booking

    def slots(self, event_type: EventType, since: datetime = MONDAY) -> list[Slot]:
        search = SlotSearch(milliseconds(since), milliseconds(MONDAY) + 86_399_000, milliseconds(NOW))
        return available_slots(load_availability_input(self.tx, bookable_event_type(self.tx, event_type), search))

    def hours(self, event_type: EventType | None = None, since: datetime = MONDAY) -> list[int]:
        return [moment_of(slot.start).hour for slot in self.slots(event_type or self.event_type, since)]


@pytest.fixture
def world() -> World:
    return World()


def test_a_user_without_schedules_works_from_nine_to_five(world: World) -> None:
    assert world.hours() == list(range(9, 17))


def test_the_event_type_s_schedule_precedes_the_default_and_the_first_one(world: World) -> None:
    evening, morning = (
        world.tx[SCHEDULES].create(
            user_id=world.host.id,
            name="Hours",
            availability=(Availability(days=(1,), start_time=time(hour), end_time=time(hour + 2)),),
        )
        for hour in (18, 6)
    )
    assert world.hours() == [18, 19]
    world.tx[USERS].update(world.host.id, default_schedule_id=morning.id)
    assert world.hours() == [6, 7]
    assert world.hours(world.add_event_type(world.host, schedule_id=evening.id)) == [18, 19]
    world.tx[SCHEDULES].delete(morning.id)
    assert world.hours() == list(range(9, 17)), "the default still refers to the deleted schedule"


@pytest.mark.parametrize(
    ("status", "blocks"),
    [("accepted", True), ("pending", False), ("cancelled", False), ("rejected", False), ("awaiting_host", False)],
)
def test_only_accepted_bookings_block(world: World, status: str, blocks: bool) -> None:
    world.book(world.add_event_type(world.host), 10, status=status)
    assert (10 not in world.hours()) is blocks


def test_a_pending_booking_blocks_its_own_event_type_if_configured(world: World) -> None:
    strict = world.add_event_type(world.host, requires_confirmation=True, unconfirmed_bookings_block=True)
    world.book(strict, 10, status="pending")
    assert 10 not in world.hours(strict)
    assert 10 in world.hours()


def test_an_attending_user_is_busy(world: World) -> None:
    other = world.user("other@example.com")
    world.book(world.add_event_type(other), 10, "guest@example.com", world.host.email)
    assert 10 not in world.hours()


def test_a_booking_that_started_before_the_window_blocks(world: World) -> None:
    booking = world.book(world.event_type, -3)
    world.tx[BOOKINGS].update(booking.id, end=MONDAY + 11 * HOUR)
    assert world.hours() == list(range(11, 17))


def test_the_buffer_of_a_booking_that_overlaps_the_window_applies(world: World) -> None:
    buffered = world.add_event_type(world.host, after_event_buffer=60)
    world.book(buffered, 9)
    assert world.hours(buffered, MONDAY + 10 * HOUR) == list(range(11, 17)), "it ends at the start of the window"
    assert world.hours(buffered, MONDAY) == list(range(11, 17))


def test_limits_count_accepted_bookings_of_the_event_type(world: World) -> None:
    limited = world.add_event_type(world.host, booking_limits=(Limit(period="day", value=2),))
    world.book(limited, 10)
    world.book(world.event_type, 11)
    world.book(limited, 12, status="cancelled")
    assert world.hours(limited) == [9, 12, 13, 14, 15, 16]
    world.book(limited, 12)
    assert world.hours(limited) == []


def test_seats_are_counted_by_attendees(world: World) -> None:
    seated = world.add_event_type(world.host, seats=Seats(per_time_slot=3))
    booking = world.book(seated, 10, "one@example.com", "two@example.com", seated=True)
    found = {slot.start: slot for slot in world.slots(seated)}
    assert found[milliseconds(booking.start)] == Slot(milliseconds(booking.start), 2, booking.uid)
    assert 10 not in world.hours()


@pytest.mark.parametrize(("edition", "expected"), [("2025-04", list(range(9, 17))), ("2026-03", [])])
def test_a_failing_calendar_blocks_its_owner_since_2026_03(edition: str, expected: list[int]) -> None:
    world = World(edition)
    account = world.tx[ACCOUNTS].create(integration="google_calendar", name="host", failure="unavailable")
    connection = {"type": "google_calendar", "app_id": "google-calendar", "user_id": world.host.id}
    credential = world.tx[CREDENTIALS].create(**connection, account_id=account.id)
    selection = {"user_id": world.host.id, "integration": "google_calendar", "external_id": "host"}
    uid = world.tx.identifiers.uuid4()
    world.tx[SELECTED_CALENDARS].insert(SelectedCalendar(id=uid, **selection, credential_id=credential.id))
    assert world.hours() == expected
    world.tx[CREDENTIALS].update(credential.id, invalid=True)
    assert world.hours() == list(range(9, 17)), "the connection is not used"


def test_a_personal_event_type_without_a_schedule_has_the_periods_of_its_owner_since_2026_03() -> None:
    world = World("2026-03")
    world.tx[USERS].update(world.host.id, time_zone="Pacific/Kiritimati")
    work = {"availability": (Availability(days=tuple(range(7)), start_time=time(9), end_time=time(17)),)}
    world.tx[SCHEDULES].create(user_id=world.host.id, name="Hours", time_zone="UTC", **work)
    limited = world.add_event_type(world.host, booking_limits=(Limit(period="day", value=1),))
    world.book(limited, 13)
    assert world.hours(limited) == [9], "the day in Kiritimati begins at ten"
