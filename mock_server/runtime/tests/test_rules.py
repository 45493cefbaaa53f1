"""What is wrong with a request is said in class-validator's names, texts and nesting."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.runtime.rules import ValidationErrorReporter, rules_of
from mock_server.runtime.schemas import Components

Schema = dict[str, Any]

STRING = {"type": "string"}
ADDRESS = {
    "type": "object",
    "properties": {"street": STRING, "number": {"type": "integer", "minimum": 1}},
    "required": ["street"],
}
COMPONENTS = Components(
    {
        "Address": ADDRESS,
        "Phone": {
            "type": "object",
            "properties": {"kind": {"type": "string", "enum": ["phone"]}, "digits": STRING},
            "required": ["kind", "digits"],
        },
        "Mail": {
            "type": "object",
            "properties": {"kind": {"type": "string", "enum": ["mail"]}, "to": {"type": "string", "format": "email"}},
            "required": ["kind", "to"],
        },
        "Contact": {
            "oneOf": [{"$ref": "#/components/schemas/Phone"}, {"$ref": "#/components/schemas/Mail"}],
            "discriminator": {"propertyName": "kind"},
        },
        "Reach": {
            "anyOf": [{"$ref": "#/components/schemas/Phone"}, {"$ref": "#/components/schemas/Mail"}],
            "x-chosen-by": ["digits"],
        },
        "Positive": {"type": "integer", "minimum": 1},
    }
)


def errors_of(properties: Schema, target: Any, *required: str) -> Any:
    schema = {"type": "object", "properties": properties, "required": list(required)}
    return ValidationErrorReporter(COMPONENTS).errors(schema, target)


@pytest.mark.parametrize(
    ("schema", "value", "constraints"),
    [
        (STRING, 5, {"isString": "field must be a string"}),
        (STRING, None, {"isString": "field must be a string"}),
        ({"type": "integer"}, "12", {"isInt": "field must be an integer number"}),
        ({"type": "integer"}, 1.5, {"isInt": "field must be an integer number"}),
        ({"type": "integer"}, True, {"isInt": "field must be an integer number"}),
        ({"type": "number"}, "x", {"isNumber": "field must be a number conforming to the specified constraints"}),
        ({"type": "number"}, False, {"isNumber": "field must be a number conforming to the specified constraints"}),
        ({"type": "boolean"}, "true", {"isBoolean": "field must be a boolean value"}),
        ({"type": "boolean"}, 1, {"isBoolean": "field must be a boolean value"}),
        ({"type": "object", "additionalProperties": True}, [], {"isObject": "field must be an object"}),
        ({"type": "array", "items": {}}, "x", {"isArray": "field must be an array"}),
        ({"type": "string", "enum": ["a", "b"]}, "c", {"isEnum": "field must be one of the following values: a, b"}),
        ({"type": "integer", "enum": [12, 24]}, 13, {"isEnum": "field must be one of the following values: 12, 24"}),
        ({"type": "integer", "enum": [0, 1]}, True, {"isEnum": "field must be one of the following values: 0, 1"}),
        (
            {"type": "string", "enum": ["a", None], "nullable": True},
            "c",
            {"isEnum": "field must be one of the following values: a"},
        ),
        (
            {"type": "integer", "minimum": 1, "maximum": 250},
            0,
            {"min": "field must not be less than 1"},
        ),
        (
            {"type": "integer", "minimum": 1, "maximum": 250},
            251,
            {"max": "field must not be greater than 250"},
        ),
        (
            {"type": "integer", "minimum": 1, "maximum": 250},
            "many",
            {
                "isInt": "field must be an integer number",
                "min": "field must not be less than 1",
                "max": "field must not be greater than 250",
            },
        ),
        ({"type": "string", "minLength": 2}, "x", {"minLength": "field must be longer than or equal to 2 characters"}),
        (
            {"type": "string", "maxLength": 2},
            "xyz",
            {"maxLength": "field must be shorter than or equal to 2 characters"},
        ),
        ({"type": "string", "pattern": "^a+$"}, "b", {"matches": "field must match /^a+$/ regular expression"}),
        ({"type": "string", "format": "email"}, "a@b", {"isEmail": "field must be an email"}),
        ({"type": "string", "format": "email"}, "a@b.co\n", {"isEmail": "field must be an email"}),
        ({"type": "string", "format": "url"}, "http://localhost/x", {"isUrl": "field must be a URL address"}),
        ({"type": "string", "format": "url"}, "https://a.example\nx", {"isUrl": "field must be a URL address"}),
        ({"type": "string", "format": "uuid"}, "12", {"isUuid": "field must be a UUID"}),
        (
            {"type": "string", "format": "date-time"},
            "tomorrow",
            {"isIso8601": "field must be a valid ISO 8601 date string"},
        ),
        # Accepted by the rule, refused by the format: the rule speaks for it all the same.
        (
            {"type": "string", "format": "date-time"},
            "2025-04-15",
            {"isIso8601": "field must be a valid ISO 8601 date string"},
        ),
        (
            {"type": "string", "format": "time-zone"},
            "Mars/Base",
            {"isTimeZone": "field must be a valid IANA time-zone"},
        ),
        (
            {"type": "array", "items": {}, "minItems": 1},
            [],
            {"arrayMinSize": "field must contain at least 1 elements"},
        ),
        (
            {"type": "array", "items": {}, "maxItems": 1},
            [1, 2],
            {"arrayMaxSize": "field must contain no more than 1 elements"},
        ),
        ({"type": "array", "items": STRING}, ["a", 1], {"isString": "each value in field must be a string"}),
        # What is no array is held against the rules of its items as well.
        (
            {"type": "array", "items": STRING},
            5,
            {"isArray": "field must be an array", "isString": "each value in field must be a string"},
        ),
        ({"type": "array", "items": STRING}, "a", {"isArray": "field must be an array"}),
        (
            {"type": "array", "items": {"$ref": "#/components/schemas/Address"}},
            True,
            {
                "isArray": "field must be an array",
                "nestedValidation": "each value in nested property field must be either object or array",
            },
        ),
        (
            {"type": "string", "minLength": 1, "x-rules": ["isLength"]},
            "",
            {"isLength": "field must be longer than or equal to 1 characters"},
        ),
        (
            {"type": "string", "minLength": 1, "x-rules": ["isLength"]},
            0,
            {"isLength": "field must be longer than or equal to 1 characters"},
        ),
        (
            {"type": "string", "minLength": 1, "x-rules": ["isLength"]},
            1.5,
            {
                "isLength": "field must be longer than or equal to 1 and shorter than or equal to undefined characters",
            },
        ),
        (
            {"type": "string", "minLength": 1, "maxLength": 3, "x-rules": ["isLength"]},
            "abcd",
            {"isLength": "field must be shorter than or equal to 3 characters"},
        ),
        (
            {"type": "array", "items": {"type": "string", "enum": ["a"]}},
            ["b"],
            {"isEnum": "each value in field must be one of the following values: a"},
        ),
        ({"$ref": "#/components/schemas/Positive"}, 0, {"min": "field must not be less than 1"}),
        (
            {"allOf": [{"$ref": "#/components/schemas/Positive"}], "maximum": 3},
            4,
            {"max": "field must not be greater than 3"},
        ),
    ],
)
def test_a_value_that_breaks_its_rule(schema: Schema, value: Any, constraints: dict[str, str]) -> None:
    target = {"field": value}
    assert errors_of({"field": schema}, target, "field") == [
        {"target": target, "value": value, "property": "field", "children": [], "constraints": constraints}
    ]


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        (STRING, ""),
        ({"type": "integer", "minimum": 1}, 1),
        ({"type": "string", "nullable": True}, None),
        ({"type": "string", "format": "time-zone"}, "europe/london"),
        ({"type": "string", "format": "url"}, "example.com/x?y=z"),
        ({"type": "string", "format": "email"}, "a+b@example.com"),
        ({"type": "array", "items": STRING}, []),
        ({"$ref": "#/components/schemas/Contact"}, {"kind": "phone", "digits": "1"}),
    ],
)
def test_a_value_that_keeps_its_rules(schema: Schema, value: Any) -> None:
    assert errors_of({"field": schema}, {"field": value}, "field") == []


def test_what_is_missing_has_no_value() -> None:
    assert errors_of({"a": STRING, "b": STRING}, {}, "a") == [
        {"target": {}, "property": "a", "children": [], "constraints": {"isString": "a must be a string"}}
    ]


def test_a_missing_array_breaks_the_rules_of_its_items_but_has_nothing_nested() -> None:
    listed = {"type": "array", "items": {"type": "string", "enum": ["a"]}}
    nested = {"type": "array", "items": {"$ref": "#/components/schemas/Address"}}
    first, second = errors_of({"listed": listed, "nested": nested}, {}, "listed", "nested")
    assert first["constraints"] == {
        "isArray": "listed must be an array",
        "isEnum": "each value in listed must be one of the following values: a",
    }
    assert second["constraints"] == {"isArray": "nested must be an array"}


def test_every_failed_property_is_listed_in_the_order_of_the_description() -> None:
    errors = errors_of({"a": STRING, "b": STRING, "c": STRING}, {"c": 1, "b": "fine", "a": 2}, "a", "b", "c")
    assert [error["property"] for error in errors] == ["a", "c"]


def test_rules_can_be_named_and_worded_by_the_description() -> None:
    named = {"type": "string", "minLength": 1, "x-rules": ["isString", "isNotEmpty"]}
    assert errors_of({"name": named}, {}, "name")[0]["constraints"] == {
        "isString": "name must be a string",
        "isNotEmpty": "name should not be empty",
    }
    worded = {"type": "integer", "enum": [12, 24], "x-rules": {"isIn": "$property must be 12 or 24"}}
    assert errors_of({"timeFormat": worded}, {"timeFormat": 13})[0]["constraints"] == {
        "isIn": "timeFormat must be 12 or 24"
    }


def test_a_rule_of_the_apis_own_stands_for_the_whole_schema() -> None:
    own = {"type": "object", "additionalProperties": STRING, "x-rules": {"ValidateMetadata": "$property is too much"}}
    assert errors_of({"metadata": own}, {"metadata": {"a": 1}})[0]["constraints"] == {
        "ValidateMetadata": "metadata is too much"
    }


def test_a_field_without_rules_is_left_to_the_operation() -> None:
    assert errors_of({"a": {"type": "string", "x-rules": []}}, {"a": 5}, "a") == []


def test_a_nested_object_has_children_and_no_constraints() -> None:
    target = {"address": {"street": 5, "number": 0}}
    [error] = errors_of({"address": {"$ref": "#/components/schemas/Address"}}, target)
    assert "constraints" not in error
    assert error["children"] == [
        {
            "target": target["address"],
            "value": 5,
            "property": "street",
            "children": [],
            "constraints": {"isString": "street must be a string"},
        },
        {
            "target": target["address"],
            "value": 0,
            "property": "number",
            "children": [],
            "constraints": {"min": "number must not be less than 1"},
        },
    ]


def test_items_of_an_array_are_children_by_their_place() -> None:
    good, bad = {"street": "A"}, {"number": 1}
    target = {"addresses": [good, bad, 7]}
    [error] = errors_of({"addresses": {"type": "array", "items": {"$ref": "#/components/schemas/Address"}}}, target)
    second, third = error["children"]
    assert (second["property"], second["value"], second["target"]) == ("1", bad, target["addresses"])
    [street] = second["children"]
    assert (street["property"], street["target"], "value" in street) == ("street", bad, False)
    assert (third["property"], third["value"], third["children"]) == ("2", 7, [])
    assert third["constraints"] == {
        "nestedValidation": "each value in nested property addresses must be either object or array"
    }


def test_an_object_in_place_of_an_array_is_looked_into() -> None:
    target = {"addresses": {"number": 0}}
    [error] = errors_of({"addresses": {"type": "array", "items": {"$ref": "#/components/schemas/Address"}}}, target)
    assert error["constraints"] == {"isArray": "addresses must be an array"}
    assert [(child["property"], child["target"]) for child in error["children"]] == [
        ("street", {"number": 0}),
        ("number", {"number": 0}),
    ]


def test_what_is_no_object_where_one_is_nested_is_said_so() -> None:
    [error] = errors_of({"address": {"$ref": "#/components/schemas/Address"}}, {"address": "street"})
    assert error["constraints"] == {"nestedValidation": "nested property address must be either object or array"}


def test_alternatives_are_told_apart_by_their_discriminator() -> None:
    [error] = errors_of({"contact": {"$ref": "#/components/schemas/Contact"}}, {"contact": {"kind": "mail", "to": "x"}})
    [child] = error["children"]
    assert child["constraints"] == {"isEmail": "to must be an email"}


def test_a_value_that_chooses_no_alternative_is_told_what_would() -> None:
    text = "kind must be one of the following values: mail, phone"
    declared = {
        "oneOf": [
            {"type": "object", "properties": {"kind": {"type": "string", "enum": [kind]}}, "required": ["kind"]}
            for kind in ("mail", "phone")
        ],
        "discriminator": {"propertyName": "kind"},
        "x-undecided": text,
    }
    for target, value in (({"kind": "pigeon"}, {"value": "pigeon"}), ({}, {})):
        [error] = errors_of({"contact": declared}, {"contact": target})
        [child] = error["children"]
        expected = {"target": target, "property": "kind", "children": [], "constraints": {"isIn": text}}
        assert child == expected | value


def test_of_alternatives_that_a_key_chooses_the_chosen_one_alone_is_explained() -> None:
    def complaints(reach: Any) -> list[str]:
        [error] = errors_of({"reach": {"$ref": "#/components/schemas/Reach"}}, {"reach": reach})
        return [child["property"] for child in error["children"]]

    # The other alternative would have a single complaint.
    assert complaints({"digits": 5, "kind": "mail", "to": "x"}) == ["kind", "digits"]
    assert complaints({"kind": "phone"}) == ["kind", "to"]


def test_fields_that_should_not_exist_come_first() -> None:
    closed = {"type": "object", "properties": {"a": STRING}, "additionalProperties": False}
    assert [error["property"] for error in ValidationErrorReporter(COMPONENTS).errors(closed, {"a": 5, "b": 1})] == [
        "b",
        "a",
    ]


def test_the_target_is_the_whole_input() -> None:
    target = {"a": 1, "b": "fine"}
    [error] = errors_of({"a": STRING, "b": STRING}, target)
    assert error["target"] == target


def test_rules_follow_from_the_schema() -> None:
    assert list(rules_of({"type": "string", "enum": ["a"]})) == ["isEnum"]
    assert list(rules_of({"type": "integer", "minimum": 1, "maximum": 2})) == ["isInt", "min", "max"]
    assert list(rules_of({"type": "string", "format": "email", "maxLength": 5})) == ["isEmail", "maxLength"]
    assert rules_of({"x-rules": ["isString", {"isIn": "text"}]}) == {"isString": None, "isIn": "text"}
