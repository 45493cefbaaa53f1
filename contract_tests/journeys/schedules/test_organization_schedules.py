"""Schedules as seen by the admins of an organization and of its teams."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import SCHEDULES, Client, data, error, unique
from contract_tests.managed_users import ManagedUser, ManagedUsers
from contract_tests.nonexistent import NO_NUMBER


@pytest.fixture
def theirs(organization: str, managed_user: ManagedUser) -> str:
    """The path of a member's schedules."""
    return f"{organization}/users/{managed_user.id}/schedules"


def body(**more: Any) -> dict[str, Any]:
    return {"name": unique("schedule"), "timeZone": "Europe/Rome", "isDefault": False, **more}


def test_an_admin_creates_updates_and_deletes_a_schedule_of_a_member(
    admin: Client, managed_user: ManagedUser, theirs: str
) -> None:
    member = managed_user.api
    given = data(admin.post(theirs, json=body(isDefault=True)), 201)
    assert given["ownerId"] == managed_user.id
    assert data(member.get("/v2/schedules/default", v=SCHEDULES)) == given

    renamed = data(admin.patch(f"{theirs}/{given['id']}", json={"name": "Shift"}))
    assert renamed == {**given, "name": "Shift"}
    assert data(member.get(f"/v2/schedules/{given['id']}", v=SCHEDULES)) == renamed

    assert data(admin.delete(f"{theirs}/{given['id']}")) is None
    assert given["id"] not in [each["id"] for each in data(admin.get(theirs))]


def test_a_schedule_is_found_under_its_owner_only(
    admin: Client, managed_users: ManagedUsers, managed_user: ManagedUser, theirs: str
) -> None:
    own = data(managed_users.new().api.post("/v2/schedules", json=body(), v=SCHEDULES), 201)
    refusal = error(admin.get(f"{theirs}/{own['id']}"), 403)
    assert refusal["message"] == f"User with ID={managed_user.id} does not own schedule with ID={own['id']}"


def test_the_organization_lists_the_schedules_of_its_users_page_by_page(
    organization: str, owner: Client, managed_users: ManagedUsers
) -> None:
    first, second = managed_users.new(), managed_users.new()
    added = [data(each.api.post("/v2/schedules", json=body(), v=SCHEDULES), 201) for each in (first, second)]
    path = f"{organization}/schedules"
    everything = data(owner.get(path, params={"take": 250}))
    assert [each for each in everything if each["ownerId"] in (first.id, second.id)] == added
    assert data(owner.get(path, params={"skip": 1, "take": 2})) == everything[1:3]


def test_a_member_may_not_read_schedules_of_others(organization: str, member: Client, theirs: str) -> None:
    error(member.get(f"{organization}/schedules"), 403)
    error(member.get(theirs), 403)


def test_users_outside_the_organization_are_not_accessible(organization: str, owner: Client) -> None:
    error(owner.get(f"{organization}/users/{NO_NUMBER}/schedules"), 403)


def test_the_team_shows_the_schedules_of_its_members(
    organization: str, owner: Client, platform: Client, managed_users: ManagedUsers, member: Client
) -> None:
    inside, outside = managed_users.new(timeZone="Europe/Rome"), managed_users.new(timeZone="Europe/Rome")
    team = data(platform.post(f"{organization}/teams", json={"name": unique("team")}), 201)["id"]
    address = f"{organization}/teams/{team}"
    data(owner.post(f"{address}/memberships", json={"userId": inside.id, "accepted": True}), 201)
    schedules = data(owner.get(f"{address}/users/{inside.id}/schedules"))
    assert schedules == data(inside.api.get("/v2/schedules", v=SCHEDULES))
    error(owner.get(f"{address}/users/{outside.id}/schedules"), 403)
    error(member.get(f"{address}/users/{inside.id}/schedules"), 403)
    owner.delete(address)
