"""Explains missing slots by running the engine repeatedly, with one more rule enabled each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from mock_server.runtime.instants import DAY, weekday_of, zone_named
from mock_server.slots.availability import available_slots
from mock_server.slots.inputs import AvailabilityInput, Host, Limits

LONG_AGO = 366 * DAY

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
