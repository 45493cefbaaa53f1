"""Notes who did not come.

Source: Cal.com API v2, bookings: mark absent. The live service answers what goes wrong with 500; here it is 400.
"""

from __future__ import annotations

from typing import Any

from mock_server.bookings.booking_webhooks import tell_absent
from mock_server.bookings.confirmation import booking_named
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.bookings.permissions import may_decide
from mock_server.runtime.errors import BareError
from mock_server.state.transaction import Transaction

FAILED = "Failed to update no-show status"


def mark_absent(tx: Transaction, uid: str, body: dict[str, Any], user_id: int) -> Booking:
    """Marks the host, or attendees; gives the booking. Raises BareError."""
    booking = booking_named(tx, uid)
    if not may_decide(tx, booking, user_id):
        raise BareError(400, FAILED)
    if body.get("host"):
        booking = tx[BOOKINGS].update(booking.id, no_show_host=True, updated_at=tx.now)
    marks: dict[str, bool] = {each["email"]: each["absent"] for each in body.get("attendees") or ()}
    if not marks:
        return booking
    attendees = {each.email: each for each in tx[ATTENDEES].find(booking_id=booking.id)}
    if booking.start > tx.now or not attendees.keys() >= marks.keys():
        raise BareError(400, FAILED)
    marked = [tx[ATTENDEES].update(attendees[email].id, no_show=absent) for email, absent in marks.items()]
    tell_absent(tx, booking, marked)
    return booking
