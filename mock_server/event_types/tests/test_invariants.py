"""The invariants of event types: violations are reported, and the default world has none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.event_types.invariants import CHECKS
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS
from mock_server.worlds.tests.loaded_world import default_world

SALES, OWNER, ADMIN, MEMBER = 2, 1, 2, 3


@pytest.fixture
def tx() -> Transaction:
    """The default world."""
    return Transaction(default_world(), datetime(2025, 5, 1, tzinfo=UTC))


def violations(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def offer(tx: Transaction, scheduling_type: str, slug: str = "demo") -> EventType:
    return tx[EVENT_TYPES].create(team_id=SALES, title="Demo", slug=slug, length=30, scheduling_type=scheduling_type)


def test_the_default_world_has_no_violations(tx: Transaction) -> None:
    assert violations(tx) == []


def test_an_event_type_of_a_team_with_pending_payment(tx: Transaction) -> None:
    unpaid = tx[TEAMS].create(name="Unpaid", created_at=tx.now, pending_payment=True)
    tx[EVENT_TYPES].create(team_id=unpaid.id, title="Demo", slug="demo", length=30, scheduling_type="collective")
    assert violations(tx) == [f"team {unpaid.id} has event types although its payment is pending"]


def test_a_host_who_is_not_a_member_of_the_team(tx: Transaction) -> None:
    demo = offer(tx, "collective")
    tx[HOSTS].create(user_id=MEMBER, event_type_id=demo.id)
    assert violations(tx) == []
    stranger = tx[HOSTS].create(user_id=ADMIN, event_type_id=demo.id)
    assert violations(tx) == [f"host {stranger.id} (user {ADMIN}) is not a member of team {SALES}"]


def test_a_host_of_a_managed_event_type(tx: Transaction) -> None:
    demo = offer(tx, "managed")
    host = tx[HOSTS].create(user_id=MEMBER, event_type_id=demo.id)
    assert violations(tx) == [f"host {host.id} belongs to event type {demo.id}, which cannot have hosts"]


def test_a_child_of_a_user_who_has_left_the_team(tx: Transaction) -> None:
    demo = offer(tx, "managed")
    child = tx[EVENT_TYPES].create(user_id=MEMBER, parent_id=demo.id, title="Demo", slug="demo", length=30)
    assert violations(tx) == []
    [membership] = tx[MEMBERSHIPS].find(user_id=MEMBER, team_id=SALES)
    tx[MEMBERSHIPS].delete(membership.id)
    assert violations(tx) == [f"event type {child.id} does not belong to a member of team {SALES}"]


def test_a_child_of_an_event_type_that_is_not_managed(tx: Transaction) -> None:
    demo = offer(tx, "collective")
    child = tx[EVENT_TYPES].create(user_id=MEMBER, parent_id=demo.id, title="Demo", slug="demo", length=30)
    assert violations(tx) == [f"event type {child.id} is a child of {demo.id}, which is not a team's managed one"]


def test_a_personal_event_type_with_a_scheduling_type(tx: Transaction) -> None:
    odd = tx[EVENT_TYPES].create(user_id=OWNER, title="Odd", slug="odd", length=30, scheduling_type="collective")
    assert violations(tx) == [f"event type {odd.id} belongs to team None and user {OWNER}, scheduled collective"]
