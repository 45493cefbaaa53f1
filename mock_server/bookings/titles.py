"""Titles of bookings.

Source: Cal.com API v2, bookings: title; event types: customName.
"""

from __future__ import annotations

from mock_server.event_types.model import EventType
from mock_server.identity.model import User
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS

NAMELESS = "Nameless"
MAX_TITLE_LENGTH = 100_000
"""In characters. A custom name with thousands of variables would otherwise fill the memory."""

_INSTANT_TITLES = {"en": "Instant Meeting with {}", "it": "Riunione immediata con {}"}


def title_of(
    tx: Transaction, event_type: EventType, organizer: User, attendee: str, location: str, *, several_hosts: bool
) -> str:
    """The event type's custom name with its variables filled in, else the default title. Raises BadRequest."""
    host = title_host(tx, event_type, organizer, several_hosts=several_hosts)
    if not event_type.custom_name:
        return f"{event_type.title} between {host} and {attendee}"
    return _custom_name(event_type, event_type.custom_name, host, attendee, location)


def title_host(tx: Transaction, event_type: EventType, organizer: User, *, several_hosts: bool) -> str:
    """The host that titles name: the organizer, or the team where several hosts take part."""
    team = tx[TEAMS].get(event_type.team_id)
    if team is not None and (several_hosts or event_type.scheduling_type == "collective"):
        return team.name
    return organizer.name or NAMELESS


def instant_title(attendee: str, language: str) -> str:
    """The title of an instant meeting in the attendee's language if it is supported, else in English."""
    return _INSTANT_TITLES.get(language, _INSTANT_TITLES["en"]).format(attendee)


def _custom_name(event_type: EventType, name: str, host: str, attendee: str, location: str) -> str:
    first, _, last = attendee.partition(" ")
    values = {
        "{Event type title}": event_type.title,
        "{Organiser}": host,
        "{Scheduler}": attendee,
        "{Location}": location,
        "{Organiser first name}": host.partition(" ")[0],
        "{Scheduler first name}": first,
        "{Scheduler last name}": last,
        "{Event duration}": f"{event_type.length} mins",
        "{LOCATION}": location,
        "{HOST/ATTENDEE}": attendee,
        "{HOST}": host,
        "{ATTENDEE}": attendee,
        "{USER}": attendee,
        "{Link title}": "",  # Private links have no title here.
    }
    for variable, value in values.items():
        if len(name) + name.count(variable) * (len(value) - len(variable)) > MAX_TITLE_LENGTH:
            raise BadRequest(f"The title of the booking is longer than {MAX_TITLE_LENGTH:,} characters")
        name = name.replace(variable, value)
    return name
