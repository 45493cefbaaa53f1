"""Cancels a booking and asks its attendees to choose another time.

Source: Cal.com API v2, bookings: request-reschedule.
"""

from __future__ import annotations

from mock_server.bookings.booking_webhooks import emit_cancelled
from mock_server.bookings.cancellation import end_booking
from mock_server.bookings.hints import ONLY_ORGANIZER_OR_TEAM_ADMINS, already
from mock_server.bookings.lookup import NOT_FOUND, require_booking
from mock_server.bookings.mails import mail_reschedule_requested
from mock_server.bookings.model import ATTENDEES, Booking
from mock_server.event_types.event_type_access import leads_team
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS
from mock_server.runtime.errors import shared_library_error
from mock_server.state.transaction import Transaction


def request_reschedule(tx: Transaction, uid: str, reason: str | None, caller_id: int) -> None:
    """Cancels the booking, and mails its attendees a link. Raises NotFound, and refusals of the shared library."""
    booking = require_booking(tx, uid, NOT_FOUND)
    if booking.status in ("cancelled", "rejected"):
        raise shared_library_error("BAD_REQUEST", hint=already(booking.status))
    if not _may_request(tx, booking, caller_id):
        raise shared_library_error("FORBIDDEN", hint=ONLY_ORGANIZER_OR_TEAM_ADMINS)
    attendees = tx[ATTENDEES].find(booking_id=booking.id)
    canceller = tx[USERS].require(caller_id)
    cancelled = end_booking(tx, booking, "cancelled", reason, canceller.email, rescheduled=True)
    emit_cancelled(tx, cancelled, attendees, requests_reschedule=True)
    mail_reschedule_requested(tx, cancelled)


def _may_request(tx: Transaction, booking: Booking, caller_id: int) -> bool:
    """Whether the caller organizes the booking, or leads the team of its event type."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if booking.user_id is None or event_type is None:
        return False
    if booking.user_id == caller_id:
        return True
    return event_type.team_id is not None and leads_team(tx, caller_id, event_type.team_id)
