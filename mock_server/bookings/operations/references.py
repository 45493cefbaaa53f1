"""Operations that list the references of a booking, and show how it was routed.

Source: Cal.com API v2, bookings: references, routing trace.
"""

from __future__ import annotations

from mock_server.bookings.lookup import NOT_FOUND_FOR_LINKS, require_booking
from mock_server.bookings.model import Booking
from mock_server.bookings.references import references_of
from mock_server.bookings.routing_trace import routing_trace
from mock_server.bookings.views import reference_view
from mock_server.bookings.visibility import team_event_types
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound


def list_booking_references(call: Call) -> list[dict[str, object]]:
    """The references of a booking that the caller organizes."""
    uid = str(call.path["bookingUid"])
    booking = require_booking(call.tx, uid, NOT_FOUND_FOR_LINKS)
    if booking.user_id != call.caller.user_id:
        raise BadRequest(f"Booking with uid {uid} does not belong to user")
    return _views(call, booking)


def list_organization_team_booking_references(call: Call) -> list[dict[str, object]]:
    """The references of a booking of the team's event types, or of their managed children. Raises NotFound."""
    uid = str(call.path["bookingUid"])
    booking = require_booking(call.tx, uid, NOT_FOUND_FOR_LINKS)
    if booking.event_type_id not in team_event_types(call.tx, [call.path_number("teamId")]):
        raise NotFound(NOT_FOUND_FOR_LINKS.format(uid))
    return _views(call, booking)


def get_booking_routing_trace(call: Call) -> dict[str, object]:
    """How the booking was routed."""
    return routing_trace(call.tx, require_booking(call.tx, str(call.path["bookingUid"]), NOT_FOUND_FOR_LINKS))


def _views(call: Call, booking: Booking) -> list[dict[str, object]]:
    return [reference_view(each) for each in references_of(call.tx, booking, call.query.get("type"))]
