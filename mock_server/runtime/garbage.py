"""Garbage collection: none at start, and short pauses afterwards, regardless of the size of the worlds."""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def collection_paused() -> Generator[None]:
    """Disables collection while a server loads: nearly all of its objects stay, so collecting would free nothing."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def keep_pauses_short() -> None:
    """From now on, freezes objects that survive a full collection, so that they are not scanned again.

    State is immutable and has no cycles, so reference counting frees it without the collector.
    """
    if _freeze not in gc.callbacks:
        gc.callbacks.append(_freeze)
    gc.collect()


def _freeze(phase: str, details: dict[str, Any]) -> None:
    if phase == "stop" and details["generation"] == 2:
        gc.freeze()
