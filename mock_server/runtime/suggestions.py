"""Suggestions for mistyped names."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from mock_server.state.work import spend

MOST_CORRECTED = 3
LONGEST_CORRECTED = 40
COST_OF_COMPARISON = 5
"""In units of work."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion to append to a message; empty if no known name is similar."""
    similar = get_close_matches(word, list(known), 1)
    return f"; did you mean {similar[0]}?" if similar else ""


def corrections(sent: Collection[str], known: Collection[str]) -> list[tuple[str, str]]:
    """The unknown names among those sent, each with the known name that it resembles and that was not sent."""
    absent = {_bare(name): name for name in known if name not in sent}
    unknown = [name for name in sent if name not in known and len(name) <= LONGEST_CORRECTED]
    found: list[tuple[str, str]] = []
    for name in unknown[:MOST_CORRECTED]:
        spend(COST_OF_COMPARISON * len(absent))
        if similar := get_close_matches(_bare(name), list(absent), 1, 0.75):
            found.append((name, absent[similar[0]]))
    return found


def _bare(name: str) -> str:
    """The name without case, underscores and hyphens."""
    return name.lower().replace("_", "").replace("-", "")
