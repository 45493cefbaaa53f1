"""Type guards for JSON values, and conversions between text and values as in JavaScript."""

from __future__ import annotations

import math
import re
from typing import Any, TypeGuard

import msgspec

_DECIMAL = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_SAFE = 2**53
"""JavaScript holds all integers below it exactly."""


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


def script_number(text: str) -> int | float | None:
    """The decimal number that a text holds; None for other texts and for numbers that are too large."""
    if not _DECIMAL.fullmatch(text):
        return None
    number = float(text)
    if math.isinf(number):
        return None
    return int(number) if number.is_integer() and abs(number) < _SAFE else number
