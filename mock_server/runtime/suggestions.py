"""Suggestions for mistyped names."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A suggestion to append to a message; empty if no known name is similar."""
    similar = get_close_matches(word, list(known), 1)
    return f"; did you mean {similar[0]}?" if similar else ""
