"""Which users may manage a booking.

Source: Cal.com API v2, bookings: event-type access, booking access, confirm, decline, mark absent.
"""

from __future__ import annotations

from mock_server.bookings.lookup import require_booking
from mock_server.bookings.model import ATTENDEES, Booking
from mock_server.event_types.event_type_access import leads_team
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.identity.model import USERS
from mock_server.runtime.errors import shared_library_error
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import MEMBERSHIPS


def can_manage(tx: Transaction, booking: Booking, user_id: int) -> bool:
    """Whether a user may confirm or decline a booking, or mark absences."""
    if tx.has("booking-access"):
        return has_booking_access(tx, booking, user_id)
    return _could_manage(tx, booking, user_id)


def has_booking_access(tx: Transaction, booking: Booking, user_id: int) -> bool:
    """Whether a user has access to a booking.

    That is the organizer, a host, an ADMIN or OWNER of the event type's team, of the team of its managed parent or of
    their organization; for a personal event type an ADMIN or OWNER of a team or an organization of the organizer; and
    a system administrator.
    """
    if booking.user_id == user_id or tx[USERS].require(user_id).role == "ADMIN":
        return True
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is not None and is_host(tx, booking, event_type, user_id):
        return True
    parent = tx[EVENT_TYPES].get(event_type.parent_id) if event_type else None
    for owned in (event_type, parent):
        if owned is not None and owned.team_id is not None:
            return leads_team(tx, user_id, owned.team_id)
    memberships = tx[MEMBERSHIPS].find(user_id=booking.user_id) if booking.user_id is not None else []
    return any(has_rank(membership_of(tx, user_id, membership.team_id), "ADMIN") for membership in memberships)


def is_host(tx: Transaction, booking: Booking, event_type: EventType, user_id: int) -> bool:
    """Whether the user is the owner or a host of the event type, and the organizer or an attendee of the booking."""
    if event_type.user_id == user_id:
        return True
    if tx[HOSTS].first(user_id=user_id, event_type_id=event_type.id) is None:
        return False
    email = tx[USERS].require(user_id).email
    return booking.user_id == user_id or any(
        attendee.email == email for attendee in tx[ATTENDEES].find(booking_id=booking.id)
    )


def require_manageable_booking(tx: Transaction, uid: str, user_id: int) -> Booking:
    """The booking with this uid. Raises NotFound, and the shared library's UNAUTHORIZED for other users."""
    booking = require_booking(tx, uid)
    if not can_manage(tx, booking, user_id):
        raise shared_library_error("UNAUTHORIZED")
    return booking


def _could_manage(tx: Transaction, booking: Booking, user_id: int) -> bool:
    """Organizer, owner or host of the event type, ADMIN or OWNER of its team or the parent's, system administrator."""
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
