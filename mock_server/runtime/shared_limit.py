"""Limits the total size of many holders, so that memory does not grow with their number."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol


class Holder(Protocol):
    """Holds pieces of various sizes."""

    def shed(self) -> int:
        """Drops the oldest piece; returns its size, or 0 if there is none left."""
        ...


class SharedLimit:
    """At most `limit` in total. When exceeded, the holder that has grown least recently drops pieces first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._holders: OrderedDict[Holder, None] = OrderedDict()

    def grow(self, holder: Holder, size: int) -> None:
        """Adds `size` to the total, for `holder`."""
        self._used += size
        self._holders[holder] = None
        self._holders.move_to_end(holder)
        while self._used > self._limit and self._holders:
            idle = next(iter(self._holders))
            freed = idle.shed()
            self._used -= freed
            if not freed:
                del self._holders[idle]

    def shrink(self, size: int) -> None:
        """Subtracts `size`, which a holder has dropped by itself, from the total."""
        self._used -= size

    def release(self, holder: Holder, size: int) -> None:
        """Removes a holder that still has `size`."""
        self._used -= size
        self._holders.pop(holder, None)
