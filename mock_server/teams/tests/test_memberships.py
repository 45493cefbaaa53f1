"""Joining and leaving teams and organizations, roles, and who may be in which team."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.event_types.model import EVENT_TYPES, HOSTS
from mock_server.identity.model import MANAGED_USER_LINKS, OAUTH_CLIENTS, USERS
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.state.errors import RecordNotFound, UniqueViolation
from mock_server.state.transaction import Transaction
from mock_server.teams.invites import create_invite
from mock_server.teams.joining import (
    accept_into_team,
    change_membership,
    find_in_team,
    join_or_overwrite,
    join_team,
    leave_team,
    membership_to_remove,
)
from mock_server.teams.memberships import (
    add_membership,
    first_with_role,
    has_rank,
    membership_of,
    memberships_by_address,
    organization,
)
from mock_server.teams.mixing import check_joins_team
from mock_server.teams.model import MEMBERSHIPS, TEAM_INVITES, TEAMS, Membership
from mock_server.worlds.tests.loaded_world import default_world

ACME, SALES = 1, 2
OWNER, ADMIN, MEMBER, SOLO = 1, 2, 3, 4
NOW = datetime(2026, 5, 1, tzinfo=UTC)


def world(edition: str) -> Transaction:
    """The default world in an edition."""
    return Transaction(default_world(edition), NOW)


@pytest.fixture
def tx() -> Transaction:
    """The default world in the edition that the rules are about."""
    return world("2026-03")


@pytest.fixture
def team_id(tx: Transaction) -> int:
    """A standalone team without members."""
    return tx[TEAMS].create(name="Club", created_at=NOW).id


# -- memberships ----------------------------------------------------------------------------------------------------


def test_a_new_member_is_pending_and_has_the_lowest_role_unless_the_request_says_otherwise(
    tx: Transaction, team_id: int
) -> None:
    pending = join_team(tx, team_id, {"userId": SOLO})
    assert (pending.user_id, pending.team_id) == (SOLO, team_id)
    assert (pending.role, pending.accepted, pending.disable_impersonation) == ("MEMBER", False, False)
    assert (pending.created_at, pending.updated_at) == (NOW, NOW)
    body = {"userId": OWNER, "role": "ADMIN", "accepted": True, "disableImpersonation": True}
    accepted = join_team(tx, team_id, body)
    assert (accepted.role, accepted.accepted, accepted.disable_impersonation) == ("ADMIN", True, True)
    with pytest.raises(UniqueViolation):
        join_team(tx, team_id, {"userId": SOLO})


def test_an_organization_overwrites_a_membership_with_the_defaults(tx: Transaction) -> None:
    club = tx[TEAMS].create(name="Club", created_at=NOW, is_organization=True).id
    created = join_or_overwrite(tx, club, {"userId": SOLO, "accepted": True})
    assert (created.user_id, created.team_id, created.role, created.accepted) == (SOLO, club, "MEMBER", True)
    tx[MEMBERSHIPS].update(created.id, updated_at=NOW - timedelta(days=1))
    changed = join_or_overwrite(tx, club, {"userId": SOLO, "role": "ADMIN"})
    assert (changed.id, changed.role, changed.accepted) == (created.id, "ADMIN", False)
    assert changed.updated_at == NOW


def test_setting_a_role_replaces_a_custom_one_and_other_changes_keep_it(tx: Transaction, team_id: int) -> None:
    membership = join_team(tx, team_id, {"userId": SOLO, "role": "ADMIN"})
    tx[MEMBERSHIPS].update(membership.id, custom_role_id="custom")
    kept = change_membership(tx, membership.id, {"accepted": True})
    assert (kept.accepted, kept.role, kept.custom_role_id) == (True, "ADMIN", "custom")
    replaced = change_membership(tx, membership.id, {"role": "ADMIN"})
    assert (replaced.accepted, replaced.role, replaced.custom_role_id) == (True, "ADMIN", None)


@pytest.fixture
def event_type_id(tx: Transaction, team_id: int) -> int:
    """A round-robin event type of the team that all its members host."""
    fields: dict[str, Any] = {"title": "Talk", "slug": "talk", "length": 30, "scheduling_type": "roundRobin"}
    return tx[EVENT_TYPES].create(team_id=team_id, assign_all_team_members=True, **fields).id


def hosts(tx: Transaction, event_type_id: int) -> list[int | None]:
    return [host.user_id for host in tx[HOSTS].find(event_type_id=event_type_id)]


def test_members_host_the_teams_event_types_from_their_acceptance_until_they_leave(
    tx: Transaction, team_id: int, event_type_id: int
) -> None:
    pending = join_team(tx, team_id, {"userId": SOLO})
    assert hosts(tx, event_type_id) == []
    accepted = accept_into_team(tx, pending, {"accepted": True})
    assert accepted.accepted
    assert hosts(tx, event_type_id) == [SOLO]
    join_team(tx, team_id, {"userId": OWNER, "accepted": True})
    assert hosts(tx, event_type_id) == [SOLO, OWNER]
    assert leave_team(tx, accepted) == accepted
    assert hosts(tx, event_type_id) == [OWNER]
    assert membership_of(tx, SOLO, team_id) is None


@pytest.mark.parametrize(("was_accepted", "body"), [(True, {"role": "ADMIN"}), (False, {"role": "ADMIN"})])
def test_only_an_acceptance_assigns_event_types(
    tx: Transaction, team_id: int, event_type_id: int, was_accepted: bool, body: dict[str, Any]
) -> None:
    membership = add_membership(tx, SOLO, team_id, role="MEMBER", accepted=was_accepted)
    assert accept_into_team(tx, membership, body).role == "ADMIN"
    assert hosts(tx, event_type_id) == []


def test_a_membership_is_found_in_its_own_team_only(tx: Transaction, team_id: int) -> None:
    membership = join_team(tx, team_id, {"userId": SOLO})
    assert find_in_team(tx, membership.id, team_id) == membership
    assert membership_to_remove(tx, membership.id, team_id) == membership
    for membership_id, place in ((membership.id, SALES), (999, team_id)):
        assert find_in_team(tx, membership_id, place) is None
        message = f"Membership with id {membership_id} not found in team {place}"
        for more in ("", " of organization 1"):
            with pytest.raises(NotFound) as refused:
                membership_to_remove(tx, membership_id, place, **({"place": more} if more else {}))
            assert refused.value.message == message + more


def test_the_first_edition_names_no_membership_that_is_not_there() -> None:
    tx = world("2025-04")
    membership = add_membership(tx, SOLO, SALES, role="MEMBER", accepted=True)
    assert not membership.disable_impersonation
    assert membership_to_remove(tx, membership.id, SALES) == membership
    with pytest.raises(RecordNotFound):
        membership_to_remove(tx, membership.id, ACME)


# -- look-ups -------------------------------------------------------------------------------------------------------


def test_only_organizations_are_found_as_organizations(tx: Transaction) -> None:
    found = [organization(tx, team_id) for team_id in (ACME, SALES, 999, None)]
    assert [team and team.id for team in found] == [ACME, None, None, None]


def test_the_oldest_accepted_member_with_a_role_is_found(tx: Transaction, team_id: int) -> None:
    assert first_with_role(tx, team_id, "OWNER") is None
    add_membership(tx, OWNER, team_id, role="OWNER", accepted=False)
    add_membership(tx, ADMIN, team_id, role="ADMIN", accepted=True)
    first, _ = (add_membership(tx, user_id, team_id, role="OWNER", accepted=True) for user_id in (SOLO, MEMBER))
    assert first_with_role(tx, team_id, "OWNER") == first


def test_members_are_found_by_addresses_in_any_case_oldest_first(tx: Transaction, team_id: int) -> None:
    later, earlier = (add_membership(tx, user_id, team_id, role="MEMBER", accepted=True) for user_id in (SOLO, OWNER))
    addresses = ["OWNER@acme.example", "solo@example.com", "owner@acme.example", "admin@acme.example", "x@x.example"]
    assert memberships_by_address(tx, team_id, addresses) == [later, earlier]


@pytest.mark.parametrize(
    ("role", "minimum", "has"),
    [
        ("MEMBER", "MEMBER", True),
        ("MEMBER", "ADMIN", False),
        ("ADMIN", "ADMIN", True),
        ("ADMIN", "OWNER", False),
        ("OWNER", "ADMIN", True),
    ],
)
def test_a_role_includes_the_lower_ones(role: Any, minimum: str, has: bool) -> None:
    assert has_rank(Membership(id=1, user_id=SOLO, team_id=SALES, role=role), minimum) == has
    assert not has_rank(None, minimum)


def test_an_invitation_is_valid_for_a_week_and_leaves_older_ones_valid(tx: Transaction, team_id: int) -> None:
    older, newer = (create_invite(tx, team_id) for _ in range(2))
    assert older.token != newer.token and len(newer.token) == 64
    assert newer.expires_at == NOW + timedelta(days=7)
    assert tx[TEAM_INVITES].require(older.token).team_id == team_id


# -- managed users --------------------------------------------------------------------------------------------------


def client(tx: Transaction, name: str) -> str:
    """A new OAuth client of Acme."""
    template = tx[OAUTH_CLIENTS].find(organization_id=ACME)[0]
    return tx[OAUTH_CLIENTS].insert(template.changed(id=name)).id


def managed_user(tx: Transaction, client_id: str) -> int:
    """A new managed user of an OAuth client."""
    user = tx[USERS].create(email=f"{client_id}@example.com", created_date=NOW, is_platform_managed=True)
    tx[MANAGED_USER_LINKS].create(user_id=user.id, client_id=client_id)
    return user.id


NOT_OF_A_CLIENT = (
    "the user is platform managed user but {kind} is not because {kind} probably was not created using OAuth "
    "credentials."
)
NOT_MANAGED = (
    "the user is not platform managed user but {kind} is platform managed. Both have to be created using OAuth "
    "credentials."
)
OTHER_CLIENT = "managed user and {kind} were created using different OAuth clients."


@pytest.mark.parametrize(
    ("makes", "joins", "refusal"),
    [
        (None, None, None),
        ("a", "a", None),
        (None, "a", NOT_OF_A_CLIENT),
        ("a", None, NOT_MANAGED),
        ("a", "b", OTHER_CLIENT),
    ],
)
@pytest.mark.parametrize("kind", ["team", "organization"])
def test_managed_users_are_kept_apart(
    tx: Transaction, kind: str, makes: str | None, joins: str | None, refusal: str | None
) -> None:
    clients = {name: client(tx, name) for name in ("a", "b")}
    user_id = SOLO if joins is None else managed_user(tx, clients[joins])
    group = tx[TEAMS].create(
        name="Club",
        created_at=NOW,
        is_organization=kind == "organization",
        created_by_client_id=makes if kind == "team" else None,
    )
    if kind == "organization" and makes is not None:
        tx[OAUTH_CLIENTS].update(makes, organization_id=group.id)
    join = join_team if kind == "team" else join_or_overwrite
    if refusal is None:
        assert join(tx, group.id, {"userId": user_id}).user_id == user_id
        return
    with pytest.raises(BadRequest) as refused:
        join(tx, group.id, {"userId": user_id})
    assert refused.value.message == f"Can't add user to {kind} - {refusal.format(kind=kind)}"


def test_the_first_edition_does_not_keep_managed_users_apart() -> None:
    tx = world("2025-04")
    check_joins_team(tx, managed_user(tx, client(tx, "a")), tx[TEAMS].create(name="Club", created_at=NOW).id)
