"""The attributes of an organization's members."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from contract_tests.clients import Client, data, error, unique
from contract_tests.nonexistent import NO_NUMBER, NO_TEXT


@dataclass
class Attributes:
    """The attributes of the organization, as its admin manages them, and those of one member."""

    admin: Client
    url: str
    member_id: int
    _made: list[str] = field(default_factory=list[str])

    def create(self, kind: str, *options: str) -> dict[str, Any]:
        """A new attribute with options of these values."""
        listed = [{"value": each, "slug": each.lower()} for each in options]
        body = {"name": "Skill", "slug": unique("skill"), "type": kind, "options": listed}
        made = data(self.admin.post(self.url, json=body), 201)
        self._made.append(made["id"])
        return made

    def options(self, attribute: dict[str, Any], client: Client | None = None) -> list[dict[str, Any]]:
        """The options of an attribute."""
        return data((client or self.admin).get(f"{self.url}/{attribute['id']}/options"))

    @property
    def assigned(self) -> str:
        """The path of the options that the member has."""
        return f"{self.url}/options/{self.member_id}"

    def assign(self, **body: Any) -> httpx.Response:
        """The reply to assigning an option to the member."""
        return self.admin.post(self.assigned, json=body)

    def clean(self) -> None:
        """Deletes what was created."""
        for attribute_id in self._made:
            self.admin.delete(f"{self.url}/{attribute_id}")


@pytest.fixture
def attributes(organization: str, admin: Client, member: Client) -> Iterator[Attributes]:
    """The attributes of the organization."""
    found = Attributes(admin, f"{organization}/attributes", data(member.get("/v2/me"))["id"])
    yield found
    found.clean()


def test_an_attribute_from_creation_to_deletion(attributes: Attributes, admin: Client, member: Client) -> None:
    made = attributes.create("SINGLE_SELECT", "Go", "Rust")
    url = f"{attributes.url}/{made['id']}"
    assert [each["value"] for each in attributes.options(made, member)] == ["Go", "Rust"]
    changed = data(admin.patch(url, json={"name": "Language", "enabled": False}))
    assert changed == {**made, "name": "Language", "enabled": False, "updatedAt": changed["updatedAt"]}
    assert changed in data(member.get(attributes.url))
    assert data(admin.delete(url)) == changed
    assert data(member.get(url)) is None
    assert attributes.options(made, member) == []
    error(admin.patch(url, json={"name": "Gone"}), 404)


def test_texts_have_no_options_until_they_are_assigned(attributes: Attributes, admin: Client) -> None:
    title = attributes.create("TEXT", "Ignored")
    assert attributes.options(title) == []
    assignment = data(attributes.assign(attributeId=title["id"], value="Head of Sales"), 201)
    [option] = attributes.options(title)
    assert (option["id"], option["value"], option["slug"]) == (
        assignment["attributeOptionId"],
        "Head of Sales",
        "head-of-sales",
    )
    assert option in data(admin.get(attributes.assigned))
    assert data(admin.delete(f"{attributes.assigned}/{option['id']}")) == assignment
    assert attributes.options(title) == [option]


def test_a_slug_is_taken_once_in_the_whole_server(attributes: Attributes, admin: Client) -> None:
    first = attributes.create("TEXT")
    body: dict[str, Any] = {"name": "Other", "slug": first["slug"], "type": "SINGLE_SELECT", "options": []}
    assert error(admin.post(attributes.url, json=body), 409)["code"] == "CONFLICT"


def test_what_cannot_be_assigned(attributes: Attributes, admin: Client) -> None:
    choice = attributes.create("MULTI_SELECT", "Go")
    [go] = attributes.options(choice)
    both = {"attributeId": choice["id"], "attributeOptionId": go["id"]}
    data(attributes.assign(**both), 201)
    error(attributes.assign(**both), 409)
    assert error(attributes.assign(attributeId=NO_TEXT, value="x"), 404)["message"] == "Attribute not found"
    refusal = error(attributes.assign(attributeId=choice["id"], value="x"), 400)
    assert refusal["message"] == "Attribute type does not support value"
    error(attributes.assign(attributeId=choice["id"], attributeOptionId=NO_TEXT), 400)
    error(attributes.assign(attributeId=choice["id"]), 400)
    outsider = admin.post(f"{attributes.url}/options/{NO_NUMBER}", json=both)
    assert error(outsider, 404)["message"] == "User is not a member of the organization"


def test_deleting_an_option_removes_its_assignments(attributes: Attributes, admin: Client, member: Client) -> None:
    choice = attributes.create("SINGLE_SELECT", "Go")
    [go] = attributes.options(choice)
    data(attributes.assign(attributeId=choice["id"], attributeOptionId=go["id"]), 201)
    url = f"{attributes.url}/{choice['id']}/options/{go['id']}"
    assert data(admin.patch(url, json={"value": "Golang"}))["value"] == "Golang"
    error(member.delete(url), 403)
    data(admin.delete(url))
    assert go["id"] not in [each["id"] for each in data(member.get(attributes.assigned))]
