"""Finds the event type or the group of users for a query, and loads the input of the availability engine.

Source: Cal.com API v2, slots: query forms and their refusals.
"""

from __future__ import annotations

from mock_server.bookings.booker_limits import hosts_to_keep
from mock_server.bookings.model import BOOKINGS
from mock_server.event_types.model import EVENT_TYPES
from mock_server.event_types.user_directory import (
    organization_id_by_slug,
    require_organization_id,
    require_team_by_slug,
)
from mock_server.identity.model import PROFILES, USERS, User
from mock_server.runtime.errors import BadRequest, NotFound, shared_library_error
from mock_server.runtime.instants import DAY, milliseconds
from mock_server.slots.inputs import AvailabilityInput, SlotSearch
from mock_server.slots.loading import Bookable, bookable_event_type, bookable_group, load_availability_input
from mock_server.slots.queries import QUERIES, QUERIES_2025_04, QueryRules, SlotsQuery
from mock_server.state.transaction import Transaction

MAX_SEARCH_DAYS = 366
"""The longest range of a search. The live service has no limit, and times out."""


def find_bookable(tx: Transaction, query: SlotsQuery) -> Bookable:
    """The event type or group. Raises NotFound; Unauthorized if a user does not allow dynamic groups."""
    if query.event_type_id is not None:
        event_type = tx[EVENT_TYPES].get(query.event_type_id)
    elif query.team_slug is not None:
        team = require_team_by_slug(tx, query.team_slug, query.organization_slug)
        event_type = tx[EVENT_TYPES].first(team_id=team.id, slug=query.event_type_slug)
    elif query.event_type_slug is not None:
        owner = _owner(tx, query.username, query.organization_slug)
        event_type = tx[EVENT_TYPES].first(user_id=owner.id, slug=query.event_type_slug)
    else:
        return bookable_group(_group(tx, query.usernames or (), query.organization_slug))
    if event_type is None:
        raise NotFound("Event Type not found")
    return bookable_event_type(tx, event_type)


def input_for_query(tx: Transaction, bookable: Bookable, query: SlotsQuery) -> AvailabilityInput:
    """The engine's input for a query. Raises BadRequest if the window is invalid or too long."""
    return load_input(tx, bookable, query, query.window(), rescheduled=query.rescheduled)


def load_input(
    tx: Transaction,
    bookable: Bookable,
    query: SlotsQuery,
    window: tuple[int, int],
    *,
    own_reservations: str | None = None,
    rescheduled: str | None = None,
) -> AvailabilityInput:
    """The engine's input for the slots in `window`; see SlotSearch. Raises BadRequest if the window is too long."""
    (start, end), now = window, milliseconds(tx.now)
    if end - max(start, now) > MAX_SEARCH_DAYS * DAY:
        raise BadRequest(f"Slots can be searched for at most {MAX_SEARCH_DAYS} days at a time")
    zone = query.time_zone or "UTC"
    search = SlotSearch(
        start, end, now, zone, query.duration, own_reservations, rescheduled, query.time_zone is not None
    )
    return load_availability_input(tx, _with_kept_hosts(tx, bookable, rescheduled), search)


def _with_kept_hosts(tx: Transaction, bookable: Bookable, rescheduled: str | None) -> Bookable:
    """The event type with the hosts that the booking to reschedule can have."""
    event_type = bookable.event_type
    booking = None if rescheduled is None else tx[BOOKINGS].first(uid=rescheduled)
    if event_type is None or booking is None or booking.event_type_id != event_type.id:
        return bookable
    return Bookable(event_type, hosts_to_keep(tx, event_type, booking, tuple(bookable.hosts)))


def query_rules(tx: Transaction) -> QueryRules:
    """How queries of the world's edition are read."""
    return QUERIES if tx.has("slots-by-team-slug") else QUERIES_2025_04


def _owner(tx: Transaction, username: str, organization_slug: str | None) -> User:
    if organization_slug:
        owner = _member(tx, require_organization_id(tx, organization_slug), username)
    else:
        owner = tx[USERS].first(username=username)
    if owner is None:
        raise NotFound(f"User with username {username} not found")
    return owner


def _group(tx: Transaction, usernames: tuple[str, ...], organization_slug: str | None) -> list[User]:
    """The users with these names; unknown names are ignored."""
    if organization_slug:
        organization_id = organization_id_by_slug(tx, organization_slug)
        found = [] if organization_id is None else [_member(tx, organization_id, name) for name in usernames]
    else:
        found = [_user_without_profile(tx, name) for name in usernames]
    users = {user.id: user for user in found if user is not None}
    if not all(user.allow_dynamic_booking for user in users.values()):
        raise shared_library_error("UNAUTHORIZED")
    return list(users.values())


def _member(tx: Transaction, organization_id: int, username: str) -> User | None:
    profile = tx[PROFILES].first(username=username, organization_id=organization_id)
    return tx[USERS].get(profile.user_id) if profile else None


def _user_without_profile(tx: Transaction, username: str) -> User | None:
    users = tx[USERS].find(username=username)
    return next((user for user in users if not tx[PROFILES].find(user_id=user.id)), None)
