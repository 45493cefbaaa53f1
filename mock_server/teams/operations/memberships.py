"""Operations on the memberships of a team.

Source: Cal.com API v2, team memberships.
"""

from __future__ import annotations

from typing import Any

from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound
from mock_server.teams.joining import change_membership, find_in_team, join_team, leave_team, require_in_team
from mock_server.teams.model import MEMBERSHIPS, Membership
from mock_server.teams.views import bare_membership_view, membership_view


def create_team_membership(call: Call) -> Any:
    """Adds any user to the team."""
    return membership_view(call.tx, join_team(call.tx, call.path_number("teamId"), call.body))


def list_team_memberships(call: Call) -> Any:
    """The team's memberships, including pending ones."""
    page = call.tx[MEMBERSHIPS].page(call.query["skip"], call.query["take"], team_id=call.path_number("teamId"))
    return [membership_view(call.tx, each) for each in page]


def get_team_membership(call: Call) -> Any:
    """One membership of the team."""
    membership = find_in_team(call.tx, call.path_number("membershipId"), call.path_number("teamId"))
    if membership is None:
        raise NotFound("Organization's Team membership not found")
    return membership_view(call.tx, membership)


def update_team_membership(call: Call) -> Any:
    """Updates a membership. Accepting a member here assigns no event types, as upstream."""
    return membership_view(call.tx, change_membership(call.tx, _membership(call).id, call.body))


def delete_team_membership(call: Call) -> Any:
    """Removes a member from the team."""
    return bare_membership_view(leave_team(call.tx, _membership(call)))


def _membership(call: Call) -> Membership:
    return require_in_team(call.tx, call.path_number("membershipId"), call.path_number("teamId"))
