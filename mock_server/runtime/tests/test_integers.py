from typing import Any

import pytest

from mock_server.runtime.integers import LARGEST, bound_integers, integer_from, signed_integer_from
from mock_server.runtime.rules import ValidationErrorReporter
from mock_server.runtime.schemas import Components


@pytest.mark.parametrize(
    ("text", "unsigned", "signed"),
    [
        ("0", 0, 0),
        ("007", 7, 7),
        ("-7", None, -7),
        (f"{LARGEST}", LARGEST, LARGEST),
        (f"-{LARGEST}", None, -LARGEST),
        (f"{LARGEST + 1}", None, None),
        (f"-{LARGEST + 1}", None, None),
        ("1" * 5000, None, None),
        ("--7", None, None),
        ("-", None, None),
        ("+7", None, None),
        ("7.0", None, None),
        ("\u0667", None, None),
        ("", None, None),
    ],
)
def test_texts_are_integers_up_to_the_bounds_of_the_description(
    text: str, unsigned: int | None, signed: int | None
) -> None:
    assert (integer_from(text), signed_integer_from(text)) == (unsigned, signed)


@pytest.mark.parametrize(
    ("schema", "bounds"),
    [
        ({"type": "integer"}, (-LARGEST, LARGEST)),
        ({"type": "integer", "minimum": 1}, (1, LARGEST)),
        ({"type": "integer", "maximum": 9}, (-LARGEST, 9)),
        ({"type": "integer", "enum": [12, 24]}, (None, None)),
        ({"type": "number"}, (None, None)),
    ],
)
def test_only_integers_without_bounds_of_their_own_get_some(
    schema: dict[str, Any], bounds: tuple[int | None, int | None]
) -> None:
    bound_integers(schema)
    assert (schema.get("minimum"), schema.get("maximum")) == bounds


def test_integers_are_found_at_any_depth_but_not_in_examples() -> None:
    schema: dict[str, Any] = {
        "properties": {"example": {"type": "integer"}, "ids": {"items": {"type": "integer"}}},
        "example": {"type": "integer"},
    }
    bound_integers(schema)
    assert schema["properties"]["example"]["maximum"] == LARGEST
    assert schema["properties"]["ids"]["items"]["maximum"] == LARGEST
    assert schema["example"] == {"type": "integer"}


def test_a_refusal_names_no_bound_that_nobody_stated() -> None:
    schema: dict[str, Any] = {"type": "object", "properties": {"id": {"type": "integer"}}}
    bound_integers(schema)
    [error] = ValidationErrorReporter(Components({})).errors(schema, {"id": LARGEST + 1})
    assert error["constraints"] == {"isInt": "id must be an integer number"}
