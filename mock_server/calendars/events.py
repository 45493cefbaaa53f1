"""Calendar events of bookings, as the simulated calendar services hold them, and their changes through the API.

Source: Cal.com API v2, unified calendars.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from mock_server.calendars.model import (
    BUSY_EVENTS,
    CALENDAR_EVENTS,
    BusyEvent,
    CalendarEvent,
    EventAttendee,
    EventStatus,
    EventTime,
    ResponseStatus,
)
from mock_server.runtime.time_zones import is_time_zone, time_zone
from mock_server.state.transaction import Transaction

RESPONSES: dict[str, ResponseStatus] = {
    "accepted": "accepted",
    "pending": "tentative",
    "declined": "declined",
    "needsAction": "needsAction",
}
"""The responses of attendees in the API, and those of the calendar service that they stand for."""
STATUSES: dict[str | None, EventStatus] = {
    None: "confirmed",
    "accepted": "confirmed",
    "pending": "tentative",
    "declined": "cancelled",
    "cancelled": "cancelled",
}
"""The statuses of events in requests, and those of the calendar service that they stand for."""


class EventRefused(Exception):
    """The calendar service does not accept the change of an event."""


class EventContent(msgspec.Struct, frozen=True, kw_only=True):
    """What a booking writes to a calendar. Times are shown in `time_zone`, the organizer's."""

    title: str
    start: datetime
    end: datetime
    time_zone: str
    owner_email: str
    description: str | None
    location: str | None
    attendees: tuple[EventAttendee, ...]


def add_details(tx: Transaction, event_id: str, busy: BusyEvent, content: EventContent) -> CalendarEvent:
    """Stores what the calendar service shows of a booking that was written as the event `busy`."""
    return tx[CALENDAR_EVENTS].insert(CalendarEvent(id=event_id, busy_event_id=busy.id, **_details(content)))


def rewrite_event(tx: Transaction, busy_event_id: int | None, content: EventContent) -> None:
    """Writes a changed booking to its event again, over what was changed in the calendar."""
    event = tx[CALENDAR_EVENTS].first(busy_event_id=busy_event_id)
    if event is None:
        return
    tx[CALENDAR_EVENTS].update(event.id, **_details(content), status="confirmed", is_moved=False)
    tx[BUSY_EVENTS].update(
        event.busy_event_id, title=content.title, start=content.start, end=content.end, is_free=False
    )


def change_event(tx: Transaction, event: CalendarEvent, body: dict[str, Any]) -> CalendarEvent:
    """Changes the given fields of an event. Raises EventRefused for times that no calendar service accepts."""
    fields: dict[str, Any] = {name: body[name] for name in ("title", "description") if name in body}
    if "status" in body:
        fields["status"] = STATUSES[body["status"]]
    if "attendees" in body:
        fields["attendees"] = tuple(_attendee(attendee) for attendee in body["attendees"])
    for name in ("start", "end"):
        if name in body:
            fields |= {name: _event_time(body[name]), "is_moved": True}
    start, end = (moment(fields.get(name, getattr(event, name))) for name in ("start", "end"))
    if end <= start:
        raise EventRefused
    changed = tx[CALENDAR_EVENTS].update(event.id, **fields)
    is_free = changed.status == "cancelled"
    tx[BUSY_EVENTS].update(event.busy_event_id, title=changed.title, start=start, end=end, is_free=is_free)
    return changed


def moment(time: EventTime) -> datetime:
    """The instant of a start or an end; without an offset, its time zone counts. Raises EventRefused."""
    if not is_time_zone(time.time_zone):
        raise EventRefused
    try:
        parsed = datetime.fromisoformat(time.text)
        return (parsed if parsed.tzinfo else parsed.replace(tzinfo=time_zone(time.time_zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise EventRefused from None


def _details(content: EventContent) -> dict[str, Any]:
    return {
        "title": content.title,
        "start": _shown(content.start, content.time_zone),
        "end": _shown(content.end, content.time_zone),
        "owner_email": content.owner_email,
        "description": content.description,
        "location": content.location,
        "attendees": content.attendees,
    }


def _shown(instant: datetime, zone: str) -> EventTime:
    return EventTime(instant.astimezone(time_zone(zone)).isoformat().replace("+00:00", "Z"), zone)


def _event_time(part: dict[str, Any]) -> EventTime:
    """The API sends an empty text for what is missing, which the calendar service refuses."""
    return EventTime(part.get("time") or "", part.get("timeZone") or "")


def _attendee(body: dict[str, Any]) -> EventAttendee:
    return EventAttendee(
        email=body["email"],
        name=body.get("name"),
        response_status=RESPONSES[body.get("responseStatus") or "needsAction"],
        is_self=body.get("self"),
        is_optional=body.get("optional"),
        is_host=body.get("host"),
    )
