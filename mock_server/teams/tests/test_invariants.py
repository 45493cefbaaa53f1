"""The checks of teams see what is wrong with a world, and nothing in a good one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.areas import schema
from mock_server.state.transaction import Transaction
from mock_server.teams.invariants import CHECKS
from mock_server.teams.model import TEAMS
from mock_server.worlds.loader import load_world

SALES = 2


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(load_world(schema()), datetime(2025, 5, 1, tzinfo=UTC))


def complaints(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def test_the_default_world_is_sound(tx: Transaction) -> None:
    assert complaints(tx) == []


def test_a_team_below_a_team(tx: Transaction) -> None:
    below = tx[TEAMS].create(name="Below", created_at=tx.now, parent_id=SALES)
    assert complaints(tx) == [f"team {below.id} is below team {SALES}, which is no organization"]


def test_an_organization_below_another(tx: Transaction) -> None:
    below = tx[TEAMS].create(name="Below", created_at=tx.now, parent_id=1, is_organization=True)
    assert complaints(tx) == [f"organization {below.id} is below team 1"]
