"""Explanations of missing slots: the rules and the slots that they remove or add."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.runtime.instants import day_number, moment_of
from mock_server.slots.explanation import days_without_hours, explain
from mock_server.slots.inputs import BookingWindow, Limits, ReservedTime
from mock_server.slots.tests.builders import (
    MONDAY,
    OTHER_EVENT_TYPE,
    booked,
    hours,
    inputs,
    interval,
    local,
    search_for,
    starts,
    utc,
)

TEN = local(f"{MONDAY}T10:00", "Europe/Rome")
OPEN = hours("09:00-17:00")
WHOLE_DAY = [local(f"{MONDAY}T{hour:02}:00", "Europe/Rome") for hour in range(9, 17)]


@pytest.mark.parametrize(
    ("rule", "settings", "removed"),
    [
        ("past", {"search": search_for(now=f"{MONDAY}T08:30")}, ["09:00", "10:00"]),
        ("notice", {"search": search_for(now=f"{MONDAY}T04:30"), "notice": 240}, ["09:00", "10:00"]),
        ("out of office", {"away": [(utc(MONDAY), utc("2031-06-03") - 1)]}, None),
        ("calendar", {"calendar": [interval(MONDAY, "10:00-10:30")]}, ["10:00"]),
        ("booking", {"bookings": [booked(MONDAY, "10:00-11:00")]}, ["10:00"]),
        ("limit", {"counted": [interval(MONDAY, "10:00-11:00")], "limits": Limits(count={"day": 1})}, None),
        ("reservation", {"reservations": [ReservedTime(TEN, TEN + 3_600_000)]}, ["10:00"]),
        ("first slot", {"shows_only_first": True}, [f"{hour}:00" for hour in range(10, 17)]),
        ("window", {"window": BookingWindow("calendarDays", 3)}, None),
    ],
)
def test_each_rule_is_reported_with_its_removed_slots(
    rule: str, settings: dict[str, Any], removed: list[str] | None
) -> None:
    """`removed` is None for rules that remove the whole day."""
    planned, [effect] = explain(inputs(OPEN, **settings))
    assert planned == WHOLE_DAY
    expected = WHOLE_DAY if removed is None else [local(f"{MONDAY}T{at}", "Europe/Rome") for at in removed]
    assert (effect.rule, list(effect.removed)) == (rule, expected)


def test_a_buffer_is_reported_separately_from_its_booking() -> None:
    other = [booked(MONDAY, "11:00-12:00", event_type=OTHER_EVENT_TYPE)]
    _, effects = explain(inputs(OPEN, bookings=other, before_buffer=30))
    removed = {effect.rule: [moment_of(each).hour + 2 for each in effect.removed] for effect in effects}
    assert removed == {"booking": [11], "buffer": [12]}


def test_an_override_adds_and_removes_slots() -> None:
    _, [effect] = explain(inputs(hours("09:00-11:00", overrides=[(MONDAY, "10:00-12:00")])))
    assert effect.rule == "override"
    assert [moment_of(each).hour for each in effect.removed] == [7]
    assert [moment_of(each).hour for each in effect.added] == [9]


def test_planned_slots_with_all_effects_are_the_available_slots() -> None:
    found = inputs(
        hours("09:00-17:00", overrides=[("2031-06-03", "10:00-12:00")]),
        search=search_for("2031-06-01", "2031-06-14", now="2031-06-02T08:30"),
        bookings=[booked("2031-06-04", "10:15-10:45", before_buffer=10)],
        calendar=[interval("2031-06-05", "12:00-13:30")],
        window=BookingWindow("businessDays", 4),
        notice=60,
    )
    planned, effects = explain(found)
    result = set(planned)
    for effect in effects:
        result = (result - set(effect.removed)) | set(effect.added)
    assert sorted(result) == starts(found)


def test_days_without_hours_are_reported() -> None:
    workdays = hours("09:00-17:00", days=[1, 2, 3, 4, 5], overrides=[("2031-06-07", "10:00-12:00")])
    found = inputs(workdays, search=search_for("2031-06-02", "2031-06-08T12:00"))
    assert list(days_without_hours(found)) == [day_number(moment_of(utc("2031-06-08")).date())]
