"""Operations on team event types, under `/v2/teams` and under organizations.

Source: Cal.com API v2, team event types, organization team event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types import team_event_types
from mock_server.event_types.event_type_access import leads_team
from mock_server.event_types.phone_calls import place_call
from mock_server.event_types.settings import FORM_2024_06_14, FORM_2026_06_12, FormVersion
from mock_server.event_types.team_event_types import (
    TeamEventTypes,
    event_types_of_organization,
    find_team_event_type,
    require_team_event_type,
)
from mock_server.event_types.views import (
    current_team_event_type_view,
    deleted_team_event_type_view,
    public_team_event_types_view,
    saved_team_event_type_view,
    team_event_type_view,
)
from mock_server.runtime.call import Call
from mock_server.state.errors import ForeignKeyViolation
from mock_server.teams.model import TEAMS


def list_organization_event_types(call: Call) -> list[dict[str, Any]]:
    """The event types of all teams of the organization."""
    found = event_types_of_organization(call.tx, call.path_number("orgId"), call.query)
    return [team_event_type_view(call.tx, each) for each in found]


def list_organization_event_types_2026_06_12(call: Call) -> list[dict[str, Any]]:
    """The event types of all teams of the organization."""
    found = event_types_of_organization(call.tx, call.path_number("orgId"), call.query)
    return [current_team_event_type_view(call.tx, each) for each in found]


def create_team_event_type(call: Call) -> dict[str, object] | list[dict[str, object]]:
    """Creates an event type of the team."""
    return saved_team_event_type_view(call.tx, _event_types(call, FORM_2024_06_14).create(call.body))


def create_team_event_type_2026_06_12(call: Call) -> dict[str, object] | list[dict[str, object]]:
    """Creates an event type of the team."""
    made = _event_types(call, FORM_2026_06_12).create(call.body)
    return saved_team_event_type_view(call.tx, made, current_team_event_type_view)


def list_team_event_types(call: Call) -> list[dict[str, Any]]:
    """The event types of the team. Public."""
    return public_team_event_types_view(call.tx, call.path_number("teamId"), call.query)


def list_team_event_types_2026_06_12(call: Call) -> list[dict[str, Any]]:
    """The event types of the team. Public; hidden ones only for those who administer the team."""
    team_id = call.path_number("teamId")
    views = public_team_event_types_view(call.tx, team_id, call.query, current_team_event_type_view)
    caller = call.optional_caller
    sees_hidden = caller is not None and call.tx[TEAMS].get(team_id) and leads_team(call.tx, caller.user_id, team_id)
    return [each for each in views if sees_hidden or not each["hidden"]]


def get_team_event_type(call: Call) -> dict[str, object]:
    """One event type of the team; a managed one without its children."""
    event_type = require_team_event_type(call.tx, call.path_number("teamId"), call.path_number("eventTypeId"))
    return team_event_type_view(call.tx, event_type)


def get_team_event_type_2026_06_12(call: Call) -> dict[str, object]:
    """One event type of the team; a managed one without its children."""
    event_type = require_team_event_type(call.tx, call.path_number("teamId"), call.path_number("eventTypeId"))
    return current_team_event_type_view(call.tx, event_type)


def update_team_event_type(call: Call) -> dict[str, object] | list[dict[str, object]]:
    """Updates an event type of the team, and the children of a managed one."""
    changed = _event_types(call, FORM_2024_06_14).update(call.path_number("eventTypeId"), call.body)
    return saved_team_event_type_view(call.tx, changed)


def update_team_event_type_2026_06_12(call: Call) -> dict[str, object] | list[dict[str, object]]:
    """Updates an event type of the team, and the children of a managed one."""
    changed = _event_types(call, FORM_2026_06_12).update(call.path_number("eventTypeId"), call.body)
    return saved_team_event_type_view(call.tx, changed, current_team_event_type_view)


def delete_team_event_type(call: Call) -> dict[str, object]:
    """Deletes an event type of the team, and the children of a managed one."""
    team_id, event_type_id = call.path_number("teamId"), call.path_number("eventTypeId")
    return deleted_team_event_type_view(team_event_types.delete_team_event_type(call.tx, team_id, event_type_id))


def create_team_event_type_phone_call(call: Call) -> dict[str, str]:
    """Stores the settings of the event type's phone agent, and places a simulated call.

    Raises BadRequest under `/v2/teams`: as upstream, it reads an `orgId`, which that path does not have. Raises
    ForeignKeyViolation for an event type of another team.
    """
    call.path_number("orgId")
    event_type_id = call.path_number("eventTypeId")
    if find_team_event_type(call.tx, call.path_number("teamId"), event_type_id) is None:
        raise ForeignKeyViolation(f"event_types {event_type_id} of team {call.path['teamId']}")
    agent = place_call(call.tx, event_type_id, call.body)
    return {"callId": agent.last_call_id, "agentId": agent.agent_id}


delete_team_event_type_2026_06_12 = delete_team_event_type
create_team_event_type_phone_call_2026_06_12 = create_team_event_type_phone_call

create_organization_team_event_type = create_team_event_type
list_organization_team_event_types = list_team_event_types
get_organization_team_event_type = get_team_event_type
update_organization_team_event_type = update_team_event_type
delete_organization_team_event_type = delete_team_event_type
create_organization_team_event_type_phone_call = create_team_event_type_phone_call

create_organization_team_event_type_2026_06_12 = create_team_event_type_2026_06_12
list_organization_team_event_types_2026_06_12 = list_team_event_types_2026_06_12
get_organization_team_event_type_2026_06_12 = get_team_event_type_2026_06_12
update_organization_team_event_type_2026_06_12 = update_team_event_type_2026_06_12
delete_organization_team_event_type_2026_06_12 = delete_team_event_type
create_organization_team_event_type_phone_call_2026_06_12 = create_team_event_type_phone_call


def _event_types(call: Call, version: FormVersion) -> TeamEventTypes:
    organization_id = call.path_number("orgId") if "orgId" in call.path else None
    team_id = call.path_number("teamId")
    return TeamEventTypes(call.tx, team_id, call.caller.user_id, organization_id, version=version)
