"""Access rules about bookings.

Source: Cal.com API v2, bookings: guards.
"""

from __future__ import annotations

from mock_server.bookings.model import BOOKINGS
from mock_server.bookings.permissions import has_booking_access
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, Forbidden


def booking_uid(call: Call, _: None) -> None:
    """Requires the uid of a booking in the path."""
    if not call.path.get("bookingUid"):
        raise BadRequest("Booking UID missing in the request path")


def booking_access(call: Call, _: None) -> None:
    """The caller has access to the booking in the path. Unknown bookings are refused in the same way."""
    uid, user_id = str(call.path["bookingUid"]), call.caller.user_id
    booking = call.tx[BOOKINGS].first(uid=uid)
    if booking is None or not has_booking_access(call.tx, booking, user_id):
        raise Forbidden(f"BookingPbacGuard - user with id={user_id} does not have access to booking with uid={uid}")


RULES = {"booking-uid": booking_uid, "booking-access": booking_access}
