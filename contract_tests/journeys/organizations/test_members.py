"""Members of an organization: their time zones, roles and teams, and their removal."""

from __future__ import annotations

from typing import Any

from contract_tests.clients import Client, Deployment, data, error, unique
from contract_tests.managed_users import ManagedUser

PAGE = 250


def users_at(client: Client, organization: str, email: str) -> list[dict[str, Any]]:
    return data(client.get(f"{organization}/users", params={"emails": email}))


def membership_of(client: Client, organization: str, user_id: int) -> int:
    """The id of a user's membership."""
    skip = 0
    while found := data(client.get(f"{organization}/memberships", params={"take": PAGE, "skip": skip})):
        for each in found:
            if each["userId"] == user_id:
                return each["id"]
        skip += PAGE
    raise AssertionError(f"user {user_id} is no member")


def test_a_removed_member_is_not_listed(organization: str, owner: Client, managed_user: ManagedUser) -> None:
    [listed] = users_at(owner, organization, managed_user.email)
    assert listed["id"] == managed_user.id
    data(owner.delete(f"{organization}/users/{managed_user.id}"))
    assert users_at(owner, organization, managed_user.email) == []
    error(owner.get(f"{organization}/users/{managed_user.id}/schedules"), 403)


def test_an_administrator_changes_the_time_zone_of_a_member(
    organization: str, admin: Client, managed_user: ManagedUser
) -> None:
    moved = data(admin.patch(f"{organization}/users/{managed_user.id}", json={"timeZone": "Asia/Tokyo"}))
    assert moved["timeZone"] == "Asia/Tokyo"
    assert users_at(admin, organization, managed_user.email) == [moved]
    assert data(managed_user.api.get("/v2/me"))["timeZone"] == "Asia/Tokyo"


def test_an_administrator_without_the_role_is_a_plain_member(
    deployment: Deployment, organization: str, owner: Client, managed_user: ManagedUser
) -> None:
    membership = f"{organization}/memberships/{membership_of(owner, organization, managed_user.id)}"
    error(managed_user.api.get(f"{organization}/schedules"), 403)
    assert data(owner.patch(membership, json={"role": "ADMIN"}))["role"] == "ADMIN"
    data(managed_user.api.get(f"{organization}/schedules"))
    assert data(owner.patch(membership, json={"role": "MEMBER"}))["role"] == "MEMBER"
    if not deployment.caches_roles:
        error(managed_user.api.get(f"{organization}/schedules"), 403)


def test_a_member_lists_the_teams_of_their_own(
    organization: str, owner: Client, platform: Client, managed_user: ManagedUser
) -> None:
    team = data(platform.post(f"{organization}/teams", json={"name": unique("team")}), 201)
    memberships = f"{organization}/teams/{team['id']}/memberships"
    assert data(managed_user.api.get(f"{organization}/teams/me")) == []
    joined = data(owner.post(memberships, json={"userId": managed_user.id, "accepted": True}), 201)
    assert [each["id"] for each in data(managed_user.api.get(f"{organization}/teams/me"))] == [team["id"]]
    data(owner.delete(f"{memberships}/{joined['id']}"))
    assert data(managed_user.api.get(f"{organization}/teams/me")) == []
    owner.delete(f"{organization}/teams/{team['id']}")
