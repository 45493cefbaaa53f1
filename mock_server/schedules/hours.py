"""Weekly hours and overrides as requests send them, made into what a schedule holds.

Source: Cal.com API v2, schedules.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

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


def read_overrides(items: list[dict[str, Any]]) -> tuple[Override, ...]:
    """Hours of single days, in the order in which they were sent."""
    return tuple(
        Override(
            date=utc_date(item["date"]),
            start_time=dt.time.fromisoformat(item["startTime"]),
            end_time=dt.time.fromisoformat(item["endTime"]),
        )
        for item in items
    )


def utc_date(text: str) -> dt.date:
    """The UTC day of a date, a date-time or a month; the day as it was written where UTC leaves the calendar."""
    if len(text) == _MONTH:
        text = f"{text}-01"
    moment = dt.datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        return moment.date()
    try:
        return moment.astimezone(dt.UTC).date()
    except OverflowError:
        return moment.date()
