"""Links that add a booking to a calendar.

Source: Cal.com API v2, bookings: calendar links.
"""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from mock_server.bookings.model import Booking
from mock_server.event_types.model import EventType


def calendar_links(
    booking: Booking, event_type: EventType, name: str, uid: str, stamp: datetime
) -> list[dict[str, str]]:
    """Links for Google, Microsoft Office and Outlook, and an ICS file. `name` is the title of the event,
    `stamp` the time of its ICS file.
    """
    description = event_type.description or ""
    location = booking.meeting_url or _web_address(booking.location)
    return [
        _link("Google Calendar", "googleCalendar", _google(booking, event_type, name, description, location)),
        _link("Microsoft Office", "microsoftOffice", _office(booking, name, description, location)),
        _link("Microsoft Outlook", "microsoftOutlook", _outlook(booking, name, description, location)),
        _link("ICS", "ics", "data:text/calendar," + _encoded(_ics(booking, name, description, location, uid, stamp))),
    ]


def _web_address(location: str | None) -> str | None:
    """The links include a location only if it is a web address."""
    return location if location is not None and location.startswith("http") else None


def _link(label: str, identifier: str, link: str) -> dict[str, str]:
    return {"label": label, "id": identifier, "link": link}


def _encoded(text: str) -> str:
    return quote(text, safe="!'()*")


def _google(booking: Booking, event_type: EventType, name: str, description: str, location: str | None) -> str:
    link = (
        "https://calendar.google.com/calendar/r/eventedit"
        f"?dates={booking.start:%Y%m%dT%H%M%SZ}/{booking.end:%Y%m%dT%H%M%SZ}&text={name}&details={_encoded(description)}"
    )
    if location:
        link += f"&location={_encoded(location)}"
    recurrence = event_type.recurrence
    if recurrence is not None:
        rule = (
            f"RRULE:FREQ={recurrence.frequency.upper()};COUNT={recurrence.occurrences};INTERVAL={recurrence.interval}"
        )
        link += f"&recur={_encoded(rule)}"
    return link


def _office(booking: Booking, name: str, description: str, location: str | None) -> str:
    return _compose(
        "https://outlook.office.com", "%2Fcalendar%2Faction%2Fcompose", booking, name, description, location
    )


def _outlook(booking: Booking, name: str, description: str, location: str | None) -> str:
    subject = _encoded(name)
    path = "%252Fcalendar%252Faction%252Fcompose"  # Encoded twice, as the live service does.
    return _compose("https://outlook.live.com", path, booking, subject, description, location)


def _compose(server: str, path: str, booking: Booking, subject: str, description: str, location: str | None) -> str:
    link = (
        f"{server}/calendar/0/deeplink/compose?body={_encoded(description)}&enddt={booking.end:%Y-%m-%dT%H:%M:%SZ}"
        f"&path={path}&rru=addevent&startdt={booking.start:%Y-%m-%dT%H:%M:%SZ}&subject={subject}"
    )
    return f"{link}&location={_encoded(location)}" if location else link


def _ics(booking: Booking, name: str, description: str, location: str | None, uid: str, stamp: datetime) -> str:
    from icalendar import Calendar, Event, vDDDTypes, vText  # Slow to import, and rarely needed.

    calendar = Calendar()
    calendar["version"] = vText("2.0")
    calendar["calscale"] = vText("GREGORIAN")
    calendar["prodid"] = vText("adamgibbons/ics")
    calendar["method"] = vText("PUBLISH")
    calendar["x-published-ttl"] = vText("PT1H")
    event = Event()
    event["uid"] = vText(uid)
    event["summary"] = vText(name)
    event["dtstamp"] = vDDDTypes(stamp)
    event["dtstart"] = vDDDTypes(booking.start)
    if description:
        event["description"] = vText(description)
    if location:
        event["location"] = vText(location)
    event["duration"] = vText(f"PT{booking.minutes}M")
    calendar.add_component(event)
    return calendar.to_ical(sorted=False).decode()
