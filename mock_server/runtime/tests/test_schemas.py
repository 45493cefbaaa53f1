"""Schemas of the description: compiled as OpenAPI means them, and what they do not know is dropped."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.runtime.schemas import Components, is_email, is_url

STRING = {"type": "string"}
COMPONENTS = Components(
    {
        "Named": {"type": "object", "properties": {"name": STRING}, "required": ["name"]},
        "Tree": {
            "type": "object",
            "properties": {
                "leaf": STRING,
                "branches": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}},
            },
        },
        "Cat": {
            "type": "object",
            "properties": {"kind": {"type": "string", "enum": ["cat"]}, "lives": {"type": "integer"}},
            "required": ["kind"],
        },
        "Dog": {
            "type": "object",
            "properties": {"kind": {"type": "string", "enum": ["dog"]}, "tricks": STRING},
            "required": ["kind"],
        },
        "Pet": {
            "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
            "discriminator": {"propertyName": "kind"},
        },
        "Trip": {
            "anyOf": [
                {"type": "object", "properties": {"now": {"type": "boolean"}, "taxi": STRING}, "required": ["now"]},
                {"type": "object", "properties": {"seat": STRING, "train": STRING}, "required": ["train"]},
                {"type": "object", "properties": {"bike": STRING}, "additionalProperties": False},
            ],
            "x-chosen-by": [{"now": True}, "seat"],
        },
    }
)


def reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_nullable_accepts_null_and_nothing_else() -> None:
    validator = COMPONENTS.compile({"type": "string", "nullable": True})
    assert validator.is_valid(None)
    assert validator.is_valid("x")
    assert not validator.is_valid(5)
    assert not COMPONENTS.compile(STRING).is_valid(None)


def test_a_closed_validator_refuses_undeclared_properties_at_every_depth() -> None:
    tree = {"leaf": "a", "branches": [{"leaf": "b", "nest": 1}]}
    assert COMPONENTS.compile(reference("Tree")).is_valid(tree)
    assert not COMPONENTS.compile(reference("Tree"), closed=True).is_valid(tree)
    del tree["branches"][0]["nest"]  # type: ignore[attr-defined]
    assert COMPONENTS.compile(reference("Tree"), closed=True).is_valid(tree)


def test_a_closed_validator_leaves_free_objects_free() -> None:
    free = {"type": "object", "additionalProperties": True}
    assert COMPONENTS.compile(free, closed=True).is_valid({"anything": 1})


def test_all_of_is_joined_so_that_its_parts_do_not_refuse_each_other() -> None:
    joined = {"allOf": [reference("Named")], "properties": {"age": {"type": "integer"}}, "required": ["age"]}
    validator = COMPONENTS.compile(joined, closed=True)
    assert validator.is_valid({"name": "Ada", "age": 36})
    assert not validator.is_valid({"name": "Ada"})
    assert not validator.is_valid({"age": 36})
    assert not validator.is_valid({"name": "Ada", "age": 36, "more": 1})


def test_a_request_passes_over_what_the_operation_checks_itself() -> None:
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "x-rules": []}, "b": STRING},
        "required": ["a", "b"],
    }
    assert COMPONENTS.compile(schema, request=True).is_valid({"a": 5, "b": "x"})
    assert COMPONENTS.compile(schema, request=True).is_valid({"b": "x"})
    assert not COMPONENTS.compile(schema, request=True).is_valid({"a": "x"})
    assert not COMPONENTS.compile(schema).is_valid({"a": 5, "b": "x"})


def test_a_request_passes_over_items_that_the_operation_checks_itself() -> None:
    array = {"type": "array", "items": {"type": "string", "x-rules": []}}
    assert COMPONENTS.compile(array, request=True).is_valid([5])
    counted = {**array, "minItems": 1, "x-rules": ["isArray", {"arrayNotEmpty": "There must be one"}]}
    assert COMPONENTS.compile(counted, request=True).is_valid([5])
    assert not COMPONENTS.compile(counted, request=True).is_valid([])
    assert not COMPONENTS.compile(array).is_valid([5])
    ruled = {**array, "items": {"type": "string", "x-rules": {"isFeed": "It must be the address of a feed"}}}
    assert not COMPONENTS.compile(ruled, request=True).is_valid([5])


def test_unknown_fields_are_dropped_at_every_depth() -> None:
    value = {"leaf": "a", "x": 1, "branches": [{"leaf": "b", "y": 2, "branches": []}, 7]}
    assert COMPONENTS.without_unknown(reference("Tree"), value) == {
        "leaf": "a",
        "branches": [{"leaf": "b", "branches": []}, 7],
    }
    assert value["x"] == 1, "what was sent stays as it was"


def test_fields_of_the_other_alternative_are_unknown() -> None:
    assert COMPONENTS.without_unknown(reference("Pet"), {"kind": "dog", "tricks": "roll", "lives": 9}) == {
        "kind": "dog",
        "tricks": "roll",
    }


def test_without_a_known_kind_the_fields_of_all_alternatives_stay() -> None:
    pet = {"kind": "cow", "tricks": "roll", "lives": 9}
    assert COMPONENTS.without_unknown(reference("Pet"), {**pet, "milk": 1}) == pet


def test_without_a_known_kind_shared_fields_alone_stay_where_a_text_names_the_kinds() -> None:
    def pet(kind: str, **own: Any) -> dict[str, Any]:
        return {"type": "object", "properties": {"kind": {"type": "string", "enum": [kind]}, "name": STRING, **own}}

    union = {
        "oneOf": [pet("cat", lives={"type": "integer"}, food=STRING), pet("dog", food={"type": "integer"})],
        "discriminator": {"propertyName": "kind"},
        "x-undecided": "kind must be one of the following values: cat, dog",
    }
    cow = {"kind": "cow", "name": "Elsie", "lives": 9, "food": "grass"}
    assert COMPONENTS.without_unknown(union, cow) == {"kind": "cow", "name": "Elsie"}


def test_without_a_known_kind_all_fields_stay_for_the_operation_to_refuse() -> None:
    pet = {"kind": "cow", "milk": 1}
    assert COMPONENTS.without_unknown({**COMPONENTS.resolve(reference("Pet")), "x-rules": []}, pet) == pet


@pytest.mark.parametrize(
    ("fits", "trip"),
    [
        (True, {"now": True}),
        (True, {"seat": "1A", "train": "IC 1"}),
        (True, {"bike": "red"}),
        (True, {}),
        (False, {"seat": "1A"}),
        (False, {"seat": None, "bike": "red", "train": 5}),
        (False, {"now": True, "taxi": 5}),
        (False, {"now": False}),
        (False, {"now": 1}),
        (False, {"bike": 5}),
        (False, "bike"),
    ],
)
def test_a_value_is_judged_by_the_alternative_that_its_key_chooses(fits: bool, trip: Any) -> None:
    for request in (True, False):
        assert COMPONENTS.compile(reference("Trip"), request=request).is_valid(trip) is fits


def test_the_first_key_that_is_there_chooses() -> None:
    everything = {"now": True, "seat": "1A", "train": "IC 1", "taxi": "T5", "bike": "red"}
    assert COMPONENTS.without_unknown(reference("Trip"), everything) == {"now": True, "taxi": "T5"}
    everything["now"] = False
    assert COMPONENTS.without_unknown(reference("Trip"), everything) == {"seat": "1A", "train": "IC 1"}


def test_free_objects_keep_everything() -> None:
    for schema in ({"type": "object"}, {"type": "object", "additionalProperties": STRING}, {}):
        assert COMPONENTS.without_unknown(schema, {"a": {"b": 1}}) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (
            is_email,
            ["a@b.co", "first.last+tag@sub.example.com"],
            ["a@b", "a b@c.de", "a@b@c.de", "@b.co", "a@b.co ", ""],
        ),
        (
            is_url,
            ["https://a.example", "a.example/path?x=1#y", "http://u:p@a.example:80", "HTTPS://BÜCHER.EXAMPLE"],
            ["http://localhost/x", "nonsense", "https://", "http://a b.example", "javascript:alert(1)", ""],
        ),
    ],
)
def test_formats(check: Any, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if not check(value)] == []
    assert [value for value in bad if check(value)] == []


@pytest.mark.parametrize("check", [is_email, is_url])
def test_formats_take_their_time_with_nothing(check: Any) -> None:
    for text in ("a." * 5000, "a@" + "a." * 5000 + "!", ":" * 10_000, "a" * 2000 + "!"):
        assert not check(text)
