"""Where a booking takes place: what the request asks for, held against the event type's locations.

Source: Cal.com API v2, bookings: locations.
"""

from __future__ import annotations

import re
from typing import Any

import msgspec

from mock_server.bookings.answers import is_phone_number
from mock_server.event_types.locations import stored_type
from mock_server.event_types.model import CAL_VIDEO, EventType, Location
from mock_server.identity.model import User
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.json_values import script_text

CAL_VIDEO_PLACE = stored_type(CAL_VIDEO)
UNDEFINED = "undefined"
WEB_APP = "https://app.cal.com"

_ATTENDEES_PART = {"attendeeAddress": "address", "attendeePhone": "phone", "attendeeDefined": "location"}
_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
_DEFAULT_APPS = {"google-meet": "google-meet", "zoom": "zoom", "msteams": "office365-video"}


class Place(msgspec.Struct, frozen=True):
    """`answer` is kept with the booking's answers (None: nothing was asked for), `location` with the booking."""

    location: str
    answer: dict[str, Any] | None = None


def place_of(event_type: EventType, organizer: User | None, asked: Any, meeting_url: str | None) -> Place:
    """The place that a request asks for, or the event type's first. Raises BadRequest."""
    if isinstance(asked, str) and asked:
        return _free_place(asked)
    if isinstance(asked, dict):
        return _chosen_place(event_type, organizer, asked)
    if asked is not None and not isinstance(asked, str):
        raise _not_offered(event_type, UNDEFINED)
    if meeting_url:
        return _free_place(meeting_url)
    return Place(_first_place(event_type, organizer))


def meeting_url_of(location: str, uid: str) -> str | None:
    """The link of a meeting that takes place now: Cal Video makes one for each booking."""
    return f"{WEB_APP}/video/{uid}" if location == CAL_VIDEO_PLACE else None


def is_link(text: str) -> bool:
    """Whether a place is somewhere on the web."""
    return _LINK.match(text) is not None


def _free_place(text: str) -> Place:
    if is_link(text):
        kind = "link"
    elif is_phone_number(text):
        kind = "phone"
    else:
        kind = "somewhereElse"
    return Place(text, {"value": kind, "optionValue": text})


def _chosen_place(event_type: EventType, organizer: User | None, asked: dict[str, Any]) -> Place:
    kind = asked.get("type", UNDEFINED)
    offered = [each for each in event_type.locations if each.type == kind]
    if not offered:
        raise _not_offered(event_type, kind)
    if kind == "integration":
        return _integration_place(event_type, offered, asked.get("integration", UNDEFINED))
    location = offered[0]
    part = _ATTENDEES_PART.get(str(kind))
    if part is None:
        stored = stored_type(location)
        return Place(_known_place(location, organizer), {"value": stored, "optionValue": ""})
    # Whether the attendee's own words will do is judged with the other answers.
    said = asked.get(part, "")
    return Place(said if isinstance(said, str) else "", {"value": stored_type(location), "optionValue": said})


def _integration_place(event_type: EventType, offered: list[Location], integration: Any) -> Place:
    for location in offered:
        if location.integration == integration:
            stored = stored_type(location)
            return Place(stored, {"value": stored, "optionValue": ""})
    there_are = ", ".join(str(each.integration) for each in offered)
    raise BadRequest(
        f"Booking location with integration {script_text(integration)} not valid for event type with "
        f"id={event_type.id}. "
        f"The event type has following integrations: {there_are}"
    )


def _first_place(event_type: EventType, organizer: User | None) -> str:
    if not event_type.locations:
        return _default_app(organizer)
    return _known_place(event_type.locations[0], organizer)


def _known_place(location: Location, organizer: User | None) -> str:
    match location.type:
        case "organizersDefaultApp":
            return _default_app(organizer)
        case "integration":
            return stored_type(location)
        case _:
            return location.address or location.link or location.phone or ""


def _default_app(organizer: User | None) -> str:
    """The conferencing app that the organizer chose as default, else Cal Video."""
    chosen = ((organizer.metadata if organizer else None) or {}).get("defaultConferencingApp", {}).get("appSlug")
    app = _DEFAULT_APPS.get(chosen)
    return stored_type(Location(type="integration", integration=app)) if app else CAL_VIDEO_PLACE


def _not_offered(event_type: EventType, kind: Any) -> BadRequest:
    there_are = ", ".join(each.type for each in event_type.locations)
    return BadRequest(
        f"Booking location with type {script_text(kind)} not valid for event type with id={event_type.id}. "
        f"The event type has following location types: {there_are}, and only these types are allowed for booking "
        "location."
    )
