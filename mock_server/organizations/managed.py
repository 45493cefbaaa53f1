"""Organizations that a platform organization manages.

Source: Cal.com API v2, managed organizations.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.accounts import join_organization
from mock_server.identity.addresses import slug_of
from mock_server.identity.key_expiry import expiry_of
from mock_server.identity.keys import create_api_key
from mock_server.identity.model import USERS
from mock_server.organizations.model import MANAGED_ORGANIZATIONS, ManagedOrganization
from mock_server.runtime.errors import Conflict, Forbidden, NotFound
from mock_server.runtime.json_values import script_text
from mock_server.state.transaction import Transaction
from mock_server.teams.mixing import check_joins_organization
from mock_server.teams.model import PLATFORM_BILLINGS, TEAMS, Team

NO_PLATFORM = (
    "Manager organization must be a platform organization. Normal organizations can't create managed organizations yet."
)
NO_BILLING = "Manager organization billing not found."
NO_SCALE = "Manager organization billing plan is not SCALE."
SLUG_TAKEN = (
    "Organization with slug '{slug}' already exists. Please, either provide a different slug or change name so that "
    "the automatically generated slug is different."
)
KEY_NOTE = "Managed organization API key. ManagerOrgId: {manager}. ManagedOrgId: {managed}"


def add_managed_organization(
    tx: Transaction, manager_id: int, creator_id: int, body: dict[str, Any]
) -> tuple[Team, str]:
    """Creates a managed organization owned by its creator, and an API key of the creator for it.

    Raises Forbidden or NotFound if the manager may not manage organizations, Conflict or UniqueViolation for a slug in
    use, BadRequest for a contradictory key expiry and for a creator who is a managed user.
    """
    if not tx[TEAMS].require(manager_id).is_platform:
        raise Forbidden(NO_PLATFORM)
    team = tx[TEAMS].create(
        name=body["name"],
        slug=_slug_for(tx, manager_id, body),
        metadata=body.get("metadata"),
        created_at=tx.now,
        is_organization=True,
        is_platform=True,
    )
    tx[MANAGED_ORGANIZATIONS].insert(
        ManagedOrganization(managed_organization_id=team.id, manager_organization_id=manager_id)
    )
    creator = tx[USERS].require(creator_id)
    check_joins_organization(tx, creator_id, team.id)
    join_organization(tx, creator, team.id, role="OWNER", fallback_username=f"{team.name}-{creator_id}")
    _share_billing(tx, manager_id, team.id)
    note = KEY_NOTE.format(manager=manager_id, managed=team.id)
    expires_at = expiry_of(body, tx.now)
    return team, create_api_key(tx, creator_id, team_id=team.id, note=note, expires_at=expires_at)


def managed_organizations(tx: Transaction, manager_id: int, query: dict[str, Any]) -> list[Team]:
    """The managed organizations, oldest first, that match `slug`, and `metadataKey` with `metadataValue`, if given."""
    links = tx[MANAGED_ORGANIZATIONS].find(manager_organization_id=manager_id)
    teams = [tx[TEAMS].require(each.managed_organization_id) for each in links]
    requested_slug, key, value = (query.get(name) for name in ("slug", "metadataKey", "metadataValue"))
    if requested_slug:
        teams = [each for each in teams if each.slug == requested_slug]
    if key and value:
        teams = [each for each in teams if key in (each.metadata or {}) and script_text(each.metadata[key]) == value]
    return teams


def _slug_for(tx: Transaction, manager_id: int, body: dict[str, Any]) -> str | None:
    """The slug that the request names, or else one made of the name. Raises Conflict if the manager has it already."""
    if not tx.has("slugs-from-names"):
        return None
    new_slug = slug_of(body)
    other = tx[TEAMS].first(parent_id=None, slug=new_slug) if new_slug else None
    link = None if other is None else tx[MANAGED_ORGANIZATIONS].get(other.id)
    if link is not None and link.manager_organization_id == manager_id:
        raise Conflict(SLUG_TAKEN.format(slug=new_slug))
    return new_slug


def _share_billing(tx: Transaction, manager_id: int, managed_id: int) -> None:
    billing = tx[PLATFORM_BILLINGS].get(manager_id)
    if billing is None:
        raise NotFound(NO_BILLING)
    if billing.plan != "SCALE":
        raise NotFound(NO_SCALE)
    tx[PLATFORM_BILLINGS].insert(billing.changed(id=managed_id, manager_billing_id=manager_id))
