"""Reads the weekly hours and overrides of requests.

Source: Cal.com API v2, schedules.
"""

from __future__ import annotations

import datetime as dt
from typing import TypedDict

from mock_server.schedules.model import Availability, Override

WEEKDAYS = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
"""The names of the days 0 to 6."""

_MONTH = len("2050-12")


class AvailabilityItem(TypedDict):
    """Hours on some weekdays, in requests and replies."""

    days: list[str]
    startTime: str
    endTime: str


class OverrideItem(TypedDict):
    """Hours of one date, in requests and replies."""

    date: str
    startTime: str
    endTime: str


def read_availability(items: list[AvailabilityItem]) -> tuple[Availability, ...]:
    """Weekly hours, with the days in their original order."""
    return tuple(
        Availability(
            days=tuple(WEEKDAYS.index(day) for day in item["days"]),
            start_time=dt.time.fromisoformat(item["startTime"]),
            end_time=dt.time.fromisoformat(item["endTime"]),
        )
        for item in items
    )


def read_overrides(items: list[OverrideItem]) -> tuple[Override, ...]:
    """Overrides in their original order."""
    return tuple(
        Override(
            date=utc_date(item["date"]),
            start_time=dt.time.fromisoformat(item["startTime"]),
            end_time=dt.time.fromisoformat(item["endTime"]),
        )
        for item in items
    )


def utc_date(text: str) -> dt.date:
    """The UTC day of a date, date-time or month; the written day if the one in UTC is outside the calendar."""
    if len(text) == _MONTH:
        text = f"{text}-01"
    moment = dt.datetime.fromisoformat(text.upper())
    if moment.tzinfo is None:
        return moment.date()
    try:
        return moment.astimezone(dt.UTC).date()
    except OverflowError:
        return moment.date()
