"""Properties of the availability engine for random schedules, bookings and settings."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from mock_server.runtime.instants import DAY, HOUR, MINUTE, SECOND, weekday_of, zone_named
from mock_server.slots.generation import GRIDS, SlotSpacing, slot_starts
from mock_server.slots.inputs import AvailabilityInput, ExistingBooking, Host, Hours, Settings, SlotSearch, WeeklyHours
from mock_server.slots.ranges import Interval, Range, intersect, merge, overlaps, subtract, union
from mock_server.slots.tests.builders import RULES_2025_04, RULES_2026_03, starts, utc

pytestmark = pytest.mark.slow("runs random searches")

quickly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

FIRST = utc("2031-06-02")
NOW = utc("2031-05-01")
ZONES = ("Europe/Rome", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "Pacific/Kiritimati", "UTC")
EVENT_TYPE = 1

quarter_hours = st.integers(0, 95).map(lambda quarter: quarter * 15)
day_hours = (
    st.tuples(st.frozensets(st.integers(0, 6), min_size=1), quarter_hours, quarter_hours)
    .filter(lambda each: each[1] < each[2])
    .map(lambda each: WeeklyHours(*each))
)
weekly = st.lists(day_hours, min_size=1, max_size=4)
buffers = st.sampled_from([0, 0, 5, 10, 30, 60])
lengths = st.sampled_from([10, 15, 20, 25, 30, 45, 50, 60, 90, 120])
intervals = st.sampled_from([None, None, 5, 15, 20, 45, 60])


@st.composite
def bookings(draw: st.DrawFn) -> list[ExistingBooking]:
    """Bookings in the week after FIRST, of the event type or of another one."""
    found: list[ExistingBooking] = []
    for _ in range(draw(st.integers(0, 8))):
        start = FIRST + draw(st.integers(0, 7 * 24 * 12)) * 5 * MINUTE
        end = start + draw(st.integers(1, 36)) * 5 * MINUTE
        found.append(ExistingBooking(start, end, draw(st.sampled_from([EVENT_TYPE, 2])), draw(buffers), draw(buffers)))
    return found


@st.composite
def availability_inputs(draw: st.DrawFn) -> AvailabilityInput:
    """One host in one of the zones, with working hours and bookings, and a search of some days of a week."""
    hours = Hours(draw(st.sampled_from(ZONES)), draw(weekly))
    event_type = Settings(
        EVENT_TYPE,
        draw(lengths),
        draw(intervals),
        draw(st.sampled_from([0, 0, 5, 15])),
        before_buffer=draw(buffers),
        after_buffer=draw(buffers),
    )
    begin = FIRST + draw(st.integers(0, 3)) * DAY
    search = SlotSearch(begin, begin + draw(st.integers(1, 4)) * DAY - SECOND, NOW, draw(st.sampled_from(ZONES)))
    rules = draw(st.sampled_from([RULES_2025_04, RULES_2026_03]))
    return AvailabilityInput(event_type, [Host(hours, True, draw(bookings()))], search, rules=rules)


def spans(inputs: AvailabilityInput) -> list[Interval]:
    """The start and end of each slot."""
    return [(start, start + inputs.length * MINUTE) for start in starts(inputs)]


@quickly
@given(availability_inputs())
def test_a_slot_never_overlaps_a_busy_time_with_its_buffers(inputs: AvailabilityInput) -> None:
    own = inputs.settings
    for each in inputs.hosts[0].bookings:
        busy_from = each.start - (each.before_buffer + own.after_buffer) * MINUTE
        busy_to = each.end + (each.after_buffer + own.before_buffer) * MINUTE
        assert not [span for span in spans(inputs) if span[0] < busy_to and busy_from < span[1] - SECOND]


@quickly
@given(availability_inputs())
def test_every_slot_lies_within_working_hours_and_the_search(inputs: AvailabilityInput) -> None:
    hours = inputs.hosts[0].hours
    zone = zone_named(hours.time_zone)
    for start, end in spans(inputs):
        assert inputs.search.start <= start and end <= inputs.search.end + SECOND
        day, time = divmod(zone.clock_at(start), DAY)
        of_day = [(each.start * MINUTE, each.end * MINUTE) for each in hours.weekly if weekday_of(day) in each.days]
        assert any(open_ <= time and time + end - start <= close for open_, close in union(of_day))


@quickly
@given(availability_inputs())
def test_slots_are_sorted_and_unique(inputs: AvailabilityInput) -> None:
    found = starts(inputs)
    assert found == sorted(set(found))


@quickly
@given(availability_inputs(), st.sampled_from(ZONES))
def test_slots_did_not_depend_on_the_time_zone_of_the_search_in_2025_04(inputs: AvailabilityInput, zone: str) -> None:
    inputs = replace(inputs, rules=RULES_2025_04)
    assert starts(replace(inputs, search=replace(inputs.search, time_zone=zone))) == starts(inputs)


@quickly
@given(availability_inputs())
def test_slots_without_an_offset_start_on_the_grid_or_a_step_after_another(inputs: AvailabilityInput) -> None:
    """In the zone of the search, since 2026-03."""
    settings_, zone = replace(inputs.settings, offset_start=0), zone_named(inputs.search.time_zone)
    found = starts(replace(inputs, settings=settings_, rules=RULES_2026_03))
    grid = SlotSpacing(inputs.length, inputs.step, 0, NOW).grid
    for start in found:
        is_on_grid = zone.clock_at(start) % HOUR // MINUTE % grid == 0
        assert is_on_grid or start - inputs.step * MINUTE in found


@quickly
@given(
    bookings(),
    st.sampled_from(GRIDS),
    st.integers(0, 24 * 60),
    st.integers(0, 24 * 60),
    st.integers(0, 24 * 60),
    weekly,
)
def test_a_wider_search_keeps_every_slot(
    busy: list[ExistingBooking], step: int, earlier: int, later: int, begin: int, hours: list[WeeklyHours]
) -> None:
    """For steps that divide an hour; others count from the start of the search within working hours."""
    host = Host(Hours("Europe/Rome", hours), True, busy)
    start = FIRST + DAY + begin * MINUTE
    narrow = SlotSearch(start, start + 2 * DAY, NOW)
    wide = SlotSearch(start - earlier * MINUTE, start + 2 * DAY + later * MINUTE, NOW)
    event_type = Settings(EVENT_TYPE, 45, step)
    assert set(starts(AvailabilityInput(event_type, [host], narrow))) <= set(
        starts(AvailabilityInput(event_type, [host], wide))
    )


@quickly
@given(bookings(), lengths, st.integers(0, 3), st.integers(0, 3), st.sampled_from(["Europe/Rome", "Africa/Lagos"]))
def test_a_search_of_more_whole_days_keeps_every_slot(
    busy: list[ExistingBooking], length: int, earlier: int, later: int, zone: str
) -> None:
    """For any length, if the search starts and ends outside working hours."""
    hours = Hours(zone, [WeeklyHours(frozenset(range(7)), 8 * 60, 18 * 60 + 10)])
    start = FIRST + 3 * DAY
    narrow = SlotSearch(start, start + 2 * DAY - SECOND, NOW)
    wide = SlotSearch(start - earlier * DAY, start + (2 + later) * DAY - SECOND, NOW)
    event_type = Settings(EVENT_TYPE, length)
    hosts = [Host(hours, True, busy)]
    assert set(starts(AvailabilityInput(event_type, hosts, narrow))) <= set(
        starts(AvailabilityInput(event_type, hosts, wide))
    )


minute_intervals = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(lambda each: (each[0], each[0] + each[1])), max_size=8
)


def covered(intervals: Sequence[tuple[int, ...]]) -> set[int]:
    """The units that intervals cover."""
    return {unit for each in intervals for unit in range(each[0], each[1])}


def ranges(intervals: Sequence[Interval]) -> list[Range]:
    """Intervals as free ranges."""
    return [Range(*each) for each in intervals]


@quickly
@given(minute_intervals, minute_intervals)
def test_range_operations_match_set_operations(one: list[Interval], two: list[Interval]) -> None:
    assert covered(subtract(ranges(one), two)) == covered(one) - covered(two)
    assert covered(intersect(merge(ranges(one)), ranges(two))) == covered(one) & covered(two)
    assert covered(merge(ranges(one))) == covered(union(one)) == covered(one)


@quickly
@given(minute_intervals, st.integers(0, 60), st.integers(1, 20))
def test_overlaps_matches_a_set_intersection(intervals: list[Interval], start: int, length: int) -> None:
    assert overlaps(union(intervals), start, start + length) == bool(
        covered(intervals) & set(range(start, start + length))
    )


@st.composite
def free_times(draw: st.DrawFn) -> list[Range]:
    """Ranges of several hosts, which may overlap."""
    found: list[Range] = []
    for _ in range(draw(st.integers(0, 8))):
        start = FIRST + draw(st.integers(0, 200)) * 5 * MINUTE
        found.append(Range(start, start + draw(st.integers(1, 60)) * 5 * MINUTE))
    return found


@quickly
@given(free_times(), lengths, intervals, st.sampled_from([0, 5, 10]))
def test_slots_are_placed_as_by_the_plain_rule(
    free: list[Range], length: int, interval: int | None, offset: int
) -> None:
    spacing = SlotSpacing(length, interval or length, offset, NOW)
    assert slot_starts(free, spacing)[0] == placed_plainly(free, spacing)


def placed_plainly(free: list[Range], spacing: SlotSpacing) -> list[int]:
    """The rule of slot generation without optimizations: each range looks at all earlier slots."""
    found: list[int] = []
    for each in sorted(free, key=lambda one: (one.start, one.end)):
        minute = each.start % HOUR // MINUTE
        start = (
            each.start
            if minute % spacing.grid == 0
            else each.start // HOUR * HOUR + -(-minute // spacing.grid) * spacing.grid * MINUTE
        )
        start += spacing.offset * MINUTE
        for slot in found:
            if slot < start < slot + spacing.stride:
                start = slot if slot >= each.start else slot + spacing.stride
        while start + spacing.length * MINUTE - SECOND <= each.end:
            if start not in found:
                found.append(start)
            start += spacing.stride
    return found
