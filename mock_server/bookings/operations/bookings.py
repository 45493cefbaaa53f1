"""Operations on bookings.

Source: Cal.com API v2, bookings (2024-08-13).
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import cast

from mock_server.bookings import cancellation, confirmation, no_shows, reassignment, reschedule_requests, rescheduling
from mock_server.bookings.bodies import BookingBody, CancelBody, NoShowBody, RescheduleBody
from mock_server.bookings.booking_request import read_booking_request
from mock_server.bookings.calendar_links import calendar_links
from mock_server.bookings.creation import CreatedBooking, create
from mock_server.bookings.library_errors import translated
from mock_server.bookings.lookup import NOT_FOUND_FOR_LINKS, require_booking, require_booking_or_series
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.bookings.titles import title_of
from mock_server.bookings.views import (
    BookingView,
    booking_view,
    created_view,
    reader_of,
    reassignment_view,
    unseated_view,
)
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.authentication import caller_if_known
from mock_server.identity.model import USERS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.reply import NOTHING, Nothing
from mock_server.runtime.versions import VERSION_HEADER


def create_booking(call: Call) -> BookingView | list[BookingView]:
    """Books an event type: one booking, a series, or a seat in an existing booking or series."""
    caller = call.optional_caller
    user_id, version = caller.user_id if caller else None, call.headers.get(VERSION_HEADER, "")
    request = read_booking_request(call.tx, cast("BookingBody", call.body), user_id, version)
    with translated(call.tx):
        created = create(call.tx, request)
    if request.is_instant:
        return created_view(call.tx, created[0].booking, reader_of(call), unseated=True)
    views = [_created_view(call, each) for each in created]
    if request.event_type.recurrence is None:
        return views[0]
    # For round robin event types, the live service leaves the first occurrence out of the reply.
    return views[1:] if request.event_type.scheduling_type == "roundRobin" else views


def get_booking(call: Call) -> BookingView | list[BookingView]:
    """One booking, or all bookings of a series by their shared uid."""
    found = require_booking_or_series(call.tx, _uid(call))
    if isinstance(found, Booking):
        return booking_view(call.tx, found, reader_of(call))
    return [booking_view(call.tx, each, reader_of(call)) for each in found]


def reschedule_booking(call: Call) -> BookingView:
    """Reschedules a booking, or one seat of it."""
    caller = call.optional_caller
    body, caller_id = cast("RescheduleBody", call.body), caller.user_id if caller else None
    with translated(call.tx):
        version = call.headers.get(VERSION_HEADER, "")
        rescheduled = rescheduling.reschedule(call.tx, _uid(call), body, caller_id, version)
    return _created_view(call, rescheduled)


def cancel_booking(call: Call) -> BookingView | list[BookingView]:
    """Cancels a booking, a series or the rest of it, or one seat."""
    caller = call.optional_caller if call.has("optional-credentials") else caller_if_known(call)
    user_id = caller.user_id if caller else None
    cancelled = cancellation.cancel(call.tx, _uid(call), cast("CancelBody", call.body), user_id)
    views = [booking_view(call.tx, each, reader_of(call)) for each in cancelled.bookings]
    return views if cancelled.is_series else views[0]


def request_booking_reschedule(call: Call) -> Nothing:
    """Cancels a booking, and asks its attendees to choose another time."""
    reason = call.body.get("rescheduleReason")
    reschedule_requests.request_reschedule(call.tx, _uid(call), reason, call.caller.user_id)
    return NOTHING


def confirm_booking(call: Call) -> BookingView:
    """Accepts a pending booking, and all pending ones of its series."""
    return booking_view(call.tx, confirmation.confirm(call.tx, _uid(call), call.caller.user_id), reader_of(call))


def decline_booking(call: Call) -> BookingView:
    """Rejects a pending booking, and all pending ones of its series."""
    reason = call.body.get("reason")
    declined = confirmation.decline(call.tx, _uid(call), call.caller.user_id, reason)
    return booking_view(call.tx, declined, reader_of(call))


def mark_booking_absent(call: Call) -> BookingView:
    """Marks the host or attendees as absent."""
    body = cast("NoShowBody", call.body)
    if call.has("absences-after-start"):
        no_shows.check_has_begun(call.tx, _uid(call))
    marked = no_shows.mark_absent(call.tx, _uid(call), body, call.caller.user_id)
    return unseated_view(call.tx, marked, reader_of(call))


def reassign_booking(call: Call) -> dict[str, object]:
    """Reassigns a booking to the next available round robin host."""
    return reassignment_view(*reassignment.reassign(call.tx, _uid(call), call.caller.user_id))


def reassign_booking_to_user(call: Call) -> dict[str, object]:
    """Reassigns a booking to a chosen host."""
    user_id, reason = call.path_number("userId"), call.body.get("reason")
    return reassignment_view(*reassignment.reassign_to(call.tx, _uid(call), user_id, reason, call.caller.user_id))


def get_booking_calendar_links(call: Call) -> list[dict[str, str]]:
    """Links that add a booking to the visitor's own calendar."""
    uid = _uid(call)
    booking = require_booking(call.tx, uid, NOT_FOUND_FOR_LINKS)
    event_type = call.tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None:
        raise BadRequest(f"Booking with uid {uid} has no event type")
    title = _current_title(call, booking, event_type)
    return calendar_links(booking, event_type, title, call.identifiers.token(), _stamp(call))


def _stamp(call: Call) -> datetime:
    """The time at which an ICS file says that it was made: the begin of the minute, or of five."""
    now = call.now.replace(second=0, microsecond=0)
    return now - timedelta(minutes=now.minute % 5) if call.has("calendar-links-dated-in-fives") else now


def _created_view(call: Call, created: CreatedBooking) -> BookingView:
    booking = call.tx[BOOKINGS].require(created.booking.id)
    return created_view(call.tx, booking, reader_of(call), created.seat_uid)


def _uid(call: Call) -> str:
    return str(call.path["bookingUid"])


def _current_title(call: Call, booking: Booking, event_type: EventType) -> str:
    """The title that a new booking like this one would get now."""
    organizer = call.tx[USERS].get(booking.user_id)
    attendee = call.tx[ATTENDEES].first(booking_id=booking.id)
    if organizer is None or attendee is None:
        return booking.title
    return title_of(call.tx, event_type, organizer, attendee.name, booking.location or "", several_hosts=False)
