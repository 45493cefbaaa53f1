"""Explains which rules removed slots."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server.runtime.errors import ApiError, BadRequest
from mock_server.runtime.instants import DAY, moment_of
from mock_server.runtime.query import index_limit, parse_query
from mock_server.sandbox.errors import Refused
from mock_server.slots.availability import available_slots
from mock_server.slots.explanation import RULES, days_without_hours, explain
from mock_server.slots.inputs import AvailabilityInput
from mock_server.slots.local_times import SlotTimes, date_text
from mock_server.slots.queries import read_query
from mock_server.slots.search import MAX_SEARCH_DAYS, find_bookable, input_for_query, query_rules
from mock_server.state.errors import StateError
from mock_server.state.transaction import Transaction

NO_HOURS: dict[str, str | list[str]] = {
    "rule": "schedule",
    "because": "The schedule has no working hours on this day.",
    "removed": [],
    "added": [],
}


def explain_slots(tx: Transaction, query_string: bytes) -> dict[str, Any]:
    """For a query of `GET /v2/slots`: the slots within working hours and the effects of each rule, by day.

    Raises Refused with the status and message of the API.
    """
    try:
        query = read_query(parse_query(query_string, index_limit(tx)), query_rules(tx))
        _check_length(*query.window())
        situation = input_for_query(tx, find_bookable(tx, query), query)
    except ApiError as error:
        raise Refused(error.status, error.message) from None
    except StateError as error:
        raise Refused(404, str(error)) from None
    times = SlotTimes(query.time_zone)
    return {
        "length": situation.length,
        "rules": [{"rule": rule, "because": because} for rule, because, _ in RULES],
        "hosts": [_host_view(situation, place) for place in range(len(situation.hosts))],
        "days": _days_view(situation, times),
    }


def _check_length(start: int, end: int) -> None:
    """Raises BadRequest for too long a period. Past days count, since they are explained, too."""
    if end - start > MAX_SEARCH_DAYS * DAY:
        raise BadRequest(f"Slots can be explained for at most {MAX_SEARCH_DAYS} days at a time")


def _host_view(situation: AvailabilityInput, place: int) -> dict[str, Any]:
    host = situation.hosts[place]
    return {
        "timeZone": host.hours.time_zone,
        "isFixed": host.is_fixed,
        "bookings": [_interval_view(each.start, each.end) for each in host.bookings],
        "calendar": [_interval_view(*each) for each in host.calendar],
        "outOfOffice": [_interval_view(*each) for each in host.away],
    }


def _interval_view(start: int, end: int) -> dict[str, str]:
    return {"start": moment_of(start).isoformat(), "end": moment_of(end).isoformat()}


def _days_view(situation: AvailabilityInput, times: SlotTimes) -> dict[str, Any]:
    planned, effects = explain(situation)
    days: dict[str, dict[str, Any]] = {}

    def day(date: str) -> dict[str, Any]:
        return days.setdefault(
            date, {"planned": 0, "offered": 0, "plannedStarts": [], "offeredStarts": [], "rules": []}
        )

    for number in days_without_hours(situation):
        day(date_text(number))["rules"].append(NO_HOURS)
    for name, starts in (("planned", planned), ("offered", [slot.start for slot in available_slots(situation)])):
        for date, texts in _by_date(starts, times).items():
            day(date).update({name: len(texts), f"{name}Starts": texts})
    for effect in effects:
        removed, added = _by_date(effect.removed, times), _by_date(effect.added, times)
        for date in sorted({*removed, *added}):
            changed = {"removed": removed.get(date, []), "added": added.get(date, [])}
            day(date)["rules"].append({"rule": effect.rule, "because": effect.because, **changed})
    return dict(sorted(days.items()))


def _by_date(starts: Iterable[int], times: SlotTimes) -> dict[str, list[str]]:
    by_date: dict[str, list[str]] = {}
    for start in starts:
        date, text = times.local(start)
        by_date.setdefault(date, []).append(text)
    return by_date
