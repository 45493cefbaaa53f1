"""Invariants of roles."""

from __future__ import annotations

from mock_server.roles.model import CUSTOM_ROLES
from mock_server.roles.permissions import permissions_of_organizations, permissions_of_teams
from mock_server.roles.system_roles import SYSTEM_ROLES
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import organization
from mock_server.teams.model import MEMBERSHIPS


def members_hold_roles_of_their_team(tx: Transaction) -> list[str]:
    """A membership has a system role, or a custom role of its own organization or team."""
    complaints: list[str] = []
    for membership in tx.table(MEMBERSHIPS).rows.values():
        if membership.role_id in SYSTEM_ROLES:
            continue
        role = tx[CUSTOM_ROLES].get(membership.role_id)
        if role is None or role.team_id != membership.team_id:
            complaints.append(f"membership {membership.id} has role {membership.role_id}, which its team does not have")
    return complaints


def roles_hold_permissions_of_their_kind(tx: Transaction) -> list[str]:
    """A custom role holds only permissions that roles of an organization, or of a team, may hold, each once."""
    complaints: list[str] = []
    for role in tx.table(CUSTOM_ROLES).rows.values():
        is_of_team = organization(tx, role.team_id) is None
        allowed = permissions_of_teams(tx) if is_of_team else permissions_of_organizations(tx)
        if not set(role.permissions) <= set(allowed):
            complaints.append(f"role {role.id} holds a permission that no role of {role.team_id} may hold")
        if len(set(role.permissions)) < len(role.permissions):
            complaints.append(f"role {role.id} holds a permission more than once")
    return complaints


CHECKS = (members_hold_roles_of_their_team, roles_hold_permissions_of_their_kind)
