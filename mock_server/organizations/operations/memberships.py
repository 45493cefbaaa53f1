"""Operations on the memberships of an organization.

Source: Cal.com API v2, organization memberships.
"""

from __future__ import annotations

from typing import Any

from mock_server.runtime.call import Call
from mock_server.teams.joining import change_membership, join_or_overwrite
from mock_server.teams.model import MEMBERSHIPS
from mock_server.teams.views import membership_view


def list_organization_memberships(call: Call) -> Any:
    """The memberships in the organization itself, including pending ones."""
    page = call.tx[MEMBERSHIPS].page(call.query["skip"], call.query["take"], team_id=call.path_number("orgId"))
    return [membership_view(call.tx, each) for each in page]


def create_organization_membership(call: Call) -> Any:
    """Creates a membership without a profile, or overwrites an existing one."""
    return membership_view(call.tx, join_or_overwrite(call.tx, call.path_number("orgId"), call.body))


def get_organization_membership(call: Call) -> Any:
    """One membership."""
    return membership_view(call.tx, call.tx[MEMBERSHIPS].require(call.path_number("membershipId")))


def update_organization_membership(call: Call) -> Any:
    """Updates a membership."""
    return membership_view(call.tx, change_membership(call.tx, call.path_number("membershipId"), call.body))


def delete_organization_membership(call: Call) -> Any:
    """Deletes only the membership: profile, team memberships and event types stay."""
    return membership_view(call.tx, call.tx[MEMBERSHIPS].delete(call.path_number("membershipId")))
