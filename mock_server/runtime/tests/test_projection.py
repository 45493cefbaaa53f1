"""Values are cut down to the shape that a schema describes."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from mock_server.runtime.projection import Projections
from mock_server.runtime.schemas import Components

SCHEMAS: dict[str, Any] = {
    "Person": {
        "type": "object",
        "required": ["name"],
        "properties": {
            "name": {"type": "string"},
            "friends": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
        },
    },
    "Link": {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string", "enum": ["link"]}, "url": {"type": "string"}},
    },
    "Phone": {
        "type": "object",
        "required": ["type"],
        "properties": {"type": {"type": "string", "enum": ["phone"]}, "number": {"type": "string"}},
    },
    "Plain": {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}},
    "Seated": {
        "type": "object",
        "required": ["id", "seat"],
        "properties": {"id": {"type": "integer"}, "seat": {"type": "string"}},
    },
}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def cut(schema: dict[str, Any], value: Any) -> Any:
    project = Projections(Components(SCHEMAS)).of(schema)
    assert project is not None
    before = copy.deepcopy(value)
    result = project(value)
    assert value == before
    return result


def test_an_object_keeps_what_its_schema_names_at_every_depth() -> None:
    friend = {"name": "Ben", "bio": None, "friends": [{"name": "Cy", "bio": "x"}]}
    assert cut(ref("Person"), {"name": "Ann", "bio": "x", "friends": [friend]}) == {
        "name": "Ann",
        "friends": [{"name": "Ben", "friends": [{"name": "Cy"}]}],
    }
    assert cut({"allOf": [ref("Person")], "nullable": True}, {"name": "Ann", "bio": "x"}) == {"name": "Ann"}
    assert cut(ref("Person"), None) is None


def test_a_free_object_keeps_everything() -> None:
    assert Projections(Components(SCHEMAS)).of({"type": "object", "additionalProperties": True}) is None
    schema = {"type": "object", "additionalProperties": True, "properties": {"owner": ref("Person")}}
    assert cut(schema, {"any": {"thing": 1}, "owner": {"name": "A", "bio": ""}}) == {
        "any": {"thing": 1},
        "owner": {"name": "A"},
    }
    assert cut({"additionalProperties": ref("Person")}, {"a": {"name": "A", "bio": ""}}) == {"a": {"name": "A"}}


def test_what_has_no_objects_is_left_alone() -> None:
    projections = Projections(Components(SCHEMAS))
    for schema in ({"type": "string"}, {"type": "array", "items": {"type": "integer"}}, {}):
        assert projections.of(schema) is None


def test_a_discriminator_names_the_alternative() -> None:
    schema = {"oneOf": [ref("Link"), ref("Phone")], "discriminator": {"propertyName": "type"}}
    assert cut(schema, {"type": "phone", "number": "1", "url": "x"}) == {"type": "phone", "number": "1"}


@pytest.mark.parametrize("order", [["Plain", "Seated"], ["Seated", "Plain"]])
def test_of_other_alternatives_the_one_counts_that_keeps_most(order: list[str]) -> None:
    schema = {"anyOf": [ref(name) for name in order]}
    assert cut(schema, {"id": 1, "seat": "a", "new": 1}) == {"id": 1, "seat": "a"}
    assert cut(schema, {"id": 1, "new": 1}) == {"id": 1}


def test_what_fits_no_alternative_stays_as_it_is() -> None:
    """So that strict mode sees it."""
    assert cut({"anyOf": [ref("Plain"), ref("Seated")]}, {"new": 1}) == {"new": 1}
