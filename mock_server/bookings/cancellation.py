"""Cancels a booking, an occurrence with all later ones, a series, or one seat.

Source: Cal.com API v2, bookings: cancel.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from mock_server.bookings.bodies import CancelBody
from mock_server.bookings.booker_limits import check_may_cancel
from mock_server.bookings.booking_webhooks import emit_cancelled
from mock_server.bookings.calendar_events import remove_event, rewrite
from mock_server.bookings.event_type_lookup import oauth_client_of
from mock_server.bookings.lifecycle import NO_ORGANIZER, refuse_cancelling_again, status_after
from mock_server.bookings.lookup import NOT_FOUND, require_booking_or_series
from mock_server.bookings.mails import mail_cancelled, mail_seat_cancelled
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, Booking, BookingSeat, Status
from mock_server.bookings.seats import give_up_seat, seat_to_cancel
from mock_server.event_types.event_type_access import leads_organization_of
from mock_server.event_types.hosts import hosts_of
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, BareError
from mock_server.state.transaction import Transaction
from mock_server.webhooks.jobs import drop_meeting

REASON_REQUIRED = "Cancellation reason is required when you are the host"
NOT_A_HOST = "User not a host of this event"
NOT_A_HOST_OR_ADMIN = "User not a host of this event or an admin of the booking user"
ENDED = "Cannot cancel a booking that has already ended"


class CancellationRequest(msgspec.Struct, frozen=True):
    """Why bookings are cancelled, and by whom: the caller, None if anonymous, and the address in an older body."""

    reason: str | None
    caller_id: int | None
    cancelled_by: str | None = None


class CancellationResult(msgspec.Struct, frozen=True):
    """The bookings in the reply: one, or a whole series."""

    bookings: tuple[Booking, ...]
    is_series: bool = False


def cancel(
    tx: Transaction, uid: str, body: CancelBody, caller_id: int | None, *, cancelled_by: str | None = None
) -> CancellationResult:
    """Cancels what `uid` and the body select. `caller_id` is None for anonymous requests. Raises the refusal."""
    found = require_booking_or_series(tx, uid, NOT_FOUND)
    request = CancellationRequest(body.get("cancellationReason"), caller_id, cancelled_by)
    with_later_ones = bool(body.get("cancelSubsequentBookings"))
    if not isinstance(found, Booking):
        return _cancel_series(tx, uid, found, request, with_later_ones=with_later_ones)
    if "seatUid" in body:
        return _cancel_seat(tx, found, body["seatUid"], request)
    if found.status == "cancelled" and tx.has("ended-bookings-not-cancelled"):
        raise refuse_cancelling_again(uid)
    if with_later_ones:
        return _cancel_with_later_ones(tx, found, request)
    return CancellationResult(_cancel_all(tx, [found], request))


def _cancel_series(
    tx: Transaction, uid: str, series: list[Booking], request: CancellationRequest, *, with_later_ones: bool
) -> CancellationResult:
    if with_later_ones:
        raise BadRequest(
            "Cannot cancel subsequent bookings for recurring event - you have to provide uid of one of the individual "
            f"bookings of a recurring booking, not the recurring booking's own uid {uid}."
        )
    if all(each.status == "cancelled" for each in series) and tx.has("ended-bookings-not-cancelled"):
        raise refuse_cancelling_again(uid)
    upcoming = [each for each in series if each.start >= tx.now]
    _cancel_all(tx, upcoming, request, is_whole_series=True)
    return CancellationResult(tuple(tx[BOOKINGS].find(recurring_event_id=uid)), is_series=True)


def _cancel_with_later_ones(tx: Transaction, booking: Booking, request: CancellationRequest) -> CancellationResult:
    series = booking.recurring_event_id
    if series is None:
        # The live service refuses only after it has cancelled the booking; here a refusal changes nothing.
        raise BadRequest(f"Booking with bookingUid={booking.uid} is not part of a recurring booking.")
    later = tx[BOOKINGS].between((booking.start,), None, recurring_event_id=series)
    _cancel_all(tx, later, request)
    return CancellationResult(tuple(tx[BOOKINGS].find(recurring_event_id=series)), is_series=True)


def _cancel_all(
    tx: Transaction, bookings: list[Booking], request: CancellationRequest, *, is_whole_series: bool = False
) -> tuple[Booking, ...]:
    """Cancels all of `bookings`, with one webhook event for the first."""
    attendees = tx[ATTENDEES].find(booking_id=bookings[0].id) if bookings else []
    cancelled = tuple(_cancel_one(tx, each, request) for each in bookings)
    if cancelled:
        emit_cancelled(tx, cancelled[0], attendees, is_whole_series=is_whole_series)
        mail_cancelled(tx, cancelled[0], attendees, is_whole_series=is_whole_series)
    return cancelled


def _cancel_one(tx: Transaction, booking: Booking, request: CancellationRequest) -> Booking:
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if booking.user_id is None:
        raise NO_ORGANIZER.error()
    check_may_cancel(event_type)
    status = status_after(booking, "cancel")
    _check_reason(tx, booking, event_type, request.reason, request.caller_id)
    _check_not_over(tx, booking)
    if event_type is not None and event_type.seats is not None:
        _check_may_cancel_all_seats(tx, booking, event_type, request.caller_id)
        if not tx.has("seats-kept-when-cancelled"):
            for attendee in tx[ATTENDEES].find(booking_id=booking.id):
                tx[ATTENDEES].delete(attendee.id)
    return end_booking(tx, booking, status, request.reason, request.cancelled_by)


def _cancel_seat(tx: Transaction, booking: Booking, seat_uid: str, request: CancellationRequest) -> CancellationResult:
    """Removes the seat; the last one is kept with the booking, which is cancelled for this reason."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    seat = seat_to_cancel(tx, booking, seat_uid)
    check_may_cancel(event_type)
    _check_reason(tx, booking, event_type, request.reason, request.caller_id)
    _check_not_over(tx, booking)
    attendee = tx[ATTENDEES].require(seat.attendee_id)
    is_last = tx[BOOKING_SEATS].count(booking_id=booking.id) == 1
    if not is_last or not tx.has("seats-kept-when-cancelled"):
        give_up_seat(tx, seat)
    if is_last:
        reason = request.reason if tx.has("last-seat-gives-reason") else None
        booking = end_booking(tx, booking, "cancelled", reason)
    rewrite(tx, booking)
    emit_cancelled(tx, booking, [attendee], seat=seat, seat_reason=request.reason)
    mail_seat_cancelled(tx, booking, attendee, seat_uid, request.reason)
    return CancellationResult((booking,))


def cancel_silently(tx: Transaction, booking: Booking, seats: Sequence[BookingSeat], caller_id: int) -> bool:
    """Cancels a booking, or only `seats` of it, without mails. Returns whether that was possible."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if booking.user_id is None or (event_type is not None and event_type.cancelling_disabled):
        return False
    attendees = tx[ATTENDEES].find(booking_id=booking.id)
    if seats and tx[BOOKING_SEATS].count(booking_id=booking.id) > len(seats):
        for seat in seats:
            attendee = tx[ATTENDEES].require(seat.attendee_id)
            give_up_seat(tx, seat)
            emit_cancelled(tx, booking, [attendee], seat=seat, is_silent=True)
        rewrite(tx, booking)
        return True
    cancelled = end_booking(tx, booking, "cancelled", cancelled_by=tx[USERS].require(caller_id).email)
    emit_cancelled(tx, cancelled, attendees, is_silent=True)
    return True


def end_booking(
    tx: Transaction,
    booking: Booking,
    status: Status,
    reason: str | None = None,
    cancelled_by: str | None = None,
    *,
    rescheduled: bool = False,
) -> Booking:
    """Ends a booking with its calendar event and its scheduled jobs. `rescheduled`: another one is to replace it."""
    remove_event(tx, booking)
    drop_meeting(tx, booking.id)
    return tx[BOOKINGS].update(
        booking.id,
        status=status,
        rescheduled=rescheduled,
        cancellation_reason=reason,
        cancelled_by=cancelled_by,
        updated_at=tx.now,
    )


def _check_reason(
    tx: Transaction, booking: Booking, event_type: EventType | None, reason: str | None, caller_id: int | None
) -> None:
    """An organizer has to give a reason, unless the event type belongs to an OAuth client."""
    is_managed = event_type is not None and oauth_client_of(tx, event_type) is not None
    is_given = bool(reason and (reason.strip() or not tx.has("ended-bookings-not-cancelled")))
    if caller_id is not None and caller_id == booking.user_id and not is_given and not is_managed:
        raise BareError(400, REASON_REQUIRED)


def _check_not_over(tx: Transaction, booking: Booking) -> None:
    if booking.end < tx.now and tx.has("ended-bookings-not-cancelled"):
        raise BareError(400, ENDED)


def _check_may_cancel_all_seats(
    tx: Transaction, booking: Booking, event_type: EventType, caller_id: int | None
) -> None:
    """Only hosts may cancel a booking with all its seats, and admins and owners of the organizer's organization."""
    if caller_id is not None and caller_id in _host_ids(tx, booking, event_type):
        return
    if not tx.has("admins-manage-seats"):
        raise BareError(401, NOT_A_HOST)
    if caller_id is None or not leads_organization_of(tx, caller_id, booking.user_id):
        raise BareError(401, NOT_A_HOST_OR_ADMIN)


def _host_ids(tx: Transaction, booking: Booking, event_type: EventType) -> set[int | None]:
    return {booking.user_id, event_type.user_id, *(each.user.id for each in hosts_of(tx, event_type))}
