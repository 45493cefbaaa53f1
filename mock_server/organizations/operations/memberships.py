"""Operations on the memberships of an organization.

Source: Cal.com API v2, organization memberships.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import USERS
from mock_server.organizations.inviting import invite_by_address
from mock_server.organizations.removal import remove_from_organization
from mock_server.organizations.views import organization_membership_view
from mock_server.runtime.call import Call
from mock_server.teams.joining import change_membership, join_or_overwrite
from mock_server.teams.model import MEMBERSHIPS


def list_organization_memberships(call: Call) -> list[dict[str, Any]]:
    """The memberships in the organization itself, including pending ones."""
    page = call.tx[MEMBERSHIPS].page(call.query["skip"], call.query["take"], team_id=call.path_number("orgId"))
    return [organization_membership_view(call.tx, each) for each in page]


def create_organization_membership(call: Call) -> dict[str, Any]:
    """Creates a membership without a profile, or overwrites an existing one. With an address, invites its user."""
    if call.has("members-by-address") and "userId" not in call.body:
        inviter = call.tx[USERS].require(call.caller.user_id)
        membership = invite_by_address(call.tx, call.path_number("orgId"), call.body, inviter)
        return organization_membership_view(call.tx, membership)
    return organization_membership_view(call.tx, join_or_overwrite(call.tx, call.path_number("orgId"), call.body))


def get_organization_membership(call: Call) -> dict[str, Any]:
    """One membership."""
    return organization_membership_view(call.tx, call.tx[MEMBERSHIPS].require(call.path_number("membershipId")))


def update_organization_membership(call: Call) -> dict[str, Any]:
    """Updates a membership."""
    changed = change_membership(call.tx, call.path_number("membershipId"), call.body)
    return organization_membership_view(call.tx, changed)


def delete_organization_membership(call: Call) -> dict[str, Any]:
    """Removes the member with all that the user has in the organization; in the first edition only the membership."""
    membership = call.tx[MEMBERSHIPS].require(call.path_number("membershipId"))
    view = organization_membership_view(call.tx, membership)
    if call.has("members-removed-completely"):
        remove_from_organization(call.tx, membership)
    else:
        call.tx[MEMBERSHIPS].delete(membership.id)
    return view
