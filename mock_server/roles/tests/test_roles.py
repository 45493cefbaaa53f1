"""What happens to members when roles are given, taken away and deleted, and where permissions count."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.roles.custom_roles import add_role, assign_role, delete_role, replace_permissions
from mock_server.roles.granting import is_granted
from mock_server.roles.invariants import CHECKS
from mock_server.roles.model import CUSTOM_ROLES, TEAM_FEATURES, CustomRole, TeamFeatures
from mock_server.roles.permissions import permissions_of_organizations, permissions_of_teams
from mock_server.runtime.errors import NotFound
from mock_server.state.errors import UniqueViolation
from mock_server.state.transaction import Transaction
from mock_server.teams.joining import change_membership
from mock_server.teams.memberships import add_membership, membership_of
from mock_server.teams.model import MEMBERSHIPS, TEAMS, Membership
from mock_server.worlds.tests.loaded_world import default_world

ACME, SALES, OWNER, MEMBER = 1, 2, 1, 3


def world(edition: str = "2026-03") -> Transaction:
    """The default world of an edition."""
    return Transaction(default_world(edition), datetime(2026, 5, 1, tzinfo=UTC))


@pytest.fixture
def tx() -> Transaction:
    """The default world, whose organization uses custom roles."""
    tx = world()
    use_permissions(tx, ACME)
    return tx


def use_permissions(tx: Transaction, team_id: int, *, pbac: bool = True) -> None:
    tx[TEAM_FEATURES].insert(TeamFeatures(team_id=team_id, pbac=pbac))


def role_of(tx: Transaction, team_id: int, *permissions: str) -> CustomRole:
    allowed = permissions_of_teams(tx) if team_id == SALES else permissions_of_organizations(tx)
    return add_role(tx, team_id, {"name": f"Role of {team_id}", "permissions": list(permissions)}, allowed)


def member_of(tx: Transaction, team_id: int) -> Membership:
    membership = membership_of(tx, MEMBER, team_id)
    assert membership is not None
    return membership


def complaints(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def test_permissions_of_a_system_role_count_where_custom_roles_are_in_use(tx: Transaction) -> None:
    assert is_granted(tx, MEMBER, ACME, "role.read")
    assert not is_granted(tx, MEMBER, ACME, "role.create")
    assert is_granted(tx, OWNER, ACME, "ooo.delete")


def test_permissions_count_nowhere_else() -> None:
    tx = world()
    assert not is_granted(tx, OWNER, ACME, "role.read")
    use_permissions(tx, SALES)
    assert is_granted(tx, MEMBER, SALES, "role.read")
    assert not is_granted(tx, MEMBER, ACME, "role.read")


def test_a_team_may_opt_out_of_the_custom_roles_of_its_organization(tx: Transaction) -> None:
    assert is_granted(tx, MEMBER, SALES, "role.read")
    use_permissions(tx, SALES, pbac=False)
    assert not is_granted(tx, MEMBER, SALES, "role.read")


def test_custom_roles_are_in_use_in_no_older_edition() -> None:
    tx = world("2025-04")
    use_permissions(tx, ACME)
    assert not is_granted(tx, OWNER, ACME, "role.read")


def test_a_role_of_the_organization_counts_in_its_teams_but_not_the_reverse(tx: Transaction) -> None:
    assign_role(tx, member_of(tx, ACME), role_of(tx, ACME, "team.invite").id)
    assign_role(tx, member_of(tx, SALES), role_of(tx, SALES, "webhook.create").id)
    assert is_granted(tx, MEMBER, SALES, "team.invite")
    assert is_granted(tx, MEMBER, SALES, "webhook.create")
    assert not is_granted(tx, MEMBER, ACME, "webhook.create")


def test_setting_the_rank_replaces_a_custom_role(tx: Transaction) -> None:
    role = role_of(tx, ACME, "role.create")
    membership = assign_role(tx, member_of(tx, ACME), role.id)
    assert change_membership(tx, membership.id, {"accepted": True}).role_id == role.id
    assert change_membership(tx, membership.id, {"role": "MEMBER"}).role_id == "member_role"


def test_holders_of_a_deleted_role_get_that_of_members_whatever_their_rank(tx: Transaction) -> None:
    role = role_of(tx, ACME, "role.create")
    owner = membership_of(tx, OWNER, ACME)
    assert owner is not None
    assign_role(tx, owner, role.id)
    delete_role(tx, role)
    owner = tx[MEMBERSHIPS].require(owner.id)
    assert (owner.role, owner.role_id) == ("OWNER", "member_role")
    assert complaints(tx) == []


def test_a_role_of_another_team_cannot_be_given_to_a_member(tx: Transaction) -> None:
    role = role_of(tx, ACME)
    with pytest.raises(NotFound):
        assign_role(tx, member_of(tx, SALES), role.id)
    assert assign_role(tx, member_of(tx, SALES), "admin_role").role_id == "admin_role"


def test_roles_disappear_with_their_team(tx: Transaction) -> None:
    role = role_of(tx, SALES, "role.read")
    assign_role(tx, member_of(tx, SALES), role.id)
    tx[TEAMS].delete(SALES)
    assert tx[CUSTOM_ROLES].get(role.id) is None
    assert complaints(tx) == []


def test_only_new_permissions_may_not_be_listed_twice(tx: Transaction) -> None:
    role = role_of(tx, ACME, "role.read")
    assert replace_permissions(tx, role, ("role.read", "role.read")).permissions == ("role.read",)
    with pytest.raises(UniqueViolation):
        replace_permissions(tx, role, ("role.update", "role.update"))


def test_the_doctor_finds_roles_and_permissions_that_cannot_be(tx: Transaction) -> None:
    role = role_of(tx, ACME, "role.read")
    tx[CUSTOM_ROLES].update(role.id, permissions=("ooo.read", "ooo.read"))
    outsider = add_membership(tx, MEMBER + 1, SALES, role="MEMBER", accepted=True)
    tx[MEMBERSHIPS].update(outsider.id, custom_role_id=role.id)
    assert len(complaints(tx)) == 3
