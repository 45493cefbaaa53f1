"""Creates bookings in the default world, where all hosts are available on Monday from nine to five in London."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mock_server.bookings.booking_request import read_booking_request
from mock_server.bookings.creation import CreatedBooking, create
from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.calendars.model import DESTINATION_CALENDARS
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS
from mock_server.worlds.tests.loaded_world import default_world

NOW = datetime(2029, 12, 31, 9, tzinfo=UTC)
MONDAY = datetime(2030, 1, 7, tzinfo=UTC)
ACME, SALES = 1, 2
OWNER, ADMIN, MEMBER, SOLO = 1, 2, 3, 4
ORGANIZER_EMAIL = "solo@example.com"


def begin(now: datetime = NOW, edition: str | None = None) -> Transaction:
    """A transaction in the default world, without bookings."""
    return Transaction(default_world(edition), now)


def write_to_google(tx: Transaction) -> None:
    """Makes a Google calendar the destination of the solo user's bookings."""
    tx[DESTINATION_CALENDARS].create(
        integration="google_calendar", external_id=ORGANIZER_EMAIL, user_id=SOLO, credential_id=1
    )


def later(tx: Transaction, now: datetime) -> Transaction:
    """A transaction in the same world at another time."""
    return Transaction(tx.root(), now)


def at(hour: int, minute: int = 0, days: int = 0) -> datetime:
    """A time on the Monday, or some days later."""
    return MONDAY + timedelta(days=days, hours=hour, minutes=minute)


def text(moment: datetime) -> str:
    """A date-time as requests have it."""
    return moment.isoformat().replace("+00:00", "Z")


def add_event_type(tx: Transaction, **fields: Any) -> EventType:
    """Adds an event type of an hour with the solo user; `fields` override its defaults."""
    number = tx[EVENT_TYPES].count()
    values = {"title": "Talk", "slug": f"talk-{number}", "length": 60, "user_id": SOLO, **fields}
    return tx[EVENT_TYPES].create(**values)


def add_team_event_type(tx: Transaction, hosts: dict[int, dict[str, Any]], **fields: Any) -> EventType:
    """Adds a round robin event type of the sales team; `hosts` maps user ids to the fields of the host."""
    event_type = add_event_type(tx, **({"user_id": None, "team_id": SALES, "scheduling_type": "roundRobin"} | fields))
    for user_id, host_fields in hosts.items():
        tx[HOSTS].create(user_id=user_id, event_type_id=event_type.id, **host_fields)
    return event_type


def add_member(tx: Transaction, user_id: int, team_id: int, role: str) -> None:
    """Adds a member to a team."""
    tx[MEMBERSHIPS].create(user_id=user_id, team_id=team_id, role=role, accepted=True)


def booking_body(event_type: EventType, start: datetime, **fields: Any) -> dict[str, Any]:
    """The body of a request to create a booking."""
    attendee = {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/Rome"}
    attendee |= fields.pop("attendee", {})
    return {"eventTypeId": event_type.id, "start": text(start), "attendee": attendee, **fields}


def create_bookings(tx: Transaction, event_type: EventType, start: datetime, **fields: Any) -> list[CreatedBooking]:
    """Creates the bookings of one request."""
    return create(tx, read_booking_request(tx, booking_body(event_type, start, **fields)))


def book(tx: Transaction, event_type: EventType, start: datetime, **fields: Any) -> Booking:
    """Creates the bookings of one request, and returns the first."""
    return tx[BOOKINGS].require(create_bookings(tx, event_type, start, **fields)[0].booking.id)


def add_booking(tx: Transaction, start: datetime, end: datetime, **fields: Any) -> Booking:
    """Adds an accepted booking with the solo user, without the checks of a request."""
    values = {"title": "Talk", "status": "accepted", "created_at": tx.now, "updated_at": tx.now, "user_id": SOLO}
    return tx[BOOKINGS].create(uid=f"booking-{tx[BOOKINGS].count()}", start=start, end=end, **(values | fields))
