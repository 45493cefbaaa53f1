"""Operations on standalone teams, and on all teams of which the caller is a member.

Source: Cal.com API v2, teams.
"""

from __future__ import annotations

from typing import Any

from mock_server.runtime.call import Call
from mock_server.teams.model import MEMBERSHIPS, TEAMS
from mock_server.teams.team_settings import add_team, add_unpaid_team, change_team, check_name_is_new, requires_payment
from mock_server.teams.views import team_view, unpaid_team_view


def create_team(call: Call) -> dict[str, Any]:
    """Creates a standalone team owned by the caller, or an unpaid one with a payment link."""
    check_name_is_new(call.tx, call.caller.user_id, call.body["name"])
    if not requires_payment(call.tx):
        return team_view(add_team(call.tx, call.body, call.caller.user_id))
    team = add_unpaid_team(call.tx, call.body)
    return unpaid_team_view(team, f"https://checkout.example.com/pay/cs_{call.identifiers.hex(24)}")


def list_teams(call: Call) -> list[dict[str, Any]]:
    """Teams and organizations in which the caller has a membership, accepted or pending."""
    memberships = call.tx[MEMBERSHIPS].find(user_id=call.caller.user_id)
    return [team_view(call.tx[TEAMS].require(membership.team_id)) for membership in memberships]


def get_team(call: Call) -> dict[str, Any]:
    """One team."""
    return team_view(call.tx[TEAMS].require(call.path_number("teamId")))


def update_team(call: Call) -> dict[str, Any]:
    """Updates the given fields."""
    return team_view(change_team(call.tx, call.path_number("teamId"), call.body))


def delete_team(call: Call) -> dict[str, Any]:
    """Deletes a team, or an organization with everything in it."""
    return team_view(call.tx[TEAMS].delete(call.path_number("teamId")))
