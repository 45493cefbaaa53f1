"""The availability engine: which slots an event type has, from schedules, busy times, limits and reservations.

Pure: it reads no state and no clock. Source: Cal.com API v2, slots; upstream trpc viewer/slots/util.ts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from mock_server.runtime.instants import DAY, MINUTE, SECOND, UTC_ZONE, zone_named
from mock_server.slots.booking_window import computing_start, window_bounds
from mock_server.slots.generation import SlotSpacing, slot_starts
from mock_server.slots.inputs import AvailabilityInput, ExistingBooking, Host, Settings, Slot
from mock_server.slots.limits import full_periods
from mock_server.slots.ranges import Interval, Range, intersect, merge, overlaps, subtract, union
from mock_server.slots.working_hours import away_days, working_ranges
from mock_server.state.work import spend


def available_slots(situation: AvailabilityInput) -> list[Slot]:
    """The slots in order of time."""
    hosts = situation.hosts
    if not hosts:
        return []
    starts, away = _starts(situation)
    seats = _seats(situation)
    starts = _without_reserved(sorted(starts), situation, seats)
    # Slots of days off count as there for the booking window, and are left out only then.
    shown = _shown(starts, situation)
    if away:
        shown = [start for start in shown if start not in away]
    return [seats.get(start) or Slot(start) for start in shown] if seats else [Slot(start) for start in shown]


def computed_window(settings: Settings, start: int, end: int, now: int) -> Interval:
    """From when to when free time is looked at, to the second: at least a minute, or the notice, from now."""
    first = computing_start(settings.window, start, now)
    earliest = now + (settings.notice or 1) * MINUTE
    return max(first, earliest) // SECOND * SECOND, end // SECOND * SECOND


def free_ranges(situation: AvailabilityInput) -> list[Range]:
    """When the event type's hosts have time: all fixed ones, and one of the others where there are some."""
    fixed = [host for host in situation.hosts if host.is_fixed]
    others = [host for host in situation.hosts if not host.is_fixed]
    common: list[Range] | None = None
    for host in fixed:
        free = _free_ranges_of(host, situation)
        common = merge(free if common is None else intersect(common, free))
    if not others:
        return common or []
    pool = [each for host in others for each in _free_ranges_of(host, situation)]
    spend(2 * len(pool))
    # Without any common time of the fixed hosts the live service falls back to the others alone.
    found = intersect(common, pool) if common else pool
    return list(dict.fromkeys(found))


def is_free(host: Host, situation: AvailabilityInput, start: int, end: int) -> bool:
    """Whether a host can take a booking of exactly this time.

    The host's bookings before and after it have to be known, because their buffers may reach into it.
    """
    away = away_days(host.hours, host.away, situation.asked.now, (start, end))
    working = working_ranges(host.hours, start, end, away)
    free = subtract(working, _all_busy_times(host, situation, start, end))
    return any(each.start <= start and end <= each.end for each in free)


def busy_times(host: Host, situation: AvailabilityInput) -> list[Interval]:
    """When bookings and calendars keep a host from taking one more of the event type, buffers included."""
    settings = situation.settings
    # The live service meets a booking of several hosts twice, and counts it twice against the seats.
    copies = 2 if settings.scheduling == "collective" and len(situation.hosts) > 1 else 1
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
            busy += [each for each in ((start, booked.start), (booked.end, end)) if each[0] != each[1]]
            open_seats.append((booked.start, booked.end))
        else:
            busy.append((start, end))
    calendar = subtract([Range(*each) for each in host.calendar], open_seats)
    return [*busy, *((each.start - after, each.end + before) for each in calendar)]


def _window(situation: AvailabilityInput) -> Interval:
    asked = situation.asked
    return computed_window(situation.settings, asked.start, asked.end, asked.now)


def _is_shared(situation: AvailabilityInput) -> bool:
    return situation.settings.scheduling is not None or len(situation.hosts) > 1


def _starts(situation: AvailabilityInput) -> tuple[list[int], set[int]]:
    settings, asked = situation.settings, situation.asked
    pace = SlotSpacing(situation.length, situation.step, settings.offset_start, asked.now + settings.notice * MINUTE)
    away: frozenset[int] = frozenset()
    if not _is_shared(situation):
        host = situation.hosts[0]
        away = away_days(host.hours, host.away, asked.now, _window(situation))
    return slot_starts(free_ranges(situation), pace, away)


def _free_ranges_of(host: Host, situation: AvailabilityInput) -> list[Range]:
    start, end = _window(situation)
    is_shared = _is_shared(situation)
    days_off = away_days(host.hours, host.away, situation.asked.now, (start, end)) if is_shared else ()
    busy = _all_busy_times(host, situation, start, end)
    return subtract(working_ranges(host.hours, start, end, days_off), busy)


def _all_busy_times(host: Host, situation: AvailabilityInput, start: int, end: int) -> list[Interval]:
    """Busy times, and the periods from `start` to `end` that are full by the limits of the event type."""
    busy, limits = busy_times(host, situation), situation.settings.limits
    if limits.units():
        zone = zone_named(host.hours.time_zone)
        busy += full_periods(limits, situation.counted, zone, start, end, situation.length)
    return busy


def _seats(situation: AvailabilityInput) -> dict[int, Slot]:
    """By start, the slots that have seats taken."""
    if not situation.settings.seats:
        return {}
    reserved = Counter(each.start for each in situation.reservations if each.is_seat)
    booked: dict[int, ExistingBooking] = {}
    for each in situation.seated:
        booked.setdefault(each.start, each)
    taken = {start: Slot(start, each.seats + reserved[start], each.uid) for start, each in booked.items()}
    only_reserved = {start: Slot(start, count, "") for start, count in reserved.items() if start not in booked}
    return taken | only_reserved


def _without_reserved(starts: list[int], situation: AvailabilityInput, seats: dict[int, Slot]) -> list[int]:
    """Drops slots that overlap a reserved time, save for those that have seats taken."""
    reserved = union((each.start, each.end) for each in situation.reservations if not each.is_seat)
    if not reserved:
        return starts
    span = situation.length * MINUTE
    return [start for start in starts if start in seats or not overlaps(reserved, start, start + span)]


def _shown(starts: Sequence[int], situation: AvailabilityInput) -> list[int]:
    """The last filters: first slot of a day, booking window, notice."""
    settings, asked = situation.settings, situation.asked
    booker = zone_named(asked.time_zone)
    if settings.shows_only_first:
        first_of_day: dict[int, int] = {}
        for start in starts:
            first_of_day.setdefault(booker.clock_at(start) // DAY, start)
        starts = list(first_of_day.values())
    earliest = asked.now + settings.notice * MINUTE
    if settings.window is None:
        return [start for start in starts if start >= earliest]
    days = {booker.clock_at(start) // DAY for start in starts} if settings.window.is_rolling else frozenset[int]()
    event = zone_named(settings.time_zone) if settings.time_zone else UTC_ZONE
    low, high = window_bounds(settings.window, asked.now, booker, event, days)
    return [start for start in starts if max(low, earliest) <= start <= high]
