"""What the live service may still let callers reach after it was deleted."""

from __future__ import annotations

import time

from mock_server.runtime.description import Operation

CACHED_RULES = frozenset({"organization", "role", "plan", "admin-api"})
CACHED_FOR = 300.0
"""Seconds for which the service may still admit callers to an organization or a team that is deleted.

Source: Cal.com API v2, access: positive results of these rules are cached this long.
"""


class Deletions:
    """The paths of what was deleted, each with the time."""

    def __init__(self) -> None:
        self._at: dict[str, float] = {}

    def note(self, path: str) -> None:
        """Records that the thing at a path was deleted just now."""
        self._at[path] = time.monotonic()

    def may_admit(self, operation: Operation, path: str) -> bool:
        """Whether the access rules of an operation may still admit callers to a path at or below a deleted thing."""
        now = time.monotonic()
        gone = [deleted for deleted, at in self._at.items() if now - at < CACHED_FOR]
        is_below = any(path == deleted or path.startswith(f"{deleted}/") for deleted in gone)
        return is_below and any(rule.name in CACHED_RULES for rule in operation.access)
