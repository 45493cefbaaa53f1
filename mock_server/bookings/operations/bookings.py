"""Operations on bookings.

Source: Cal.com API v2, bookings (2024-08-13).
"""

from __future__ import annotations

from typing import Any

from mock_server.bookings import cancellation, confirmation, no_shows, reassignment, rescheduling
from mock_server.bookings.booking_request import read_wanted
from mock_server.bookings.calendar_links import calendar_links
from mock_server.bookings.creation import create
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.bookings.titles import title_of
from mock_server.bookings.views import booking_view, plain_view, reassigned_view
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.authentication import caller_if_known
from mock_server.identity.model import USERS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound


def create_booking(call: Call) -> Any:
    """Books an event type, whatever that makes: one booking, a series, or a seat in one or in each of a series."""
    wanted = read_wanted(call.tx, call.body)
    made = create(call.tx, wanted)
    if wanted.is_instant:
        return plain_view(call.tx, made[0].booking)
    shown = [booking_view(call.tx, call.tx[BOOKINGS].require(each.booking.id), each.seat_uid) for each in made]
    if wanted.event_type.recurrence is None:
        return shown[0]
    # Where hosts take turns, the live service's reply lacks the first occurrence, which exists all the same.
    return shown[1:] if wanted.event_type.scheduling_type == "roundRobin" else shown


def get_booking(call: Call) -> Any:
    """One booking, or all bookings of a series by the uid that they share."""
    uid = str(call.path["bookingUid"])
    booking = call.tx[BOOKINGS].first(uid=uid)
    if booking is not None:
        return booking_view(call.tx, booking)
    series = call.tx[BOOKINGS].find(recurring_event_id=uid)
    if not series:
        raise NotFound(f"Booking with uid={uid} was not found in the database")
    return [booking_view(call.tx, each) for each in series]


def reschedule_booking(call: Call) -> Any:
    """Moves a booking, or one seat of it."""
    made = rescheduling.reschedule(call.tx, str(call.path["bookingUid"]), call.body)
    return booking_view(call.tx, call.tx[BOOKINGS].require(made.booking.id), made.seat_uid)


def cancel_booking(call: Call) -> Any:
    """Cancels a booking, a series or its rest, or one seat."""
    caller = caller_if_known(call)
    user_id = caller.user_id if caller else None
    cancelled = cancellation.cancel(call.tx, str(call.path["bookingUid"]), call.body, user_id)
    shown = [booking_view(call.tx, each) for each in cancelled.shown]
    return shown if cancelled.is_series else shown[0]


def confirm_booking(call: Call) -> Any:
    """Accepts a booking that waits for it, and all that wait in its series."""
    decided = confirmation.confirm(call.tx, str(call.path["bookingUid"]), call.caller.user_id)
    return booking_view(call.tx, decided.booking)


def decline_booking(call: Call) -> Any:
    """Rejects a booking that waits, and all that wait in its series."""
    uid, reason = str(call.path["bookingUid"]), call.body.get("reason")
    return booking_view(call.tx, confirmation.decline(call.tx, uid, call.caller.user_id, reason).booking)


def mark_booking_absent(call: Call) -> Any:
    """Notes that the host or attendees did not come."""
    booking = no_shows.mark_absent(call.tx, str(call.path["bookingUid"]), call.body, call.caller.user_id)
    return plain_view(call.tx, booking)


def reassign_booking(call: Call) -> Any:
    """Gives a booking to the next host in turn."""
    return reassigned_view(*reassignment.reassign(call.tx, str(call.path["bookingUid"]), call.caller.user_id))


def reassign_booking_to_user(call: Call) -> Any:
    """Gives a booking to a host of one's choice."""
    uid, user_id = str(call.path["bookingUid"]), call.path_number("userId")
    reason = call.body.get("reason")
    return reassigned_view(*reassignment.reassign_to(call.tx, uid, user_id, reason, call.caller.user_id))


def get_booking_calendar_links(call: Call) -> Any:
    """Links that put a booking into one's own calendar."""
    uid = str(call.path["bookingUid"])
    booking = call.tx[BOOKINGS].first(uid=uid)
    if booking is None:
        raise NotFound(f"Booking with uid {uid} not found")
    event_type = call.tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None:
        raise BadRequest(f"Booking with uid {uid} has no event type")
    return calendar_links(booking, event_type, _current_name(call, booking), call.identifiers.token(), call.now)


def _current_name(call: Call, booking: Booking) -> str:
    """The name that the event type would give the booking now."""
    event_type = call.tx[EVENT_TYPES].require(booking.event_type_id)
    organizer = call.tx[USERS].get(booking.user_id)
    attendee = call.tx[ATTENDEES].first(booking_id=booking.id)
    if organizer is None or attendee is None:
        return booking.title
    return title_of(call.tx, event_type, organizer, attendee.name, booking.location or "", several_hosts=False)
