"""Seats: one booking shared by several attendees, who have their own answers.

Source: Cal.com API v2, bookings: seats.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mock_server.bookings.attendees import add_booker
from mock_server.bookings.booking_request import BookingRequest
from mock_server.bookings.hints import has_seat, seats_taken
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, Attendee, Booking, BookingSeat
from mock_server.event_types.model import EventType
from mock_server.runtime.errors import BadRequest, BareError, NotFound
from mock_server.state.transaction import Transaction

ALREADY_SIGNED_UP = "already_signed_up_for_this_booking_error"
SEATS_FULL = "booking_seats_full_error"
TOO_FEW_SEATS = "not_enough_available_seats_error"
SEAT_NOT_FOUND = "Invalid seatUid: this seat does not exist or has already been cancelled."
SEAT_OF_ANOTHER_BOOKING = "Invalid seatUid: this seat does not belong to this booking."


def booking_at(tx: Transaction, event_type_id: int, start: datetime) -> Booking | None:
    """The accepted booking of the event type with exactly this start."""
    found = tx[BOOKINGS].between((start,), (start + timedelta(milliseconds=1),), event_type_id=event_type_id)
    return next((each for each in found if each.status == "accepted"), None)


def joinable_booking(tx: Transaction, event_type: EventType, start: datetime, email: str) -> Booking | None:
    """The booking that offers a seat, or None if there is no booking yet. Raises BareError (409)."""
    if event_type.seats is None:
        return None
    booking = booking_at(tx, event_type.id, start)
    if booking is None:
        return None
    seated = seated_attendees(tx, booking)
    if any(each.email == email for each in seated):
        raise BareError(409, ALREADY_SIGNED_UP, hint=has_seat(booking))
    if len(seated) >= event_type.seats.per_time_slot:
        raise BareError(409, SEATS_FULL, hint=seats_taken(booking, len(seated)))
    return booking


def take_seat(tx: Transaction, booking: Booking, request: BookingRequest) -> str:
    """Gives the booker a seat and returns its uid. Guests get no seats and are ignored."""
    attendee = add_booker(tx, booking, request)
    seat = tx[BOOKING_SEATS].create(
        reference_uid=tx.identifiers.uuid4(),
        booking_id=booking.id,
        attendee_id=attendee.id,
        responses=request.answers,
        description=request.notes,
        metadata=request.metadata,
        created_at=tx.now,
    )
    return seat.reference_uid


def seated_attendees(tx: Transaction, booking: Booking) -> list[Attendee]:
    """The attendees who have a seat in the booking."""
    return [tx[ATTENDEES].require(seat.attendee_id) for seat in tx[BOOKING_SEATS].find(booking_id=booking.id)]


def seat_to_move(tx: Transaction, booking: Booking, seat_uid: str) -> BookingSeat:
    """The seat to reschedule. Raises NotFound."""
    seat = tx[BOOKING_SEATS].first(reference_uid=seat_uid)
    if seat is None:
        raise NotFound(f"Seat with uid={seat_uid} does not exist.")
    if seat.booking_id != booking.id:
        attendee = tx[ATTENDEES].require(seat.attendee_id)
        raise NotFound(f"Attendee with e-mail {attendee.email} for booking with uid={booking.uid} not found")
    return seat


def seat_to_cancel(tx: Transaction, booking: Booking, seat_uid: str) -> BookingSeat:
    """The seat to cancel. Raises BadRequest."""
    seat = tx[BOOKING_SEATS].first(reference_uid=seat_uid)
    if seat is None or tx[BOOKINGS].require(seat.booking_id).status == "cancelled":
        raise BadRequest(SEAT_NOT_FOUND)
    if seat.booking_id != booking.id:
        raise BadRequest(SEAT_OF_ANOTHER_BOOKING)
    return seat


def give_up_seat(tx: Transaction, seat: BookingSeat) -> None:
    """Removes the attendee together with the seat."""
    tx[ATTENDEES].delete(seat.attendee_id)


def move_seat(tx: Transaction, seat: BookingSeat, target: Booking, *, new_uid: bool) -> BookingSeat:
    """Moves the seat and its attendee to another booking, under a new uid if `new_uid`."""
    tx[ATTENDEES].update(seat.attendee_id, booking_id=target.id, start=target.start)
    uid = tx.identifiers.uuid4() if new_uid else seat.reference_uid
    return tx[BOOKING_SEATS].update(seat.id, booking_id=target.id, reference_uid=uid)
