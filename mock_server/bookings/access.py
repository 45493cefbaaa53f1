"""Access rules about bookings."""

from __future__ import annotations

from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest


def booking_uid(call: Call, _: None) -> None:
    """Requires the uid of a booking in the path."""
    if not call.path.get("bookingUid"):
        raise BadRequest("Booking UID missing in the request path")


RULES = {"booking-uid": booking_uid}
