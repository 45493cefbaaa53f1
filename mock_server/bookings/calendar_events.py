"""Writes accepted bookings to destination calendars, and removes them.

The destination calendar is that of the event type, else that of the organizer, else none.
"""

from __future__ import annotations

from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.calendars.busy import destination_of, remove_booking_event, write_booking_event
from mock_server.identity.managed_users import writes_calendar_events
from mock_server.identity.model import USERS
from mock_server.state.transaction import Transaction


def ical_uid(uid: str) -> str:
    """The iCalendar UID of a booking's event."""
    return f"{uid}@Cal.com"


def write_event(tx: Transaction, booking: Booking) -> Booking:
    """Writes the booking to its destination calendar if it is accepted. Returns it with the event's id."""
    organizer = tx[USERS].get(booking.user_id)
    if booking.status != "accepted" or organizer is None or booking.busy_event_id is not None:
        return booking
    destination = destination_of(tx, organizer.id, booking.event_type_id)
    if destination is None or not writes_calendar_events(tx, organizer):
        return booking
    event = write_booking_event(tx, destination, organizer, start=booking.start, end=booking.end, title=booking.title)
    return booking if event is None else tx[BOOKINGS].update(booking.id, busy_event_id=event.id)


def remove_event(tx: Transaction, booking: Booking) -> Booking:
    """Removes the booking from its destination calendar."""
    remove_booking_event(tx, booking.busy_event_id)
    return tx[BOOKINGS].update(booking.id, busy_event_id=None)
