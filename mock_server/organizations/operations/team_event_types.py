"""Operations on the event types of an organization's teams.

Source: Cal.com API v2, organization team event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.phone_calls import place_call
from mock_server.event_types.team_event_types import (
    TeamEventTypes,
    event_types_of_organization,
    find_team_event_type,
    remove_team_event_type,
    require_team_event_type,
)
from mock_server.event_types.team_views import (
    deleted_team_event_type_view,
    offered_view,
    team_event_type_view,
    written_view,
)
from mock_server.runtime.call import Call
from mock_server.state.errors import ForeignKeyViolation


def list_organization_event_types(call: Call) -> Any:
    """The event types of all teams of the organization."""
    query = call.query
    found = event_types_of_organization(call.tx, call.path_number("orgId"), query["skip"], query["take"])
    return [team_event_type_view(call.tx, each) for each in found]


def create_organization_team_event_type(call: Call) -> Any:
    """A new event type of the team."""
    return written_view(call.tx, _event_types(call).create(call.body))


def list_organization_team_event_types(call: Call) -> Any:
    """What the team offers. Anybody may ask."""
    return offered_view(call.tx, call.path_number("teamId"), call.query)


def get_organization_team_event_type(call: Call) -> Any:
    """One event type of the team; of a managed one without its children."""
    event_type = require_team_event_type(call.tx, call.path_number("teamId"), call.path_number("eventTypeId"))
    return team_event_type_view(call.tx, event_type)


def update_organization_team_event_type(call: Call) -> Any:
    """Changes an event type of the team; the children of a managed one follow."""
    return written_view(call.tx, _event_types(call).update(call.path_number("eventTypeId"), call.body))


def delete_organization_team_event_type(call: Call) -> Any:
    """Removes an event type of the team, and the children of a managed one."""
    event_type = remove_team_event_type(call.tx, call.path_number("teamId"), call.path_number("eventTypeId"))
    return deleted_team_event_type_view(event_type)


def create_organization_team_event_type_phone_call(call: Call) -> Any:
    """Keeps how an agent calls people for the event type, and has it place a (simulated) call.

    ForeignKeyViolation for an event type that is not the team's.
    """
    event_type_id = call.path_number("eventTypeId")
    if find_team_event_type(call.tx, call.path_number("teamId"), event_type_id) is None:
        raise ForeignKeyViolation(f"event_types {event_type_id} of team {call.path['teamId']}")
    placed = place_call(call.tx, event_type_id, call.body)
    return {"callId": placed.last_call_id, "agentId": placed.agent_id}


def _event_types(call: Call) -> TeamEventTypes:
    return TeamEventTypes(call.tx, call.path_number("teamId"), call.caller.user_id, call.path_number("orgId"))
