"""Creates, changes and finds team event types, under `/v2/teams` and under organizations.

Source: Cal.com API v2, team event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.booker_settings import check_recurrence_alone, read_email_settings
from mock_server.event_types.booking_fields import check_contact, check_email, check_slugs
from mock_server.event_types.booking_page import check_custom_name, check_layouts
from mock_server.event_types.destinations import check_destination
from mock_server.event_types.hints import DESTINATION_OF_TEAM, NOT_IN_TEAM, unknown_schedule
from mock_server.event_types.history import record_changes, record_creation, snapshot
from mock_server.event_types.hosts import check_hosts, replace_hosts, requested_hosts
from mock_server.event_types.locations import TEAM_LOCATIONS, check_connected
from mock_server.event_types.managed_children import children_of, sync_children
from mock_server.event_types.model import EVENT_TYPES, EventType, SchedulingType
from mock_server.event_types.ownership import does_not_exist, not_found
from mock_server.event_types.seats import check_seats
from mock_server.event_types.settings import FORM_2024_06_14, FormVersion, check_lengths, completed, read_settings
from mock_server.event_types.sorting import sorted_as_asked
from mock_server.identity.model import USERS
from mock_server.roles.granting import are_permissions_used, is_granted
from mock_server.runtime.errors import BadRequest, shared_library_error
from mock_server.schedules.model import SCHEDULES
from mock_server.state.errors import ForeignKeyViolation
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import TEAMS, Team

HOSTS_REQUIRED = (
    "Hosts required when switching schedulingType. Please provide 'hosts' or set 'assignAllTeamMembers: true' to "
    "specify how hosts should be configured for the new scheduling type."
)
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
    """The event types of a team, for one caller, in a version of the API.

    `organization_id` is that of the path, if it has one.
    """

    def __init__(
        self,
        tx: Transaction,
        team_id: int,
        caller_id: int,
        organization_id: int | None = None,
        *,
        version: FormVersion = FORM_2024_06_14,
    ) -> None:
        self._tx = tx
        self._version = version
        self._team = tx[TEAMS].require(team_id)
        self._caller_id = caller_id
        self._organization_id = organization_id

    def create(self, body: dict[str, Any]) -> EventType:
        """Creates an event type with its hosts or children. Raises ApiError."""
        fields = self._checked_fields(body, None)
        self._check_may_create()
        schedule_id = fields.get("schedule_id")
        if not self._is_allowed_schedule(schedule_id):
            raise shared_library_error("BAD_REQUEST", hint=unknown_schedule(schedule_id))
        fields |= self._assignment(body)
        fields["scheduling_type"] = _SCHEDULING_TYPES[body["schedulingType"]]
        if fields["scheduling_type"] == "managed":
            fields["metadata"] = MANAGED_METADATA
        values = completed(self._tx, fields, body, None, self._version)
        event_type = self._tx[EVENT_TYPES].create(team_id=self._team.id, **values)
        self._save_hosts(event_type, body)
        record_creation(self._tx, event_type, self._caller_id)
        return event_type

    def update(self, event_type_id: int, body: dict[str, Any]) -> EventType:
        """Updates an event type with its hosts or children. Raises ApiError."""
        stored = find_team_event_type(self._tx, self._team.id, event_type_id)
        fields = self._checked_fields(body, stored)
        if stored is None:
            raise BadRequest("Event type to update not found")
        if not self._is_allowed_schedule(fields.get("schedule_id")):
            raise ForeignKeyViolation(f"event_types.schedule_id: the team has no schedule {fields['schedule_id']}")
        fields |= self._assignment(body) | self._scheduling(body, stored)
        before = snapshot(self._tx, stored)
        changes = completed(self._tx, fields, body, stored, self._version)
        event_type = self._tx[EVENT_TYPES].update(stored.id, **changes)
        self._save_hosts(event_type, body)
        record_changes(self._tx, event_type, before, self._caller_id)
        return event_type

    def _checked_fields(self, body: dict[str, Any], stored: EventType | None) -> dict[str, Any]:
        """The fields that a request sets, after the checks, in the order of the live API."""
        fields = read_settings(self._tx, body, TEAM_LOCATIONS, self._version, stored)
        if self._team.parent_id is not None and body.get("emailSettings") is not None:
            fields["email_settings"] = read_email_settings(body["emailSettings"])
        check_connected(self._tx, fields.get("locations", ()), team_id=self._team.id)
        check_hosts(self._tx, self._team, body)
        if "slug" in fields and self._tx[EVENT_TYPES].first(team_id=self._team.id, slug=fields["slug"]) is not None:
            raise BadRequest(SLUG_IN_USE)
        form = fields.get("booking_fields")
        if form is not None:
            check_contact(form)
        check_seats(fields, stored)
        check_custom_name(fields.get("custom_name"), with_link_title=self._version.is_current)
        if self._version.is_current:
            check_lengths(fields, stored)
        check_destination(self._tx, self._tx[USERS].require(self._caller_id), body)
        if form is not None and self._organization_id is None and not self._version.is_current:
            check_email(form)
        return fields

    def _check_may_create(self) -> None:
        """Checks that the caller is an admin of the team or its organization. With custom roles the permission decides.

        In the first edition the caller has to have joined the team, and the organization is that of the path.
        """
        if self._tx[USERS].require(self._caller_id).role == "ADMIN":
            return
        if are_permissions_used(self._tx, self._team.id):
            if not is_granted(self._tx, self._caller_id, self._team.id, "eventType.create"):
                raise shared_library_error("UNAUTHORIZED")
            return
        if self._tx.has("organization-admins-create-team-event-types"):
            groups = (self._team.id, self._team.parent_id)
            if not any(has_rank(membership_of(self._tx, self._caller_id, each), "ADMIN") for each in groups):
                raise shared_library_error("UNAUTHORIZED")
            return
        membership = membership_of(self._tx, self._caller_id, self._team.id)
        if membership is None or not membership.accepted:
            raise shared_library_error("UNAUTHORIZED", hint=NOT_IN_TEAM)
        in_organization = membership_of(self._tx, self._caller_id, self._organization_id)
        is_organization_admin = (
            in_organization is not None and in_organization.accepted and has_rank(in_organization, "ADMIN")
        )
        if not is_organization_admin and not has_rank(membership, "ADMIN"):
            raise shared_library_error("UNAUTHORIZED")

    def _is_allowed_schedule(self, schedule_id: int | None) -> bool:
        """Whether there is no schedule, or the caller or a member of the team or its organization owns it."""
        if schedule_id is None:
            return True
        schedule = self._tx[SCHEDULES].get(schedule_id)
        return schedule is not None and self._is_caller_or_member(schedule.user_id)

    def _is_caller_or_member(self, user_id: int) -> bool:
        groups = (self._team.id, self._organization_id)
        return user_id == self._caller_id or any(membership_of(self._tx, user_id, each) for each in groups)

    def _assignment(self, body: dict[str, Any]) -> dict[str, Any]:
        given = body.get("assignAllTeamMembers")
        return {} if given is None else {"assign_all_team_members": given}

    def _scheduling(self, body: dict[str, Any], stored: EventType) -> dict[str, Any]:
        """Another scheduling type, which needs hosts. A managed event type loses its children. Raises BadRequest."""
        chosen = _SCHEDULING_TYPES.get(body.get("schedulingType", ""), stored.scheduling_type)
        if chosen == stored.scheduling_type:
            return {}
        if body.get("hosts") is None and not body.get("assignAllTeamMembers"):
            raise BadRequest(HOSTS_REQUIRED)
        for child in children_of(self._tx, stored):
            self._tx[EVENT_TYPES].delete(child.id)
        was_managed = stored.scheduling_type == "managed"
        return {"scheduling_type": chosen, "metadata": None if was_managed else stored.metadata}

    def _save_hosts(self, event_type: EventType, body: dict[str, Any]) -> None:
        """Updates the hosts or children, and applies the final checks of the shared libraries."""
        requested = requested_hosts(self._tx, self._team, body, with_all=self._version.is_current)
        if event_type.scheduling_type == "managed":
            current = [child.user_id for child in children_of(self._tx, event_type) if child.user_id is not None]
            sync_children(self._tx, event_type, current if requested is None else [host.user_id for host in requested])
        elif requested is not None:
            replace_hosts(self._tx, self._team, event_type, requested)
        check_slugs(event_type.booking_fields or ())
        check_layouts(event_type.booker_layouts)
        if self._tx.has("recurrence-excludes-seats"):
            check_recurrence_alone(event_type)
        if body.get("destinationCalendar") is not None:
            raise shared_library_error("UNAUTHORIZED", hint=DESTINATION_OF_TEAM)


def find_team_event_type(tx: Transaction, team_id: int, event_type_id: int) -> EventType | None:
    """The event type with that id, if it belongs to the team."""
    event_type = tx[EVENT_TYPES].get(event_type_id)
    return event_type if event_type is not None and event_type.team_id == team_id else None


def require_team_event_type(tx: Transaction, team_id: int, event_type_id: int) -> EventType:
    """The event type with that id. Raises NotFound if it does not belong to the team."""
    event_type = find_team_event_type(tx, team_id, event_type_id)
    if event_type is None:
        raise not_found(event_type_id)
    return event_type


def delete_team_event_type(tx: Transaction, team_id: int, event_type_id: int) -> EventType:
    """Deletes and returns an event type of the team, with its children. Raises NotFound."""
    event_type = find_team_event_type(tx, team_id, event_type_id)
    if event_type is None:
        raise does_not_exist(event_type_id)
    return tx[EVENT_TYPES].delete(event_type.id)


def event_types_of_organization(tx: Transaction, organization_id: int, query: dict[str, Any]) -> list[EventType]:
    """A page of the event types of all teams of the organization."""
    teams: list[Team] = tx[TEAMS].find(parent_id=organization_id)
    found = [each for team in teams for each in tx[EVENT_TYPES].find(team_id=team.id)]
    return sorted_as_asked(found, query)[query["skip"] : query["skip"] + query["take"]]
