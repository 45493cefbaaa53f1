"""Members of an organization: where they are, their roles, the teams that they are in, and how they leave."""

from __future__ import annotations

from typing import Any

from contract_tests.clients import Client, data, error, unique
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


def test_a_member_who_is_removed_is_listed_no_more(organization: str, owner: Client, person: ManagedUser) -> None:
    [listed] = users_at(owner, organization, person.email)
    assert listed["id"] == person.id
    data(owner.delete(f"{organization}/users/{person.id}"))
    assert users_at(owner, organization, person.email) == []
    error(owner.get(f"{organization}/users/{person.id}/schedules"), 403)


def test_an_administrator_changes_where_a_member_is(organization: str, admin: Client, person: ManagedUser) -> None:
    moved = data(admin.patch(f"{organization}/users/{person.id}", json={"timeZone": "Asia/Tokyo"}))
    assert moved["timeZone"] == "Asia/Tokyo"
    assert users_at(admin, organization, person.email) == [moved]
    assert data(person.api.get("/v2/me"))["timeZone"] == "Asia/Tokyo"


def test_an_administrator_without_the_role_is_a_plain_member(
    organization: str, owner: Client, person: ManagedUser
) -> None:
    membership = f"{organization}/memberships/{membership_of(owner, organization, person.id)}"
    error(person.api.get(f"{organization}/schedules"), 403)
    assert data(owner.patch(membership, json={"role": "ADMIN"}))["role"] == "ADMIN"
    data(person.api.get(f"{organization}/schedules"))
    assert data(owner.patch(membership, json={"role": "MEMBER"}))["role"] == "MEMBER"
    error(person.api.get(f"{organization}/schedules"), 403)


def test_a_member_is_shown_the_teams_that_they_are_in(organization: str, owner: Client, person: ManagedUser) -> None:
    team = data(owner.post(f"{organization}/teams", json={"name": unique("team")}), 201)
    memberships = f"{organization}/teams/{team['id']}/memberships"
    assert data(person.api.get(f"{organization}/teams/me")) == []
    joined = data(owner.post(memberships, json={"userId": person.id, "accepted": True}), 201)
    assert [each["id"] for each in data(person.api.get(f"{organization}/teams/me"))] == [team["id"]]
    data(owner.delete(f"{memberships}/{joined['id']}"))
    assert data(person.api.get(f"{organization}/teams/me")) == []
    owner.delete(f"{organization}/teams/{team['id']}")
