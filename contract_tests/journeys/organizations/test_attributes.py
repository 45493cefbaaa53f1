"""What an organization records of its members."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import Client, data, error, unique

pytestmark = pytest.mark.sandbox_only("needs the default organization and its people")

ATTRIBUTES = "/v2/organizations/1/attributes"
MEMBER = 3
UNKNOWN = "00000000-0000-4000-8000-000000000000"


def make(admin: Client, kind: str, *options: str, **fields: Any) -> dict[str, Any]:
    listed = [{"value": each, "slug": each.lower()} for each in options]
    body = {"name": "Skill", "slug": unique("skill"), "type": kind, "options": listed, **fields}
    return data(admin.post(ATTRIBUTES, json=body), 201)


def options_of(client: Client, attribute: dict[str, Any]) -> list[dict[str, Any]]:
    return data(client.get(f"{ATTRIBUTES}/{attribute['id']}/options"))


def assign(admin: Client, **body: Any) -> Any:
    return admin.post(f"{ATTRIBUTES}/options/{MEMBER}", json=body)


def test_an_attribute_from_creation_to_deletion(admin: Client, member: Client) -> None:
    made = make(admin, "SINGLE_SELECT", "Go", "Rust")
    url = f"{ATTRIBUTES}/{made['id']}"
    assert [each["value"] for each in options_of(member, made)] == ["Go", "Rust"]
    changed = data(admin.patch(url, json={"name": "Language", "enabled": False}))
    assert changed == {**made, "name": "Language", "enabled": False, "updatedAt": changed["updatedAt"]}
    assert changed in data(member.get(ATTRIBUTES))
    assert data(admin.delete(url)) == changed
    assert data(member.get(url)) is None
    assert options_of(member, made) == []
    error(admin.patch(url, json={"name": "Gone"}), 404)


def test_texts_have_no_options_until_they_are_assigned(admin: Client) -> None:
    title = make(admin, "TEXT", "Ignored")
    assert options_of(admin, title) == []
    assignment = data(assign(admin, attributeId=title["id"], value="Head of Sales"), 201)
    [option] = options_of(admin, title)
    assert (option["id"], option["value"], option["slug"]) == (
        assignment["attributeOptionId"],
        "Head of Sales",
        "head-of-sales",
    )
    assert option in data(admin.get(f"{ATTRIBUTES}/options/{MEMBER}"))
    assert data(admin.delete(f"{ATTRIBUTES}/options/{MEMBER}/{option['id']}")) == assignment
    assert options_of(admin, title) == [option]


def test_a_slug_is_taken_once_in_the_whole_server(admin: Client) -> None:
    first = make(admin, "TEXT")
    body = {"name": "Other", "slug": first["slug"], "type": "SINGLE_SELECT", "options": []}
    assert error(admin.post(ATTRIBUTES, json=body), 409)["code"] == "CONFLICT"


def test_what_cannot_be_assigned(admin: Client) -> None:
    choice = make(admin, "MULTI_SELECT", "Go")
    [go] = options_of(admin, choice)
    both = {"attributeId": choice["id"], "attributeOptionId": go["id"]}
    data(assign(admin, **both), 201)
    error(assign(admin, **both), 409)
    assert error(assign(admin, attributeId=UNKNOWN, value="x"), 404)["message"] == "Attribute not found"
    refusal = error(assign(admin, attributeId=choice["id"], value="x"), 400)
    assert refusal["message"] == "Attribute type does not support value"
    error(assign(admin, attributeId=choice["id"], attributeOptionId=UNKNOWN), 400)
    error(assign(admin, attributeId=choice["id"]), 400)
    outsider = admin.post(f"{ATTRIBUTES}/options/4", json=both)
    assert error(outsider, 404)["message"] == "User is not a member of the organization"


def test_deleting_an_option_takes_it_away_from_everybody(admin: Client, member: Client) -> None:
    choice = make(admin, "SINGLE_SELECT", "Go")
    [go] = options_of(admin, choice)
    data(assign(admin, attributeId=choice["id"], attributeOptionId=go["id"]), 201)
    url = f"{ATTRIBUTES}/{choice['id']}/options/{go['id']}"
    assert data(admin.patch(url, json={"value": "Golang"}))["value"] == "Golang"
    error(member.delete(url), 403)
    data(admin.delete(url))
    assert go["id"] not in [each["id"] for each in data(member.get(f"{ATTRIBUTES}/options/{MEMBER}"))]
