"""The variables in the messages of workflows, such as `{ATTENDEE}` and `{START_TIME_h:mma}`.

Source: Cal.com API v2, workflows: message variables.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime

import msgspec

from mock_server.bookings.mail_content import ENGLISH, LANGUAGES

_VARIABLE = re.compile(r"\{([^{}\n]+)\}")
_NOT_IN_NAMES = re.compile(r"[^a-zA-Z0-9 ]")
_TOKEN = re.compile(r"\[([^\]]*)\]|YYYY|YY|MMMM|MMM|MM|M|DD|D|dddd|ddd|HH|H|hh|h|mm|m|ss|s|A|a|Z")

STARTS = ("EVENT_DATE_", "EVENT_TIME_", "EVENT_START_TIME_", "START_TIME_")
ENDS = ("EVENT_END_TIME_", "END_TIME_")
DATE, TIME_12, TIME_24 = "dddd, MMMM D, YYYY", "h:mma", "HH:mm"


class Times(msgspec.Struct, frozen=True):
    """The start and the end of a booking in the time zone and language of the recipient."""

    start: datetime
    end: datetime
    language: str


def variable_name(text: str) -> str:
    """The variable that stands for the answer to a field: `Company size?` becomes `COMPANY_SIZE`."""
    return _NOT_IN_NAMES.sub("", text).strip().replace(" ", "_").upper()


def fill(text: str, values: Mapping[str, str], times: Times | None) -> str:
    """`text` with its variables filled in. Unknown ones stay as they are; without `times`, dates are empty."""

    def value(found: re.Match[str]) -> str:
        name = found[1]
        for moment, prefixes in ((times and times.start, STARTS), (times and times.end, ENDS)):
            for prefix in prefixes:
                if name.startswith(prefix) and name not in values:
                    layout = name.removeprefix(prefix)
                    return "" if moment is None or times is None else format_date(moment, layout, times.language)
        return values.get(name, found[0])

    return _VARIABLE.sub(value, text)


def format_date(moment: datetime, layout: str, language: str = "en") -> str:
    """`moment` in a layout of Day.js, such as `dddd, MMMM D, YYYY h:mma`, with names in a language."""
    words = LANGUAGES.get(language, ENGLISH)
    day, month = words.weekday(moment), words.month(moment)
    tokens: dict[str, Callable[[], str]] = {
        "YYYY": lambda: f"{moment.year:04}",
        "YY": lambda: f"{moment.year % 100:02}",
        "MMMM": lambda: month,
        "MMM": lambda: month[:3],
        "MM": lambda: f"{moment.month:02}",
        "M": lambda: str(moment.month),
        "DD": lambda: f"{moment.day:02}",
        "D": lambda: str(moment.day),
        "dddd": lambda: day,
        "ddd": lambda: day[:3],
        "HH": lambda: f"{moment.hour:02}",
        "H": lambda: str(moment.hour),
        "hh": lambda: f"{moment.hour % 12 or 12:02}",
        "h": lambda: str(moment.hour % 12 or 12),
        "mm": lambda: f"{moment.minute:02}",
        "m": lambda: str(moment.minute),
        "ss": lambda: f"{moment.second:02}",
        "s": lambda: str(moment.second),
        "A": lambda: "AM" if moment.hour < 12 else "PM",
        "a": lambda: "am" if moment.hour < 12 else "pm",
        "Z": lambda: moment.isoformat()[-6:],
    }
    return _TOKEN.sub(lambda found: found[1] if found[1] is not None else tokens[found[0]](), layout)
