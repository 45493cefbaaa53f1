"""Reads integers, and bounds those of the description: clients and the live service use JavaScript numbers."""

from __future__ import annotations

from typing import Any

from mock_server.runtime.json_values import is_list, is_object

LARGEST = 2**53 - 1
"""The largest integer that JavaScript tells apart from its neighbours."""

MOST_DIGITS = 15
"""Every whole number with so many digits is exact in JavaScript."""

_VALUES = frozenset({"example", "examples", "value", "default", "enum"})


def integer_from(text: str) -> int | None:
    """The number that `text` writes with at most MOST_DIGITS ASCII digits and nothing else; None for other texts."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None


def is_own_bound(value: Any) -> bool:
    """Whether a bound comes from the description, so that a refusal may mention it."""
    return value not in (-LARGEST, LARGEST)


def bound_integers(node: Any) -> None:
    """Changes schemas in place, at any depth. Examples are left unchanged."""
    if is_list(node):
        for each in node:
            bound_integers(each)
    elif is_object(node):
        if node.get("type") == "integer" and "enum" not in node:
            node.setdefault("minimum", -LARGEST)
            node.setdefault("maximum", LARGEST)
        for key, value in node.items():
            if key == "properties":
                bound_integers(list(value.values()))
            elif key not in _VALUES:
                bound_integers(value)
