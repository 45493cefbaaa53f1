"""A persistent sorted sequence: adding or removing an item returns a new sequence that shares most of its data."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any

CHUNK_LIMIT = 256

Item = tuple[Any, ...]


class Ordered:
    """Sorted tuples in chunks of at most CHUNK_LIMIT: a change copies one chunk and the list of chunks."""

    __slots__ = ("_chunks", "_length")

    def __init__(self, chunks: tuple[tuple[Item, ...], ...] = (), length: int = 0) -> None:
        self._chunks = chunks
        self._length = length

    @classmethod
    def of(cls, items: list[Item]) -> Ordered:
        """A sequence of `items`, which may come in any order."""
        if len(items) == 1:
            return cls((tuple(items),), 1)
        items = sorted(items)
        size = CHUNK_LIMIT * 3 // 4  # Leaves room for later additions.
        chunks = tuple([tuple(items[start : start + size]) for start in range(0, len(items), size)])
        return cls(chunks, len(items))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Item]:
        return chain.from_iterable(self._chunks)

    def __reversed__(self) -> Iterator[Item]:
        for chunk in reversed(self._chunks):
            yield from reversed(chunk)

    def add(self, item: Item) -> Ordered:
        """A sequence with `item` added."""
        if not self._chunks:
            return Ordered(((item,),), 1)
        at = max(bisect_right(self._chunks, item, key=_first) - 1, 0)
        chunk = self._chunks[at]
        inside = bisect_left(chunk, item)
        grown = (*chunk[:inside], item, *chunk[inside:])
        if len(grown) <= CHUNK_LIMIT:
            parts: tuple[tuple[Item, ...], ...] = (grown,)
        else:
            half = len(grown) // 2
            parts = (grown[:half], grown[half:])
        return Ordered((*self._chunks[:at], *parts, *self._chunks[at + 1 :]), self._length + 1)

    def remove(self, item: Item) -> Ordered:
        """A sequence without `item`. Raises KeyError if it is not there."""
        at = max(bisect_right(self._chunks, item, key=_first) - 1, 0)
        chunk = self._chunks[at]
        inside = bisect_left(chunk, item)
        if inside >= len(chunk) or chunk[inside] != item:
            raise KeyError(item)
        rest = (*chunk[:inside], *chunk[inside + 1 :])
        parts = (rest,) if rest else ()
        return Ordered((*self._chunks[:at], *parts, *self._chunks[at + 1 :]), self._length - 1)

    def between(self, low: Item | None = None, high: Item | None = None) -> Iterator[Item]:
        """Items from `low` (inclusive) to `high` (exclusive). A tuple sorts before all tuples that extend it."""
        start = 0 if low is None else max(bisect_right(self._chunks, low, key=_first) - 1, 0)
        for chunk in islice(self._chunks, start, None):
            if high is not None and chunk[0] >= high:
                return
            first = 0 if low is None else bisect_left(chunk, low)
            last = len(chunk) if high is None else bisect_left(chunk, high)
            yield from chunk[first:last]

    def descending(self, low: Item | None = None, high: Item | None = None) -> Iterator[Item]:
        """The items of `between`, last first."""
        end = len(self._chunks) if high is None else bisect_left(self._chunks, high, key=_first)
        for chunk in reversed(self._chunks[:end]):
            last = len(chunk) if high is None else bisect_left(chunk, high)
            first = 0 if low is None else bisect_left(chunk, low)
            yield from reversed(chunk[first:last])
            if first:
                return

    def count(self, low: Item | None = None, high: Item | None = None) -> int:
        """The number of items of `between`, without iterating over them."""
        end = self._length if high is None else self._before(high)
        return max(end - (0 if low is None else self._before(low)), 0)

    def _before(self, item: Item) -> int:
        """The number of items before `item`."""
        if not self._chunks:
            return 0
        at = max(bisect_right(self._chunks, item, key=_first) - 1, 0)
        return sum(map(len, self._chunks[:at])) + bisect_left(self._chunks[at], item)

    def slice(self, skip: int, take: int) -> Iterator[Item]:
        """`take` items after the first `skip`, without iterating over the skipped ones."""
        for chunk in self._chunks:
            if skip >= len(chunk):
                skip -= len(chunk)
                continue
            part = chunk[skip : skip + take]
            yield from part
            take -= len(part)
            skip = 0
            if take <= 0:
                return


def _first(chunk: tuple[Item, ...]) -> Item:
    return chunk[0]
