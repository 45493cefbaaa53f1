"""Scopes of third-party OAuth2 tokens: what an operation asks for, and what a token covers.

Source: Cal.com API v2, OAuth2 scopes.
"""

from __future__ import annotations

from collections.abc import Iterable

from mock_server.runtime.call import Caller
from mock_server.runtime.errors import Forbidden
from mock_server.state.transaction import Transaction

_PERSONAL = ("EVENT_TYPE", "BOOKING", "SCHEDULE", "APPS", "PROFILE")
_SHARED = ("EVENT_TYPE", "BOOKING", "SCHEDULE", "PROFILE", "MEMBERSHIP")
_FAMILIES = (*_PERSONAL, *(f"{owner}_{family}" for owner in ("TEAM", "ORG") for family in _SHARED))
_ADDED_FAMILIES = (
    "WEBHOOK",
    "CREDITS",
    "TEAM_APPS",
    "TEAM_ROUTING_FORM",
    "TEAM_WORKFLOW",
    "TEAM_VERIFIED_RESOURCES",
    "ORG_ROUTING_FORM",
    "ORG_WEBHOOK",
)


def _scopes(families: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"{family}_{action}" for family in families for action in ("READ", "WRITE"))


SCOPES = (*_scopes((*_FAMILIES, *_ADDED_FAMILIES)), "INSIGHTS_READ")
_FIRST_SCOPES = _scopes(_FAMILIES)
LEGACY_SCOPES = ("READ_BOOKING", "READ_PROFILE")
"""Scopes from before operations declared theirs. A token that has no others is not restricted."""

UNAVAILABLE = "insufficient_scope: this endpoint is not available for third-party OAuth tokens"


def scopes_in(tx: Transaction) -> tuple[str, ...]:
    """The scopes of the world's edition."""
    return SCOPES if tx.has("more-scopes") else _FIRST_SCOPES


class InsufficientScope(Forbidden):
    """403 for a third-party token whose scopes do not cover the operation."""


def is_restricted(caller: Caller | None) -> bool:
    """Whether the caller has a third-party token that is limited to its scopes."""
    return caller is not None and not set(caller.scopes) <= set(LEGACY_SCOPES)


def check_scopes(held: Iterable[str], required: Iterable[str]) -> None:
    """Raises InsufficientScope unless `held` covers `required`, which is empty where an operation declares none."""
    held, required = tuple(held), tuple(required)
    if set(held) <= set(LEGACY_SCOPES):
        return
    if not required:
        raise InsufficientScope(UNAVAILABLE)
    covered = {*held, *(scope.replace("ORG_", "TEAM_", 1) for scope in held if scope.startswith("ORG_"))}
    if not covered.issuperset(required):
        raise InsufficientScope(
            "insufficient_scope: token does not have the required scopes. "
            f"Required: {', '.join(required)}. Token has: {', '.join(held)}"
        )
