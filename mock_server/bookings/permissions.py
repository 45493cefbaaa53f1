"""Who may decide about a booking.

Source: Cal.com API v2, bookings: confirm, decline, absence.
"""

from __future__ import annotations

from mock_server.bookings.model import Booking
from mock_server.event_types.model import EVENT_TYPES, HOSTS
from mock_server.identity.model import USERS
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of


def may_decide(tx: Transaction, booking: Booking, user_id: int) -> bool:
    """The organizer, a host or user of the event type, ADMIN or OWNER of its team or its parent's, or the system's."""
    if booking.user_id == user_id or tx[USERS].require(user_id).role == "ADMIN":
        return True
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None:
        return False
    if event_type.user_id == user_id or tx[HOSTS].first(user_id=user_id, event_type_id=event_type.id) is not None:
        return True
    parent = tx[EVENT_TYPES].get(event_type.parent_id)
    teams = {event_type.team_id, parent.team_id if parent else None} - {None}
    return any(has_rank(membership_of(tx, user_id, team_id), "ADMIN") for team_id in teams)
