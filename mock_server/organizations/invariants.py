"""What holds in every world between organizations, their users and those that manage them."""

from __future__ import annotations

from mock_server.identity.model import OAUTH_CLIENTS, PROFILES, USERS
from mock_server.organizations.model import MANAGED_ORGANIZATIONS, ORGANIZATION_SETTINGS
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import organization
from mock_server.teams.model import PLATFORM_BILLINGS


def organizations_are_meant(tx: Transaction) -> list[str]:
    """Whatever names an organization does not name a mere team."""
    named = [
        *((f"profile {each.id}", each.organization_id) for each in tx.table(PROFILES).rows.values()),
        *((f"settings {each.id}", each.organization_id) for each in tx.table(ORGANIZATION_SETTINGS).rows.values()),
        *((f"OAuth client {each.id}", each.organization_id) for each in tx.table(OAUTH_CLIENTS).rows.values()),
        *((f"user {each.id}", each.organization_id) for each in tx.table(USERS).rows.values()),
    ]
    return [
        f"{who} is of {team_id}, which is no organization"
        for who, team_id in named
        if team_id is not None and organization(tx, team_id) is None
    ]


def users_have_a_profile_in_their_organization(tx: Transaction) -> list[str]:
    """A user whose main organization is set has a profile there."""
    return [
        f"user {each.id} is of organization {each.organization_id}, but has no profile in it"
        for each in tx.table(USERS).rows.values()
        if each.organization_id is not None
        and tx[PROFILES].first(user_id=each.id, organization_id=each.organization_id) is None
    ]


def billings_are_those_of_platforms(tx: Transaction) -> list[str]:
    """A subscription is one of a platform organization, and a shared one names the manager whose it is."""
    complaints: list[str] = []
    for billing in tx.table(PLATFORM_BILLINGS).rows.values():
        team = organization(tx, billing.id)
        if team is None or not team.is_platform:
            complaints.append(f"platform billing {billing.id} is of no platform organization")
        link = tx[MANAGED_ORGANIZATIONS].get(billing.id)
        if billing.manager_billing_id is not None and (
            link is None or link.manager_organization_id != billing.manager_billing_id
        ):
            complaints.append(f"platform billing {billing.id} is shared with one that does not manage it")
    return complaints


def managers_are_platforms(tx: Transaction) -> list[str]:
    """Platform organizations manage others, and none itself."""
    complaints: list[str] = []
    for link in tx.table(MANAGED_ORGANIZATIONS).rows.values():
        manager = organization(tx, link.manager_organization_id)
        managed = organization(tx, link.managed_organization_id)
        if manager is None or managed is None or not manager.is_platform or manager.id == managed.id:
            complaints.append(f"{link.managed_organization_id} cannot be managed by {link.manager_organization_id}")
    return complaints


CHECKS = (
    organizations_are_meant,
    users_have_a_profile_in_their_organization,
    billings_are_those_of_platforms,
    managers_are_platforms,
)
