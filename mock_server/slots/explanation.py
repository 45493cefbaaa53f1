"""Why slots are missing: the engine is run again and again, with one more rule in force each time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
from msgspec.structs import replace

from mock_server.runtime.instants import DAY, weekday_of, zone_named
from mock_server.slots.availability import available_slots
from mock_server.slots.inputs import AvailabilityInput, Host, Limits

YEAR_OF_DAYS = 366 * DAY

Relax = Callable[[AvailabilityInput], AvailabilityInput]


class Effect(msgspec.Struct, frozen=True):
    """What a rule did to the slots: starts that it took away, and starts that are there because of it."""

    rule: str
    because: str
    removed: tuple[int, ...]
    added: tuple[int, ...]


def explain(situation: AvailabilityInput) -> tuple[list[int], list[Effect]]:
    """The slots that working hours alone would give, and what each rule, in order, made of them.

    A rule can also add slots: an override opens hours, a busy time moves the slots after it.
    """
    before = _starts(_relaxed(situation, 0))
    effects: list[Effect] = []
    first = sorted(before)
    for place, (rule, because, _) in enumerate(RULES):
        after = _starts(_relaxed(situation, place + 1))
        if before != after:
            effects.append(Effect(rule, because, tuple(sorted(before - after)), tuple(sorted(after - before))))
        before = after
    return first, effects


def days_without_hours(situation: AvailabilityInput) -> Iterator[int]:
    """Day numbers of the window on which no host has weekly hours or an override, on the clocks of the first host."""
    if not situation.hosts:
        return
    zone = zone_named(situation.hosts[0].hours.time_zone)
    first, last = (zone.clock_at(each) // DAY for each in (situation.asked.start, situation.asked.end))
    weekdays = {day for host in situation.hosts for weekly in host.hours.weekly for day in weekly.days}
    opened = {each.day for host in situation.hosts for each in host.hours.overrides}
    for day in range(first, last + 1):
        if weekday_of(day) not in weekdays and day not in opened:
            yield day


def _starts(situation: AvailabilityInput) -> set[int]:
    return {slot.start for slot in available_slots(situation)}


def _relaxed(situation: AvailabilityInput, in_force: int) -> AvailabilityInput:
    for _, _, relax in RULES[in_force:]:
        situation = relax(situation)
    return situation


def _hosts(situation: AvailabilityInput, **fields: Any) -> AvailabilityInput:
    return replace(situation, hosts=[replace(host, **fields) for host in situation.hosts])


def _settings(situation: AvailabilityInput, **fields: Any) -> AvailabilityInput:
    return replace(situation, settings=replace(situation.settings, **fields))


def _without_overrides(situation: AvailabilityInput) -> AvailabilityInput:
    return replace(
        situation, hosts=[replace(host, hours=replace(host.hours, overrides=())) for host in situation.hosts]
    )


def _without_past(situation: AvailabilityInput) -> AvailabilityInput:
    asked = situation.asked
    return replace(situation, asked=replace(asked, now=min(asked.now, asked.start) - YEAR_OF_DAYS))


def _without_buffers(situation: AvailabilityInput) -> AvailabilityInput:
    def plain(host: Host) -> Host:
        return replace(host, bookings=[replace(each, before_buffer=0, after_buffer=0) for each in host.bookings])

    unbuffered = _settings(situation, before_buffer=0, after_buffer=0)
    return replace(unbuffered, hosts=[plain(host) for host in unbuffered.hosts])


def _without_reservations(situation: AvailabilityInput) -> AvailabilityInput:
    return replace(situation, reservations=[each for each in situation.reservations if each.is_seat])


RULES: tuple[tuple[str, str, Relax], ...] = (
    ("override", "An override of the schedule replaces the weekly hours of its date.", _without_overrides),
    ("past", "It is over, or begins within a minute.", _without_past),
    ("notice", "It is nearer than the event type's minimum booking notice.", lambda each: _settings(each, notice=0)),
    ("out of office", "The host is out of office.", lambda each: _hosts(each, away=())),
    ("calendar", "A calendar that is checked for conflicts is busy.", lambda each: _hosts(each, calendar=())),
    ("booking", "A booking of the host is at that time.", lambda each: _hosts(each, bookings=())),
    ("buffer", "It is within the buffers around a booking or a busy calendar time.", _without_buffers),
    (
        "limit",
        "The bookings of the day, week, month or year reach a limit of the event type.",
        lambda each: _settings(each, limits=Limits()),
    ),
    ("reservation", "Somebody has reserved it for some minutes.", _without_reservations),
    (
        "first slot",
        "The event type shows only the first slot of each day.",
        lambda each: _settings(each, shows_only_first=False),
    ),
    ("window", "It is outside of the event type's booking window.", lambda each: _settings(each, window=None)),
)
"""Rules in the order in which they are put in force: name, what it means, and how a situation is without it."""
