"""Reads the query of a search for slots, in its three forms.

Source: Cal.com API v2, slots: the query has a validation of its own, which joins all complaints to one text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from mock_server.runtime.errors import BadRequest
from mock_server.runtime.iso_dates import is_iso_date, read_iso_date
from mock_server.runtime.time_zones import is_time_zone
from mock_server.slots.zones import DAY, SECOND, milliseconds

Format = Literal["time", "range"]

LEADING_NUMBER = re.compile(r"\s*([+-]?\d{1,15})")
_NOT_A_NUMBER = "{} must be a number conforming to the specified constraints"
_COMMON = ("start", "end", "timeZone", "duration", "format")
_FORMS: dict[str, tuple[str, ...]] = {
    "eventTypeId": ("eventTypeId",),
    "eventTypeSlug": ("eventTypeSlug", "username", "organizationSlug"),
    "usernames": ("usernames", "organizationSlug"),
}


class SlotsQuery(msgspec.Struct, frozen=True):
    """What slots are asked for. One of `event_type_id`, `event_type_slug` and `usernames` is set."""

    start: str
    end: str
    event_type_id: int | None = None
    event_type_slug: str | None = None
    username: str = ""
    usernames: tuple[str, ...] | None = None
    organization_slug: str | None = None
    time_zone: str | None = None
    duration: int | None = None
    format: Format = "time"

    def window(self) -> tuple[int, int]:
        """Start and end as instants; an end at midnight in UTC is that day's end. Raises BadRequest."""
        start, end = read_instant(self.start, "start"), read_instant(self.end, "end")
        return start, end + DAY - SECOND if end % DAY < SECOND else end


def read_query(query: Mapping[str, Any]) -> SlotsQuery:
    """The query, checked. Raises BadRequest with all complaints."""
    form = next((key for key in _FORMS if key in query), "usernames")
    fields = {**query, "usernames": _names(query.get("usernames"))} if form == "usernames" else dict(query)
    known = (*_COMMON, *_FORMS[form])
    complaints = {name: [f"property {name} should not exist"] for name in query if name not in known}
    for name in known:
        broken = _complaints_about(name, fields.get(name), is_group=form == "usernames")
        if broken:
            complaints[name] = broken
    if complaints:
        raise BadRequest(", ".join(f"{name} property is wrong,{', '.join(said)} " for name, said in complaints.items()))
    return SlotsQuery(
        start=fields["start"],
        end=fields["end"],
        event_type_id=_number(fields.get("eventTypeId")),
        event_type_slug=fields.get("eventTypeSlug"),
        username=fields.get("username", ""),
        usernames=fields.get("usernames"),
        organization_slug=fields.get("organizationSlug"),
        time_zone=fields.get("timeZone"),
        duration=_number(fields.get("duration")),
        format="range" if fields.get("format", "").lower() == "range" else "time",
    )


def read_instant(text: str, name: str) -> int:
    """A date or a date-time; without an offset it is in UTC. Raises BadRequest for what the calendar lacks."""
    moment = read_iso_date(text)
    if moment is None:
        raise BadRequest(f"Invalid {name} date")
    return milliseconds(moment)


def _complaints_about(name: str, value: Any, *, is_group: bool) -> list[str]:
    match name:
        case "start" | "end":
            fits = isinstance(value, str) and is_iso_date(value)
            return [] if fits else [f"{name} must be a valid ISO 8601 date string"]
        case "eventTypeId":
            return [] if _number(value) is not None else [_NOT_A_NUMBER.format(name)]
        case "duration":
            return [] if value is None or _number(value) is not None else [_NOT_A_NUMBER.format(name)]
        case "timeZone":
            fits = value is None or (isinstance(value, str) and is_time_zone(value))
            return [] if fits else [f"{name} must be a valid IANA time-zone"]
        case "format":
            fits = value is None or (isinstance(value, str) and value.lower() in ("", "time", "range"))
            return [] if fits else ["slotFormat must be either 'range' or 'time'"]
        case "usernames":
            return _complaints_about_names(value)
        case "organizationSlug" if value is None and not is_group:
            return []
        case _:
            return [] if isinstance(value, str) else [f"{name} must be a string"]


def _complaints_about_names(value: Any) -> list[str]:
    is_array = isinstance(value, tuple)
    complaints = [
        (is_array and all(isinstance(each, str) for each in value), "each value in usernames must be a string"),
        (is_array and len(value) > 1, "The array must contain at least 2 elements."),
        (is_array, "usernames must be an array"),
    ]
    return [text for fits, text in complaints if not fits]


def _names(value: Any) -> Any:
    if isinstance(value, str):
        value = value.split(",")
    return (
        tuple(each.strip() if isinstance(each, str) else each for each in value) if isinstance(value, list) else value
    )


def _number(value: Any) -> int | None:
    """The number that a text begins with, whatever follows."""
    if isinstance(value, list) and value:
        value = value[0]
    found = LEADING_NUMBER.match(value) if isinstance(value, str) else None
    return int(found[1]) if found else None
