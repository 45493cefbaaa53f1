"""Bookings as replies show them: plain, recurring, seated, and recurring seated.

Source: Cal.com API v2, bookings: output.
"""

from __future__ import annotations

from typing import Any

from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, Attendee, Booking, BookingSeat
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import USERS, User
from mock_server.runtime.boundary import iso
from mock_server.state.transaction import Transaction

UNKNOWN = "unknown"
UNREADABLE_ANSWERS = {"name": UNKNOWN, "email": UNKNOWN, "guests": [], "rescheduledReason": UNKNOWN}


def booking_view(tx: Transaction, booking: Booking, seat_uid: str | None = None) -> dict[str, Any]:
    """A booking in the variant that it is of. `seat_uid` is the acting attendee's seat, for create and reschedule."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    is_seated = event_type is not None and event_type.seats is not None
    is_series = booking.recurring_event_id is not None
    view = _common_view(tx, booking, event_type)
    if is_seated:
        view |= _seated_view(tx, booking)
        if not is_series:
            for name in ("cancellationReason", "reschedulingReason"):
                view.pop(name, None)
        if seat_uid is not None:
            view["seatUid"] = seat_uid
    else:
        view |= unseated_part(tx, booking, with_phone=not is_series)
    if is_series:
        view["recurringBookingUid"] = booking.recurring_event_id
    return view


def plain_view(tx: Transaction, booking: Booking) -> dict[str, Any]:
    """The variant without seats, also where there are some: the reply to an absence and to a meeting at once."""
    view = _common_view(tx, booking, tx[EVENT_TYPES].get(booking.event_type_id))
    view |= unseated_part(tx, booking, with_phone=booking.recurring_event_id is None)
    if booking.recurring_event_id is not None:
        view["recurringBookingUid"] = booking.recurring_event_id
    return view


def unseated_part(tx: Transaction, booking: Booking, *, with_phone: bool) -> dict[str, Any]:
    """Attendees, answers, guests and metadata of a booking whose attendees have no seats."""
    answers = UNREADABLE_ANSWERS if booking.responses is None else booking.responses
    view: dict[str, Any] = {
        "metadata": booking.metadata or {},
        "attendees": [_attendee_view(each, with_phone) for each in tx[ATTENDEES].find(booking_id=booking.id)],
        "bookingFieldsResponses": answers,
    }
    if "guests" in answers:
        view["guests"] = answers["guests"]
    return view


def reassigned_view(booking: Booking, organizer: User) -> dict[str, Any]:
    """The reply of a reassignment: the organizer after the change."""
    return {
        "bookingUid": booking.uid,
        "reassignedTo": {"id": organizer.id, "name": organizer.name, "email": organizer.email},
    }


def _common_view(tx: Transaction, booking: Booking, event_type: EventType | None) -> dict[str, Any]:
    place = booking.meeting_url or booking.location
    view: dict[str, Any] = {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        "description": booking.description,
        "hosts": [_host_view(tx[USERS].get(booking.user_id))],
        "status": booking.status,
        "start": iso(booking.start),
        "end": iso(booking.end),
        "duration": int((booking.end - booking.start).total_seconds()) // 60,
        "eventTypeId": booking.event_type_id,
        "eventType": {"id": event_type.id, "slug": event_type.slug} if event_type else None,
        "meetingUrl": place,
        "location": place,
        "absentHost": booking.no_show_host,
        "createdAt": iso(booking.created_at),
        "updatedAt": iso(booking.updated_at),
        "rating": booking.rating,
        "icsUid": booking.ical_uid,
    }
    optional = {
        "cancellationReason": booking.cancellation_reason,
        "cancelledByEmail": booking.cancelled_by,
        "reschedulingReason": (booking.responses or {}).get("rescheduledReason"),
        "rescheduledFromUid": booking.from_reschedule,
    }
    return view | {name: value for name, value in optional.items() if value is not None}


def _host_view(user: User | None) -> dict[str, Any]:
    if user is None:
        return dict.fromkeys(("id", "name", "email", "username"), UNKNOWN)
    return {
        "id": user.id,
        "name": user.name,
        "email": user.email,
        "username": user.username or UNKNOWN,
        "timeZone": user.time_zone,
    }


def _attendee_view(attendee: Attendee, with_phone: bool) -> dict[str, Any]:
    view: dict[str, Any] = {
        "name": attendee.name,
        "email": attendee.email,
        "timeZone": attendee.time_zone,
        "language": attendee.locale,
        "absent": attendee.no_show,
    }
    if with_phone and attendee.phone_number is not None:
        view["phoneNumber"] = attendee.phone_number
    return view


def _seated_view(tx: Transaction, booking: Booking) -> dict[str, Any]:
    seats = {seat.attendee_id: seat for seat in tx[BOOKING_SEATS].find(booking_id=booking.id)}
    attendees = tx[ATTENDEES].find(booking_id=booking.id)
    return {"attendees": [_seat_view(each, seats.get(each.id)) for each in attendees]}


def _seat_view(attendee: Attendee, seat: BookingSeat | None) -> dict[str, Any]:
    """An attendee of a booking with seats. Who was there before the seats, or met at once, has none."""
    answers = UNREADABLE_ANSWERS if seat is None else seat.responses
    view: dict[str, Any] = {
        **_attendee_view(attendee, with_phone=False),
        "bookingFieldsResponses": {name: value for name, value in answers.items() if name != "email"},
        "metadata": (seat.metadata if seat is not None else None) or {},
    }
    if seat is not None:
        view["seatUid"] = seat.reference_uid
    return view
