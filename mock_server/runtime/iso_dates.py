"""ISO 8601 dates and times as the live service handles them: validated loosely first, parsed strictly later.

Source: Cal.com API v2, global validation pipe (`isDateString`, `isISO8601`), and the date library behind it.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from dateutil.parser import isoparser

_LONGEST = 100
_ISO_8601 = re.compile(
    r"""
    [+-]?\d{4}(?!\d\d\b)
    (
      (?P<dash>-?)
      (
        (0[1-9]|1[0-2]) ((?P=dash)(0[1-9]|[12]\d|3[01]))?       # month and day
        | W([0-4]\d|5[0-3]) (-?[1-7])?                          # week and day of the week
        | (00[1-9]|0[1-9]\d|[12]\d{2}|3([0-5]\d|6[1-6]))        # day of the year
      )
      (
        [T\s]
        ( (([01]\d|2[0-3]) ((?P<colon>:?)[0-5]\d)? | 24:?00) ([.,]\d+(?!:))? )?
        ( (?(colon)(?P=colon)) [0-5]\d ([.,]\d+)? )?
        ( [zZ] | [+-]([01]\d|2[0-3]) :?([0-5]\d)? )?
      )?
    )?
    """,
    re.ASCII | re.VERBOSE,
)
_PARSER = isoparser(sep="T")


def is_iso_date(text: str) -> bool:
    """Whether `text` passes as an ISO 8601 date or date-time. Some that pass cannot be parsed, such as 30 February.

    Accepts extended and basic forms, with or without a time and an offset; calendar, week and ordinal dates;
    also a blank instead of the `T`.
    """
    return len(text) <= _LONGEST and _ISO_8601.fullmatch(text) is not None


def is_real_iso_date(text: str) -> bool:
    """Whether `text` is an ISO 8601 date or date-time that exists. Week dates and basic forms pass, too."""
    return read_iso_date(text) is not None


def read_iso_date(text: str) -> datetime | None:
    """The instant in UTC; None if it cannot be parsed. The default time is midnight, the default offset UTC."""
    if not is_iso_date(text) or text.endswith("z"):
        return None
    try:
        moment = _PARSER.isoparse(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
