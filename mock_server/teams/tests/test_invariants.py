"""The invariants of teams detect invalid worlds and accept valid ones."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.state.transaction import Transaction
from mock_server.teams.invariants import CHECKS
from mock_server.teams.model import TEAMS
from mock_server.worlds.tests.loaded_world import default_world

SALES = 2


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world(), datetime(2025, 5, 1, tzinfo=UTC))


def complaints(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def test_the_default_world_is_valid(tx: Transaction) -> None:
    assert complaints(tx) == []


def test_a_team_whose_parent_is_a_team(tx: Transaction) -> None:
    below = tx[TEAMS].create(name="Below", created_at=tx.now, parent_id=SALES)
    assert complaints(tx) == [f"team {below.id} has the parent {SALES}, which is not an organization"]


def test_an_organization_whose_parent_is_another(tx: Transaction) -> None:
    below = tx[TEAMS].create(name="Below", created_at=tx.now, parent_id=1, is_organization=True)
    assert complaints(tx) == [f"organization {below.id} has the parent 1"]
