"""Owners of new teams, and the uniqueness of slugs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest
from mock_server.state.errors import UniqueViolation
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import membership_of
from mock_server.teams.model import MEMBERSHIPS, TEAM_BILLING, TEAMS, TeamBilling
from mock_server.teams.team_settings import (
    add_team,
    add_unpaid_team,
    change_team,
    check_name_is_new,
    requires_payment,
)
from mock_server.worlds.tests.loaded_world import default_world

ACME, ADMIN, SOLO = 1, 2, 4


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world(), datetime(2025, 5, 1, tzinfo=UTC))


def test_the_creator_owns_the_team(tx: Transaction) -> None:
    team = add_team(tx, {"name": "Club", "autoAcceptCreator": False}, SOLO)
    membership = membership_of(tx, SOLO, team.id)
    assert membership is not None
    assert (membership.role, membership.accepted) == ("OWNER", False)


def test_the_creator_is_accepted_by_default(tx: Transaction) -> None:
    team = add_team(tx, {"name": "Club"}, SOLO)
    membership = membership_of(tx, SOLO, team.id)
    assert membership is not None and membership.accepted
    assert team.created_at == tx.now


def test_a_team_that_is_not_paid_for_has_no_members(tx: Transaction) -> None:
    team = add_unpaid_team(tx, {"name": "Club", "bio": "We read."})
    assert (team.name, team.bio, team.pending_payment, team.created_at) == ("Club", "We read.", True, tx.now)
    assert tx[MEMBERSHIPS].find(team_id=team.id) == []


@pytest.mark.parametrize(
    ("body", "slug"),
    [({"name": "Book Club"}, "book-club"), ({"name": "Book Club", "slug": "bc"}, "bc"), ({"name": "!"}, None)],
)
def test_a_new_team_gets_a_slug_from_its_name_since_2026_03(body: dict[str, Any], slug: str | None) -> None:
    tx = Transaction(default_world("2026-03"), datetime(2026, 5, 1, tzinfo=UTC))
    assert add_team(tx, body, SOLO).slug == slug


def test_a_name_is_new_to_users_without_a_membership_in_a_team_of_that_name(tx: Transaction) -> None:
    add_team(tx, {"name": "Club", "autoAcceptCreator": False}, SOLO)
    check_name_is_new(tx, SOLO, "Other")
    check_name_is_new(tx, ADMIN, "Club")
    with pytest.raises(BadRequest) as refused:
        check_name_is_new(tx, SOLO, "Club")
    message = "You already have created a team with name=Club"
    assert refused.value.content()["details"] == {"message": message}


def test_a_system_administrator_does_not_join_an_organizations_team(tx: Transaction) -> None:
    tx[USERS].update(ADMIN, role="ADMIN")
    team = add_team(tx, {"name": "Club"}, ADMIN, parent_id=ACME)
    assert membership_of(tx, ADMIN, team.id) is None


def test_a_system_administrator_owns_a_new_standalone_team(tx: Transaction) -> None:
    tx[USERS].update(ADMIN, role="ADMIN")
    membership = membership_of(tx, ADMIN, add_team(tx, {"name": "Club"}, ADMIN).id)
    assert membership is not None
    assert membership.role == "OWNER"


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ({}, {}, True),
        ({}, {"parent_id": ACME}, False),
        ({}, {"is_organization": True}, True),
        ({"parent_id": ACME}, {"parent_id": ACME}, True),
    ],
)
def test_slugs_are_unique_in_their_scope(
    tx: Transaction, first: dict[str, Any], second: dict[str, Any], clash: bool
) -> None:
    tx[TEAMS].create(name="First", slug="club", created_at=tx.now, **first)
    if clash:
        with pytest.raises(UniqueViolation):
            tx[TEAMS].create(name="Second", slug="club", created_at=tx.now, **second)
    else:
        assert tx[TEAMS].create(name="Second", slug="club", created_at=tx.now, **second).slug == "club"


def test_teams_without_a_slug_never_conflict(tx: Transaction) -> None:
    teams = [add_team(tx, {"name": "Club"}, SOLO) for _ in range(2)]
    assert [each.slug for each in teams] == [None, None]


def test_an_update_leaves_other_fields_unchanged(tx: Transaction) -> None:
    team = add_team(tx, {"name": "Club", "bio": "We read.", "metadata": {"a": 1}}, SOLO)
    changed = change_team(tx, team.id, {"name": "Club", "bio": None, "includeManagedEventsInLimits": True})
    assert changed == team.changed(bio=None, include_managed_events_in_limits=True)


def test_teams_are_free_unless_the_world_requires_payment(tx: Transaction) -> None:
    assert not requires_payment(tx)
    tx[TEAM_BILLING].insert(TeamBilling(id=1, enabled=True))
    assert requires_payment(tx)
