"""Changes the location of a booking, whatever locations its event type offers.

Source: Cal.com API v2, bookings: location.
"""

from __future__ import annotations

from typing import Any

from mock_server.bookings.calendar_events import rewrite
from mock_server.bookings.locations import BookingLocation, is_link
from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.event_types.event_type_access import runs_event_type
from mock_server.event_types.locations import stored_type
from mock_server.event_types.model import EVENT_TYPES, Location, LocationType
from mock_server.identity.model import USERS
from mock_server.runtime.errors import Forbidden, NotFound, ValidationFailed, property_error
from mock_server.runtime.json_values import is_object
from mock_server.runtime.phone_numbers import is_phone_number
from mock_server.runtime.schemas import is_url
from mock_server.state.transaction import Transaction

VALIDATOR = "UpdateBookingInputLocationValidator_2024_08_13"
NOT_ALLOWED = (
    "User is not authorized to update this booking location. User must be the event type owner, host, team admin or "
    "owner, or org admin or owner."
)
_FIELDS: dict[LocationType, str] = {
    "address": "address",
    "link": "link",
    "phone": "phone",
    "attendeePhone": "phone",
    "attendeeAddress": "address",
    "attendeeDefined": "location",
}
"""The field that holds the place, by type of location."""
_KINDS: dict[str, LocationType] = {each: each for each in _FIELDS}


def read_location(body: dict[str, Any]) -> BookingLocation | None:
    """The location in a request, None without one. Raises ValidationFailed."""
    requested = body.get("location")
    if requested is None:
        return None
    if not is_object(requested) or "type" not in requested:
        raise _invalid(body, "Booking 'location' must have a 'type' property.")
    given = requested["type"]
    kind = _KINDS.get(given) if isinstance(given, str) else None
    if kind is None:
        raise _invalid(
            body,
            f"Unsupported booking location type '{given}'. Valid types are address, link, phone, "
            "attendeePhone, attendeeAddress, and attendeeDefined.",
        )
    field = _FIELDS[kind]
    text, problem = requested.get(field), _problem(field, requested.get(field))
    if problem is not None:
        raise _invalid(body, f"Validation failed for {kind} location: {problem}")
    shown = text if kind.startswith("attendee") else ""
    return BookingLocation(str(text), {"value": stored_type(Location(type=kind)), "optionValue": shown})


def change_location(tx: Transaction, booking: Booking, location: BookingLocation | None, caller_id: int) -> Booking:
    """Changes location and answer of the booking, in any status. Raises Forbidden and NotFound.

    As upstream, a meeting link that the booking has keeps hiding its location.
    """
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is not None and not runs_event_type(tx, event_type, caller_id):
        raise Forbidden(NOT_ALLOWED)
    if tx[USERS].get(booking.user_id) is None:
        raise NotFound(f"No user found for booking with uid={booking.uid}")
    if event_type is None:
        raise NotFound(f"No event type found for booking with uid={booking.uid}")
    if location is None:
        return booking
    link = booking.location if booking.location and is_link(booking.location) else None
    responses = booking.responses
    changed = tx[BOOKINGS].update(
        booking.id,
        location=location.stored,
        meeting_url=booking.meeting_url or link,
        responses=None if responses is None else {**responses, "location": location.answer},
        updated_at=tx.now,
    )
    rewrite(tx, changed)
    return changed


def _problem(field: str, text: object) -> str | None:
    if not isinstance(text, str):
        return f"{field} must be a string"
    if not text:
        return f"{field} must be longer than or equal to 1 characters"
    if field == "phone" and not is_phone_number(text):
        return "phone must be a valid phone number"
    if field == "link" and not is_url(text):
        return "link must be a URL address"
    return None


def _invalid(body: dict[str, Any], text: str) -> ValidationFailed:
    return ValidationFailed([property_error(body, "location", {"ValidateUpdateLocation": f"{VALIDATOR} - {text}"})])
