"""Event types by their owners, and the dynamic event type of a group."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, Client, data, error, unique
from contract_tests.managed_users import ManagedUsers
from contract_tests.refusals import check_refusal, no_client_named

PATH = "/v2/event-types"


def listed(client: Client, **query: Any) -> Any:
    return data(client.get(PATH, params=query, v=EVENT_TYPES))


def name_of(client: Client) -> str:
    return data(client.get("/v2/me"))["username"]


@pytest.mark.sandbox_only("users outside of any organization")
def test_a_dynamic_group_consists_of_the_known_users(anonymous: Client) -> None:
    [group] = listed(anonymous, usernames="admin, owner,nobody,owner")
    assert (group["id"], group["ownerId"], group["slug"]) == (0, 0, "dynamic")
    assert group["lengthInMinutesOptions"] == group["metadata"]["multipleDuration"] == [15, 30, 45, 60, 90]
    assert group["bookingFields"] == []
    assert [user["username"] for user in group["users"]] == ["admin", "owner"]


@pytest.mark.sandbox_only("users inside and outside of an organization")
def test_in_an_organization_only_its_users_are_known(anonymous: Client) -> None:
    [group] = listed(anonymous, usernames="solo,member", orgSlug="acme")
    assert [user["username"] for user in group["users"]] == ["member"]
    assert listed(anonymous, username="solo", orgId=1) == []
    assert listed(anonymous, username="solo")


def test_users_of_an_organization_are_found_by_its_id(
    organization: str, managed_users: ManagedUsers, anonymous: Client
) -> None:
    ann, bob = managed_users.new(), managed_users.new()
    body = {"title": "Mine", "slug": unique("mine"), "lengthInMinutes": 30}
    made = data(ann.api.post(PATH, json=body, v=EVENT_TYPES), 201)["id"]
    within = {"orgId": organization.rpartition("/")[2]}
    names = [name_of(each.api) for each in (ann, bob)]
    assert made in [each["id"] for each in listed(anonymous, username=names[0], **within)]
    [group] = listed(anonymous, usernames=",".join(names), **within)
    assert sorted(user["username"] for user in group["users"]) == sorted(names)


@pytest.mark.sandbox_only("users outside of any organization")
def test_username_takes_precedence_over_usernames(anonymous: Client) -> None:
    assert {each["ownerId"] for each in listed(anonymous, username="solo", usernames="owner,admin")} == {4}


def test_event_types_of_others_are_not_found_and_cannot_be_deleted(solo: Client, member: Client) -> None:
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
    check_refusal(anonymous.get(f"{PATH}/1", v=EVENT_TYPES), no_client_named())
