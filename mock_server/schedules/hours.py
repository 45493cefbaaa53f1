"""Weekly hours and overrides as requests send them, made into what a schedule holds.

Source: Cal.com API v2, schedules.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from mock_server.runtime.errors import ValidationFailed
from mock_server.schedules.model import Availability, Override

WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
"""The names of the days 0 to 6."""

_MONTH = len("2050-12")


def read_availability(items: list[dict[str, Any]]) -> tuple[Availability, ...]:
    """Weekly hours; days keep the order in which they were sent."""
    return tuple(
        Availability(
            days=tuple(WEEKDAYS.index(day) for day in item["days"]),
            start_time=dt.time.fromisoformat(item["startTime"]),
            end_time=dt.time.fromisoformat(item["endTime"]),
        )
        for item in items
    )


def read_overrides(body: dict[str, Any]) -> tuple[Override, ...]:
    """The `overrides` of a request. Raises ValidationFailed for dates that the calendar lacks."""
    items = body["overrides"]
    failures: list[dict[str, Any]] = []
    overrides: list[Override] = []
    for place, item in enumerate(items):
        try:
            date = utc_date(item["date"])
        except (ValueError, OverflowError):
            failures.append(_not_a_date(items, place))
            continue
        start, end = (dt.time.fromisoformat(item[name]) for name in ("startTime", "endTime"))
        overrides.append(Override(date=date, start_time=start, end_time=end))
    if failures:
        raise ValidationFailed([{"target": body, "value": items, "property": "overrides", "children": failures}])
    return tuple(overrides)


def utc_date(text: str) -> dt.date:
    """The UTC day of a date, a date-time or a month. Raises ValueError, OverflowError."""
    if len(text) == _MONTH:
        text = f"{text}-01"
    moment = dt.datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        return moment.date()
    return moment.astimezone(dt.UTC).date()


def _not_a_date(items: list[dict[str, Any]], place: int) -> dict[str, Any]:
    item = items[place]
    failure = {
        "target": item,
        "value": item["date"],
        "property": "date",
        "children": [],
        "constraints": {"isISO8601": "date must be a valid ISO 8601 date string"},
    }
    return {"target": items, "value": item, "property": str(place), "children": [failure]}
