"""Editions of the API: their names, oldest first, and which changes of behaviour are in force in each."""

from __future__ import annotations

import msgspec

from mock_server.state.errors import Unusable

EDITIONS = ("2025-04", "2026-03", "2026-09")
OLDEST = EDITIONS[0]
NEWEST = EDITIONS[-1]

DEFAULT_EDITION = "2026-09"
"""The newest edition that is complete."""


class UnknownEdition(Unusable):
    """An edition was named that does not exist."""


class Edition(msgspec.Struct, frozen=True):
    """One edition. `changes` names the changes of behaviour since the oldest edition, see ``openapi/changes.yaml``."""

    name: str = OLDEST
    changes: frozenset[str] = frozenset()

    def has(self, change: str) -> bool:
        """Whether a change of behaviour is in force."""
        return change in self.changes


def checked_edition(name: str) -> str:
    """`name` itself. Raises UnknownEdition for a name that no edition has."""
    if name not in EDITIONS:
        raise UnknownEdition(f"There is no edition {name}. There are: {', '.join(EDITIONS)}.")
    return name


def is_later(edition: str, other: str) -> bool:
    """Whether `edition` came after `other`."""
    return EDITIONS.index(edition) > EDITIONS.index(other)
