"""Finds the event type that a booking is for, and what of it the request may choose.

Source: Cal.com API v2, bookings: finding the event type, order of checks.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.event_types.user_directory import UserDirectory
from mock_server.identity.model import MANAGED_USER_LINKS
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS

LONGEST_SERIES = 1000


def event_type_of(tx: Transaction, body: dict[str, Any]) -> EventType:
    """The event type by id, or by its owner's username and its slug. Raises NotFound."""
    if body.get("eventTypeId") is not None:
        event_type = tx[EVENT_TYPES].get(body["eventTypeId"])
        if event_type is None:
            raise NotFound(f"Event type with id {body['eventTypeId']} not found.")
        return event_type
    username, slug, organization = body["username"], body["eventTypeSlug"], body.get("organizationSlug")
    owner = UserDirectory(tx, organization, None).find(username)
    if owner is None:
        raise NotFound(f"User with username {username} not found")
    event_type = tx[EVENT_TYPES].first(user_id=owner.id, slug=slug)
    if event_type is None:
        within = f" within organization {organization}" if organization else ""
        raise NotFound(f"Event type with slug {slug} belonging to user {username}{within} not found.")
    return event_type


def length_of(event_type: EventType, asked: int | None) -> int:
    """The minutes that the booking lasts. Raises BadRequest for a length that the event type does not offer."""
    if asked is None or event_type.recurrence is not None:
        return event_type.length
    if not event_type.length_options:
        raise BadRequest(
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. Please, "
            "remove the 'lengthInMinutes' field from the request."
        )
    if asked not in event_type.length_options:
        options = ", ".join(map(str, event_type.length_options))
        raise BadRequest(f"Provided 'lengthInMinutes' is not one of the possible lengths for the event type: {options}")
    return asked


def occurrences_of(event_type: EventType, asked: int | None) -> int:
    """How many bookings are made. Raises BadRequest for more than the event type's series has."""
    if event_type.recurrence is None:
        return 1
    if asked is not None and asked > event_type.recurrence.occurrences:
        raise BadRequest("Provided recurrence count is higher than the event type's recurring event count.")
    occurrences = asked or event_type.recurrence.occurrences
    if occurrences > LONGEST_SERIES:
        # The live service would be busy with them until the client is gone.
        raise BadRequest(f"A series has at most {LONGEST_SERIES} bookings here. Ask for fewer with 'recurrenceCount'.")
    return occurrences


def client_of(tx: Transaction, event_type: EventType) -> str | None:
    """The OAuth client that the event type belongs to: through its owner, or through its team."""
    if event_type.user_id is not None:
        link = tx[MANAGED_USER_LINKS].first(user_id=event_type.user_id)
        return link.client_id if link else None
    team = tx[TEAMS].get(event_type.team_id)
    return team.created_by_client_id if team else None
