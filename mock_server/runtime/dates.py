"""Dates and date-times as text: which ones the formats of the description accept, and how replies write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d(\.\d+)?(z|[+-]\d\d:\d\d)", re.ASCII | re.IGNORECASE)


def is_day(text: str) -> bool:
    """Whether `text` is a day of the years 1 to 9999, such as 2050-02-28."""
    try:
        return _DAY.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        return False


def is_moment(text: str) -> bool:
    """Whether `text` is a date-time of RFC 3339 in the same years; there are no leap seconds."""
    try:
        return _MOMENT.fullmatch(text) is not None and bool(datetime.fromisoformat(text.upper()))
    except ValueError:
        return False


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds and Z, as every date of the API."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
