"""Links that put a booking into a calendar of one's own.

Source: Cal.com API v2, bookings: calendar links.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from mock_server.bookings.model import Booking
from mock_server.event_types.model import EventType


def calendar_links(booking: Booking, event_type: EventType, name: str, uid: str, now: datetime) -> list[dict[str, Any]]:
    """Four links: two services of Microsoft's, Google's and a file. `name` is the event's, computed afresh."""
    description = event_type.description or ""
    place = booking.meeting_url or _web_address(booking.location)
    return [
        _link("Google Calendar", "googleCalendar", _google(booking, event_type, name, description, place)),
        _link("Microsoft Office", "microsoftOffice", _office(booking, name, description, place)),
        _link("Microsoft Outlook", "microsoftOutlook", _outlook(booking, name, description, place)),
        _link("ICS", "ics", "data:text/calendar," + _encoded(_ics(booking, name, description, place, uid, now))),
    ]


def _web_address(location: str | None) -> str | None:
    """The links know where a call takes place, and no other places."""
    return location if location is not None and location.startswith("http") else None


def _link(label: str, identifier: str, link: str) -> dict[str, Any]:
    return {"label": label, "id": identifier, "link": link}


def _encoded(text: str) -> str:
    return quote(text, safe="!'()*")


def _google(booking: Booking, event_type: EventType, name: str, description: str, place: str | None) -> str:
    link = (
        "https://calendar.google.com/calendar/r/eventedit"
        f"?dates={booking.start:%Y%m%dT%H%M%SZ}/{booking.end:%Y%m%dT%H%M%SZ}&text={name}&details={_encoded(description)}"
    )
    if place:
        link += f"&location={_encoded(place)}"
    recurrence = event_type.recurrence
    if recurrence is not None:
        rule = (
            f"RRULE:FREQ={recurrence.frequency.upper()};COUNT={recurrence.occurrences};INTERVAL={recurrence.interval}"
        )
        link += f"&recur={_encoded(rule)}"
    return link


def _office(booking: Booking, name: str, description: str, place: str | None) -> str:
    return _compose("https://outlook.office.com", "%2Fcalendar%2Faction%2Fcompose", booking, name, description, place)


def _outlook(booking: Booking, name: str, description: str, place: str | None) -> str:
    subject = _encoded(name)
    path = "%252Fcalendar%252Faction%252Fcompose"  # Encoded twice, as the live service does.
    return _compose("https://outlook.live.com", path, booking, subject, description, place)


def _compose(server: str, path: str, booking: Booking, subject: str, description: str, place: str | None) -> str:
    link = (
        f"{server}/calendar/0/deeplink/compose?body={_encoded(description)}&enddt={booking.end:%Y-%m-%dT%H:%M:%SZ}"
        f"&path={path}&rru=addevent&startdt={booking.start:%Y-%m-%dT%H:%M:%SZ}&subject={subject}"
    )
    return f"{link}&location={_encoded(place)}" if place else link


def _ics(booking: Booking, name: str, description: str, place: str | None, uid: str, now: datetime) -> str:
    from icalendar import Calendar, Event, vText  # Takes long to import, and few ask for these links.

    calendar = Calendar()
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("prodid", "adamgibbons/ics")
    calendar.add("method", "PUBLISH")
    calendar.add("x-published-ttl", "PT1H")
    event = Event()
    event.add("uid", uid)
    event.add("summary", name)
    event.add("dtstamp", now.replace(second=0, microsecond=0))
    event.add("dtstart", booking.start)
    if description:
        event.add("description", description)
    if place:
        event.add("location", place)
    event["duration"] = vText(f"PT{int((booking.end - booking.start).total_seconds()) // 60}M")
    calendar.add_component(event)
    return calendar.to_ical(sorted=False).decode()
