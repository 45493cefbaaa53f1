"""Operations on the teams of an organization.

Source: Cal.com API v2, organization teams.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from mock_server.runtime.call import Call
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import MEMBERSHIPS, TEAMS
from mock_server.teams.team_settings import add_team, change_team, check_plain_name
from mock_server.teams.views import my_team_view, team_view


def list_organization_teams(call: Call) -> list[dict[str, Any]]:
    """All teams of the organization."""
    page = call.tx[TEAMS].page(call.query["skip"], call.query["take"], parent_id=call.path_number("orgId"))
    return [team_view(each) for each in page]


def create_organization_team(call: Call) -> dict[str, Any]:
    """Creates a team owned by the caller. With the header x-cal-client-id it belongs to that OAuth client."""
    check_plain_name(call.tx, call.body["name"])
    client_id = call.headers.get("x-cal-client-id")
    team = add_team(
        call.tx,
        call.body,
        call.caller.user_id,
        parent_id=call.path_number("orgId"),
        created_by_client_id=client_id or None,
    )
    return team_view(team)


def list_my_organization_teams(call: Call) -> list[dict[str, Any]]:
    """The organization's teams in which the caller has a membership, accepted or pending.

    Admins and owners of the organization get all teams; not so in the first edition.
    """
    organization_id = call.path_number("orgId")
    in_organization = membership_of(call.tx, call.caller.user_id, organization_id)
    if has_rank(in_organization, "ADMIN") and call.has("admins-have-all-teams"):
        page = call.tx[TEAMS].page(call.query["skip"], call.query["take"], parent_id=organization_id)
        return [my_team_view(each, membership_of(call.tx, call.caller.user_id, each.id)) for each in page]
    memberships = call.tx[MEMBERSHIPS].find(user_id=call.caller.user_id)
    mine = (
        my_team_view(team, each)
        for each in memberships
        if (team := call.tx[TEAMS].require(each.team_id)).parent_id == organization_id
    )
    return list(islice(mine, call.query["skip"], call.query["skip"] + call.query["take"]))


def get_organization_team(call: Call) -> dict[str, Any]:
    """One team."""
    return team_view(call.tx[TEAMS].require(call.path_number("teamId")))


def update_organization_team(call: Call) -> dict[str, Any]:
    """Updates the given fields."""
    check_plain_name(call.tx, call.body["name"])
    return team_view(change_team(call.tx, call.path_number("teamId"), call.body))


def delete_organization_team(call: Call) -> dict[str, Any]:
    """Deletes the team with everything in it. Its members stay in the organization."""
    return team_view(call.tx[TEAMS].delete(call.path_number("teamId")))
