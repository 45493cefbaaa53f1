"""The checks of event types see what is wrong with a world, and nothing in a good one."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.areas import schema
from mock_server.event_types.invariants import CHECKS
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS
from mock_server.worlds.loader import load_world

SALES, OWNER, ADMIN, MEMBER = 2, 1, 2, 3


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(load_world(schema()), datetime(2025, 5, 1, tzinfo=UTC))


def complaints(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def offer(tx: Transaction, scheduling_type: str, slug: str = "demo") -> EventType:
    return tx[EVENT_TYPES].create(team_id=SALES, title="Demo", slug=slug, length=30, scheduling_type=scheduling_type)


def test_the_default_world_is_sound(tx: Transaction) -> None:
    assert complaints(tx) == []


def test_a_team_that_offers_something_before_it_is_paid_for(tx: Transaction) -> None:
    unpaid = tx[TEAMS].create(name="Unpaid", created_at=tx.now, pending_payment=True)
    tx[EVENT_TYPES].create(team_id=unpaid.id, title="Demo", slug="demo", length=30, scheduling_type="collective")
    assert complaints(tx) == [f"team {unpaid.id} is still to be paid for, but has event types"]


def test_a_host_from_outside_the_team(tx: Transaction) -> None:
    demo = offer(tx, "collective")
    tx[HOSTS].create(user_id=MEMBER, event_type_id=demo.id)
    assert complaints(tx) == []
    stranger = tx[HOSTS].create(user_id=ADMIN, event_type_id=demo.id)
    assert complaints(tx) == [f"host {stranger.id} (user {ADMIN}) is no member of team {SALES}"]


def test_a_host_of_a_managed_event_type(tx: Transaction) -> None:
    demo = offer(tx, "managed")
    host = tx[HOSTS].create(user_id=MEMBER, event_type_id=demo.id)
    assert complaints(tx) == [f"host {host.id} is one of event type {demo.id}, which has no hosts of its own"]


def test_a_child_of_somebody_who_has_left(tx: Transaction) -> None:
    demo = offer(tx, "managed")
    child = tx[EVENT_TYPES].create(user_id=MEMBER, parent_id=demo.id, title="Demo", slug="demo", length=30)
    assert complaints(tx) == []
    [membership] = tx[MEMBERSHIPS].find(user_id=MEMBER, team_id=SALES)
    tx[MEMBERSHIPS].delete(membership.id)
    assert complaints(tx) == [f"event type {child.id} belongs to nobody of team {SALES}"]


def test_a_child_of_what_is_not_managed(tx: Transaction) -> None:
    demo = offer(tx, "collective")
    child = tx[EVENT_TYPES].create(user_id=MEMBER, parent_id=demo.id, title="Demo", slug="demo", length=30)
    assert complaints(tx) == [f"event type {child.id} is a child of {demo.id}, which is not a team's managed one"]


def test_an_event_type_of_a_user_that_is_scheduled_like_a_teams(tx: Transaction) -> None:
    odd = tx[EVENT_TYPES].create(user_id=OWNER, title="Odd", slug="odd", length=30, scheduling_type="collective")
    assert complaints(tx) == [f"event type {odd.id} belongs to team None and user {OWNER}, scheduled collective"]
