"""What breaks a schema is named where it is, also inside of unions."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema_rs import Draft4Validator

from mock_server.runtime.conformance import first_breach

BOOKING: dict[str, Any] = {
    "type": "object",
    "required": ["id", "attendees"],
    "additionalProperties": False,
    "properties": {"id": {"type": "integer"}, "attendees": {"type": "array", "items": {"type": "string"}}},
}
SEATED: dict[str, Any] = {
    "type": "object",
    "required": ["id", "seats", "owner", "mode"],
    "properties": {"seats": {"type": "integer"}, "mode": {"enum": ["seated"]}},
}
NULL = {"type": "null"}
LOCATION = {
    "anyOf": [
        {
            "type": "object",
            "required": ["type", "address", "public"],
            "properties": {"type": {"enum": ["address"]}, "address": {"type": "string"}, "public": {"type": "boolean"}},
        },
        {
            "type": "object",
            "required": ["type", "link"],
            "properties": {"type": {"enum": ["link"]}, "link": {"type": "string"}},
        },
    ]
}


def breach(schema: dict[str, Any], content: Any) -> str:
    """The complaint as it is shown."""
    return str(first_breach(Draft4Validator(schema), content))


@pytest.mark.parametrize(
    ("schema", "content", "complaint"),
    [
        (BOOKING, {"id": 1}, "`/`: `attendees` is missing"),
        (BOOKING, {"id": 1, "attendees": [], "x": 1, "y": 2}, "`/`: `x`, `y` are not described"),
        (BOOKING, {"id": 1, "attendees": ["a", 2]}, "`/attendees/1`: 2 is not of type string"),
        ({"enum": ["a", "b"]}, "c", '`/`: "c" is none of "a", "b"'),
        ({"maxLength": 3}, "abcd", '`/`: "abcd" is longer than 3 characters'),
    ],
)
def test_the_complaint_names_what_is_wrong(schema: dict[str, Any], content: Any, complaint: str) -> None:
    """Without repeating the whole value."""
    assert breach(schema, content) == complaint


@pytest.mark.parametrize(
    ("schema", "content", "complaint"),
    [
        # The fewest errors.
        ({"anyOf": [SEATED, BOOKING]}, {"id": 1}, "`/`: `attendees` is missing"),
        # Null is farther away than an object with several errors.
        ({"anyOf": [BOOKING, NULL]}, {"x": 1}, "`/`: `id` is missing"),
        # The tag decides, though the other alternative has fewer errors.
        (LOCATION, {"type": "address"}, "`/`: `address` is missing"),
        # At any depth.
        (
            {"properties": {"data": {"anyOf": [NULL, {"items": {"oneOf": [BOOKING, SEATED]}}]}}},
            {"data": [{"id": 1}]},
            "`/data/0`: `attendees` is missing",
        ),
    ],
)
def test_a_union_is_told_by_its_best_alternative(schema: dict[str, Any], content: Any, complaint: str) -> None:
    """Not by the value that fits none."""
    assert breach(schema, content) == complaint


def test_two_fitting_alternatives_are_named_as_such() -> None:
    """Nothing is wrong inside of either."""
    assert "more than one" in breach({"oneOf": [{"type": "object"}, {"type": "object"}]}, {})


def test_long_values_are_cut() -> None:
    """A complaint stays readable."""
    assert len(breach({"maxLength": 3}, "x" * 10_000)) < 300


def test_what_fits_has_no_breach() -> None:
    """Nothing is said of it."""
    assert first_breach(Draft4Validator(BOOKING), {"id": 1, "attendees": []}) is None
