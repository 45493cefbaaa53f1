"""Reads integers, and bounds those of the description: clients and the live service use JavaScript numbers."""

from __future__ import annotations

from typing import Any

from mock_server.runtime.json_values import is_list, is_object

LARGEST = 2**53 - 1
"""The largest integer that JavaScript distinguishes from its neighbours."""

MOST_DIGITS = len(str(LARGEST))

_VALUES = frozenset({"example", "examples", "value", "default", "enum"})


def integer_from(text: str) -> int | None:
    """The number up to LARGEST that `text` writes in ASCII digits, at most MOST_DIGITS; None for other texts."""
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        return None
    number = int(text)
    return number if number <= LARGEST else None


def signed_integer_from(text: str) -> int | None:
    """The same, where the number may be negative."""
    number = integer_from(text.removeprefix("-"))
    return -number if number is not None and text.startswith("-") else number


def is_own_bound(value: Any) -> bool:
    """Whether a bound comes from the description, so that a refusal may mention it."""
    return value not in (-LARGEST, LARGEST)


def bound_integers(node: Any) -> None:
    """Changes schemas in place, at any depth. Examples are left unchanged."""
    if is_list(node):
        for child in node:
            bound_integers(child)
    elif is_object(node):
        if node.get("type") == "integer" and "enum" not in node:
            node.setdefault("minimum", -LARGEST)
            node.setdefault("maximum", LARGEST)
        for key, value in node.items():
            if key == "properties":
                bound_integers(list(value.values()))
            elif key not in _VALUES:
                bound_integers(value)
