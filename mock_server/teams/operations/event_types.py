"""Operations on the event types of a team.

Source: Cal.com API v2, team event types.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.team_event_types import TeamEventTypes, remove_team_event_type, require_team_event_type
from mock_server.event_types.team_views import (
    deleted_team_event_type_view,
    offered_view,
    team_event_type_view,
    written_view,
)
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest


def create_team_event_type(call: Call) -> Any:
    """A new event type of the team."""
    return written_view(call.tx, _event_types(call).create(call.body))


def list_team_event_types(call: Call) -> Any:
    """What the team offers. Anybody may ask."""
    return offered_view(call.tx, call.path_number("teamId"), call.query)


def get_team_event_type(call: Call) -> Any:
    """One event type of the team; of a managed one without its children."""
    event_type = require_team_event_type(call.tx, call.path_number("teamId"), call.path_number("eventTypeId"))
    return team_event_type_view(call.tx, event_type)


def update_team_event_type(call: Call) -> Any:
    """Changes an event type of the team; the children of a managed one follow."""
    return written_view(call.tx, _event_types(call).update(call.path_number("eventTypeId"), call.body))


def delete_team_event_type(call: Call) -> Any:
    """Removes an event type of the team, and the children of a managed one."""
    event_type = remove_team_event_type(call.tx, call.path_number("teamId"), call.path_number("eventTypeId"))
    return deleted_team_event_type_view(event_type)


def create_team_event_type_phone_call(call: Call) -> Any:  # noqa: ARG001
    """Never succeeds: upstream reads an organization's id that this path does not have."""
    raise BadRequest("Validation failed (numeric string is expected)")


def _event_types(call: Call) -> TeamEventTypes:
    return TeamEventTypes(call.tx, call.path_number("teamId"), call.caller.user_id)
