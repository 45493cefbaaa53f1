"""Operations on ranges of free time: union, subtraction, merging, intersection."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from operator import itemgetter
from typing import NamedTuple

from mock_server.runtime.instants import DAY, UTC_ZONE, Zone

Interval = tuple[int, int]


class Range(NamedTuple):
    """Free time from `start` to `end`. `offset` and `zone` apply to the local time of the start."""

    start: int
    end: int
    offset: int = 0
    zone: Zone = UTC_ZONE

    @property
    def day(self) -> int:
        """The day number of the start in local time."""
        return (self.start + self.offset) // DAY


def union(intervals: Iterable[Interval]) -> list[Interval]:
    """The intervals in order, with overlapping and adjacent ones joined."""
    merged: list[Interval] = []
    low = high = 0
    for start, end in sorted(intervals):
        if merged and start <= high:
            if end > high:
                high = end
                merged[-1] = (low, high)
        else:
            low, high = start, end
            merged.append((low, high))
    return merged


def subtract(ranges: Iterable[Range], busy: Iterable[Interval]) -> list[Range]:
    """The parts of `ranges` outside `busy`. A part after a busy time starts with the offset of UTC."""
    merged = union(busy)
    if not merged:
        return list(ranges)
    ends = [end for _, end in merged]
    free: list[Range] = []
    for span in ranges:
        start, end, offset, zone = span
        place = bisect_right(ends, start)
        while place < len(merged) and merged[place][0] < end:
            busy_start, busy_end = merged[place]
            if busy_start > start:
                free.append(Range(start, busy_start, offset, zone))
            start, offset, zone = busy_end, 0, UTC_ZONE
            place += 1
        if start < end:
            free.append(Range(start, end, offset, zone))
    return free


def merge(ranges: Iterable[Range]) -> list[Range]:
    """The ranges in order, with overlapping ones joined; adjacent ones stay separate."""
    merged: list[Range] = []
    for span in sorted(ranges, key=itemgetter(0)):
        if merged and span.start < merged[-1].end:
            if span.end > merged[-1].end:
                merged[-1] = merged[-1]._replace(end=span.end)
        else:
            merged.append(span)
    return merged


def intersect(common: Sequence[Range], others: Iterable[Range]) -> list[Range]:
    """The parts of `others` that lie in one of `common`, which has to be in order and free of overlaps."""
    ends = [span.end for span in common]
    found: list[Range] = []
    for other in others:
        place = bisect_right(ends, other.start)
        while place < len(common) and common[place].start < other.end:
            mine = common[place]
            later = mine if mine.start > other.start else other
            found.append(Range(later.start, min(mine.end, other.end), later.offset, later.zone))
            place += 1
    return found


def overlaps(merged: Sequence[Interval], start: int, end: int) -> bool:
    """Whether one of the intervals, as returned by `union`, overlaps `start` to `end`."""
    place = bisect_left(merged, (end,))
    return place > 0 and merged[place - 1][1] > start
