"""Operations on standalone teams, and on all that the caller is a member of.

Source: Cal.com API v2, teams.
"""

from __future__ import annotations

from typing import Any

from mock_server.runtime.call import Call
from mock_server.teams.founding import change_team, charges_for_teams, found_team, found_unpaid_team, require_new_name
from mock_server.teams.model import MEMBERSHIPS, TEAMS
from mock_server.teams.views import team_view, unpaid_team_view


def create_team(call: Call) -> Any:
    """A standalone team of the caller; or, where teams are charged for, where to pay for it."""
    require_new_name(call.tx, call.caller.user_id, call.body["name"])
    if not charges_for_teams(call.tx):
        return team_view(found_team(call.tx, call.body, call.caller.user_id))
    team = found_unpaid_team(call.tx, call.body)
    return unpaid_team_view(team, f"https://checkout.example.com/pay/cs_{call.identifiers.hex(24)}")


def list_teams(call: Call) -> Any:
    """Teams and organizations that the caller has a membership in, pending ones included."""
    memberships = call.tx[MEMBERSHIPS].find(user_id=call.caller.user_id)
    return [team_view(call.tx[TEAMS].require(each.team_id)) for each in memberships]


def get_team(call: Call) -> Any:
    """One team."""
    return team_view(call.tx[TEAMS].require(call.path_number("teamId")))


def update_team(call: Call) -> Any:
    """The team with the given fields changed."""
    return team_view(change_team(call.tx, call.path_number("teamId"), call.body))


def delete_team(call: Call) -> Any:
    """Deletes a team, or an organization with all that is in it."""
    return team_view(call.tx[TEAMS].delete(call.path_number("teamId")))
