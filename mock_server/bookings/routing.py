"""Stores on a routing form response which booking it led to.

Source: Cal.com API v2, bookings: create, routing.
"""

from __future__ import annotations

from mock_server.bookings.model import Booking
from mock_server.routing_forms.model import ROUTING_FORM_RESPONSES
from mock_server.state.transaction import Transaction


def note_routing(tx: Transaction, response_id: int | None, booking: Booking) -> None:
    """Stores the booking with the response that led to it. Unknown responses are ignored."""
    response = tx[ROUTING_FORM_RESPONSES].get(response_id)
    if response is not None:
        tx[ROUTING_FORM_RESPONSES].update(response.id, routed_to_booking_uid=booking.uid)
