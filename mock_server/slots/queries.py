"""Reads the query of a search for slots in one of its forms.

Source: Cal.com API v2, slots: a separate validation, which joins all messages to one text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import msgspec

from mock_server.runtime.errors import BadRequest
from mock_server.runtime.instants import DAY, SECOND, milliseconds
from mock_server.runtime.integers import MOST_DIGITS
from mock_server.runtime.iso_dates import is_iso_date, is_real_iso_date, read_iso_date
from mock_server.runtime.json_values import is_list
from mock_server.runtime.rules import failed_property, joined
from mock_server.runtime.time_zones import is_time_zone

Format = Literal["time", "range"]

LEADING_NUMBER = re.compile(rf"\s*([+-]?\d{{1,{MOST_DIGITS}}})")
_NOT_A_NUMBER = "{} must be a number conforming to the specified constraints"


class QueryForm(NamedTuple):
    """A form of the query: the keys whose presence chooses it, and its fields besides the common ones."""

    keys: tuple[str, ...]
    fields: tuple[str, ...]


class QueryRules(NamedTuple):
    """How queries are read: the fields of all forms, the forms (the first that applies counts), and the dates."""

    common: tuple[str, ...]
    forms: tuple[QueryForm, ...]
    are_dates_strict: bool


_COMMON = ("start", "end", "timeZone", "duration", "format")
_BY_ID = QueryForm(("eventTypeId",), ("eventTypeId",))
_BY_USERNAME = ("eventTypeSlug", "username", "organizationSlug")
_BY_TEAM = ("eventTypeSlug", "teamSlug", "organizationSlug")
_GROUP = QueryForm((), ("usernames", "organizationSlug"))

QUERIES = QueryRules(
    (*_COMMON, "bookingUidToReschedule", "rrHostSubsetIds", "type"),
    (
        _BY_ID,
        QueryForm(("eventTypeSlug", "username"), _BY_USERNAME),
        QueryForm(("eventTypeSlug", "teamSlug"), _BY_TEAM),
        _GROUP,
    ),
    are_dates_strict=True,
)
QUERIES_2025_04 = QueryRules(
    _COMMON, (_BY_ID, QueryForm(("eventTypeSlug",), _BY_USERNAME), _GROUP), are_dates_strict=False
)


class SlotsQuery(msgspec.Struct, frozen=True):
    """A validated query. Exactly one of `event_type_id`, `event_type_slug` and `usernames` is set.

    `event_type_slug` is that of an event type of `team_slug`, or else of `username`. `rescheduled` is the uid of the
    booking whose time counts as free.
    """

    start: str
    end: str
    event_type_id: int | None = None
    event_type_slug: str | None = None
    username: str = ""
    team_slug: str | None = None
    usernames: tuple[str, ...] | None = None
    organization_slug: str | None = None
    time_zone: str | None = None
    duration: int | None = None
    format: Format = "time"
    rescheduled: str | None = None

    def instants(self) -> tuple[int, int]:
        """Start and end as they were sent. Raises BadRequest."""
        return read_instant(self.start, "start"), read_instant(self.end, "end")

    def window(self) -> tuple[int, int]:
        """Start and end as instants; an end at midnight in UTC means the end of that day. Raises BadRequest."""
        start, end = self.instants()
        return start, end + DAY - SECOND if end % DAY < SECOND else end


def read_query(query: Mapping[str, Any], rules: QueryRules = QUERIES) -> SlotsQuery:
    """Validates a query. Raises BadRequest with all messages."""
    form = next(form for form in rules.forms if all(key in query for key in form.keys))
    is_group = form is _GROUP
    fields: dict[str, Any] = {**query, "usernames": _names(query.get("usernames"))} if is_group else dict(query)
    known = (*rules.common, *form.fields)
    messages = {name: [f"property {name} should not exist"] for name in query if name not in known}
    for name in known:
        found = _messages_about(name, fields.get(name), rules, is_group=is_group)
        if found:
            messages[name] = found
    if messages:
        raise BadRequest(joined([failed_property(name, texts) for name, texts in messages.items()]))
    return SlotsQuery(
        start=fields["start"],
        end=fields["end"],
        event_type_id=_number(fields.get("eventTypeId")),
        event_type_slug=fields.get("eventTypeSlug"),
        username=fields.get("username", ""),
        team_slug=fields.get("teamSlug"),
        usernames=tuple(fields["usernames"]) if is_group else None,
        organization_slug=fields.get("organizationSlug"),
        time_zone=fields.get("timeZone"),
        duration=_number(fields.get("duration")),
        format="range" if fields.get("format", "").lower() == "range" else "time",
        rescheduled=fields.get("bookingUidToReschedule") or None,
    )


def read_instant(text: str, name: str) -> int:
    """Reads a date or date-time, in UTC if it has no offset. Raises BadRequest for impossible dates."""
    moment = read_iso_date(text)
    if moment is None:
        raise BadRequest(f"Invalid {name} date")
    return milliseconds(moment)


def _messages_about(name: str, value: object, rules: QueryRules, *, is_group: bool) -> list[str]:
    match name:
        case "start" | "end":
            is_date = is_real_iso_date if rules.are_dates_strict else is_iso_date
            is_valid = isinstance(value, str) and is_date(value)
            return [] if is_valid else [f"{name} must be a valid ISO 8601 date string"]
        case "eventTypeId":
            return [] if _number(value) is not None else [_NOT_A_NUMBER.format(name)]
        case "duration":
            return [] if value is None or _number(value) is not None else [_NOT_A_NUMBER.format(name)]
        case "timeZone":
            is_valid = value is None or (isinstance(value, str) and is_time_zone(value))
            return [] if is_valid else [f"{name} must be a valid IANA time-zone"]
        case "format":
            is_valid = value is None or (isinstance(value, str) and value.lower() in ("", "time", "range"))
            return [] if is_valid else ["slotFormat must be either 'range' or 'time'"]
        case "usernames":
            return _messages_about_usernames(value)
        case "organizationSlug" if value is None and not is_group:
            return []
        case "bookingUidToReschedule" if value is None:
            return []
        case "rrHostSubsetIds" | "type":
            return []
        case _:
            return [] if isinstance(value, str) else [f"{name} must be a string"]


def _messages_about_usernames(value: object) -> list[str]:
    is_array = is_list(value)
    names = value if is_list(value) else []
    checks = [
        (is_array and all(isinstance(name, str) for name in names), "each value in usernames must be a string"),
        (len(names) > 1, "The array must contain at least 2 elements."),
        (is_array, "usernames must be an array"),
    ]
    return [message for is_valid, message in checks if not is_valid]


def _names(value: object) -> object:
    """A list of names without surrounding blanks; a text is split at commas."""
    if isinstance(value, str):
        value = value.split(",")
    return [item.strip() if isinstance(item, str) else item for item in value] if is_list(value) else value


def _number(value: object) -> int | None:
    """The number at the beginning of a text, or of the first text of a list."""
    if is_list(value) and value:
        value = value[0]
    found = LEADING_NUMBER.match(value) if isinstance(value, str) else None
    return int(found[1]) if found else None
