"""The location of a booking: matches the requested location with those of the event type.

Source: Cal.com API v2, bookings: locations.
"""

from __future__ import annotations

import re

import msgspec

from mock_server.event_types.locations import default_app, stored_type
from mock_server.event_types.model import CAL_VIDEO, EventType, Location
from mock_server.identity.model import User
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.json_values import is_object, script_text
from mock_server.runtime.phone_numbers import is_phone_number
from mock_server.runtime.web_app import WEB_APP

CAL_VIDEO_LOCATION = stored_type(CAL_VIDEO)
UNDEFINED = "undefined"

_ATTENDEE_FIELDS = {"attendeeAddress": "address", "attendeePhone": "phone", "attendeeDefined": "location"}
"""The field of the request that holds the attendee's text, by location type."""
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_DEFAULT_APPS = {"google-meet": "google-meet", "zoom": "zoom", "msteams": "office365-video"}


class BookingLocation(msgspec.Struct, frozen=True):
    """`stored` is the booking's location; `answer` is the entry among its answers, None if none was requested."""

    stored: str
    answer: dict[str, object] | None = None


def resolve_location(
    event_type: EventType, organizer: User | None, requested: object, meeting_url: str | None
) -> BookingLocation:
    """The requested location, or the event type's first one. Raises BadRequest."""
    if isinstance(requested, str) and requested:
        return _free_text_location(requested)
    if is_object(requested):
        return _offered_location(event_type, organizer, requested)
    if requested is not None and not isinstance(requested, str):
        raise _not_offered(event_type, UNDEFINED)
    if meeting_url:
        return _free_text_location(meeting_url)
    return BookingLocation(_default_location(event_type, organizer))


def meeting_url_of(location: str, uid: str) -> str | None:
    """The meeting link of an accepted booking; only Cal Video creates one."""
    return f"{WEB_APP}/video/{uid}" if location == CAL_VIDEO_LOCATION else None


def is_integration(stored: str) -> bool:
    """Whether a booking's location is a video app."""
    return stored.startswith("integrations:")


def is_link(text: str) -> bool:
    """Whether a location is a web address."""
    return _LINK.match(text) is not None


def _free_text_location(text: str) -> BookingLocation:
    if is_link(text):
        kind = "link"
    elif is_phone_number(text):
        kind = "phone"
    else:
        kind = "somewhereElse"
    return BookingLocation(text, {"value": kind, "optionValue": text})


def _offered_location(event_type: EventType, organizer: User | None, requested: dict[str, object]) -> BookingLocation:
    kind = requested.get("type", UNDEFINED)
    offered = [each for each in event_type.locations if each.type == kind]
    if not offered:
        raise _not_offered(event_type, kind)
    if kind == "integration":
        return _integration_location(event_type, offered, requested.get("integration", UNDEFINED))
    location = offered[0]
    field = _ATTENDEE_FIELDS.get(str(kind))
    if field is None:
        stored = _organizer_location(location, organizer)
        return BookingLocation(stored, {"value": stored_type(location), "optionValue": ""})
    # The attendee's text is validated together with the other answers.
    text = requested.get(field, "")
    return BookingLocation(text if isinstance(text, str) else "", {"value": stored_type(location), "optionValue": text})


def _integration_location(event_type: EventType, offered: list[Location], integration: object) -> BookingLocation:
    for location in offered:
        if location.integration == integration:
            stored = stored_type(location)
            return BookingLocation(stored, {"value": stored, "optionValue": ""})
    available = ", ".join(str(each.integration) for each in offered)
    raise BadRequest(
        f"Booking location with integration {script_text(integration)} not valid for event type with "
        f"id={event_type.id}. "
        f"The event type has following integrations: {available}"
    )


def _default_location(event_type: EventType, organizer: User | None) -> str:
    if not event_type.locations:
        return _default_app(organizer)
    return _organizer_location(event_type.locations[0], organizer)


def _organizer_location(location: Location, organizer: User | None) -> str:
    match location.type:
        case "organizersDefaultApp":
            return _default_app(organizer)
        case "integration":
            return stored_type(location)
        case _:
            return location.address or location.link or location.phone or ""


def _default_app(organizer: User | None) -> str:
    """The organizer's default conferencing app, else Cal Video."""
    chosen = default_app(organizer.metadata if organizer else None) or {}
    app = _DEFAULT_APPS.get(chosen.get("appSlug", ""))
    return stored_type(Location(type="integration", integration=app)) if app else CAL_VIDEO_LOCATION


def _not_offered(event_type: EventType, kind: object) -> BadRequest:
    available = ", ".join(location.type for location in event_type.locations)
    return BadRequest(
        f"Booking location with type {script_text(kind)} not valid for event type with id={event_type.id}. "
        f"The event type has following location types: {available}, and only these types are allowed for booking "
        "location."
    )
