"""Organizations that a platform organization manages.

Source: Cal.com API v2, managed organizations.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.accounts import join_organization
from mock_server.identity.key_expiry import expiry_of
from mock_server.identity.keys import create_api_key
from mock_server.identity.model import USERS
from mock_server.organizations.model import MANAGED_ORGANIZATIONS, ManagedOrganization
from mock_server.runtime.errors import Forbidden, NotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.model import PLATFORM_BILLINGS, TEAMS, Team

NO_PLATFORM = (
    "Manager organization must be a platform organization. Normal organizations can't create managed organizations yet."
)
NO_BILLING = "Manager organization billing not found."
NO_SCALE = "Manager organization billing plan is not SCALE."
KEY_NOTE = "Managed organization API key. ManagerOrgId: {manager}. ManagedOrgId: {managed}"


def add_managed_organization(
    tx: Transaction, manager_id: int, creator_id: int, body: dict[str, Any]
) -> tuple[Team, str]:
    """Creates a managed organization owned by its creator, and an API key of the creator for it.

    Raises Forbidden or NotFound if the manager may not manage organizations, BadRequest for a contradictory key expiry.
    """
    if not tx[TEAMS].require(manager_id).is_platform:
        raise Forbidden(NO_PLATFORM)
    team = tx[TEAMS].create(
        name=body["name"], metadata=body.get("metadata"), created_at=tx.now, is_organization=True, is_platform=True
    )
    tx[MANAGED_ORGANIZATIONS].insert(
        ManagedOrganization(managed_organization_id=team.id, manager_organization_id=manager_id)
    )
    creator = tx[USERS].require(creator_id)
    join_organization(tx, creator, team.id, role="OWNER", fallback_username=f"{team.name}-{creator_id}")
    _share_billing(tx, manager_id, team.id)
    note = KEY_NOTE.format(manager=manager_id, managed=team.id)
    expires_at = expiry_of(body, tx.now)
    return team, create_api_key(tx, creator_id, team_id=team.id, note=note, expires_at=expires_at)


def _share_billing(tx: Transaction, manager_id: int, managed_id: int) -> None:
    billing = tx[PLATFORM_BILLINGS].get(manager_id)
    if billing is None:
        raise NotFound(NO_BILLING)
    if billing.plan != "SCALE":
        raise NotFound(NO_SCALE)
    tx[PLATFORM_BILLINGS].insert(billing.changed(id=managed_id, manager_billing_id=manager_id))
