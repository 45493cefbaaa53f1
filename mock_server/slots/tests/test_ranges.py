"""Operations on ranges of free time."""

from __future__ import annotations

import pytest

from mock_server.runtime.instants import DAY, UTC_ZONE, zone_named
from mock_server.slots.ranges import Interval, Range, intersect, merge, overlaps, subtract, union

ROME = zone_named("Europe/Rome")


@pytest.mark.parametrize(
    ("intervals", "expected"),
    [
        ([], []),
        ([(0, 1)], [(0, 1)]),
        ([(5, 8), (1, 3)], [(1, 3), (5, 8)]),
        ([(1, 3), (3, 5)], [(1, 5)]),
        ([(1, 3), (2, 5), (4, 9), (11, 12)], [(1, 9), (11, 12)]),
        ([(1, 9), (2, 5), (6, 10)], [(1, 10)]),
        ([(1, 3), (4, 5), (4, 8)], [(1, 3), (4, 8)]),
        ([(-5, -3), (-4, -1)], [(-5, -1)]),
    ],
)
def test_overlapping_and_adjacent_intervals_are_joined(intervals: list[Interval], expected: list[Interval]) -> None:
    assert union(intervals) == expected


def rome(start: int, end: int) -> Range:
    return Range(start, end, 2, ROME)


@pytest.mark.parametrize(
    ("busy", "expected"),
    [
        ([], [rome(10, 20)]),
        ([(0, 10), (20, 30)], [rome(10, 20)]),
        ([(0, 12)], [Range(12, 20)]),
        ([(10, 12)], [Range(12, 20)]),
        ([(12, 14)], [rome(10, 12), Range(14, 20)]),
        ([(12, 14), (16, 18)], [rome(10, 12), Range(14, 16), Range(18, 20)]),
        ([(12, 13), (14, 15), (16, 17)], [rome(10, 12), Range(13, 14), Range(15, 16), Range(17, 20)]),
        ([(18, 20)], [rome(10, 18)]),
        ([(18, 30)], [rome(10, 18)]),
        ([(0, 30)], []),
    ],
)
def test_what_a_busy_time_leaves_starts_in_utc_after_it(busy: list[Interval], expected: list[Range]) -> None:
    assert subtract([rome(10, 20)], busy) == expected


def test_a_busy_time_is_taken_from_every_range() -> None:
    ranges = [rome(10, 20), rome(15, 25), rome(0, 5)]
    assert subtract(ranges, [(16, 18)]) == [
        *(rome(10, 16), Range(18, 20)),
        *(rome(15, 16), Range(18, 25)),
        rome(0, 5),
    ]


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([Range(5, 8), rome(1, 6)], [rome(1, 8)]),
        ([Range(3, 5), rome(1, 3)], [rome(1, 3), Range(3, 5)]),
        ([Range(1, 9), Range(2, 5)], [Range(1, 9)]),
        ([rome(1, 9), Range(1, 5)], [rome(1, 9)]),
        ([rome(1, 5), Range(1, 9)], [rome(1, 9)]),
    ],
)
def test_overlapping_ranges_keep_the_offset_of_the_first(ranges: list[Range], expected: list[Range]) -> None:
    assert merge(ranges) == expected


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ([Range(0, 30)], [rome(10, 20), rome(22, 24), rome(26, 28)]),
        ([Range(12, 18)], [Range(12, 18)]),
        ([Range(10, 18)], [Range(10, 18)]),
        ([Range(15, 23), Range(23, 27)], [Range(15, 20), rome(22, 23), Range(23, 24), rome(26, 27)]),
        ([Range(0, 10), Range(20, 22), Range(28, 40)], []),
    ],
)
def test_a_common_range_has_the_offset_of_the_one_that_starts_later(others: list[Range], expected: list[Range]) -> None:
    common = [rome(10, 20), rome(22, 24), rome(26, 28)]
    assert intersect(common, others) == expected


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        ((0, 10), False),
        ((0, 11), True),
        ((19, 22), True),
        ((20, 22), False),
        ((12, 14), True),
        ((23, 24), True),
        ((24, 30), False),
    ],
)
def test_touching_intervals_do_not_overlap(span: Interval, expected: bool) -> None:
    assert overlaps([(10, 20), (22, 24)], *span) == expected
    assert not overlaps([], *span)


def test_a_range_belongs_to_the_local_day_of_its_start() -> None:
    assert [Range(start, DAY, 1, UTC_ZONE).day for start in (-2, -1, DAY - 2, DAY - 1)] == [-1, 0, 0, 1]
