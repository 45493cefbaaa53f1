"""Explains missing slots by running the engine repeatedly, with one more rule enabled each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from mock_server.runtime.instants import DAY, weekday_of, zone_named
from mock_server.slots.availability import available_slots, busy_times, is_free
from mock_server.slots.inputs import AvailabilityInput, ExistingBooking, Host, Limits
from mock_server.slots.ranges import Interval
from mock_server.state.work import spend

LONG_AGO = 366 * DAY
COST_OF_CHECK = 100
"""The cost of checking one host and time with some of the rules, in units of work."""

Relax = Callable[[AvailabilityInput], AvailabilityInput]


class RuleEffect(msgspec.Struct, frozen=True):
    """The starts that a rule removed and added."""

    rule: str
    because: str
    removed: tuple[int, ...]
    added: tuple[int, ...]


def explain(inputs: AvailabilityInput) -> tuple[list[int], list[RuleEffect]]:
    """The slots from weekly hours alone, and the effect of each rule in order.

    A rule can also add slots: an override adds hours, a busy time shifts the slots after it.
    """
    before = _starts(_relaxed(inputs, 0))
    effects: list[RuleEffect] = []
    first = sorted(before)
    for index, (rule, because, _) in enumerate(RULES):
        after = _starts(_relaxed(inputs, index + 1))
        if before != after:
            effects.append(RuleEffect(rule, because, tuple(sorted(before - after)), tuple(sorted(after - before))))
        before = after
    return first, effects


class Obstacle(msgspec.Struct, frozen=True):
    """The rule that keeps a host from taking a booking, and the booking or the busy time in the way, if it is one."""

    rule: str
    because: str
    booking: ExistingBooking | None = None
    busy: Interval | None = None


NO_WORKING_HOURS = Obstacle("schedule", "The weekly hours of the schedule do not include the whole time.")


def first_obstacle(inputs: AvailabilityInput, place: int, start: int, end: int) -> Obstacle | None:
    """The first rule, in their order, that keeps the host at `place` from taking a booking of exactly this time."""
    others = [host for index, host in enumerate(inputs.hosts) if index != place]
    # Rules depend on whether there are several hosts, but not on how many.
    inputs = replace(inputs, hosts=[inputs.hosts[place], *others[:1]])
    for enabled in range(len(RULES) + 1):
        relaxed = _relaxed(inputs, enabled)
        spend(COST_OF_CHECK)
        if is_free(relaxed.hosts[0], relaxed, start, end):
            continue
        if not enabled:
            return NO_WORKING_HOURS
        rule, because, _ = RULES[enabled - 1]
        return Obstacle(rule, because, *_in_the_way(relaxed, start, end))
    return None


def _in_the_way(inputs: AvailabilityInput, start: int, end: int) -> tuple[ExistingBooking | None, Interval | None]:
    """The first host's booking, or else the busy time of calendars, whose time or buffers overlap this time."""
    host = inputs.hosts[0]
    for booking in host.bookings:
        if _overlaps(inputs, replace(host, bookings=[booking], calendar=()), start, end):
            return booking, None
    for busy in host.calendar:
        if _overlaps(inputs, replace(host, bookings=(), calendar=[busy]), start, end):
            return None, busy
    return None, None


def _overlaps(inputs: AvailabilityInput, host: Host, start: int, end: int) -> bool:
    return any(low < end and start < high for low, high in busy_times(host, inputs))


def days_without_hours(inputs: AvailabilityInput) -> Iterator[int]:
    """The day numbers, in the first host's time zone, on which no host has weekly hours or an override."""
    if not inputs.hosts:
        return
    zone = zone_named(inputs.hosts[0].hours.time_zone)
    first, last = (zone.clock_at(moment) // DAY for moment in (inputs.search.start, inputs.search.end))
    weekdays = {day for host in inputs.hosts for weekly in host.hours.weekly for day in weekly.days}
    opened = {override.day for host in inputs.hosts for override in host.hours.overrides}
    for day in range(first, last + 1):
        if weekday_of(day) not in weekdays and day not in opened:
            yield day


def _starts(inputs: AvailabilityInput) -> set[int]:
    return {slot.start for slot in available_slots(inputs)}


def _relaxed(inputs: AvailabilityInput, enabled: int) -> AvailabilityInput:
    """The input with only the first `enabled` rules."""
    for _, _, relax in RULES[enabled:]:
        inputs = relax(inputs)
    return inputs


def _hosts(inputs: AvailabilityInput, **fields: Any) -> AvailabilityInput:
    return replace(inputs, hosts=[replace(host, **fields) for host in inputs.hosts])


def _settings(inputs: AvailabilityInput, **fields: Any) -> AvailabilityInput:
    return replace(inputs, settings=replace(inputs.settings, **fields))


def _without_overrides(inputs: AvailabilityInput) -> AvailabilityInput:
    return replace(inputs, hosts=[replace(host, hours=replace(host.hours, overrides=())) for host in inputs.hosts])


def _without_past(inputs: AvailabilityInput) -> AvailabilityInput:
    search = inputs.search
    return replace(inputs, search=replace(search, now=min(search.now, search.start) - LONG_AGO))


def _without_buffers(inputs: AvailabilityInput) -> AvailabilityInput:
    def plain(host: Host) -> Host:
        return replace(host, bookings=[replace(booking, before_buffer=0, after_buffer=0) for booking in host.bookings])

    unbuffered = _settings(inputs, before_buffer=0, after_buffer=0)
    return replace(unbuffered, hosts=[plain(host) for host in unbuffered.hosts])


def _without_reservations(inputs: AvailabilityInput) -> AvailabilityInput:
    return replace(inputs, reservations=[reservation for reservation in inputs.reservations if reservation.is_seat])


RULES: tuple[tuple[str, str, Relax], ...] = (
    ("override", "An override of the schedule replaces the weekly hours of its date.", _without_overrides),
    ("past", "It is in the past, or starts within a minute.", _without_past),
    ("notice", "It starts within the event type's minimum booking notice.", lambda inputs: _settings(inputs, notice=0)),
    ("out of office", "The host is out of office.", lambda inputs: _hosts(inputs, away=())),
    ("calendar", "A calendar that is checked for conflicts is busy.", lambda inputs: _hosts(inputs, calendar=())),
    ("booking", "The host has a booking at that time.", lambda inputs: _hosts(inputs, bookings=())),
    ("buffer", "It is within the buffer around a booking or a busy calendar time.", _without_buffers),
    (
        "limit",
        "The bookings of the day, week, month or year reach a limit of the event type or the host.",
        lambda inputs: _settings(_hosts(inputs, limits=()), limits=Limits()),
    ),
    ("reservation", "It is reserved for a few minutes.", _without_reservations),
    (
        "first slot",
        "The event type shows only the first slot of each day.",
        lambda inputs: _settings(inputs, shows_only_first=False),
    ),
    ("window", "It is outside the event type's booking window.", lambda inputs: _settings(inputs, window=None)),
)
"""Rules in the order in which they are enabled: name, explanation, and a function that disables the rule."""
