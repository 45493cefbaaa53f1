"""Invariants of organizations, their users and their managers."""

from __future__ import annotations

from mock_server.identity.model import OAUTH_CLIENTS, PROFILES, USERS
from mock_server.identity.profiles import profile_in
from mock_server.organizations.model import MANAGED_ORGANIZATIONS, ORGANIZATION_SETTINGS
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import organization
from mock_server.teams.model import PLATFORM_BILLINGS


def references_name_organizations(tx: Transaction) -> list[str]:
    """Fields that refer to an organization do not refer to a plain team."""
    named = [
        *((f"profile {each.id}", each.organization_id) for each in tx.table(PROFILES).rows.values()),
        *((f"settings {each.id}", each.organization_id) for each in tx.table(ORGANIZATION_SETTINGS).rows.values()),
        *((f"OAuth client {each.id}", each.organization_id) for each in tx.table(OAUTH_CLIENTS).rows.values()),
        *((f"user {each.id}", each.organization_id) for each in tx.table(USERS).rows.values()),
    ]
    return [
        f"{row} refers to organization {team_id}, which is not an organization"
        for row, team_id in named
        if team_id is not None and organization(tx, team_id) is None
    ]


def users_have_a_profile_in_their_organization(tx: Transaction) -> list[str]:
    """A user whose main organization is set has a profile there."""
    return [
        f"the main organization of user {each.id} is {each.organization_id}, where the user has no profile"
        for each in tx.table(USERS).rows.values()
        if each.organization_id is not None and profile_in(tx, each.id, each.organization_id) is None
    ]


def billings_belong_to_platforms(tx: Transaction) -> list[str]:
    """A subscription belongs to a platform organization; a shared one belongs to the organization's manager."""
    complaints: list[str] = []
    for billing in tx.table(PLATFORM_BILLINGS).rows.values():
        team = organization(tx, billing.id)
        if team is None or not team.is_platform:
            complaints.append(f"platform billing {billing.id} does not belong to a platform organization")
        link = tx[MANAGED_ORGANIZATIONS].get(billing.id)
        if billing.manager_billing_id is not None and (
            link is None or link.manager_organization_id != billing.manager_billing_id
        ):
            complaints.append(f"platform billing {billing.id} is shared with an organization that does not manage it")
    return complaints


def managers_are_platforms(tx: Transaction) -> list[str]:
    """Only a platform organization manages others, and not itself."""
    complaints: list[str] = []
    for link in tx.table(MANAGED_ORGANIZATIONS).rows.values():
        manager = organization(tx, link.manager_organization_id)
        managed = organization(tx, link.managed_organization_id)
        if manager is None or managed is None or not manager.is_platform or manager.id == managed.id:
            complaints.append(f"{link.managed_organization_id} cannot be managed by {link.manager_organization_id}")
    return complaints


CHECKS = (
    references_name_organizations,
    users_have_a_profile_in_their_organization,
    billings_belong_to_platforms,
    managers_are_platforms,
)
