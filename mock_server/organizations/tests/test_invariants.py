"""The invariants of organizations detect invalid worlds and accept valid ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.identity.model import PROFILES, USERS
from mock_server.organizations.invariants import CHECKS
from mock_server.organizations.managed import add_managed_organization
from mock_server.organizations.model import MANAGED_ORGANIZATIONS
from mock_server.state.transaction import Transaction
from mock_server.teams.model import PLATFORM_BILLINGS, TEAMS
from mock_server.worlds.tests.loaded_world import default_world

ACME, SALES, OWNER, SOLO = 1, 2, 1, 4


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world(), datetime(2025, 5, 1, tzinfo=UTC))


def complaints(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def test_the_default_world_is_valid(tx: Transaction) -> None:
    assert complaints(tx) == []


def test_a_managed_organization_is_valid_with_and_without_its_manager(tx: Transaction) -> None:
    add_managed_organization(tx, ACME, OWNER, {"name": "Globex"})
    assert complaints(tx) == []
    tx[TEAMS].delete(ACME)
    assert complaints(tx) == []


def test_a_profile_in_a_plain_team(tx: Transaction) -> None:
    profile = tx[PROFILES].create(
        uid="profile-odd", user_id=SOLO, organization_id=SALES, username="solo", created_at=tx.now, updated_at=tx.now
    )
    assert complaints(tx) == [f"profile {profile.id} refers to organization {SALES}, which is not an organization"]


def test_a_user_of_an_organization_without_a_profile(tx: Transaction) -> None:
    tx[USERS].update(SOLO, organization_id=ACME)
    assert complaints(tx) == [f"the main organization of user {SOLO} is {ACME}, where the user has no profile"]


def test_a_subscription_of_a_team_that_is_not_a_platform(tx: Transaction) -> None:
    tx[PLATFORM_BILLINGS].insert(tx[PLATFORM_BILLINGS].require(ACME).changed(id=SALES))
    assert complaints(tx) == [f"platform billing {SALES} does not belong to a platform organization"]


def test_a_subscription_shared_with_an_unrelated_organization(tx: Transaction) -> None:
    managed, _ = add_managed_organization(tx, ACME, OWNER, {"name": "Globex"})
    tx[MANAGED_ORGANIZATIONS].delete(managed.id)
    assert complaints(tx) == [f"platform billing {managed.id} is shared with an organization that does not manage it"]


def test_a_manager_that_is_not_a_platform(tx: Transaction) -> None:
    managed, _ = add_managed_organization(tx, ACME, OWNER, {"name": "Globex"})
    tx[PLATFORM_BILLINGS].delete(ACME)
    tx[TEAMS].update(ACME, is_platform=False)
    assert complaints(tx) == [f"{managed.id} cannot be managed by {ACME}"]
