"""Finds the event type of a booking request, and reads the length and the occurrences that the request chooses.

Source: Cal.com API v2, bookings: finding the event type, order of checks.
"""

from __future__ import annotations

from mock_server.bookings.bodies import BookingBody
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.event_types.user_directory import UserDirectory, require_team_by_slug
from mock_server.identity.model import MANAGED_USER_LINKS
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS

MAX_OCCURRENCES = 1000


def find_event_type(tx: Transaction, body: BookingBody) -> EventType:
    """The event type by id, or by its slug and that of the team or the name of the user. Raises NotFound."""
    event_type_id = body.get("eventTypeId")
    if event_type_id is not None:
        event_type = tx[EVENT_TYPES].get(event_type_id)
        if event_type is None:
            raise NotFound(f"Event type with id {event_type_id} not found.")
        return event_type
    username, slug = body.get("username") or "", body.get("eventTypeSlug") or ""
    organization = body.get("organizationSlug")
    if not username and body.get("teamSlug"):
        return _event_type_of_team(tx, body.get("teamSlug") or "", slug, organization)
    owner = UserDirectory(tx, organization, None).find(username)
    if owner is None:
        raise NotFound(f"User with username {username} not found")
    event_type = tx[EVENT_TYPES].first(user_id=owner.id, slug=slug)
    if event_type is None:
        within = f" within organization {organization}" if organization else ""
        raise NotFound(f"Event type with slug {slug} belonging to user {username}{within} not found.")
    return event_type


def _event_type_of_team(tx: Transaction, team_slug: str, slug: str, organization_slug: str | None) -> EventType:
    team = require_team_by_slug(tx, team_slug, organization_slug)
    event_type = tx[EVENT_TYPES].first(team_id=team.id, slug=slug)
    if event_type is None:
        within = f" within organization {organization_slug}" if organization_slug else ""
        raise NotFound(f"Event type with slug {slug} belonging to team {team_slug}{within} not found.")
    return event_type


def requested_length(tx: Transaction, event_type: EventType, minutes: int | None) -> int:
    """The length of the booking in minutes. Raises BadRequest for a length that the event type does not offer."""
    if minutes is None or (event_type.recurrence is not None and not tx.has("recurring-lengths-chosen")):
        return event_type.length
    if not event_type.length_options:
        raise BadRequest(
            "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. Please, "
            "remove the 'lengthInMinutes' field from the request."
        )
    if minutes not in event_type.length_options:
        options = ", ".join(map(str, event_type.length_options))
        possible = f". The possible lengths are: {options}" if tx.has("recurring-lengths-chosen") else f": {options}"
        raise BadRequest(f"Provided 'lengthInMinutes' is not one of the possible lengths for the event type{possible}")
    return minutes


def requested_occurrences(event_type: EventType, count: int | None) -> int:
    """The number of bookings to create. Raises BadRequest for more than the event type's series has."""
    if event_type.recurrence is None:
        return 1
    if count is not None and count > event_type.recurrence.occurrences:
        raise BadRequest("Provided recurrence count is higher than the event type's recurring event count.")
    occurrences = count or event_type.recurrence.occurrences
    if occurrences > MAX_OCCURRENCES:
        # The live service has no limit, and times out.
        raise BadRequest(f"A series has at most {MAX_OCCURRENCES} bookings here. Ask for fewer with 'recurrenceCount'.")
    return occurrences


def oauth_client_of(tx: Transaction, event_type: EventType) -> str | None:
    """The id of the OAuth client that manages the event type's owner, or created its team."""
    if event_type.user_id is not None:
        link = tx[MANAGED_USER_LINKS].first(user_id=event_type.user_id)
        return link.client_id if link else None
    team = tx[TEAMS].get(event_type.team_id)
    return team.created_by_client_id if team else None
