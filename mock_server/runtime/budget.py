"""Bounds what many holders keep together, so that memory does not grow with their number."""

from __future__ import annotations

from collections import OrderedDict
from typing import Protocol


class Holder(Protocol):
    """Keeps pieces, each of some size."""

    def shed(self) -> int:
        """Lets go of the oldest piece; gives its size, 0 where there is none left."""
        ...


class Budget:
    """At most `limit` for all holders. Where that is exceeded, the holder that has grown least recently sheds first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._used = 0
        self._holders: OrderedDict[Holder, None] = OrderedDict()

    def grow(self, holder: Holder, size: int) -> None:
        """Counts `size` more for `holder`."""
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
        """Counts `size` less, which a holder has let go of by itself."""
        self._used -= size

    def release(self, holder: Holder, size: int) -> None:
        """Forgets a holder that still has `size`."""
        self._used -= size
        self._holders.pop(holder, None)
