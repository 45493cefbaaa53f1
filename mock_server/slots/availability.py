"""The availability engine: computes slots from schedules, busy times, limits and reservations.

Pure: it reads neither state nor the clock. Source: Cal.com API v2, slots; upstream trpc viewer/slots/util.ts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

from mock_server.runtime.instants import DAY, MINUTE, SECOND, UTC_ZONE, zone_named
from mock_server.slots.booking_window import computing_start, window_bounds
from mock_server.slots.generation import SlotSpacing, slot_starts
from mock_server.slots.inputs import AvailabilityInput, ExistingBooking, Host, Limits, Settings, Slot
from mock_server.slots.limits import full_periods
from mock_server.slots.ranges import Interval, Range, intersect, merge, overlaps, subtract, union
from mock_server.slots.working_hours import away_days, working_ranges
from mock_server.state.work import spend


def available_slots(inputs: AvailabilityInput) -> list[Slot]:
    """The slots in chronological order."""
    hosts = inputs.hosts
    if not hosts:
        return []
    starts, away = _starts(inputs)
    seats = _seats(inputs)
    starts = _without_reserved(sorted(starts), inputs, seats)
    # Slots on out-of-office days still count for the booking window, so they are removed after it.
    offered = _offered(starts, inputs)
    if away:
        offered = [start for start in offered if start not in away]
    offered = _within_searched_dates(offered, inputs)
    return [seats.get(start) or Slot(start) for start in offered] if seats else [Slot(start) for start in offered]


def computed_window(settings: Settings, start: int, end: int, now: int) -> Interval:
    """The range in which free time is computed, to the second. It starts at least a minute, or the notice, from now."""
    first = computing_start(settings.window, start, now)
    earliest = now + (settings.notice or 1) * MINUTE
    return max(first, earliest) // SECOND * SECOND, end // SECOND * SECOND


def free_ranges(inputs: AvailabilityInput) -> list[Range]:
    """The time in which all fixed hosts are free, and one of the others if there are any."""
    fixed = [host for host in inputs.hosts if host.is_fixed]
    others = [host for host in inputs.hosts if not host.is_fixed]
    window = _window(inputs)
    full = FullPeriods(inputs, *window)
    common: list[Range] | None = None
    for host in fixed:
        free = _free_ranges_of(host, inputs, window, full)
        common = merge(free if common is None else intersect(common, free))
    if not others:
        return common or []
    pool = [span for host in others for span in _free_ranges_of(host, inputs, window, full)]
    spend(2 * len(pool))
    # If the fixed hosts have no common free time, the live service considers only the others.
    found = intersect(common, pool) if common else pool
    return list(dict.fromkeys(found))


def is_free(host: Host, inputs: AvailabilityInput, start: int, end: int) -> bool:
    """Whether a host can take a booking of exactly this time.

    `inputs` has to include bookings before and after it, because their buffers may overlap it.
    """
    away = away_days(host.hours, host.away, inputs.search.now, (start, end))
    working = working_ranges(host.hours, start, end, away, join_touching=inputs.rules.touching_hours_join)
    busy = [*busy_times(host, inputs), *FullPeriods(inputs, start, end).of(host)]
    free = subtract(working, busy)
    return any(span.start <= start and end <= span.end for span in free)


def busy_times(host: Host, inputs: AvailabilityInput) -> list[Interval]:
    """The times at which bookings and calendars prevent another booking of the event type, with buffers."""
    settings = inputs.settings
    # The live service finds a booking with several hosts twice, and counts its seats twice.
    copies = 2 if settings.scheduling == "collective" and len(inputs.hosts) > 1 else 1
    before, after = settings.before_buffer * MINUTE, settings.after_buffer * MINUTE
    spend(4 * (len(host.bookings) + len(host.calendar)))
    busy: list[Interval] = []
    open_seats: list[Interval] = []
    for booked in host.bookings:
        is_own = booked.event_type_id == settings.event_type_id
        if booked.is_pending and not (is_own and settings.pending_blocks):
            continue
        start = booked.start - booked.before_buffer * MINUTE - after
        end = booked.end + booked.after_buffer * MINUTE + before
        if is_own and booked.seats and copies < (settings.seats or 1):
            busy += [span for span in ((start, booked.start), (booked.end, end)) if span[0] != span[1]]
            open_seats.append((booked.start, booked.end))
        else:
            busy.append((start, end))
    calendar = subtract([Range(*span) for span in host.calendar], open_seats)
    return [*busy, *((span.start - after, span.end + before) for span in calendar)]


def _window(inputs: AvailabilityInput) -> Interval:
    search = inputs.search
    return computed_window(inputs.settings, search.start, search.end, search.now)


def _is_shared(inputs: AvailabilityInput) -> bool:
    return inputs.settings.scheduling is not None or len(inputs.hosts) > 1


def _starts(inputs: AvailabilityInput) -> tuple[list[int], set[int]]:
    settings, search = inputs.settings, inputs.search
    zone = zone_named(search.time_zone) if inputs.rules.slots_align_to_searched_zone else None
    earliest = search.now + settings.notice * MINUTE
    spacing = SlotSpacing(
        inputs.length, inputs.step, settings.offset_start, earliest, zone, settings.keeps_slots_packed
    )
    away: frozenset[int] = frozenset()
    host = inputs.hosts[0]
    if not _is_shared(inputs):
        away = away_days(host.hours, host.away, search.now, _window(inputs))
    if not inputs.rules.out_of_office_by_slot_date:
        return slot_starts(free_ranges(inputs), spacing, away)
    starts, _ = slot_starts(free_ranges(inputs), spacing)
    local = zone_named(host.hours.time_zone)
    return starts, {start for start in starts if local.clock_at(start) // DAY in away} if away else set()


def _free_ranges_of(host: Host, inputs: AvailabilityInput, window: Interval, full: FullPeriods) -> list[Range]:
    start, end = window
    is_shared = _is_shared(inputs)
    days_off = away_days(host.hours, host.away, inputs.search.now, window) if is_shared else ()
    working = working_ranges(host.hours, start, end, days_off, join_touching=inputs.rules.touching_hours_join)
    return subtract(working, [*busy_times(host, inputs), *full.of(host)])


class FullPeriods:
    """The periods from `start` to `end` in which limits of the event type or of a host are used up.

    Those that all hosts share are computed once.
    """

    def __init__(self, inputs: AvailabilityInput, start: int, end: int) -> None:
        self._inputs = inputs
        self._start, self._end = start, end
        self._shared: dict[str, list[Interval]] = {}

    def of(self, host: Host) -> list[Interval]:
        """The periods for one host."""
        own = (self._periods(each.limits, each.counted, each.time_zone) for each in host.limits)
        return [*self._by_event_type(host), *chain.from_iterable(own)]

    def _by_event_type(self, host: Host) -> list[Interval]:
        settings = self._inputs.settings
        limits = settings.limits
        if not limits.units():
            return []
        if not self._inputs.rules.limits_by_host:
            return self._of_event_type(limits, host.hours.time_zone)
        own = [booking.interval for booking in self._inputs.counted if booking.user_id == host.user_id]
        by_duration = self._periods(Limits(duration=limits.duration), own, settings.limit_zone)
        return [*self._of_event_type(Limits(count=limits.count), settings.limit_zone), *by_duration]

    def _of_event_type(self, limits: Limits, zone: str) -> list[Interval]:
        """The periods that the bookings of all hosts fill; `limits` are always the same."""
        if zone not in self._shared:
            self._shared[zone] = self._periods(limits, [booking.interval for booking in self._inputs.counted], zone)
        return self._shared[zone]

    def _periods(self, limits: Limits, counted: Sequence[Interval], zone: str) -> list[Interval]:
        return full_periods(limits, counted, zone_named(zone), self._start, self._end, self._inputs.length)


def _seats(inputs: AvailabilityInput) -> dict[int, Slot]:
    """The slots with taken seats, by start."""
    if not inputs.settings.seats:
        return {}
    reserved = Counter(reservation.start for reservation in inputs.reservations if reservation.is_seat)
    booked: dict[int, ExistingBooking] = {}
    for booking in inputs.seated:
        booked.setdefault(booking.start, booking)
    taken = {start: Slot(start, booking.seats + reserved[start], booking.uid) for start, booking in booked.items()}
    only_reserved = {start: Slot(start, count, "") for start, count in reserved.items() if start not in booked}
    return taken | only_reserved


def _without_reserved(starts: list[int], inputs: AvailabilityInput, seats: dict[int, Slot]) -> list[int]:
    """Drops slots that overlap a reserved time, except for those with taken seats."""
    reserved = union(
        (reservation.start, reservation.end) for reservation in inputs.reservations if not reservation.is_seat
    )
    if not reserved:
        return starts
    span = inputs.length * MINUTE
    return [start for start in starts if start in seats or not overlaps(reserved, start, start + span)]


def _offered(starts: Sequence[int], inputs: AvailabilityInput) -> list[int]:
    """Applies the last filters: first slot of the day, booking window."""
    settings, search = inputs.settings, inputs.search
    booker = zone_named(search.time_zone)
    if settings.shows_only_first:
        first_of_day: dict[int, int] = {}
        for start in starts:
            first_of_day.setdefault(booker.clock_at(start) // DAY, start)
        starts = list(first_of_day.values())
    if settings.window is None:
        return list(starts)
    days = {booker.clock_at(start) // DAY for start in starts} if settings.window.is_rolling else frozenset[int]()
    event = zone_named(settings.time_zone) if settings.time_zone else UTC_ZONE
    low, high = window_bounds(settings.window, search.now, booker, event, days)
    return [start for start in starts if low <= start <= high]


def _within_searched_dates(starts: list[int], inputs: AvailabilityInput) -> list[int]:
    """Drops slots on other dates than those searched, if the client named the time zone of the dates."""
    search = inputs.search
    if not (search.names_zone and inputs.rules.slots_within_searched_dates):
        return starts
    zone = zone_named(search.time_zone)
    first, last = zone.clock_at(search.start) // DAY, zone.clock_at(search.end) // DAY
    low, after = first * DAY, (last + 1) * DAY
    return [start for start, clock in zip(starts, zone.clocks_at(starts), strict=True) if low <= clock < after]
