"""Ranges of days in a time zone, and the periods into which insights divide them.

Source: Cal.com API v2, insights.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

import msgspec

from mock_server.runtime.errors import BadRequest
from mock_server.runtime.iso_dates import read_iso_date
from mock_server.runtime.time_zones import time_zone
from mock_server.state.work import spend

Unit = Literal["day", "week", "month", "year"]

LONGEST_RANGE = 36_525
"""Days of the longest range."""
_DAY = timedelta(days=1)
_LONGEST: tuple[tuple[Unit, int], ...] = (("day", 30), ("week", 90), ("month", 365))
"""The most days that are shown by each unit. Longer ranges are shown by year."""


class DateRange(msgspec.Struct, frozen=True):
    """The days from `first` to `last`, both included, in a time zone."""

    first: date
    last: date
    zone: str

    @property
    def start(self) -> datetime:
        """The first moment."""
        return _midnight(self.first, self.zone)

    @property
    def end(self) -> datetime:
        """The moment after the last."""
        return _midnight(self.last + _DAY, self.zone)

    def contains(self, moment: datetime) -> bool:
        """Whether a moment lies in the range."""
        return self.start <= moment < self.end

    def previous(self) -> DateRange:
        """The range of the same length that ends where this one begins."""
        return DateRange(self.first - (self.last - self.first), self.first, self.zone)

    def periods(self, unit: Unit | None = None) -> list[DateRange]:
        """The days, weeks, months or years of the range, by default as fits its length. The outer ones are cut."""
        unit = unit or self._unit()
        found: list[DateRange] = []
        first = self.first
        while first <= self.last:
            last = min(_last_of(first, unit), self.last)
            found.append(DateRange(first, last, self.zone))
            spend(1)
            first = last + _DAY
        return found

    def label(self) -> str:
        """The range in a chart."""
        if self.first == self.last:
            return f"{self.first:%b} {self.first.day}"
        return f"{self.first:%b} {self.first.day} - {self.last:%b} {self.last.day}"

    def full_label(self) -> str:
        """The range with its year."""
        return f"{self.label()}, {self.last.year}"

    def _unit(self) -> Unit:
        days = (self.last - self.first).days
        units: list[Unit] = [unit for unit, most in _LONGEST if days <= most]
        return units[0] if units else "year"


def read_range(start: object, end: object, zone: str) -> DateRange:
    """The range between two dates or date-times. Raises BadRequest for what are none, and where the end is first."""
    found = DateRange(_read_day("startDate", start, zone), _read_day("endDate", end, zone), zone)
    if found.last < found.first:
        raise BadRequest("endDate must not be before startDate")
    if (found.last - found.first).days > LONGEST_RANGE:
        raise BadRequest("endDate must not be more than 100 years after startDate")
    return found


def _read_day(name: str, text: object, zone: str) -> date:
    moment = read_iso_date(text) if isinstance(text, str) else None
    if moment is None or not isinstance(text, str) or not 1970 <= moment.year < 9999:
        raise BadRequest(f"{name} must be a valid ISO 8601 date string")
    has_time = "T" in text.upper()
    return moment.astimezone(time_zone(zone)).date() if has_time else moment.date()


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), time_zone(zone)).astimezone(UTC)


def _last_of(first: date, unit: Unit) -> date:
    """The last day of the unit that begins at, or contains, a day. Weeks begin with the range."""
    match unit:
        case "day":
            return first
        case "week":
            return first + timedelta(days=6)
        case "month":
            return (first.replace(day=1) + timedelta(days=32)).replace(day=1) - _DAY
        case "year":
            return date(first.year, 12, 31)
