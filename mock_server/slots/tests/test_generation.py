"""Where slots start in ranges of free time that overlap, and the maximum number of slots."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

import pytest
from msgspec.structs import replace

from mock_server.runtime.instants import MINUTE, Zone, zone_named
from mock_server.slots.generation import MAX_SLOTS, SlotSpacing, slot_starts
from mock_server.slots.ranges import Range
from mock_server.slots.tests.builders import utc
from mock_server.state.work import TooMuchWork

NOON = utc("2031-06-02T12:00")
ROME, KOLKATA, KATHMANDU = map(zone_named, ("Europe/Rome", "Asia/Kolkata", "Asia/Kathmandu"))


def free(start: int, end: int, zone: Zone = ROME) -> Range:
    """Free time in minutes after noon."""
    instant = NOON + start * MINUTE
    return Range(instant, NOON + end * MINUTE, zone.clock_at(instant) - instant, zone)


def found(ranges: Sequence[Range], spacing: SlotSpacing) -> list[float]:
    """The starts of the slots in minutes after noon."""
    return [(start - NOON) / MINUTE for start in slot_starts(ranges, spacing)[0]]


def spaced(length: int, step: int, *, after: int = -600, offset: int = 0, **fields: object) -> SlotSpacing:
    return replace(SlotSpacing(length, step, offset, NOON + after * MINUTE), **fields)


@pytest.mark.parametrize(
    ("ranges", "spacing", "expected"),
    [
        # Kathmandu is a quarter of an hour off the half hour.
        ([free(90, 180, KATHMANDU), free(90, 290)], spaced(20, 20), [95, 115, 135, 155, *range(175, 256, 20)]),
        ([free(0, 60), free(0, 180)], spaced(60, 60), [0, 60, 120]),
        ([free(15, 45), free(15, 75)], spaced(30, 20, zone=KATHMANDU), [15, 35]),
        ([free(15, 265), free(30, 90)], spaced(30, 20, after=20), list(range(20, 221, 20))),
        ([free(60, 150, KATHMANDU), free(100, 220, KOLKATA), free(45, 135, KOLKATA)],
         spaced(20, 60, offset=5), [95, 80, 160]),
        ([free(75, 275, KATHMANDU), free(20, 220), free(30, 60, KOLKATA)],
         spaced(30, 60), [60, 120, 180, 30, 120, 180, 240]),
        ([free(0, 200), free(100, 220, KOLKATA), free(75, 195, KATHMANDU)],
         spaced(20, 20, after=61), [80, 100, 120, 140, 160, 180, 75, 95, 115, 135, 155, 175, 195]),
        ([free(20, 81, KATHMANDU), free(30, 91, KOLKATA), free(45, 135)], spaced(30, 30, offset=5), [50, 35, 70, 105]),
        ([free(60, 120, KOLKATA), free(75, 136, KATHMANDU), free(100, 161)], spaced(20, 60), [90, 75]),
        ([free(45, 165, KOLKATA), free(60, 120, KATHMANDU), free(90, 290)],
         spaced(30, 60, after=20), [90, 75, 135, 195, 255]),
        ([free(30, 280, KATHMANDU), free(30, 150), free(60, 310)],
         spaced(20, 20, offset=5), [45, 70, 95, 120, *range(40, 291, 25)]),
    ],
)  # fmt: skip
def test_slots_of_overlapping_ranges_continue_those_of_earlier_ones(
    ranges: list[Range], spacing: SlotSpacing, expected: list[int]
) -> None:
    orders = [found(order, spacing) for order in permutations(ranges)]
    assert orders == [expected] * len(orders)


def test_equal_ranges_keep_the_order_of_their_hosts() -> None:
    ranges = [free(90, 180, KATHMANDU), free(90, 180, KOLKATA)]
    assert found(ranges, spaced(60, 20)) == [95, 115, 90, 110]
    assert found(ranges[::-1], spaced(60, 20)) == [90, 110]


@pytest.mark.parametrize(
    ("start", "end", "length", "expected"),
    [(30, 110, 30, 30), (31, 110, 30, 45), (31, 91, 30, 31), (44, 105, 60, 45), (40, 135, 60, 60), (7, 70, 60, 10)],
)
def test_packed_slots_start_off_the_grid_where_it_would_cost_a_slot(
    start: int, end: int, length: int, expected: int
) -> None:
    assert found([free(start, end)], spaced(length, length, zone=ROME, is_packed=True))[0] == expected


@pytest.mark.parametrize(("late", "expected"), [(0, [0, 60]), (1_000, [0, 60]), (1_001, [0])])
def test_the_last_slot_may_end_up_to_a_second_late(late: int, expected: list[int]) -> None:
    earliest = NOON + late
    starts, _ = slot_starts([free(-60, 120)], SlotSpacing(60, 60, 0, earliest))
    assert starts == [earliest + minutes * MINUTE for minutes in expected], "seconds on the grid are kept"
    assert starts[0] % MINUTE == late


@pytest.mark.parametrize("zone", [None, ROME])
def test_a_range_that_begins_on_the_grid_begins_with_a_slot(zone: Zone | None) -> None:
    start = NOON + 30 * MINUTE + 20_000
    spacing = spaced(30, 30, zone=zone)
    assert slot_starts([Range(start, NOON + 90 * MINUTE)], spacing)[0] == [start]


def test_the_number_of_slots_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MAX_SLOTS == 100_000
    monkeypatch.setattr("mock_server.slots.generation.MAX_SLOTS", 4)
    spacing = spaced(60, 60)
    assert found([free(0, 120), free(240, 360)], spacing) == [0, 60, 240, 300]
    with pytest.raises(TooMuchWork, match=r"^There are more than 4 slots in this time\. Ask for a shorter time\.$"):
        slot_starts([free(0, 120), free(240, 420)], spacing)
