"""Schedules as the admins of an organization and of its teams see them."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import SCHEDULES, Client, data, error, unique

pytestmark = pytest.mark.sandbox_only("the people and the team of the default world")

ORGANIZATION, TEAM = 1, 2
OWNER, ADMIN, MEMBER, SOLO = 1, 2, 3, 4
MEMBERS = f"/v2/organizations/{ORGANIZATION}/users/{MEMBER}/schedules"


def body(**more: Any) -> dict[str, Any]:
    return {"name": unique("schedule"), "timeZone": "Europe/Rome", "isDefault": False, **more}


def test_an_admin_gives_a_member_a_schedule_changes_it_and_takes_it_away(admin: Client, member: Client) -> None:
    given = data(admin.post(MEMBERS, json=body(isDefault=True)), 201)
    assert given["ownerId"] == MEMBER
    assert data(member.get("/v2/schedules/default", v=SCHEDULES)) == given

    renamed = data(admin.patch(f"{MEMBERS}/{given['id']}", json={"name": "Shift"}))
    assert renamed == {**given, "name": "Shift"}
    assert data(member.get(f"/v2/schedules/{given['id']}", v=SCHEDULES)) == renamed

    assert data(admin.delete(f"{MEMBERS}/{given['id']}")) is None
    assert given["id"] not in [each["id"] for each in data(admin.get(MEMBERS))]


def test_a_schedule_is_found_under_its_owner_only(admin: Client) -> None:
    [own] = data(admin.get("/v2/schedules", v=SCHEDULES))
    refusal = error(admin.get(f"{MEMBERS}/{own['id']}"), 403)
    assert refusal["message"] == f"User with ID={MEMBER} does not own schedule with ID={own['id']}"


def test_the_organization_lists_the_schedules_of_its_people_page_by_page(owner: Client, member: Client) -> None:
    added = data(member.post("/v2/schedules", json=body(), v=SCHEDULES), 201)
    path = f"/v2/organizations/{ORGANIZATION}/schedules"
    everything = data(owner.get(path))
    assert [each["ownerId"] for each in everything] == [OWNER, ADMIN, MEMBER, MEMBER]
    assert everything[-1] == added
    assert data(owner.get(path, params={"skip": 1, "take": 2})) == everything[1:3]


def test_a_plain_member_may_not_look_at_others(member: Client) -> None:
    error(member.get(f"/v2/organizations/{ORGANIZATION}/schedules"), 403)
    error(member.get(f"/v2/organizations/{ORGANIZATION}/users/{ADMIN}/schedules"), 403)


def test_people_outside_the_organization_are_out_of_reach(owner: Client) -> None:
    error(owner.get(f"/v2/organizations/{ORGANIZATION}/users/{SOLO}/schedules"), 403)


def test_the_team_shows_the_schedules_of_its_members(owner: Client, member: Client) -> None:
    path = f"/v2/organizations/{ORGANIZATION}/teams/{TEAM}/users/{{}}/schedules"
    assert data(owner.get(path.format(MEMBER))) == data(member.get("/v2/schedules", v=SCHEDULES))
    error(owner.get(path.format(ADMIN)), 403)
    error(member.get(path.format(OWNER)), 403)
