"""Decides whether a member's role grants a permission.

Source: Cal.com API v2, roles: permission-based access control.
"""

from __future__ import annotations

from mock_server.roles.model import CUSTOM_ROLES, TEAM_FEATURES
from mock_server.roles.permissions import grants
from mock_server.roles.system_roles import system_roles
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import membership_of
from mock_server.teams.model import TEAMS, Membership


def are_permissions_used(tx: Transaction, team_id: int) -> bool:
    """Whether roles grant permissions in a team or organization: it has the feature, or else its organization has."""
    if not tx.has("custom-roles"):
        return False
    features = tx[TEAM_FEATURES].get(team_id)
    if features is not None:
        return features.pbac
    parent_id = _parent_id(tx, team_id)
    return parent_id is not None and are_permissions_used(tx, parent_id)


def is_granted(tx: Transaction, user_id: int, team_id: int, permission: str) -> bool:
    """Whether permissions are used there, and the user's role in the team or its organization grants this one.

    Pending memberships count.
    """
    if not are_permissions_used(tx, team_id):
        return False
    memberships = (membership_of(tx, user_id, each) for each in (team_id, _parent_id(tx, team_id)) if each is not None)
    return any(each is not None and grants(_permissions_of(tx, each), permission) for each in memberships)


def _permissions_of(tx: Transaction, membership: Membership) -> tuple[str, ...]:
    role = system_roles(tx).get(membership.role_id) or tx[CUSTOM_ROLES].require(membership.role_id)
    return role.permissions


def _parent_id(tx: Transaction, team_id: int) -> int | None:
    team = tx[TEAMS].get(team_id)
    return None if team is None else team.parent_id
