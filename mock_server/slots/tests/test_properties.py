"""What holds for availability whatever the schedule, the bookings and the settings are."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mock_server.runtime.instants import DAY, HOUR, MINUTE, SECOND, weekday_of, zone_named
from mock_server.slots.generation import GRIDS, SlotSpacing, slot_starts
from mock_server.slots.inputs import AvailabilityInput, ExistingBooking, Host, Hours, Settings, SlotSearch, WeeklyHours
from mock_server.slots.ranges import Interval, Range, intersect, merge, overlaps, subtract, union
from mock_server.slots.tests.builders import starts, utc

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
def situations(draw: st.DrawFn) -> AvailabilityInput:
    """One host in one of the zones, with working hours and bookings, asked for some days of a week."""
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
    request = SlotSearch(begin, begin + draw(st.integers(1, 4)) * DAY - SECOND, NOW)
    return AvailabilityInput(event_type, [Host(hours, True, draw(bookings()))], request)


def spans(situation: AvailabilityInput) -> list[Interval]:
    """From when to when each slot lasts."""
    return [(start, start + situation.length * MINUTE) for start in starts(situation)]


@quickly
@given(situations())
def test_a_slot_never_overlaps_a_busy_time_with_its_buffers(situation: AvailabilityInput) -> None:
    own = situation.settings
    for each in situation.hosts[0].bookings:
        busy_from = each.start - (each.before_buffer + own.after_buffer) * MINUTE
        busy_to = each.end + (each.after_buffer + own.before_buffer) * MINUTE
        assert not [span for span in spans(situation) if span[0] < busy_to and busy_from < span[1] - SECOND]


@quickly
@given(situations())
def test_every_slot_lies_within_working_hours_and_the_request(situation: AvailabilityInput) -> None:
    hours = situation.hosts[0].hours
    zone = zone_named(hours.time_zone)
    for start, end in spans(situation):
        assert situation.asked.start <= start and end <= situation.asked.end + SECOND
        day, time = divmod(zone.clock_at(start), DAY)
        of_day = [(each.start * MINUTE, each.end * MINUTE) for each in hours.weekly if weekday_of(day) in each.days]
        assert any(open_ <= time and time + end - start <= close for open_, close in union(of_day))


@quickly
@given(situations())
def test_slots_are_in_order_and_do_not_repeat(situation: AvailabilityInput) -> None:
    found = starts(situation)
    assert found == sorted(set(found))


@quickly
@given(situations(), st.sampled_from(ZONES))
def test_the_slots_do_not_depend_on_the_zone_in_which_they_are_shown(situation: AvailabilityInput, zone: str) -> None:
    asked = situation.asked
    elsewhere = AvailabilityInput(situation.settings, situation.hosts, SlotSearch(asked.start, asked.end, asked.now, zone))
    assert starts(elsewhere) == starts(situation)


@quickly
@given(
    bookings(),
    st.sampled_from(GRIDS),
    st.integers(0, 24 * 60),
    st.integers(0, 24 * 60),
    st.integers(0, 24 * 60),
    weekly,
)
def test_a_wider_request_keeps_every_slot(
    busy: list[ExistingBooking], step: int, earlier: int, later: int, begin: int, hours: list[WeeklyHours]
) -> None:
    """For steps that divide the hour; others count from where the request cuts into working hours."""
    host = Host(Hours("Europe/Rome", hours), True, busy)
    start = FIRST + DAY + begin * MINUTE
    narrow = SlotSearch(start, start + 2 * DAY, NOW)
    wide = SlotSearch(start - earlier * MINUTE, start + 2 * DAY + later * MINUTE, NOW)
    event_type = Settings(EVENT_TYPE, 45, step)
    assert set(starts(AvailabilityInput(event_type, [host], narrow))) <= set(starts(AvailabilityInput(event_type, [host], wide)))


@quickly
@given(bookings(), lengths, st.integers(0, 3), st.integers(0, 3), st.sampled_from(["Europe/Rome", "Africa/Lagos"]))
def test_a_request_for_more_whole_days_keeps_every_slot(
    busy: list[ExistingBooking], length: int, earlier: int, later: int, zone: str
) -> None:
    """For any length, where days are cut outside of working hours."""
    hours = Hours(zone, [WeeklyHours(frozenset(range(7)), 8 * 60, 18 * 60 + 10)])
    start = FIRST + 3 * DAY
    narrow = SlotSearch(start, start + 2 * DAY - SECOND, NOW)
    wide = SlotSearch(start - earlier * DAY, start + (2 + later) * DAY - SECOND, NOW)
    event_type = Settings(EVENT_TYPE, length)
    hosts = [Host(hours, True, busy)]
    assert set(starts(AvailabilityInput(event_type, hosts, narrow))) <= set(starts(AvailabilityInput(event_type, hosts, wide)))


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
def test_ranges_are_subtracted_intersected_and_united_like_sets(one: list[Interval], two: list[Interval]) -> None:
    assert covered(subtract(ranges(one), two)) == covered(one) - covered(two)
    assert covered(intersect(merge(ranges(one)), ranges(two))) == covered(one) & covered(two)
    assert covered(merge(ranges(one))) == covered(union(one)) == covered(one)


@quickly
@given(minute_intervals, st.integers(0, 60), st.integers(1, 20))
def test_overlap_is_sharing_a_unit(intervals: list[Interval], start: int, length: int) -> None:
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
def test_slots_are_laid_as_if_each_range_looked_at_all_earlier_slots(
    free: list[Range], length: int, interval: int | None, offset: int
) -> None:
    pace = SlotSpacing(length, interval or length, offset, NOW)
    assert slot_starts(free, pace)[0] == laid_plainly(free, pace)


def laid_plainly(free: list[Range], pace: SlotSpacing) -> list[int]:
    """The rule of slot generation as it is told, without any short cut."""
    found: list[int] = []
    for each in sorted(free, key=lambda one: (one.start, one.end)):
        minute = each.start % HOUR // MINUTE
        start = (
            each.start
            if minute % pace.grid == 0
            else each.start // HOUR * HOUR + -(-minute // pace.grid) * pace.grid * MINUTE
        )
        start += pace.offset * MINUTE
        for slot in found:
            if slot < start < slot + pace.stride:
                start = slot if slot >= each.start else slot + pace.stride
        while start + pace.length * MINUTE - SECOND <= each.end:
            if start not in found:
                found.append(start)
            start += pace.stride
    return found
