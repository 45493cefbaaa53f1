"""Event types that are assigned to all members: members who join the team get them, members who leave lose theirs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.event_types.assignment import assign_member, unassign_member
from mock_server.event_types.managed_children import children_of, sync_children
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS, Membership
from mock_server.worlds.tests.loaded_world import default_world

OWNER, SOLO = 1, 4


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world(), datetime(2025, 5, 1, tzinfo=UTC))


@pytest.fixture
def joined(tx: Transaction) -> Membership:
    """A user who has joined a team without event types."""
    club = tx[TEAMS].create(name="Club", created_at=tx.now)
    return tx[MEMBERSHIPS].create(user_id=SOLO, team_id=club.id, role="MEMBER", accepted=True)


def offer(tx: Transaction, joined: Membership, kind: str, **fields: Any) -> EventType:
    values = {"title": "Demo", "slug": f"of-{kind}", "length": 30, "assign_all_team_members": True, **fields}
    return tx[EVENT_TYPES].create(team_id=joined.team_id, scheduling_type=kind, **values)


def host_elsewhere(tx: Transaction, user_id: int) -> EventType:
    """An event type of another team, which the user hosts."""
    other = tx[TEAMS].create(name="Other", created_at=tx.now)
    tx[MEMBERSHIPS].create(user_id=user_id, team_id=other.id, role="MEMBER", accepted=True)
    event_type = tx[EVENT_TYPES].create(
        team_id=other.id, scheduling_type="roundRobin", title="Other", slug="other", length=30
    )
    tx[HOSTS].create(user_id=user_id, event_type_id=event_type.id)
    return event_type


def hosts(tx: Transaction, event_type: EventType) -> list[tuple[int, bool]]:
    return [(host.user_id, host.is_fixed) for host in tx[HOSTS].find(event_type_id=event_type.id)]


def test_a_member_becomes_a_host_or_gets_a_child_of_what_is_assigned_to_all(
    tx: Transaction, joined: Membership
) -> None:
    turns, together, managed = (offer(tx, joined, kind) for kind in ("roundRobin", "collective", "managed"))
    chosen = offer(tx, joined, "roundRobin", slug="chosen", assign_all_team_members=False)
    assign_member(tx, joined)
    assert hosts(tx, turns) == [(SOLO, False)]
    assert hosts(tx, together) == [(SOLO, True)]
    assert [child.user_id for child in children_of(tx, managed)] == [SOLO]
    assert hosts(tx, chosen) == hosts(tx, managed) == []


@pytest.mark.parametrize("obstacle", ["host", "slug"])
def test_nothing_is_assigned_if_one_event_type_cannot_be(tx: Transaction, joined: Membership, obstacle: str) -> None:
    turns, managed = offer(tx, joined, "roundRobin"), offer(tx, joined, "managed")
    if obstacle == "host":
        tx[HOSTS].create(user_id=SOLO, event_type_id=turns.id)
    else:
        tx[EVENT_TYPES].create(user_id=SOLO, title="Mine", slug=managed.slug, length=15)
    before = hosts(tx, turns)
    assign_member(tx, joined)
    assert hosts(tx, turns) == before
    assert children_of(tx, managed) == []


def test_other_hosts_and_slugs_are_no_obstacles(tx: Transaction, joined: Membership) -> None:
    host_elsewhere(tx, SOLO)
    turns, managed = offer(tx, joined, "roundRobin"), offer(tx, joined, "managed")
    tx[HOSTS].create(user_id=OWNER, event_type_id=turns.id)
    tx[EVENT_TYPES].create(user_id=OWNER, title="Mine", slug=managed.slug, length=15)
    assign_member(tx, joined)
    assert hosts(tx, turns) == [(OWNER, False), (SOLO, False)]
    assert [child.user_id for child in children_of(tx, managed)] == [SOLO]


def test_a_member_who_leaves_loses_children_and_hosts_of_this_team_only(tx: Transaction, joined: Membership) -> None:
    turns, managed = offer(tx, joined, "roundRobin"), offer(tx, joined, "managed")
    empty = offer(tx, joined, "collective")
    tx[HOSTS].create(user_id=OWNER, event_type_id=turns.id)
    tx[HOSTS].create(user_id=SOLO, event_type_id=turns.id)
    sync_children(tx, managed, [OWNER, SOLO])
    own = tx[EVENT_TYPES].create(user_id=SOLO, title="Mine", slug="mine", length=15)
    elsewhere = host_elsewhere(tx, SOLO)
    unassign_member(tx, joined)
    assert hosts(tx, turns) == [(OWNER, False)]
    assert hosts(tx, empty) == []
    assert hosts(tx, elsewhere) == [(SOLO, False)]
    assert [child.user_id for child in children_of(tx, managed)] == [OWNER]
    assert tx[EVENT_TYPES].get(own.id) == own
