"""Hosts and children of team event types, and who may create team event types."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from mock_server.event_types.event_type_access import runs_event_type
from mock_server.event_types.hosts import (
    EventHost,
    RequestedHost,
    check_hosts,
    hosts_of,
    replace_hosts,
    requested_hosts,
)
from mock_server.event_types.managed_children import children_of, sync_children
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType, NoticeThreshold, Seats
from mock_server.event_types.team_event_types import (
    HOSTS_REQUIRED,
    TeamEventTypes,
    delete_team_event_type,
    event_types_of_organization,
    find_team_event_type,
    require_team_event_type,
)
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, CodeError, NotFound
from mock_server.state.errors import ForeignKeyViolation, UniqueViolation
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS, Team
from mock_server.worlds.tests.loaded_world import default_world

SALES, OWNER, ADMIN, MEMBER, SOLO = 2, 1, 2, 3, 4


@pytest.fixture
def tx() -> Transaction:
    """The default world, without event types of the team's members."""
    tx = Transaction(default_world(), datetime(2025, 5, 1, tzinfo=UTC))
    for user_id in (OWNER, MEMBER):
        for own in tx[EVENT_TYPES].find(user_id=user_id):
            tx[EVENT_TYPES].delete(own.id)
    return tx


@pytest.fixture
def sales(tx: Transaction) -> Team:
    """The organization's team, with the owner and a member in it."""
    return tx[TEAMS].require(SALES)


def offer(tx: Transaction, scheduling_type: str, **fields: Any) -> EventType:
    values = {"title": "Demo", "slug": "new-demo", "length": 30, **fields}
    return tx[EVENT_TYPES].create(team_id=SALES, scheduling_type=scheduling_type, **values)


def test_assigning_all_members_takes_precedence_over_listed_hosts(tx: Transaction, sales: Team) -> None:
    requested = requested_hosts(tx, sales, {"assignAllTeamMembers": True, "hosts": [{"userId": MEMBER}]})
    assert requested == [RequestedHost(OWNER), RequestedHost(MEMBER)]
    assert requested_hosts(tx, sales, {"assignAllTeamMembers": False}) is None


def test_hosts_are_members_of_the_team(tx: Transaction, sales: Team) -> None:
    check_hosts(tx, sales, {"hosts": [{"userId": OWNER}, {"userId": MEMBER}]})
    check_hosts(tx, sales, {})
    with pytest.raises(NotFound) as refused:
        check_hosts(tx, sales, {"hosts": [{"userId": SOLO}, {"userId": OWNER}, {"userId": ADMIN}]})
    assert refused.value.message == f"Invalid hosts: {SOLO},{ADMIN} are not members of team with id {SALES}."


def test_a_listed_host_may_be_mandatory(tx: Transaction, sales: Team) -> None:
    requested = requested_hosts(tx, sales, {"hosts": [{"userId": OWNER, "mandatory": True}]})
    assert requested == [RequestedHost(OWNER, mandatory=True)]


def test_a_host_who_is_listed_twice_counts_once(tx: Transaction, sales: Team) -> None:
    hosts = [{"userId": OWNER, "priority": "high"}, {"userId": MEMBER}, {"userId": OWNER, "mandatory": True}]
    assert requested_hosts(tx, sales, {"hosts": hosts}) == [RequestedHost(OWNER, priority=3), RequestedHost(MEMBER)]


def test_in_a_team_of_an_oauth_client_only_managed_users_count(tx: Transaction, sales: Team) -> None:
    tx[USERS].update(MEMBER, is_platform_managed=True)
    clients_team = sales.changed(created_by_client_id="sandbox-client")
    assert requested_hosts(tx, clients_team, {"assignAllTeamMembers": True}) == [RequestedHost(MEMBER)]


def test_remaining_hosts_keep_their_order(tx: Transaction, sales: Team) -> None:
    demo = offer(tx, "roundRobin")
    replace_hosts(tx, sales, demo, [RequestedHost(OWNER), RequestedHost(MEMBER)])
    before = {each.user_id: each.id for each in tx[HOSTS].find(event_type_id=demo.id)}
    replace_hosts(tx, sales, demo, [RequestedHost(MEMBER, mandatory=True, priority=4)])
    [host] = tx[HOSTS].find(event_type_id=demo.id)
    assert (host.id, host.is_fixed, host.priority, host.weight) == (before[MEMBER], True, 4, 100)


def test_all_hosts_of_a_collective_event_type_are_fixed(tx: Transaction, sales: Team) -> None:
    demo = offer(tx, "collective")
    replace_hosts(tx, sales, demo, [RequestedHost(MEMBER, priority=4)])
    assert [(each.is_fixed, each.priority) for each in tx[HOSTS].find(event_type_id=demo.id)] == [(True, 2)]


def test_invited_members_can_be_hosts_only_in_organizations(tx: Transaction, sales: Team) -> None:
    demo = offer(tx, "collective")
    tx[MEMBERSHIPS].create(user_id=SOLO, team_id=SALES, role="MEMBER")
    replace_hosts(tx, sales, demo, [RequestedHost(SOLO)])
    assert [each.user_id for each in tx[HOSTS].find(event_type_id=demo.id)] == [SOLO]
    with pytest.raises(CodeError, match="necessary permissions"):
        replace_hosts(tx, sales.changed(parent_id=None), demo, [RequestedHost(SOLO)])


def test_members_who_have_accepted_can_be_hosts_of_a_standalone_team(tx: Transaction, sales: Team) -> None:
    demo = offer(tx, "roundRobin")
    replace_hosts(tx, sales.changed(parent_id=None), demo, [RequestedHost(MEMBER)])
    assert [host.user.id for host in hosts_of(tx, demo)] == [MEMBER]


def test_the_hosts_of_an_event_type_are_its_owner_or_those_of_the_team(tx: Transaction) -> None:
    rows: dict[int, dict[str, Any]] = {OWNER: {"is_fixed": True}, MEMBER: {"priority": 4, "schedule_id": 3}}
    found = {}
    for kind in ("roundRobin", "collective", "managed"):
        event_type = offer(tx, kind, slug=kind)
        for user_id, fields in rows.items():
            tx[HOSTS].create(user_id=user_id, event_type_id=event_type.id, **fields)
        hosts = hosts_of(tx, event_type)
        found[kind] = [(host.user.id, host.is_fixed, host.schedule_id, host.priority) for host in hosts]
    assert found == {
        "roundRobin": [(OWNER, True, None, None), (MEMBER, False, 3, 4)],
        "collective": [(OWNER, True, None, None), (MEMBER, True, 3, 4)],
        "managed": [],
    }
    own = tx[EVENT_TYPES].create(user_id=SOLO, title="Mine", slug="mine", length=15)
    assert hosts_of(tx, own) == [EventHost(tx[USERS].require(SOLO))]


@pytest.mark.parametrize(
    ("user_id", "expected"),
    [
        (OWNER, {"host", "sales", "parent", "member's"}),
        (ADMIN, {"host", "sales", "parent", "member's"}),
        (MEMBER, {"host", "parent", "member's"}),
        (SOLO, {"solo's", "standalone"}),
    ],
)
def test_who_runs_an_event_type(tx: Transaction, user_id: int, expected: set[str]) -> None:
    """The owner leads the sales team, the admin its organization; the member is a plain member of both."""
    standalone = tx[TEAMS].create(name="Club", created_at=tx.now)
    tx[MEMBERSHIPS].create(user_id=SOLO, team_id=standalone.id, role="ADMIN", accepted=True)
    tx[MEMBERSHIPS].create(user_id=MEMBER, team_id=standalone.id, role="MEMBER", accepted=True)
    parent = offer(tx, "managed", slug="parent")
    sync_children(tx, parent, [MEMBER])
    event_types = {
        "host": offer(tx, "roundRobin", slug="host"),
        "sales": offer(tx, "collective", slug="sales"),
        "parent": parent,
        "member's": tx[EVENT_TYPES].create(user_id=MEMBER, title="Mine", slug="mine", length=15),
        "solo's": tx[EVENT_TYPES].create(user_id=SOLO, title="Mine", slug="mine", length=15),
        "standalone": tx[EVENT_TYPES].create(
            team_id=standalone.id, scheduling_type="collective", title="Club", slug="club", length=15
        ),
    }
    tx[HOSTS].create(user_id=MEMBER, event_type_id=event_types["host"].id)
    assert {name for name, event_type in event_types.items() if runs_event_type(tx, event_type, user_id)} == expected


def test_a_child_copies_everything_but_the_owner(tx: Transaction) -> None:
    parent = offer(
        tx,
        "managed",
        description="Tell us more.",
        before_event_buffer=10,
        seats=Seats(per_time_slot=3),
        requires_confirmation=True,
        confirmation_threshold=NoticeThreshold(unit="hours", count=2),
        metadata={"managedEventConfig": {}},
        assign_all_team_members=True,
        hidden=True,
    )
    sync_children(tx, parent, [MEMBER])
    [child] = children_of(tx, parent)
    differing = {
        field.name
        for field in msgspec.structs.fields(EventType)
        if getattr(child, field.name) != getattr(parent, field.name)
    }
    assert differing == {
        "id",
        "user_id",
        "team_id",
        "parent_id",
        "scheduling_type",
        "assign_all_team_members",
        "hidden",
    }
    assert (child.user_id, child.team_id, child.parent_id, child.scheduling_type) == (MEMBER, None, parent.id, None)


def test_a_child_replaces_the_members_event_type_with_its_slug_when_the_slug_changes(tx: Transaction) -> None:
    parent = offer(tx, "managed")
    sync_children(tx, parent, [MEMBER])
    own = tx[EVENT_TYPES].create(user_id=MEMBER, title="Mine", slug="talk", length=15)
    sync_children(tx, tx[EVENT_TYPES].update(parent.id, slug="talk"), [MEMBER])
    assert tx[EVENT_TYPES].get(own.id) is None
    assert [each.slug for each in tx[EVENT_TYPES].find(user_id=MEMBER)] == ["talk"]


def test_a_child_of_another_managed_event_type_is_not_replaced(tx: Transaction) -> None:
    sync_children(tx, offer(tx, "managed"), [MEMBER])
    other = tx[TEAMS].create(name="Other", created_at=tx.now)
    rival = tx[EVENT_TYPES].create(
        team_id=other.id, scheduling_type="managed", title="Demo", slug="new-demo", length=30
    )
    with pytest.raises(UniqueViolation):
        sync_children(tx, rival, [MEMBER])


@pytest.mark.parametrize(
    ("organization_id", "caller", "allowed"),
    [(None, OWNER, True), (None, MEMBER, False), (1, MEMBER, False), (1, OWNER, True), (1, ADMIN, False)],
)
def test_who_may_create(tx: Transaction, organization_id: int | None, caller: int, allowed: bool) -> None:
    body = {"title": "Demo", "slug": "fresh", "lengthInMinutes": 30, "schedulingType": "collective"}
    event_types = TeamEventTypes(tx, SALES, caller, organization_id)
    if allowed:
        assert event_types.create(body).team_id == SALES
    else:
        with pytest.raises(CodeError, match="not authorized"):
            event_types.create(body)


def test_an_organizations_admin_may_create_as_a_plain_member_of_the_team(tx: Transaction) -> None:
    tx[MEMBERSHIPS].create(user_id=ADMIN, team_id=SALES, role="MEMBER", accepted=True)
    body = {"title": "Demo", "slug": "fresh", "lengthInMinutes": 30, "schedulingType": "MANAGED"}
    made = TeamEventTypes(tx, SALES, ADMIN, 1).create(body)
    assert made.scheduling_type == "managed"
    with pytest.raises(CodeError, match="not authorized"):
        TeamEventTypes(tx, SALES, ADMIN).create({**body, "slug": "other"})


def test_an_unknown_schedule_cannot_be_used(tx: Transaction) -> None:
    body = {"title": "D", "slug": "fresh", "lengthInMinutes": 30, "schedulingType": "collective", "scheduleId": 999}
    with pytest.raises(CodeError, match="Bad request"):
        TeamEventTypes(tx, SALES, OWNER).create(body)


def body_of(**fields: Any) -> dict[str, Any]:
    return {"title": "D", "slug": "fresh", "lengthInMinutes": 30, "schedulingType": "collective", **fields}


@pytest.mark.parametrize(
    ("organization_id", "schedule_id", "is_allowed"),
    [(None, OWNER, True), (None, MEMBER, True), (None, SOLO, False), (None, ADMIN, False), (1, ADMIN, True)],
)
def test_a_schedule_belongs_to_the_caller_or_a_member(
    tx: Transaction, organization_id: int | None, schedule_id: int, is_allowed: bool
) -> None:
    """In the default world, the users' schedules have the ids of the users. The admin is in the organization only."""
    event_types = TeamEventTypes(tx, SALES, OWNER, organization_id)
    if is_allowed:
        assert event_types.create(body_of(scheduleId=schedule_id)).schedule_id == schedule_id
    else:
        with pytest.raises(CodeError, match="Bad request"):
            event_types.create(body_of(scheduleId=schedule_id))
    stored = event_types.create(body_of(slug="other"))
    if is_allowed:
        assert event_types.update(stored.id, {"scheduleId": schedule_id}).schedule_id == schedule_id
    else:
        with pytest.raises(ForeignKeyViolation, match=f"the team has no schedule {schedule_id}"):
            event_types.update(stored.id, {"scheduleId": schedule_id})


def test_a_slug_is_used_once_in_a_team(tx: Transaction) -> None:
    event_types = TeamEventTypes(tx, SALES, OWNER)
    made = event_types.create(body_of())
    with pytest.raises(BadRequest, match=r"^Team event type with this slug already exists$"):
        event_types.create(body_of())
    with pytest.raises(BadRequest, match="slug already exists"):
        event_types.update(made.id, {"slug": "fresh"})
    tx[EVENT_TYPES].create(user_id=SOLO, title="Mine", slug="personal", length=15)
    assert event_types.update(made.id, {"slug": "personal"}).slug == "personal"


def test_another_scheduling_type_needs_hosts(tx: Transaction) -> None:
    event_types = TeamEventTypes(tx, SALES, OWNER)
    made = event_types.create(body_of(hosts=[{"userId": OWNER}]))
    for missing in ({}, {"assignAllTeamMembers": False}):
        with pytest.raises(BadRequest) as refused:
            event_types.update(made.id, {"schedulingType": "roundRobin", **missing})
        assert refused.value.message == HOSTS_REQUIRED
    assert event_types.update(made.id, {"schedulingType": "COLLECTIVE", "title": "T"}).title == "T"
    changed = event_types.update(made.id, {"schedulingType": "ROUND_ROBIN", "assignAllTeamMembers": True})
    assert (changed.scheduling_type, changed.assign_all_team_members) == ("roundRobin", True)
    assert [host.user.id for host in hosts_of(tx, changed)] == [OWNER, MEMBER]
    given = event_types.update(made.id, {"schedulingType": "collective", "hosts": [{"userId": MEMBER}]})
    assert [(host.user.id, host.is_fixed) for host in hosts_of(tx, given)] == [(MEMBER, True)]


def test_a_managed_event_type_that_becomes_another_loses_its_children(tx: Transaction) -> None:
    event_types = TeamEventTypes(tx, SALES, OWNER)
    made = event_types.create(body_of(schedulingType="MANAGED", hosts=[{"userId": MEMBER}]))
    assert made.metadata == {"managedEventConfig": {}}
    assert [child.user_id for child in children_of(tx, made)] == [MEMBER]
    assert event_types.update(made.id, {"title": "Renamed"}).metadata == {"managedEventConfig": {}}
    assert [child.title for child in children_of(tx, made)] == ["Renamed"]
    changed = event_types.update(made.id, {"schedulingType": "collective", "hosts": [{"userId": OWNER}]})
    assert (changed.scheduling_type, changed.metadata, children_of(tx, changed)) == ("collective", None, [])


def test_only_event_types_of_the_team_are_found(tx: Transaction) -> None:
    own = offer(tx, "collective", slug="own")
    other = tx[TEAMS].create(name="Other", created_at=tx.now)
    event_types = TeamEventTypes(tx, other.id, OWNER)
    assert find_team_event_type(tx, SALES, own.id) == require_team_event_type(tx, SALES, own.id) == own
    assert find_team_event_type(tx, other.id, own.id) is None
    with pytest.raises(BadRequest, match=r"^Event type to update not found$"):
        event_types.update(own.id, {"title": "T"})
    with pytest.raises(NotFound, match=f"^Event type with id {own.id} not found$"):
        require_team_event_type(tx, other.id, own.id)
    with pytest.raises(NotFound, match=f"^Event type with ID={own.id} does not exist"):
        delete_team_event_type(tx, other.id, own.id)
    assert delete_team_event_type(tx, SALES, own.id) == own
    assert find_team_event_type(tx, SALES, own.id) is None


def test_an_organization_lists_the_event_types_of_its_teams_by_page(tx: Transaction) -> None:
    other = tx[TEAMS].create(name="Other", created_at=tx.now, parent_id=1)
    made = tx[EVENT_TYPES].create(
        team_id=other.id, scheduling_type="collective", title="Other", slug="other", length=15
    )
    expected = [each.id for each in tx[EVENT_TYPES].find(team_id=SALES)] + [made.id]
    listed = event_types_of_organization(tx, 1, {"skip": 0, "take": 100})
    assert sorted(each.id for each in listed) == sorted(expected)
    page = event_types_of_organization(tx, 1, {"skip": 1, "take": 1})
    assert page == listed[1:2]
    assert event_types_of_organization(tx, SALES, {"skip": 0, "take": 100}) == []
