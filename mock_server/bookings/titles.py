"""What a booking is called.

Source: Cal.com API v2, bookings: title; event types: customName.
"""

from __future__ import annotations

from mock_server.event_types.model import EventType
from mock_server.identity.model import User
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS

NAMELESS = "Nameless"
LONGEST_TITLE = 100_000
"""Characters. A name with thousands of variables would fill the memory; a body cannot hold more either."""

_INSTANT_TITLES = {"en": "Instant Meeting with {}", "it": "Riunione immediata con {}"}


def title_of(
    tx: Transaction, event_type: EventType, organizer: User, attendee: str, location: str, *, several_hosts: bool
) -> str:
    """The event type's own name for its bookings, or who meets whom. Raises BadRequest where it gets too long."""
    host = organizer.name or NAMELESS
    team = tx[TEAMS].get(event_type.team_id)
    if team is not None and (several_hosts or event_type.scheduling_type == "collective"):
        host = team.name
    if not event_type.custom_name:
        return f"{event_type.title} between {host} and {attendee}"
    return _filled(event_type, host, attendee, location)


def instant_title(attendee: str, language: str) -> str:
    """The title of a meeting that starts at once, in the attendee's language where that is known, else in English."""
    return _INSTANT_TITLES.get(language, _INSTANT_TITLES["en"]).format(attendee)


def _filled(event_type: EventType, host: str, attendee: str, location: str) -> str:
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
    }
    name = event_type.custom_name or ""
    for variable, value in values.items():
        if len(name) + name.count(variable) * (len(value) - len(variable)) > LONGEST_TITLE:
            raise BadRequest(f"The title of the booking is longer than {LONGEST_TITLE:,} characters")
        name = name.replace(variable, value)
    return name
