"""Operations on the memberships of a team.

Source: Cal.com API v2, team memberships.
"""

from __future__ import annotations

from typing import Any

from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound
from mock_server.teams.joining import (
    change_membership,
    find_in_team,
    join_team,
    leave_team,
    membership_to_remove,
    require_in_team,
)
from mock_server.teams.memberships import memberships_by_address
from mock_server.teams.model import MEMBERSHIPS
from mock_server.teams.views import membership_view


def create_team_membership(call: Call) -> dict[str, Any]:
    """Adds any user to the team."""
    return membership_view(call.tx, join_team(call.tx, call.path_number("teamId"), call.body))


def list_team_memberships(call: Call) -> list[dict[str, Any]]:
    """The team's memberships, including pending ones; only those of users with certain addresses, if any are given."""
    team_id, skip, take = call.path_number("teamId"), call.query["skip"], call.query["take"]
    if emails := call.query.get("emails"):
        page = memberships_by_address(call.tx, team_id, emails)[skip : skip + take]
    else:
        page = call.tx[MEMBERSHIPS].page(skip, take, team_id=team_id)
    return [membership_view(call.tx, each) for each in page]


def get_team_membership(call: Call) -> dict[str, Any]:
    """One membership of the team."""
    membership = find_in_team(call.tx, call.path_number("membershipId"), call.path_number("teamId"))
    if membership is None:
        raise NotFound("Organization's Team membership not found")
    return membership_view(call.tx, membership)


def update_team_membership(call: Call) -> dict[str, Any]:
    """Updates a membership. Accepting a member here assigns no event types, as upstream."""
    membership = require_in_team(call.tx, call.path_number("membershipId"), call.path_number("teamId"))
    return membership_view(call.tx, change_membership(call.tx, membership.id, call.body))


def delete_team_membership(call: Call) -> dict[str, Any]:
    """Removes a member from the team."""
    membership = membership_to_remove(call.tx, call.path_number("membershipId"), call.path_number("teamId"))
    view = membership_view(call.tx, membership)
    leave_team(call.tx, membership)
    return view
