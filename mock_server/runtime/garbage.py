"""Garbage collection: none at start, and rare, short pauses afterwards, regardless of the size of the worlds.

State is immutable and has no cycles, and a request leaves none, so reference counting frees nearly everything. What is
left to the collector are closed connections and failed tasks.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def collection_paused() -> Generator[None]:
    """Disables collection while a server loads, and freezes what it loaded: nearly all of it stays."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()  # Before the collector is enabled: all these objects are young, so the next collection is near.
        gc.enable()


THRESHOLDS = (5_000, 2, 2)
"""Bound the objects that one collection scans to about 10,000 for a young one and 30,000 for a full one."""


def keep_pauses_short() -> None:
    """From now on, freezes objects that survive a full collection, so that they are not scanned again."""
    # Not left to the callback: Ctrl-C waits for the end of a collection, and what a callback raises is ignored.
    gc.freeze()
    # A full collection waits until the objects since the last one are a quarter of those that it found, so this one
    # has to find nearly nothing.
    gc.collect()
    if _freeze not in gc.callbacks:
        gc.callbacks.append(_freeze)
    gc.set_threshold(*THRESHOLDS)


def _freeze(phase: str, details: dict[str, Any]) -> None:
    if phase == "stop" and details["generation"] == 2:
        gc.freeze()
