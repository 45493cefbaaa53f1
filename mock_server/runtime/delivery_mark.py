"""The header that marks webhook deliveries, so that a sandbox recognizes requests sent by a sandbox."""

from __future__ import annotations

from collections.abc import Mapping

MARK = "sandbox-delivery"
"""Header with the length of the chain of deliveries that caused one another: 1 for an event not caused by one."""

ROUNDS = 3
"""The longest chain of deliveries that cause one another."""


def is_delivery(headers: Mapping[str, str]) -> bool:
    """Whether a request is a delivery from any sandbox. `headers` by name in lower case."""
    return MARK in headers


def rounds_before(headers: Mapping[str, str]) -> int:
    """The number of deliveries in the chain that caused a request, at most ROUNDS; ROUNDS if the mark is malformed."""
    value = headers.get(MARK)
    if value is None:
        return 0
    return min(int(value), ROUNDS) if value.isascii() and value.isdecimal() and len(value) < 5 else ROUNDS
