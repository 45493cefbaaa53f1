"""ISO 8601 dates and times as the live service takes them: checked loosely first, read strictly later.

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
    """Whether `text` passes for an ISO 8601 date or date-time. Some that pass cannot be read, as the 30th of February.

    Extended and basic forms pass, with or without a time and an offset, of days of a month, of a week or of a year;
    also with a blank in place of the `T`.
    """
    return len(text) <= _LONGEST and _ISO_8601.fullmatch(text) is not None


def read_iso_date(text: str) -> datetime | None:
    """The instant in UTC; None for what cannot be read. A time without an offset is in UTC, a date is its midnight."""
    if not is_iso_date(text) or text.endswith("z"):
        return None
    try:
        moment = _PARSER.isoparse(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
