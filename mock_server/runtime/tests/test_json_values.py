"""Conversions between text and values as in JavaScript."""

from __future__ import annotations

import pytest

from mock_server.runtime.json_values import script_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", 42),
        (" -4.50 ", -4.5),
        ("+.5", 0.5),
        ("3.", 3),
        ("1e3", 1000),
        (str(2**53 - 1), 2**53 - 1),
        ("1e300", 1e300),
    ],
)
def test_decimal_texts_are_numbers(text: str, number: float) -> None:
    found = script_number(text)
    assert (found, type(found)) == (number, type(number))


@pytest.mark.parametrize(
    "text", ["", " ", "four", "1_000", "1,5", "4 5", "\N{ARABIC-INDIC DIGIT FOUR}", "nan", "1e999"]
)
def test_other_texts_are_not(text: str) -> None:
    assert script_number(text) is None
