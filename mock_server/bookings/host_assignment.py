"""Who hosts a booking: whether everybody who is needed is free, and whose turn it is.

Source: Cal.com API v2, bookings: availability, round robin choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import msgspec

from mock_server.bookings.model import ATTENDEES, BOOKINGS
from mock_server.event_types.hosts import EventHost
from mock_server.event_types.model import EventType
from mock_server.identity.model import User
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.instants import DAY, milliseconds
from mock_server.slots.availability import is_free
from mock_server.slots.inputs import Asked
from mock_server.slots.loading import Bookable, situation_of
from mock_server.state.transaction import Transaction

NOT_AVAILABLE = "User either already has booking at this time or is not available"
DEFAULT_PRIORITY = 2
LONGEST = timedelta(days=2)
"""The working hours of a day, in which a booking has to fit, are never as long, whatever clocks do."""
_NEVER = datetime.min.replace(tzinfo=UTC)


class Party(msgspec.Struct, frozen=True):
    """Who hosts a booking: the organizer, and further hosts, who are kept as attendees."""

    organizer: User
    others: tuple[User, ...] = ()

    def ids(self) -> set[int]:
        """The ids of all of them."""
        return {self.organizer.id, *(each.id for each in self.others)}


def party_for(
    tx: Transaction, event_type: EventType, hosts: Sequence[EventHost], times: Iterable[tuple[datetime, datetime]]
) -> Party:
    """Chooses from the event type's `hosts` for all those times, from start to end.

    Raises BadRequest where not all hosts who are needed are free.
    """
    fixed = [each.user for each in hosts if each.is_fixed]
    others = hosts_in_turn(hosts)
    free_ids = {each.user.id for each in hosts}
    for start, end in times:
        free_ids &= {user.id for user in free_hosts(tx, event_type, hosts, start, end)}
    candidates = [each for each in others if each.user.id in free_ids]
    if not hosts or not all(user.id in free_ids for user in fixed) or (others and not candidates):
        raise BadRequest(NOT_AVAILABLE)
    if event_type.scheduling_type == "collective" or not others:
        return Party(fixed[0], tuple(fixed[1:]))
    chosen = next_in_turn(tx, event_type, candidates, some_are_fixed=bool(fixed))
    return Party(fixed[0], (*fixed[1:], chosen)) if fixed else Party(chosen)


def free_hosts(
    tx: Transaction, event_type: EventType, hosts: Sequence[EventHost], start: datetime, end: datetime
) -> list[User]:
    """Those of the event type's `hosts` who could take a booking of exactly that time."""
    if end - start > LONGEST:
        return []
    bookable = Bookable(event_type, hosts)
    low, high = milliseconds(start), milliseconds(end)
    minutes = max((high - low) // 60_000, 1)
    situation = situation_of(tx, bookable, Asked(low, high, milliseconds(tx.now), "UTC", minutes), around=DAY)
    pairs = zip(bookable.hosts, situation.hosts, strict=True)
    return [each.user for each, host in pairs if is_free(host, situation, low, high)]


def next_in_turn(
    tx: Transaction, event_type: EventType, candidates: Sequence[EventHost], *, some_are_fixed: bool
) -> User:
    """The candidate of the highest priority, and among those the one whose last booking is longest ago.

    `some_are_fixed`: the event type has fixed hosts, too, who organize its bookings.
    """

    def rank(host: EventHost) -> tuple[int, datetime]:
        user, priority = host.user, host.priority
        last = tx[BOOKINGS].last(event_type_id=event_type.id, user_id=user.id)
        booked = last.created_at if last else _NEVER
        if some_are_fixed:  # Then those who take turns attend.
            booked = max(booked, _last_attended(tx, event_type, user))
        return -(DEFAULT_PRIORITY if priority is None else priority), booked

    return min(candidates, key=rank).user


def _last_attended(tx: Transaction, event_type: EventType, user: User) -> datetime:
    """When the last booking of the event type was made that the user attends."""
    for attendee in tx[ATTENDEES].walk(("id",), descending=True, email=user.email):
        booking = tx[BOOKINGS].require(attendee.booking_id)
        if booking.event_type_id == event_type.id:
            return booking.created_at
    return _NEVER


def hosts_in_turn(hosts: Iterable[EventHost]) -> list[EventHost]:
    """The hosts who take turns."""
    return [each for each in hosts if not each.is_fixed]
