"""Finds bookings by uid."""

from __future__ import annotations

from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.runtime.errors import NotFound
from mock_server.state.transaction import Transaction

NOT_IN_DATABASE = "Booking with uid={} was not found in the database"
NOT_FOUND = "Booking with uid={} not found"
NOT_FOUND_FOR_ABSENCES = "Booking with uid={} not found."
NOT_FOUND_FOR_LINKS = "Booking with uid {} not found"


def require_booking(tx: Transaction, uid: str, message: str = NOT_IN_DATABASE) -> Booking:
    """The booking with this uid. Raises NotFound with the operation's own `message`."""
    booking = tx[BOOKINGS].first(uid=uid)
    if booking is None:
        raise NotFound(message.format(uid))
    return booking


def require_booking_or_series(tx: Transaction, uid: str, message: str = NOT_IN_DATABASE) -> Booking | list[Booking]:
    """The booking with this uid, or all bookings of the series that share it. Raises NotFound."""
    series = tx[BOOKINGS].find(recurring_event_id=uid) if tx[BOOKINGS].first(uid=uid) is None else []
    return series or require_booking(tx, uid, message)
