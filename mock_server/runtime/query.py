"""Parses query strings as the live API does: `a=1&a=2` is a list, `a[0][b]=1` is nested.

Source: Cal.com API v2, extended query parser; at most 1,000 parameters, nesting at most 5 deep, list indexes up to
20 in the first edition and up to 1,000 since.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote_plus

from mock_server.runtime.json_values import is_object
from mock_server.state.transaction import Transaction

PARAMETER_LIMIT = 1000
DEPTH_LIMIT = 5
INDEX_LIMIT = 20
LONG_INDEX_LIMIT = 1000
IGNORES_BLANKS = "x-ignores-blanks"
"""Beside a parameter that is a list: spaces around its items, and empty items, are dropped."""

_KEY = re.compile(r"^([^\[\]]+)((?:\[[^\[\]]*\])*)$")
_PART = re.compile(r"\[([^\[\]]*)\]")


def parse_query(query_string: bytes, index_limit: int = INDEX_LIMIT) -> dict[str, Any]:
    """Parameters by name; a value is text, a list or a mapping. List indexes may go up to `index_limit`."""
    if not query_string:
        return {}
    result: dict[str, Any] = {}
    for pair in query_string.decode("latin-1").split("&", PARAMETER_LIMIT)[:PARAMETER_LIMIT]:
        if not pair:
            continue
        raw_name, _, raw_value = pair.partition("=")
        name, value = unquote_plus(raw_name), unquote_plus(raw_value)
        nested = _KEY.match(name) if "[" in name else None
        if nested is None:
            _join(result, name, value)
        else:
            parts = _PART.findall(nested.group(2))[:DEPTH_LIMIT]
            _nest(result, [nested.group(1), *parts], value)
    return {name: _listed(value, index_limit) for name, value in result.items()}


def index_limit(tx: Transaction) -> int:
    """The highest list index in the edition."""
    return LONG_INDEX_LIMIT if tx.has("long-lists-in-queries") else INDEX_LIMIT


def _join(into: dict[str, Any], name: str, value: Any) -> None:
    if name not in into:
        into[name] = value
    elif isinstance(into[name], list):
        into[name].append(value)
    else:
        into[name] = [into[name], value]


def _nest(into: dict[str, Any], parts: list[str], value: str) -> None:
    *way, last = parts
    for part in way:
        step = into.setdefault(part or str(len(into)), {})
        if not is_object(step):
            return
        into = step
    _join(into, last or str(len(into)), value)


def _listed(value: Any, limit: int) -> Any:
    """Turns mappings whose keys are all indexes up to `limit` into lists."""
    if not is_object(value):
        return value
    items: dict[str, Any] = {key: _listed(item, limit) for key, item in value.items()}
    if all(len(key) <= len(str(limit)) and key.isdecimal() and int(key) <= limit for key in items):
        return [items[key] for key in sorted(items, key=int)]
    return items
