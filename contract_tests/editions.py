"""Whether a change of behaviour, a row of ``openapi/changes.yaml``, is in force in the run's edition."""

from __future__ import annotations

from functools import cache

from mock_server.runtime.changes import read_changes
from mock_server.runtime.editions import EDITIONS, chosen_edition


def in_force(change: str) -> bool:
    """Whether the run's edition has a change. Raises KeyError for a name that the register does not have."""
    return is_since(_first_editions()[change])


def is_since(edition: str) -> bool:
    """Whether the run's edition is this one or a later one."""
    return EDITIONS.index(chosen_edition()) >= EDITIONS.index(edition)


@cache
def _first_editions() -> dict[str, str]:
    """The first edition of each change."""
    return {each.name: each.edition for each in read_changes()}
