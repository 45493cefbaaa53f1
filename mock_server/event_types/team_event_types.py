"""The life of a team's event types, wherever they are reached: below `/v2/teams` or below an organization.

Source: Cal.com API v2, team event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.booking_fields import check_contact, check_email, check_slugs
from mock_server.event_types.booking_page import check_custom_name, check_layouts
from mock_server.event_types.destinations import check_destination
from mock_server.event_types.hosts import check_hosts, replace_hosts, requested_hosts
from mock_server.event_types.locations import TEAM_LOCATIONS, check_connected
from mock_server.event_types.managed_children import children_of, sync_children
from mock_server.event_types.model import EVENT_TYPES, EventType, SchedulingType
from mock_server.event_types.seats import check_seats
from mock_server.event_types.settings import read_settings, reset_by_update
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, NotFound, shared_library_error
from mock_server.schedules.model import SCHEDULES
from mock_server.state.errors import ForeignKeyViolation
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import TEAMS, Team

SLUG_IN_USE = "Team event type with this slug already exists"
MANAGED_METADATA: dict[str, Any] = {"managedEventConfig": {}}

_SCHEDULING_TYPES: dict[str, SchedulingType] = {
    "COLLECTIVE": "collective",
    "ROUND_ROBIN": "roundRobin",
    "MANAGED": "managed",
    "collective": "collective",
    "roundRobin": "roundRobin",
    "managed": "managed",
}


class TeamEventTypes:
    """The event types of one team, for one caller. `organization_id` is that of the path, if it names one."""

    def __init__(self, tx: Transaction, team_id: int, caller_id: int, organization_id: int | None = None) -> None:
        self._tx = tx
        self._team = tx[TEAMS].require(team_id)
        self._caller_id = caller_id
        self._organization_id = organization_id

    def create(self, body: dict[str, Any]) -> EventType:
        """A new event type with its hosts or children. Raises ApiErrors; nothing is made then."""
        fields = self._checked(body, None)
        self._check_may_create()
        schedule_id = fields.get("schedule_id")
        if not self._has_schedule(schedule_id):
            raise shared_library_error("BAD_REQUEST", hint=f"The team has no schedule {schedule_id}.")
        fields |= self._assignment(body)
        fields["scheduling_type"] = _SCHEDULING_TYPES[body["schedulingType"]]
        if fields["scheduling_type"] == "managed":
            fields["metadata"] = MANAGED_METADATA
        event_type = self._tx[EVENT_TYPES].create(team_id=self._team.id, **reset_by_update(fields))
        return self._settled(event_type, body)

    def update(self, event_type_id: int, body: dict[str, Any]) -> EventType:
        """The event type as a request changes it, with its hosts or children."""
        stored = find_team_event_type(self._tx, self._team.id, event_type_id)
        fields = self._checked(body, stored)
        if stored is None:
            raise BadRequest("Event type to update not found")
        if not self._has_schedule(fields.get("schedule_id")):
            raise ForeignKeyViolation(f"event_types.schedule_id: the team has no schedule {fields['schedule_id']}")
        fields |= self._assignment(body)
        event_type = self._tx[EVENT_TYPES].update(stored.id, **reset_by_update(fields))
        return self._settled(event_type, body)

    def _checked(self, body: dict[str, Any], stored: EventType | None) -> dict[str, Any]:
        """The fields that a request sets, once they have passed the rules, in the live order."""
        fields = read_settings(body, TEAM_LOCATIONS)
        check_connected(self._tx, fields.get("locations", ()), team_id=self._team.id)
        check_hosts(self._tx, self._team, body)
        if "slug" in fields and self._tx[EVENT_TYPES].first(team_id=self._team.id, slug=fields["slug"]) is not None:
            raise BadRequest(SLUG_IN_USE)
        form = fields.get("booking_fields")
        if form is not None:
            check_contact(form)
        check_seats(fields, stored)
        check_custom_name(fields.get("custom_name"))
        check_destination(self._tx, self._tx[USERS].require(self._caller_id), body)
        if form is not None and self._organization_id is None:
            check_email(form)
        return fields

    def _check_may_create(self) -> None:
        """The caller has accepted a membership in the team, as an admin of it or of the path's organization."""
        if self._tx[USERS].require(self._caller_id).role == "ADMIN":
            return
        membership = membership_of(self._tx, self._caller_id, self._team.id)
        if membership is None or not membership.accepted:
            raise shared_library_error("UNAUTHORIZED", hint="Join the team to make event types in it.")
        above = membership_of(self._tx, self._caller_id, self._organization_id)
        is_organization_admin = above is not None and above.accepted and has_rank(above, "ADMIN")
        if not is_organization_admin and not has_rank(membership, "ADMIN"):
            raise shared_library_error("UNAUTHORIZED")

    def _has_schedule(self, schedule_id: int | None) -> bool:
        """Whether the schedule is one of the caller's, or of a member of the team or its organization; none is, too."""
        if schedule_id is None:
            return True
        schedule = self._tx[SCHEDULES].get(schedule_id)
        return schedule is not None and self._is_one_of_us(schedule.user_id)

    def _is_one_of_us(self, user_id: int) -> bool:
        groups = (self._team.id, self._organization_id)
        return user_id == self._caller_id or any(membership_of(self._tx, user_id, each) for each in groups)

    def _assignment(self, body: dict[str, Any]) -> dict[str, Any]:
        given = body.get("assignAllTeamMembers")
        return {} if given is None else {"assign_all_team_members": given}

    def _settled(self, event_type: EventType, body: dict[str, Any]) -> EventType:
        """The event type once its hosts or children follow. The last rules are those of the shared libraries."""
        wanted = requested_hosts(self._tx, self._team, body)
        if event_type.scheduling_type == "managed":
            present = [each.user_id for each in children_of(self._tx, event_type) if each.user_id is not None]
            sync_children(self._tx, event_type, present if wanted is None else [each.user_id for each in wanted])
        elif wanted is not None:
            replace_hosts(self._tx, self._team, event_type, wanted)
        check_slugs(event_type.booking_fields or ())
        check_layouts(event_type.booker_layouts)
        if body.get("destinationCalendar") is not None:
            raise shared_library_error(
                "UNAUTHORIZED", hint="Event types of teams cannot have a destination calendar of their own."
            )
        return event_type


def find_team_event_type(tx: Transaction, team_id: int, event_type_id: int) -> EventType | None:
    """The event type of that id, if it is the team's."""
    event_type = tx[EVENT_TYPES].get(event_type_id)
    return event_type if event_type is not None and event_type.team_id == team_id else None


def require_team_event_type(tx: Transaction, team_id: int, event_type_id: int) -> EventType:
    """The same. Raises NotFound."""
    event_type = find_team_event_type(tx, team_id, event_type_id)
    if event_type is None:
        raise NotFound(f"Event type with id {event_type_id} not found")
    return event_type


def remove_team_event_type(tx: Transaction, team_id: int, event_type_id: int) -> EventType:
    """Removes an event type of the team with its children; gives it as it was. Raises NotFound."""
    event_type = find_team_event_type(tx, team_id, event_type_id)
    if event_type is None:
        raise NotFound(f"Event type with ID={event_type_id} does not exist.")
    return tx[EVENT_TYPES].delete(event_type.id)


def event_types_of_organization(tx: Transaction, organization_id: int, skip: int, take: int) -> list[EventType]:
    """A page of what all teams of the organization offer, oldest first."""
    teams: list[Team] = tx[TEAMS].find(parent_id=organization_id)
    found = [each for team in teams for each in tx[EVENT_TYPES].find(team_id=team.id)]
    return sorted(found, key=lambda each: each.id)[skip : skip + take]
