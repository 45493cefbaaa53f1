"""Which users may manage a booking.

Source: Cal.com API v2, bookings: confirm, decline, mark absent.
"""

from __future__ import annotations

from mock_server.bookings.lookup import require_booking
from mock_server.bookings.model import Booking
from mock_server.event_types.model import EVENT_TYPES, HOSTS
from mock_server.identity.model import USERS
from mock_server.runtime.errors import shared_library_error
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of


def can_manage(tx: Transaction, booking: Booking, user_id: int) -> bool:
    """Whether a user may confirm, decline or reassign a booking, or mark absences.

    That is the organizer, the owner or a host of the event type, an ADMIN or OWNER of its team or of the team of its
    managed parent, and a system administrator.
    """
    if booking.user_id == user_id or tx[USERS].require(user_id).role == "ADMIN":
        return True
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None:
        return False
    if event_type.user_id == user_id or tx[HOSTS].first(user_id=user_id, event_type_id=event_type.id) is not None:
        return True
    parent = tx[EVENT_TYPES].get(event_type.parent_id)
    team_ids = {event_type.team_id, parent.team_id if parent else None} - {None}
    return any(has_rank(membership_of(tx, user_id, team_id), "ADMIN") for team_id in team_ids)


def require_manageable_booking(tx: Transaction, uid: str, user_id: int) -> Booking:
    """The booking with this uid. Raises NotFound, and the shared library's UNAUTHORIZED for other users."""
    booking = require_booking(tx, uid)
    if not can_manage(tx, booking, user_id):
        raise shared_library_error("UNAUTHORIZED")
    return booking
