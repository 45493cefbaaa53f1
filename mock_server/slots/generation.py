"""Places slots in ranges of free time.

Source: Cal.com API v2, slot generation; upstream packages/lib/slots.ts.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from operator import itemgetter

import msgspec

from mock_server.runtime.instants import HOUR, MINUTE, SECOND, UTC_ZONE, Zone
from mock_server.slots.ranges import Range
from mock_server.state.work import TooMuchWork, spend

MAX_SLOTS = 100_000
"""The maximum number of slots per search. The live service has no limit, and times out."""
SLOT_COST = 5
"""The cost of finding and showing one slot, in units of work."""

GRIDS = (60, 30, 20, 15, 10, 5)
PACKED_GRIDS = (15, 5)


class SlotSpacing(msgspec.Struct, frozen=True):
    """The length and spacing of slots in minutes: each starts `step` plus `offset` after the previous one.

    `earliest` is the earliest instant at which a slot may start. Starts align to the hours of `zone`; without one, to
    those of the schedule's zone, or of UTC after a busy time. With `is_packed`, a range that would lose a slot by that
    starts at the next quarter of an hour, at the next five minutes, or at once.
    """

    length: int
    step: int
    offset: int
    earliest: int
    zone: Zone | None = None
    is_packed: bool = False

    @property
    def grid(self) -> int:
        """The first slot of a range starts at a multiple of this number of minutes past the hour."""
        return next((grid for grid in GRIDS if self.step % grid == 0), 1)

    @property
    def stride(self) -> int:
        """The milliseconds from one slot to the next."""
        return (self.step + self.offset) * MINUTE


def slot_starts(
    ranges: Iterable[Range], spacing: SlotSpacing, away_days: AbstractSet[int] = frozenset()
) -> tuple[list[int], set[int]]:
    """The starts of the slots that fit, and those of them in ranges that start on one of `away_days`.

    Raises TooMuchWork if there are more than MAX_SLOTS.
    """
    placed = _PlacedSlots(spacing.stride)
    away: set[int] = set()
    offset, span = spacing.offset * MINUTE, spacing.length * MINUTE - SECOND
    ordered = sorted(ranges, key=itemgetter(0, 1))
    for free, aligned in zip(ordered, _aligned(ordered, spacing), strict=True):
        found = placed.add(aligned + offset, free.start, free.end - span)
        if away_days and free.day in away_days:
            away.update(found)
        elif away:
            away.difference_update(found)
    return placed.starts, away


def _aligned(ordered: Sequence[Range], spacing: SlotSpacing) -> list[int]:
    """The first moment of each range on the grid, by the minutes of its local time."""
    grid, earliest = spacing.grid, spacing.earliest
    if spacing.zone is None:
        return [_aligned_in_own_zone(free, earliest, grid) for free in ordered]
    starts = [max(free.start, earliest) for free in ordered]
    clocks = spacing.zone.clocks_at(starts)
    if spacing.is_packed:
        ranges = zip(starts, clocks, ordered, strict=True)
        return [_packed(start, clock, free.end, grid) for start, clock, free in ranges]
    return [_on_grid(start, clock, grid) for start, clock in zip(starts, clocks, strict=True)]


def _aligned_in_own_zone(free: Range, earliest: int, grid: int) -> int:
    if free.start <= earliest:
        return _on_grid(earliest, UTC_ZONE.clock_at(earliest), grid)
    start, offset = free.start, free.offset
    minute = (start + offset) % HOUR // MINUTE
    if minute % grid == 0:
        return start
    return free.zone.instant_of((start + offset) // HOUR * HOUR) + -(-minute // grid) * grid * MINUTE


def _on_grid(start: int, clock: int, grid: int) -> int:
    """The start, or the next moment on the grid; `clock` is the clock time of the start."""
    past_hour = clock % HOUR
    minute = past_hour // MINUTE
    return start if minute % grid == 0 else start - past_hour + -(-minute // grid) * grid * MINUTE


def _packed(start: int, clock: int, end: int, grid: int) -> int:
    """The start moved to the grid, else to a finer one, if the time that is left over allows it."""
    minute = clock % HOUR // MINUTE
    if minute % grid == 0:
        return start
    spare = (end - start) // MINUTE % grid
    shifts = (step - minute % step for step in (grid, *PACKED_GRIDS))
    return start + next((shift for shift in shifts if shift <= spare), 0) * MINUTE


class _PlacedSlots:
    """The slots placed so far, in the order in which they were found."""

    def __init__(self, stride: int) -> None:
        self.starts: list[int] = []
        self._stride = stride
        self._known: set[int] = set()
        """The first `_known_count` of `starts`; the others are added when they are needed."""
        self._known_count = 0
        self._is_ordered = True

    def add(self, start: int, not_before: int, latest: int) -> range:
        """Adds the slots from `start`, adjusted to earlier ones, to `latest`, and returns them."""
        starts, stride = self.starts, self._stride
        if starts and not (self._is_ordered and start >= starts[-1] + stride):
            start = self._adjusted(start, not_before)
        found = range(start, latest + 1, stride)
        spend(len(found) * SLOT_COST)
        if len(starts) + len(found) > MAX_SLOTS:
            raise TooMuchWork(f"There are more than {MAX_SLOTS:,} slots in this time. Ask for a shorter time.")
        if found and starts and start <= starts[-1]:
            self._add_new(found)
        else:
            starts.extend(found)
        return found

    def _add_new(self, found: range) -> None:
        """Adds those of the starts that are not known yet."""
        self._known.update(self.starts[self._known_count :])
        self._known_count = len(self.starts)
        fresh = [start for start in found if start not in self._known]
        self._is_ordered = self._is_ordered and (not fresh or fresh[0] > self.starts[-1])
        self.starts.extend(fresh)

    def _adjusted(self, start: int, not_before: int) -> int:
        """Moves a start within the step of an earlier slot to that slot, or the next if it is before `not_before`."""
        starts, stride = self.starts, self._stride
        index = bisect_right(starts, start - stride) if self._is_ordered else 0
        if not self._is_ordered:
            spend(len(starts) // 5)
        while index < len(starts) and not (self._is_ordered and starts[index] >= start):
            if starts[index] < start < starts[index] + stride:
                start = starts[index] if starts[index] >= not_before else starts[index] + stride
            index += 1
        return start
