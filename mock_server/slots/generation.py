"""Lays slots into ranges of free time.

Source: Cal.com API v2, slot generation; upstream packages/lib/slots.ts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from operator import itemgetter

import msgspec

from mock_server.runtime.instants import HOUR, MINUTE, SECOND
from mock_server.slots.ranges import Range
from mock_server.state.work import TooMuchWork, spend

MAX_SLOTS = 100_000
"""More are not searched for at once. The live service has no limit, and does not answer."""
SLOT_COST = 5
"""Of finding and showing one slot, in units of work."""

GRIDS = (60, 30, 20, 15, 10, 5)


class SlotSpacing(msgspec.Struct, frozen=True):
    """How slots follow each other, in minutes: `step` apart and `offset` more, each `length` long.

    `earliest` is the instant before which none starts.
    """

    length: int
    step: int
    offset: int
    earliest: int

    @property
    def grid(self) -> int:
        """The minutes of the hour at which a range's first slot may start are multiples of this."""
        return next((grid for grid in GRIDS if self.step % grid == 0), 1)

    @property
    def stride(self) -> int:
        """Milliseconds from slot to slot."""
        return (self.step + self.offset) * MINUTE


def slot_starts(
    ranges: Iterable[Range], pace: SlotSpacing, away_days: AbstractSet[int] = frozenset()
) -> tuple[list[int], set[int]]:
    """The starts of the slots that fit, and which of them are in ranges that start on one of `away_days`.

    Raises TooMuchWork where there are more than MAX_SLOTS.
    """
    laid = _PlacedSlots(pace.stride)
    away: set[int] = set()
    grid, span = pace.grid, pace.length * MINUTE - SECOND
    for each in sorted(ranges, key=itemgetter(0, 1)):
        start = _aligned(each, pace.earliest, grid) + pace.offset * MINUTE
        found = range(laid.adjusted(start, each.start), each.end - span + 1, pace.stride)
        spend(len(found) * SLOT_COST)
        if len(laid.starts) + len(found) > MAX_SLOTS:
            raise TooMuchWork(f"There are more than {MAX_SLOTS:,} slots in this time. Ask for a shorter time.")
        laid.add(found)
        if each.day in away_days:
            away.update(found)
        elif away:
            away.difference_update(found)
    return laid.starts, away


def _aligned(free: Range, earliest: int, grid: int) -> int:
    """The first moment on the grid, by the minutes that the range's clock shows."""
    start, offset, zone = free.start, free.offset, free.zone
    if start <= earliest:
        return _aligned_in_utc(earliest, grid)
    minute = (start + offset) % HOUR // MINUTE
    if minute % grid == 0:
        return start
    return zone.instant_of((start + offset) // HOUR * HOUR) + -(-minute // grid) * grid * MINUTE


def _aligned_in_utc(start: int, grid: int) -> int:
    minute = start % HOUR // MINUTE
    return start if minute % grid == 0 else start // HOUR * HOUR + -(-minute // grid) * grid * MINUTE


class _PlacedSlots:
    """The slots laid so far, in the order in which they were found."""

    def __init__(self, stride: int) -> None:
        self.starts: list[int] = []
        self._stride = stride
        self._known: set[int] = set()
        self._is_ordered = True

    def add(self, found: range) -> None:
        """Adds those that are new."""
        if not found:
            return
        if not self.starts or found[0] > self.starts[-1]:
            self.starts.extend(found)
        else:
            fresh = [start for start in found if start not in self._known]
            self._is_ordered = self._is_ordered and (not fresh or fresh[0] > self.starts[-1])
            self.starts.extend(fresh)
        self._known.update(found)

    def adjusted(self, start: int, not_before: int) -> int:
        """A start inside of an earlier slot's step moves to that slot, or to the next where that is too early."""
        starts, stride = self.starts, self._stride
        place = bisect_right(starts, start - stride) if self._is_ordered else 0
        if not self._is_ordered:
            spend(len(starts) // 5)
        while place < len(starts) and not (self._is_ordered and starts[place] >= start):
            if starts[place] < start < starts[place] + stride:
                start = starts[place] if starts[place] >= not_before else starts[place] + stride
            place += 1
        return start
