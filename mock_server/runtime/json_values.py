"""Type guards for JSON values, and their text in JavaScript."""

from __future__ import annotations

from typing import Any, TypeGuard

import msgspec


def is_object(value: Any) -> TypeGuard[dict[str, Any]]:
    """Whether `value` is a JSON object."""
    return isinstance(value, dict)


def is_list(value: Any) -> TypeGuard[list[Any]]:
    """Whether `value` is a JSON list."""
    return isinstance(value, list)


def script_text(value: Any) -> str:
    """A value converted to text as JavaScript does."""
    if is_object(value):
        return "[object Object]"
    if is_list(value):
        return ",".join("" if item is None else script_text(item) for item in value)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else msgspec.json.encode(value).decode().strip('"')
