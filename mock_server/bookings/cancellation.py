"""Cancels a booking, an occurrence with all later ones, a series, or one seat.

Source: Cal.com API v2, bookings: cancel.
"""

from __future__ import annotations

from typing import Any

import msgspec

from mock_server.bookings.booking_webhooks import drop_plans, tell_cancelled
from mock_server.bookings.calendar_events import remove_event
from mock_server.bookings.event_type_lookup import client_of
from mock_server.bookings.lifecycle import NO_ORGANIZER, status_after
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, Booking
from mock_server.bookings.seats import leave, seat_to_cancel
from mock_server.event_types.hosts import hosts_of
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.runtime.errors import BadRequest, BareError, NotFound
from mock_server.state.transaction import Transaction

REASON_NEEDED = "Cancellation reason is required when you are the host"
NOT_A_HOST = "User not a host of this event"


class Cancelled(msgspec.Struct, frozen=True):
    """What the reply shows of a cancellation: one booking, or a whole series."""

    shown: tuple[Booking, ...]
    is_series: bool = False


def cancel(tx: Transaction, uid: str, body: dict[str, Any], caller_id: int | None) -> Cancelled:
    """Cancels what `uid` and the body name, on behalf of a user or of nobody. Raises what forbids it."""
    booking = tx[BOOKINGS].first(uid=uid)
    series = tx[BOOKINGS].find(recurring_event_id=uid) if booking is None else []
    if booking is None and not series:
        raise NotFound(f"Booking with uid={uid} not found")
    reason = body.get("cancellationReason")
    if booking is None:
        return _cancel_series(tx, uid, series, body, caller_id)
    if "seatUid" in body:
        return _cancel_seat(tx, booking, body["seatUid"], caller_id)
    if body.get("cancelSubsequentBookings"):
        return _cancel_from(tx, booking, reason, caller_id)
    return Cancelled(_cancel_all(tx, [booking], reason, caller_id))


def _cancel_series(
    tx: Transaction, uid: str, series: list[Booking], body: dict[str, Any], caller_id: int | None
) -> Cancelled:
    if body.get("cancelSubsequentBookings"):
        raise BadRequest(
            "Cannot cancel subsequent bookings for recurring event - you have to provide uid of one of the individual "
            f"bookings of a recurring booking, not the recurring booking's own uid {uid}."
        )
    coming = [each for each in series if each.start >= tx.now]
    _cancel_all(tx, coming, body.get("cancellationReason"), caller_id, is_whole_series=True)
    return Cancelled(tuple(tx[BOOKINGS].find(recurring_event_id=uid)), is_series=True)


def _cancel_from(tx: Transaction, booking: Booking, reason: str | None, caller_id: int | None) -> Cancelled:
    series = booking.recurring_event_id
    if series is None:
        # The live service cancels the booking all the same before it refuses; here a refusal changes nothing.
        raise BadRequest(f"Booking with bookingUid={booking.uid} is not part of a recurring booking.")
    later = tx[BOOKINGS].between((booking.start,), None, recurring_event_id=series)
    _cancel_all(tx, later, reason, caller_id)
    return Cancelled(tuple(tx[BOOKINGS].find(recurring_event_id=series)), is_series=True)


def _cancel_all(
    tx: Transaction,
    bookings: list[Booking],
    reason: str | None,
    caller_id: int | None,
    *,
    is_whole_series: bool = False,
) -> tuple[Booking, ...]:
    """Cancels them all; webhooks hear of the first."""
    attendees = tx[ATTENDEES].find(booking_id=bookings[0].id) if bookings else []
    ended = tuple(_cancel_one(tx, each, reason, caller_id) for each in bookings)
    if ended:
        tell_cancelled(tx, ended[0], attendees, is_whole_series=is_whole_series)
    return ended


def _cancel_one(tx: Transaction, booking: Booking, reason: str | None, caller_id: int | None) -> Booking:
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if booking.user_id is None:
        raise NO_ORGANIZER.error()
    status = status_after(booking, "cancel")
    _check_reason(tx, booking, event_type, reason, caller_id)
    if event_type is not None and event_type.seats is not None:
        if caller_id is None or caller_id not in _hosts(tx, booking, event_type):
            raise BareError(401, NOT_A_HOST)
        for attendee in tx[ATTENDEES].find(booking_id=booking.id):
            tx[ATTENDEES].delete(attendee.id)
    return _end(tx, booking, status, reason)


def _cancel_seat(tx: Transaction, booking: Booking, seat_uid: str, caller_id: int | None) -> Cancelled:
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    seat = seat_to_cancel(tx, booking, seat_uid)
    _check_reason(tx, booking, event_type, None, caller_id)
    attendee = tx[ATTENDEES].require(seat.attendee_id)
    leave(tx, seat)
    if not tx[BOOKING_SEATS].count(booking_id=booking.id):
        booking = _end(tx, booking, "cancelled", None)
    tell_cancelled(tx, booking, [attendee])
    return Cancelled((booking,))


def _end(tx: Transaction, booking: Booking, status: Any, reason: str | None) -> Booking:
    remove_event(tx, booking)
    drop_plans(tx, booking)
    return tx[BOOKINGS].update(
        booking.id, status=status, rescheduled=False, cancellation_reason=reason, updated_at=tx.now
    )


def _check_reason(
    tx: Transaction, booking: Booking, event_type: EventType | None, reason: str | None, caller_id: int | None
) -> None:
    """Organizers say why, unless the event type belongs to an OAuth client."""
    is_managed = event_type is not None and client_of(tx, event_type) is not None
    if caller_id is not None and caller_id == booking.user_id and not reason and not is_managed:
        raise BareError(400, REASON_NEEDED)


def _hosts(tx: Transaction, booking: Booking, event_type: EventType) -> set[int | None]:
    return {booking.user_id, event_type.user_id, *(each.user.id for each in hosts_of(tx, event_type))}
