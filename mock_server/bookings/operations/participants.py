"""Operations on the attendees and guests of a booking.

Source: Cal.com API v2, bookings: attendees, guests.
"""

from __future__ import annotations

from typing import Any

from mock_server.bookings.lookup import NOT_FOUND_FOR_LINKS, require_booking
from mock_server.bookings.model import ATTENDEES, Booking
from mock_server.bookings.participants import NewParticipant, add_attendee_to, add_guests_to
from mock_server.bookings.views import BookingView, attendee_view, booking_view, reader_of
from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound


def list_booking_attendees(call: Call) -> list[dict[str, object]]:
    """The attendees of a booking, in the order in which they were added."""
    return [attendee_view(attendee) for attendee in call.tx[ATTENDEES].find(booking_id=_booking(call).id)]


def get_booking_attendee(call: Call) -> dict[str, object]:
    """One attendee of a booking. Raises NotFound, also for attendees of other bookings."""
    booking, attendee_id = _booking(call), call.path_number("attendeeId")
    attendee = call.tx[ATTENDEES].get(attendee_id)
    if attendee is None or attendee.booking_id != booking.id:
        raise NotFound(f"Attendee with id {attendee_id} not found in booking {booking.uid}")
    return attendee_view(attendee)


def add_booking_attendee(call: Call) -> dict[str, object]:
    """Adds an attendee, who receives a mail."""
    booking = _booking(call)
    added = add_attendee_to(call.tx, booking, call.caller.user_id, _participant(call.body, with_phone=True))
    return attendee_view(added) | {"bookingId": booking.id}


def add_booking_guests(call: Call) -> BookingView:
    """Adds guests. They, the hosts and the earlier attendees receive mails."""
    guests = [_participant(guest, with_phone=False) for guest in call.body["guests"]]
    changed = add_guests_to(call.tx, _booking(call), call.caller.user_id, guests)
    return booking_view(call.tx, changed, reader_of(call))


def _booking(call: Call) -> Booking:
    return require_booking(call.tx, str(call.path["bookingUid"]), NOT_FOUND_FOR_LINKS)


def _participant(body: dict[str, Any], *, with_phone: bool) -> NewParticipant:
    """A person in a request. The telephone numbers of guests are not stored."""
    return NewParticipant(
        email=body["email"],
        name=body.get("name") or "",
        time_zone=body.get("timeZone"),
        language=body.get("language"),
        phone_number=body.get("phoneNumber") if with_phone else None,
    )
