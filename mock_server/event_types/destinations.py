"""The destination calendar of an event type.

Source: Cal.com API v2, event types: destinationCalendar, useDestinationCalendarEmail.
"""

from __future__ import annotations

from typing import Any

from mock_server.calendars.connections import Calendar, Connection, connections_of, primary_email, save_destination
from mock_server.calendars.model import DESTINATION_CALENDARS, DestinationCalendar
from mock_server.event_types.model import EventType
from mock_server.identity.model import User
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction

UNKNOWN_CALENDAR = "Invalid destinationCalendarId: Calendar does not exist"
READ_ONLY_CALENDAR = "Invalid destinationCalendarId: Calendar does not have write permission"
NO_PRIMARY_CALENDAR = "Validation failed: A primary connected calendar is required to set useDestinationCalendarEmail"


def check_destination(tx: Transaction, user: User, body: dict[str, Any]) -> None:
    """Checks a request's destination calendar: it is the user's and writable.

    `useDestinationCalendarEmail` needs a primary calendar. Raises BadRequest.
    """
    given = body.get("destinationCalendar")
    if given is None and not body.get("useDestinationCalendarEmail"):
        return
    connections = connections_of(tx, user)
    if given is not None:
        found = _find(connections, given)
        if found is None:
            raise BadRequest(UNKNOWN_CALENDAR)
        if found[1].read_only:
            raise BadRequest(READ_ONLY_CALENDAR)
    if body.get("useDestinationCalendarEmail") and not any(
        calendar.primary for connection in connections for calendar in connection.calendars
    ):
        raise BadRequest(NO_PRIMARY_CALENDAR)


def set_destination(tx: Transaction, user: User, event_type: EventType, given: dict[str, Any]) -> None:
    """Sets the event type's destination calendar, which `check_destination` has accepted."""
    connections = connections_of(tx, user)
    found = _find(connections, given)
    assert found is not None
    connection, _ = found
    delegation_credential_id = connection.delegation_credential_id
    fields: dict[str, Any] = {
        "integration": given["integration"],
        "external_id": given["externalId"],
        "primary_email": primary_email(connections, connection.credential_id),
        "credential_id": None if delegation_credential_id else connection.credential_id,
        "delegation_credential_id": delegation_credential_id,
    }
    save_destination(tx, fields, event_type_id=event_type.id)


def own_destination_of(tx: Transaction, event_type: EventType) -> DestinationCalendar | None:
    """The event type's own destination calendar, if it has one."""
    return tx[DESTINATION_CALENDARS].first(event_type_id=event_type.id)


def _find(connections: list[Connection], given: dict[str, Any]) -> tuple[Connection, Calendar] | None:
    """The calendar with these ids; a writable one if several connections list it."""
    found = [
        (connection, calendar)
        for connection in connections
        for calendar in connection.calendars
        if (calendar.integration, calendar.external_id) == (given.get("integration"), given.get("externalId"))
    ]
    return min(found, key=lambda pair: pair[1].read_only, default=None)
