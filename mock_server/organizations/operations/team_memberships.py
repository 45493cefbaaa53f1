"""Operations on the memberships of an organization's team.

Source: Cal.com API v2, organization team memberships.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.profiles import profile_in
from mock_server.organizations.auto_acceptance import is_accepted_at_once
from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound, UnprocessableEntity
from mock_server.teams.joining import accept_into_team, find_in_team, join_team, leave_team, membership_to_remove
from mock_server.teams.model import MEMBERSHIPS, Membership
from mock_server.teams.views import membership_view


def list_organization_team_memberships(call: Call) -> list[dict[str, Any]]:
    """The team's memberships, including pending ones."""
    page = call.tx[MEMBERSHIPS].page(call.query["skip"], call.query["take"], team_id=call.path_number("teamId"))
    return [membership_view(call.tx, each) for each in page]


def create_organization_team_membership(call: Call) -> dict[str, Any]:
    """Adds a user of the organization to the team. Users of its own domain are accepted at once."""
    if profile_in(call.tx, call.body["userId"], call.path_number("orgId")) is None:
        raise UnprocessableEntity("User is not part of the Organization")
    body = call.body
    if is_accepted_at_once(call.tx, body["userId"], call.path_number("orgId")):
        body = {**body, "accepted": True}
    return membership_view(call.tx, join_team(call.tx, call.path_number("teamId"), body))


def get_organization_team_membership(call: Call) -> dict[str, Any]:
    """One membership of the team."""
    return membership_view(call.tx, _membership(call))


def update_organization_team_membership(call: Call) -> dict[str, Any]:
    """Updates a membership. A pending member who is accepted is assigned to the team's event types."""
    return membership_view(call.tx, accept_into_team(call.tx, _membership(call), call.body))


def delete_organization_team_membership(call: Call) -> dict[str, Any]:
    """Removes a member from the team, not from the organization."""
    membership_id, team_id = call.path_number("membershipId"), call.path_number("teamId")
    place = f" of organization {call.path_number('orgId')}"
    membership = membership_to_remove(call.tx, membership_id, team_id, place=place)
    view = membership_view(call.tx, membership)
    leave_team(call.tx, membership)
    return view


def _membership(call: Call) -> Membership:
    membership = find_in_team(call.tx, call.path_number("membershipId"), call.path_number("teamId"))
    if membership is None:
        raise NotFound("Organization's Team membership not found")
    return membership
