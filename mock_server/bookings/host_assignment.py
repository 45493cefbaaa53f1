"""Assigns hosts to bookings: checks that the required hosts are available, and picks round robin hosts.

Source: Cal.com API v2, bookings: availability, round robin choice.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import msgspec

from mock_server.bookings.hints import not_available
from mock_server.bookings.model import ATTENDEES, BOOKINGS
from mock_server.bookings.overrides import NO_OVERRIDES, Overrides
from mock_server.event_types.hosts import DEFAULT_PRIORITY, PRIORITIES, EventHost
from mock_server.event_types.model import EventType
from mock_server.identity.model import User
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.instants import DAY, MINUTE, milliseconds
from mock_server.slots.availability import is_free
from mock_server.slots.inputs import SlotSearch
from mock_server.slots.loading import Bookable, load_availability_input
from mock_server.slots.search import MAX_SEARCH_DAYS
from mock_server.state.transaction import Transaction

NOT_AVAILABLE = "User either already has booking at this time or is not available"
HOST_NOT_AVAILABLE = "One of the hosts either already has booking at this time or is not available"
MAX_DURATION = timedelta(days=MAX_SEARCH_DAYS)
"""A longer booking has no available host, as no search offers its slot."""
_NEVER = datetime.min.replace(tzinfo=UTC), 0


class AssignedHosts(msgspec.Struct, frozen=True):
    """The hosts of a booking: the organizer, and further hosts, who are stored as attendees."""

    organizer: User
    others: tuple[User, ...] = ()


def assign_hosts(
    tx: Transaction,
    event_type: EventType,
    hosts: Sequence[EventHost],
    times: Iterable[tuple[datetime, datetime]],
    overrides: Overrides = NO_OVERRIDES,
) -> AssignedHosts:
    """Chooses among the event type's `hosts` for all `times`, given as pairs of start and end.

    Raises BadRequest if a required host is not available.
    """
    event_type = overrides.applied_to(event_type)
    fixed = [host.user for host in hosts if host.is_fixed]
    others = round_robin_hosts(hosts)
    available_ids, times = {host.user.id for host in hosts}, list(times)
    for start, end in () if overrides.conflicts else times:
        found = available_hosts(tx, event_type, hosts, start, end, within_limits=not overrides.limits)
        available_ids &= {user.id for user in found}
    candidates = [host for host in others if host.user.id in available_ids]
    if not hosts or not all(user.id in available_ids for user in fixed) or (others and not candidates):
        hint = partial(not_available, tx, event_type, hosts, times, within_limits=not overrides.limits)
        raise BadRequest(_not_available(tx, event_type), hint=hint)
    if not others:
        return AssignedHosts(fixed[0], tuple(fixed[1:]))
    chosen = next_round_robin_host(tx, event_type, candidates, has_fixed_hosts=bool(fixed))
    return AssignedHosts(fixed[0], (*fixed[1:], chosen)) if fixed else AssignedHosts(chosen)


def _not_available(tx: Transaction, event_type: EventType) -> str:
    is_team = event_type.team_id is not None and tx.has("team-hosts-not-available")
    return HOST_NOT_AVAILABLE if is_team else NOT_AVAILABLE


def available_hosts(
    tx: Transaction,
    event_type: EventType,
    hosts: Sequence[EventHost],
    start: datetime,
    end: datetime,
    *,
    within_limits: bool = True,
) -> list[User]:
    """The hosts who can take a booking of exactly this time, by default within their own booking limits."""
    if end - start > MAX_DURATION:
        return []
    bookable = Bookable(event_type, hosts)
    low, high = milliseconds(start), milliseconds(end)
    minutes = max((high - low) // MINUTE, 1)
    search = SlotSearch(low, high, milliseconds(tx.now), duration=minutes, within_host_limits=within_limits)
    inputs = load_availability_input(tx, bookable, search, around=DAY)
    pairs = zip(bookable.hosts, inputs.hosts, strict=True)
    return [event_host.user for event_host, host in pairs if is_free(host, inputs, low, high)]


def next_round_robin_host(
    tx: Transaction, event_type: EventType, candidates: Sequence[EventHost], *, has_fixed_hosts: bool
) -> User:
    """The candidate with the highest priority, and among equals the one booked least recently.

    With fixed hosts, who then organize the bookings, round robin hosts count as booked when they attend.
    """

    def rank(host: EventHost) -> tuple[int, tuple[datetime, int]]:
        user, priority = host.user, host.priority
        last = tx[BOOKINGS].last(event_type_id=event_type.id, user_id=user.id)
        booked = (last.created_at, last.id) if last else _NEVER
        if has_fixed_hosts:
            booked = max(booked, _last_attended(tx, event_type, user))
        return -(PRIORITIES[DEFAULT_PRIORITY] if priority is None else priority), booked

    return min(candidates, key=rank).user


def _last_attended(tx: Transaction, event_type: EventType, user: User) -> tuple[datetime, int]:
    """The creation time and id of the event type's latest booking that the user attends."""
    for attendee in tx[ATTENDEES].walk(("id",), descending=True, email=user.email):
        booking = tx[BOOKINGS].require(attendee.booking_id)
        if booking.event_type_id == event_type.id:
            return booking.created_at, booking.id
    return _NEVER


def routed_hosts(hosts: tuple[EventHost, ...], user_ids: Collection[int]) -> tuple[EventHost, ...]:
    """The fixed hosts, and those round robin hosts that a request was routed to; all if none of these is a host."""
    routed = tuple(host for host in hosts if host.is_fixed or host.user.id in user_ids)
    return routed if any(not host.is_fixed for host in routed) else hosts


def round_robin_hosts(hosts: Iterable[EventHost]) -> list[EventHost]:
    """The hosts who take turns, which are all but the fixed ones."""
    return [host for host in hosts if not host.is_fixed]
