"""The mark on deliveries of webhooks, by which a sandbox knows requests that a sandbox sent."""

from __future__ import annotations

from collections.abc import Mapping

MARK = "sandbox-delivery"
"""Header whose value counts the deliveries that led to one another: 1 for an event that no delivery caused."""

ROUNDS = 3
"""How many deliveries may lead to one another."""


def is_delivery(headers: Mapping[str, str]) -> bool:
    """Whether a request is a delivery, of this sandbox or of another. `headers` by name in lower case."""
    return MARK in headers


def rounds_before(headers: Mapping[str, str]) -> int:
    """How many deliveries led to a request, at most ROUNDS. A mark that is no number counts as the last."""
    value = headers.get(MARK)
    if value is None:
        return 0
    return min(int(value), ROUNDS) if value.isascii() and value.isdecimal() and len(value) < 5 else ROUNDS
