"""Keeps the pauses of Python's garbage collector short, however large the worlds are."""

from __future__ import annotations

import gc
from typing import Any


def keep_pauses_short() -> None:
    """From now on, what has survived a full collection is not looked through again.

    State is immutable and has no cycles, so what a world no longer needs is freed without the collector.
    """
    if _freeze not in gc.callbacks:
        gc.callbacks.append(_freeze)
    gc.collect()


def _freeze(phase: str, details: dict[str, Any]) -> None:
    if phase == "stop" and details["generation"] == 2:
        gc.freeze()
