"""Whose event types are whose, and the one that a group of people has together."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, Client, data, error, unique
from contract_tests.managed_users import ManagedUsers

PATH = "/v2/event-types"


def listed(client: Client, **query: Any) -> Any:
    return data(client.get(PATH, params=query, v=EVENT_TYPES))


def name_of(client: Client) -> str:
    return data(client.get("/v2/me"))["username"]


@pytest.mark.sandbox_only("people who are known without naming an organization")
def test_a_group_has_a_meeting_of_everybody_who_is_known(anonymous: Client) -> None:
    [group] = listed(anonymous, usernames="admin, owner,nobody,owner")
    assert (group["id"], group["ownerId"], group["slug"]) == (0, 0, "dynamic")
    assert group["lengthInMinutesOptions"] == group["metadata"]["multipleDuration"] == [15, 30, 45, 60, 90]
    assert group["bookingFields"] == []
    assert [user["username"] for user in group["users"]] == ["admin", "owner"]


@pytest.mark.sandbox_only("people inside and outside of an organization")
def test_in_an_organization_only_its_people_are_known(anonymous: Client) -> None:
    [group] = listed(anonymous, usernames="solo,member", orgSlug="acme")
    assert [user["username"] for user in group["users"]] == ["member"]
    assert listed(anonymous, username="solo", orgId=1) == []
    assert listed(anonymous, username="solo")


def test_people_of_an_organization_are_found_by_its_id(
    organization: str, people: ManagedUsers, anonymous: Client
) -> None:
    ann, bob = people.new(), people.new()
    body = {"title": "Mine", "slug": unique("mine"), "lengthInMinutes": 30}
    made = data(ann.api.post(PATH, json=body, v=EVENT_TYPES), 201)["id"]
    within = {"orgId": organization.rpartition("/")[2]}
    names = [name_of(each.api) for each in (ann, bob)]
    assert made in [each["id"] for each in listed(anonymous, username=names[0], **within)]
    [group] = listed(anonymous, usernames=",".join(names), **within)
    assert sorted(user["username"] for user in group["users"]) == sorted(names)


@pytest.mark.sandbox_only("people who are known without naming an organization")
def test_one_person_outweighs_a_group(anonymous: Client) -> None:
    assert {each["ownerId"] for each in listed(anonymous, username="solo", usernames="owner,admin")} == {4}


def test_others_event_types_do_not_exist_but_are_not_for_deletion_either(solo: Client, member: Client) -> None:
    body = {"title": "Mine", "slug": unique("mine"), "lengthInMinutes": 30}
    created = data(member.post(PATH, json=body, v=EVENT_TYPES), 201)
    path = f"{PATH}/{created['id']}"
    unknown = f"Event type with id {created['id']} not found"
    assert error(solo.get(path, v=EVENT_TYPES), 404)["message"] == unknown
    assert error(solo.patch(path, json={}, v=EVENT_TYPES), 404)["message"] == unknown
    refused = error(solo.delete(path, v=EVENT_TYPES), 403)
    me = data(solo.get("/v2/me"))["id"]
    assert refused["message"] == f"User with ID={me} does not own event type with ID={created['id']}"
    assert data(member.get(path, v=EVENT_TYPES)) == created
    data(member.delete(path, v=EVENT_TYPES))


def test_without_credentials_the_list_is_open_and_the_rest_is_forbidden(anonymous: Client) -> None:
    assert listed(anonymous) == []
    assert error(anonymous.get(f"{PATH}/1", v=EVENT_TYPES), 403)["message"] == "Forbidden resource"
