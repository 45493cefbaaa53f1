"""Operations on team event types, under `/v2/teams` and under organizations.

Source: Cal.com API v2, team event types, organization team event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types import team_event_types
from mock_server.event_types.phone_calls import place_call
from mock_server.event_types.team_event_types import (
    TeamEventTypes,
    event_types_of_organization,
    find_team_event_type,
    require_team_event_type,
)
from mock_server.event_types.views import (
    deleted_team_event_type_view,
    public_team_event_types_view,
    saved_team_event_type_view,
    team_event_type_view,
)
from mock_server.runtime.call import Call
from mock_server.state.errors import ForeignKeyViolation


def list_organization_event_types(call: Call) -> list[dict[str, Any]]:
    """The event types of all teams of the organization."""
    found = event_types_of_organization(call.tx, call.path_number("orgId"), call.query)
    return [team_event_type_view(call.tx, each) for each in found]


def create_team_event_type(call: Call) -> dict[str, object] | list[dict[str, object]]:
    """Creates an event type of the team."""
    return saved_team_event_type_view(call.tx, _event_types(call).create(call.body))


def list_team_event_types(call: Call) -> list[dict[str, Any]]:
    """The event types of the team. Public."""
    return public_team_event_types_view(call.tx, call.path_number("teamId"), call.query)


def get_team_event_type(call: Call) -> dict[str, object]:
    """One event type of the team; a managed one without its children."""
    event_type = require_team_event_type(call.tx, call.path_number("teamId"), call.path_number("eventTypeId"))
    return team_event_type_view(call.tx, event_type)


def update_team_event_type(call: Call) -> dict[str, object] | list[dict[str, object]]:
    """Updates an event type of the team, and the children of a managed one."""
    return saved_team_event_type_view(call.tx, _event_types(call).update(call.path_number("eventTypeId"), call.body))


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


create_organization_team_event_type = create_team_event_type
list_organization_team_event_types = list_team_event_types
get_organization_team_event_type = get_team_event_type
update_organization_team_event_type = update_team_event_type
delete_organization_team_event_type = delete_team_event_type
create_organization_team_event_type_phone_call = create_team_event_type_phone_call


def _event_types(call: Call) -> TeamEventTypes:
    organization_id = call.path_number("orgId") if "orgId" in call.path else None
    return TeamEventTypes(call.tx, call.path_number("teamId"), call.caller.user_id, organization_id)
