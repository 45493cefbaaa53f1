"""Operations below `/v2/teams`."""

from mock_server.teams.operations.event_types import (
    create_team_event_type,
    create_team_event_type_phone_call,
    delete_team_event_type,
    get_team_event_type,
    list_team_event_types,
    update_team_event_type,
)
from mock_server.teams.operations.memberships import (
    create_team_membership,
    delete_team_membership,
    get_team_membership,
    list_team_memberships,
    update_team_membership,
)
from mock_server.teams.operations.teams import create_team, delete_team, get_team, list_teams, update_team

__all__ = [
    "create_team",
    "create_team_event_type",
    "create_team_event_type_phone_call",
    "create_team_membership",
    "delete_team",
    "delete_team_event_type",
    "delete_team_membership",
    "get_team",
    "get_team_event_type",
    "get_team_membership",
    "list_team_event_types",
    "list_team_memberships",
    "list_teams",
    "update_team",
    "update_team_event_type",
    "update_team_membership",
]
