"""How far ahead an event type can be booked.

Source: Cal.com API v2, event types: booking window.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from dateutil.parser import ParserError, parse

from mock_server.event_types.model import BookingWindow

DISABLED: Mapping[str, object] = {"disabled": True}

_WITHOUT_YEAR = datetime(2001, 1, 1)
# The zone names that JavaScript accepts in dates, in hours ahead of UTC. By default dateutil would ask the machine.
_ZONES = {
    "Z": 0,
    "UT": 0,
    "UTC": 0,
    "GMT": 0,
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
}


def read_booking_window(window: dict[str, Any], *, days_only: bool) -> BookingWindow | None:
    """The window of a request; None where it is disabled. Raises ValueError for invalid dates.

    With `days_only`, only the first ten characters of a date count, so that the time of day and the zone do not matter.
    """
    if window.get("disabled"):
        return None
    if window["type"] == "range":
        start, end = (_instant(text[:10] if days_only else text) for text in window["value"][:2])
        return BookingWindow(type="range", start=start, end=end)
    return BookingWindow(type=window["type"], days=int(window["value"]), rolling=bool(window.get("rolling")))


def booking_window_view(window: BookingWindow | None) -> Mapping[str, object]:
    """The window: days with `rolling`, or a range of days in UTC."""
    if window is None:
        return DISABLED
    if window.start is not None and window.end is not None:
        return {"type": "range", "value": [moment.date().isoformat() for moment in (window.start, window.end)]}
    return {"type": window.type, "value": window.days, "rolling": window.rolling}


def _instant(text: str) -> datetime:
    """A date in any format that can be parsed, as its first instant in UTC."""
    try:
        moment = parse(text, default=_WITHOUT_YEAR, tzinfos=_zone)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ParserError, OverflowError, ValueError) as error:
        raise ValueError(text) from error


def _zone(name: str | None, seconds: int | None) -> tzinfo | None:
    """The zone for a zone name or an offset in a date. Raises ValueError for an unknown name."""
    if seconds is not None:
        return timezone(timedelta(seconds=seconds))
    if name is None:
        return None
    if name.upper() not in _ZONES:
        raise ValueError(name)
    return timezone(timedelta(hours=_ZONES[name.upper()]))
