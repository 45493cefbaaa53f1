"""Marks hosts and attendees as absent.

Source: Cal.com API v2, bookings: mark absent. Refusals are 400 here where the live service answers 500.
"""

from __future__ import annotations

from mock_server.bookings.bodies import NoShowBody
from mock_server.bookings.booking_webhooks import emit_no_show_updated
from mock_server.bookings.lookup import NOT_FOUND_FOR_ABSENCES, require_booking
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.bookings.permissions import can_manage
from mock_server.runtime.dates import iso
from mock_server.runtime.errors import BadRequest, BareError
from mock_server.state.transaction import Transaction

FAILED = "Failed to update no-show status"


def check_has_begun(tx: Transaction, uid: str) -> None:
    """Raises NotFound for an unknown booking, and BadRequest for one that has not begun."""
    booking = require_booking(tx, uid, NOT_FOUND_FOR_ABSENCES)
    if tx.now < booking.start:
        raise BadRequest(
            "Bookings can only be marked as absent after their scheduled start time. Current time in UTC+0: "
            f"{iso(tx.now)}, Booking start time in UTC+0: {iso(booking.start)}"
        )


def mark_absent(tx: Transaction, uid: str, body: NoShowBody, user_id: int) -> Booking:
    """Marks the host as absent, and attendees as absent or present. Raises NotFound, BareError."""
    booking = require_booking(tx, uid)
    if not can_manage(tx, booking, user_id):
        raise BareError(400, FAILED)
    if body.get("host"):
        booking = tx[BOOKINGS].update(booking.id, no_show_host=True, updated_at=tx.now)
    absent_by_email = {attendee["email"]: attendee["absent"] for attendee in body.get("attendees") or ()}
    if not absent_by_email:
        return booking
    attendees = {attendee.email: attendee for attendee in tx[ATTENDEES].find(booking_id=booking.id)}
    if booking.start > tx.now or not attendees.keys() >= absent_by_email.keys():
        raise BareError(400, FAILED)
    marked = [tx[ATTENDEES].update(attendees[email].id, no_show=absent) for email, absent in absent_by_email.items()]
    emit_no_show_updated(tx, booking, marked)
    return booking
