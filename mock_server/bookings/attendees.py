"""Adds attendees to bookings: the booker, guests, and hosts other than the organizer."""

from __future__ import annotations

from mock_server.bookings.booking_request import BookingRequest
from mock_server.bookings.model import ATTENDEES, Attendee, Booking
from mock_server.bookings.request_fields import DEFAULT_LANGUAGE
from mock_server.identity.model import User
from mock_server.state.transaction import Transaction


def add_booker(tx: Transaction, booking: Booking, request: BookingRequest) -> Attendee:
    """Adds the person who made the booking."""
    booker = request.booker
    return tx[ATTENDEES].create(
        booking_id=booking.id,
        name=booker.name,
        email=request.email,
        time_zone=booker.time_zone,
        locale=booker.language,
        phone_number=booker.phone_number,
        start=booking.start,
    )


def add_guests(tx: Transaction, booking: Booking, request: BookingRequest) -> None:
    """Adds the guests, who have no names and share the booker's time zone."""
    for email in request.guests:
        tx[ATTENDEES].create(
            booking_id=booking.id,
            name="",
            email=email,
            time_zone=request.booker.time_zone,
            locale=DEFAULT_LANGUAGE,
            start=booking.start,
        )


def add_host(tx: Transaction, booking: Booking, host: User) -> Attendee:
    """Adds a host who is not the organizer."""
    return tx[ATTENDEES].create(
        booking_id=booking.id,
        name=host.name or "",
        email=host.email,
        time_zone=host.time_zone,
        locale=host.locale,
        start=booking.start,
    )
