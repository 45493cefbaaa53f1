"""Runs coroutines that do not wait, for callers that cannot await."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def completed(coroutine: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that completes without waiting. Raises RuntimeError for one that waits."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        return stop.value
    coroutine.close()
    raise RuntimeError("This waits, so it has to be awaited.")
