"""Builds bookings in the default world, on a Monday of which all hosts are free from nine to five in London."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from mock_server.areas import schema
from mock_server.bookings.booking_request import read_wanted
from mock_server.bookings.creation import Made, create
from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS
from mock_server.worlds.loader import load_world

NOW = datetime(2029, 12, 31, 9, tzinfo=UTC)
MONDAY = datetime(2030, 1, 7, tzinfo=UTC)
ACME, SALES = 1, 2
OWNER, ADMIN, MEMBER, SOLO = 1, 2, 3, 4
ORGANIZER_ADDRESS = "solo@example.com"


@cache
def _default_world() -> Root:
    return load_world(schema())


def begin(now: datetime = NOW) -> Transaction:
    """The default world, with nothing booked."""
    return Transaction(_default_world(), now)


def later(tx: Transaction, now: datetime) -> Transaction:
    """The world as it is, at another time."""
    return Transaction(tx.root(), now)


def at(hour: int, minute: int = 0, days: int = 0) -> datetime:
    """A time of the Monday, or some days after it."""
    return MONDAY + timedelta(days=days, hours=hour, minutes=minute)


def text(moment: datetime) -> str:
    """As requests have it."""
    return moment.isoformat().replace("+00:00", "Z")


def offer(tx: Transaction, **fields: Any) -> EventType:
    """An hour with the solo user, unless told otherwise."""
    number = tx[EVENT_TYPES].count()
    values = {"title": "Talk", "slug": f"talk-{number}", "length": 60, "user_id": SOLO, **fields}
    return tx[EVENT_TYPES].create(**values)


def team_offer(tx: Transaction, hosts: dict[int, dict[str, Any]], **fields: Any) -> EventType:
    """An hour with hosts of the sales team who take turns; `hosts` gives the fields of each by user id."""
    event_type = offer(tx, **({"user_id": None, "team_id": SALES, "scheduling_type": "roundRobin"} | fields))
    for user_id, own in hosts.items():
        tx[HOSTS].create(user_id=user_id, event_type_id=event_type.id, **own)
    return event_type


def join(tx: Transaction, user_id: int, team_id: int, role: str) -> None:
    """Makes somebody a member."""
    tx[MEMBERSHIPS].create(user_id=user_id, team_id=team_id, role=role, accepted=True)


def request(event_type: EventType, start: datetime, **fields: Any) -> dict[str, Any]:
    """The body of a request for a booking."""
    attendee = {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/Rome"}
    attendee |= fields.pop("attendee", {})
    return {"eventTypeId": event_type.id, "start": text(start), "attendee": attendee, **fields}


def make(tx: Transaction, event_type: EventType, start: datetime, **fields: Any) -> list[Made]:
    """What a request for a booking makes."""
    return create(tx, read_wanted(tx, request(event_type, start, **fields)))


def book(tx: Transaction, event_type: EventType, start: datetime, **fields: Any) -> Booking:
    """The first booking that a request makes."""
    return tx[BOOKINGS].require(make(tx, event_type, start, **fields)[0].booking.id)
