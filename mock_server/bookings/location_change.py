"""Changes the location of a booking, whatever locations its event type offers.

Source: Cal.com API v2, bookings: location.
"""

from __future__ import annotations

from typing import Any

import msgspec

from mock_server.bookings.booking_event_payload import has_booking_events
from mock_server.bookings.booking_webhooks import emit_location_updated
from mock_server.bookings.calendar_events import rewrite
from mock_server.bookings.locations import is_link, meeting_url_of
from mock_server.bookings.mails import mail_location_changed
from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.bookings.references import add_video_reference, delete_video_references, references_of
from mock_server.bookings.video_jobs import drop_video_job, schedule_video_job
from mock_server.event_types.event_type_access import runs_event_type
from mock_server.event_types.locations import INTEGRATIONS_SINCE_2026_03, has_integration, stored_type
from mock_server.event_types.model import CAL_VIDEO, EVENT_TYPES, Location, LocationType
from mock_server.identity.model import USERS, User
from mock_server.runtime.errors import BadRequest, Forbidden, NotFound, ValidationFailed, property_error
from mock_server.runtime.json_values import is_object
from mock_server.runtime.phone_numbers import is_phone_number
from mock_server.runtime.schemas import is_url
from mock_server.state.transaction import Transaction

GOOGLE_MEET = "google-meet"
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
_FIELDS_SINCE_2026_09: dict[LocationType, str] = {**_FIELDS, "integration": "integration"}


class NewLocation(msgspec.Struct, frozen=True):
    """The requested location. `place` is the address, link, number, description or integration."""

    kind: LocationType
    place: str

    @property
    def stored(self) -> str:
        """The location as bookings store it."""
        return stored_type(self._location) if self.kind == "integration" else self.place

    def answer(self, *, with_all_places: bool) -> dict[str, object]:
        """The entry among the answers, with the place of the attendee, or of the organizer as well."""
        is_shown = self.kind.startswith("attendee") or (with_all_places and self.kind != "integration")
        return {"value": stored_type(self._location), "optionValue": self.place if is_shown else ""}

    @property
    def _location(self) -> Location:
        return Location(type=self.kind, integration=self.place if self.kind == "integration" else None)


def read_location(body: dict[str, Any], *, with_integrations: bool) -> NewLocation | None:
    """The location in a request, None without one. Raises ValidationFailed."""
    requested = body.get("location")
    if requested is None:
        return None
    if not is_object(requested) or "type" not in requested:
        raise _invalid(body, "Booking 'location' must have a 'type' property.")
    fields = _FIELDS_SINCE_2026_09 if with_integrations else _FIELDS
    given = requested["type"]
    kinds: dict[str, LocationType] = {each: each for each in fields}
    kind = kinds.get(given) if isinstance(given, str) else None
    if kind is None:
        *first, last = fields
        raise _invalid(
            body, f"Unsupported booking location type '{given}'. Valid types are {', '.join(first)}, and {last}."
        )
    field = fields[kind]
    problem = _problem(field, requested.get(field))
    if problem is not None:
        raise _invalid(body, f"Validation failed for {kind} location: {problem}")
    return NewLocation(kind, requested[field])


def change_location(tx: Transaction, booking: Booking, location: NewLocation | None, caller_id: int) -> Booking:
    """Changes location and answer of the booking, in any status. Raises Forbidden, NotFound and BadRequest."""
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is not None and not runs_event_type(tx, event_type, caller_id):
        raise Forbidden(NOT_ALLOWED)
    organizer = tx[USERS].get(booking.user_id)
    if organizer is None:
        raise NotFound(f"No user found for booking with uid={booking.uid}")
    if event_type is None:
        raise NotFound(f"No event type found for booking with uid={booking.uid}")
    if location is None:
        return booking
    if not tx.has("new-location-replaces-link"):
        return _store(tx, booking, location, _kept_link(booking), with_all_places=False)
    location = _available(tx, booking, location, organizer)
    delete_video_references(tx, booking)
    changed = _store(tx, booking, location, _new_link(booking, location), with_all_places=True)
    drop_video_job(tx, changed)
    if add_video_reference(tx, changed, None) is not None:
        schedule_video_job(tx, changed)
    mail_location_changed(tx, changed)
    return changed


def _kept_link(booking: Booking) -> str | None:
    """The meeting link that the booking has, which kept hiding its location before edition 2026-09."""
    link = booking.location if booking.location and is_link(booking.location) else None
    return booking.meeting_url or link


def _new_link(booking: Booking, location: NewLocation) -> str | None:
    if location.kind == "link":
        return location.place
    return meeting_url_of(location.stored, booking.uid) if booking.status == "accepted" else None


def _available(tx: Transaction, booking: Booking, location: NewLocation, organizer: User) -> NewLocation:
    """The location; Cal Video in place of Google Meet without a Google calendar. Raises BadRequest."""
    if location.kind != "integration":
        return location
    if not has_integration(tx, location.place, organizer.id):
        raise BadRequest(
            f'Video integration "{location.place}" is not connected. Please connect the integration in your settings '
            "first."
        )
    if location.place == GOOGLE_MEET and not references_of(tx, booking, "google_calendar"):
        return NewLocation("integration", str(CAL_VIDEO.integration))
    return location


def _store(
    tx: Transaction, booking: Booking, location: NewLocation, link: str | None, *, with_all_places: bool
) -> Booking:
    answer, responses = location.answer(with_all_places=with_all_places), booking.responses
    changed = tx[BOOKINGS].update(
        booking.id,
        location=location.stored,
        meeting_url=link,
        responses=None if responses is None else {**responses, "location": answer},
        updated_at=tx.now,
        ical_sequence=booking.ical_sequence + has_booking_events(tx),
    )
    rewrite(tx, changed)
    emit_location_updated(tx, changed, booking.location)
    return changed


def _problem(field: str, text: object) -> str | None:
    if field == "integration":
        named = ", ".join(INTEGRATIONS_SINCE_2026_03)
        is_known = text in INTEGRATIONS_SINCE_2026_03
        return None if is_known else f"integration must be one of the following values: {named}"
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
