"""Dates and date-times as text: the formats that the description accepts, and the one used in replies."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d(\.\d+)?(z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


def is_day(text: str) -> bool:
    """Whether `text` is a date in the years 1 to 9999, such as 2050-02-28."""
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def is_moment(text: str) -> bool:
    """Whether `text` is an RFC 3339 date-time in the same years, without leap seconds."""
    try:
        return _MOMENT.fullmatch(text) is not None and bool(datetime.fromisoformat(text.upper()))
    except ValueError:
        return False


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z, like every date-time of the API."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
