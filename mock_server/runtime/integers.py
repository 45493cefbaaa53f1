"""Adds bounds to integers without any: clients and the live service represent numbers as JavaScript does."""

from __future__ import annotations

from typing import Any

from mock_server.runtime.json_values import is_list, is_object

LARGEST = 2**53 - 1
"""The largest integer that JavaScript tells apart from its neighbours."""

_VALUES = frozenset({"example", "examples", "value", "default", "enum"})


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
