"""Reads the query parameters of the control plane's calls, and refuses those that a call does not take."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl

from mock_server.runtime.suggestions import did_you_mean
from mock_server.sandbox.errors import Refused

LONGEST_WAIT = 30.0
PAGE = ("skip", "limit")
"""The parameters with which a list is read in pages."""

DEFAULT_LIMIT = 100
"""The entries of a list, or of a page of it, without `?limit=`."""


def read_query(query_string: bytes, known: Collection[str], call: str) -> dict[str, str]:
    """The parameters of `call`. Raises Refused for unknown, repeated and empty ones."""
    query: dict[str, str] = {}
    for name, value in parse_qsl(query_string.decode("latin-1"), keep_blank_values=True):
        if name not in known:
            takes = f"the query parameters {', '.join(known)}" if known else "no query parameters"
            raise Refused(400, f"{call} takes {takes}, not `{name}`{did_you_mean(name, known) or '.'}")
        if name in query:
            raise Refused(400, f"`{name}` is given twice.")
        if not value:
            raise Refused(400, f"`{name}` is empty.")
        query[name] = value
    return query


def whole_number(query: Mapping[str, str], name: str, default: int) -> int:
    """The number in the query. Raises Refused."""
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise Refused(400, f"`{name}` takes a whole number.")
    return int(text)


def seconds(query: Mapping[str, str], name: str, default: float = 0.0) -> float:
    """The seconds to wait. Raises Refused."""
    try:
        found = float(query.get(name, default))
    except ValueError:
        found = -1.0
    if not 0 <= found <= LONGEST_WAIT:
        raise Refused(400, f"`{name}` takes seconds, at most {LONGEST_WAIT:g}.")
    return found


def one_of(query: Mapping[str, str], name: str, choices: Collection[str]) -> str | None:
    """The value in the query, one of `choices`. Raises Refused."""
    value = query.get(name)
    if value is not None and value not in choices:
        raise Refused(400, f"`{name}` takes one of {', '.join(choices)}.")
    return value
