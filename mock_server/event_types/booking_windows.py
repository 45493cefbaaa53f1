"""How far ahead an event type can be booked.

Source: Cal.com API v2, event types: booking window.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

from dateutil.parser import ParserError, parse

from mock_server.event_types.model import BookingWindow

DISABLED = {"disabled": True}

_WITHOUT_YEAR = datetime(2001, 1, 1)
# The names of zones that JavaScript reads in a date, in hours ahead of UTC. dateutil alone would ask the machine.
_ZONES = {"Z": 0, "UT": 0, "UTC": 0, "GMT": 0}
_ZONES |= {"EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6, "PST": -8, "PDT": -7}


def read_booking_window(window: dict[str, Any]) -> BookingWindow | None:
    """The window that a request asks for; None turns it off. Raises ValueError for texts that are no dates."""
    if window.get("disabled"):
        return None
    if window["type"] == "range":
        start, end = (_instant(text) for text in window["value"][:2])
        return BookingWindow(type="range", start=start, end=end)
    return BookingWindow(type=window["type"], days=int(window["value"]), rolling=bool(window.get("rolling")))


def booking_window_view(window: BookingWindow | None) -> dict[str, Any]:
    """The window with its `rolling`, or the UTC days of a range."""
    if window is None:
        return DISABLED
    if window.start is not None and window.end is not None:
        return {"type": "range", "value": [each.date().isoformat() for each in (window.start, window.end)]}
    return {"type": window.type, "value": window.days, "rolling": window.rolling}


def _instant(text: str) -> datetime:
    """Anything that can be read as a date, as the instant in UTC that it begins with."""
    try:
        moment = parse(text, default=_WITHOUT_YEAR, tzinfos=_zone)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ParserError, OverflowError, ValueError) as error:
        raise ValueError(text) from error


def _zone(name: str | None, seconds: int | None) -> tzinfo | None:
    """The zone of a text that names one, or an offset. Raises ValueError for a name that is not known."""
    if seconds is not None:
        return timezone(timedelta(seconds=seconds))
    if name is None:
        return None
    if name.upper() not in _ZONES:
        raise ValueError(name)
    return timezone(timedelta(hours=_ZONES[name.upper()]))
