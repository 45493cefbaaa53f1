"""The iCalendar file that mails about bookings attach.

Source: Cal.com API v2, bookings: recorded mails.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

import msgspec

from mock_server.event_types.model import Recurrence

UNNAMED = "Unnamed attendee"

_REQUIRED = {"RSVP": "TRUE", "ROLE": "REQ-PARTICIPANT"}
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Participant(msgspec.Struct, frozen=True):
    """The organizer or an attendee."""

    name: str
    email: str


class Invitation(msgspec.Struct, frozen=True, kw_only=True):
    """An event to add to a calendar, to change there, or to cancel.

    `is_for_organizer`: the attendee is the organizer, who chairs the meeting.
    """

    uid: str
    sequence: int
    status: Literal["CONFIRMED", "CANCELLED"]
    summary: str
    description: str
    location: str
    created: datetime
    start: datetime
    end: datetime
    organizer: Participant
    attendees: tuple[Participant, ...]
    recurrence: Recurrence | None = None
    method: Literal["REQUEST", "CANCEL"] = "REQUEST"
    is_for_organizer: bool = False


def invitation_file(invitation: Invitation) -> str:
    """The file. It has no SEQUENCE, which means 0, until the event has changed."""
    from icalendar import Calendar, Event, vDDDTypes, vInt, vRecur, vText  # Slow to import, and rarely needed.

    calendar = Calendar()
    calendar["version"] = vText("2.0")
    calendar["calscale"] = vText("GREGORIAN")
    calendar["prodid"] = vText("calcom/ics")
    calendar["method"] = vText(invitation.method)
    calendar["x-published-ttl"] = vText("PT1H")
    event = Event()
    event["uid"] = vText(invitation.uid)
    event["summary"] = vText(plain_text(invitation.summary))
    event["dtstamp"] = vDDDTypes(invitation.created.replace(second=0, microsecond=0))
    event["dtstart"] = vDDDTypes(invitation.start)
    event["dtend"] = vDDDTypes(invitation.end)
    if invitation.sequence:
        event["sequence"] = vInt(invitation.sequence)
    event["description"] = vText(plain_text(invitation.description))
    if invitation.location:
        event["location"] = vText(plain_text(invitation.location))
    event["status"] = vText(invitation.status)
    event["organizer"] = _address(invitation.organizer)
    event["x-microsoft-cdo-busystatus"] = vText("BUSY")
    part = {"RSVP": "FALSE", "ROLE": "CHAIR"} if invitation.is_for_organizer else _REQUIRED
    event["attendee"] = [_address(each, **part, PARTSTAT="ACCEPTED") for each in invitation.attendees]
    recurrence = invitation.recurrence
    if recurrence is not None:
        event["rrule"] = vRecur(
            FREQ=recurrence.frequency.upper(), COUNT=recurrence.occurrences, INTERVAL=recurrence.interval
        )
    calendar.add_component(event)
    return calendar.to_ical(sorted=False).decode()


def plain_text(text: str) -> str:
    """`text` without the control characters that no iCalendar file may contain."""
    return _UNPRINTABLE.sub("", text)


def _address(participant: Participant, **parameters: str) -> object:
    from icalendar import vCalAddress

    address = vCalAddress(f"mailto:{plain_text(participant.email)}")
    address.params.update(parameters)
    address.params["CN"] = plain_text(participant.name).replace('"', "'").replace("\n", " ")
    return address
