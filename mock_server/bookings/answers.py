"""Normalizes and validates the answers to an event type's booking fields.

Source: Cal.com API v2, bookings: booking-field answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import msgspec

from mock_server.bookings.request_fields import json_type, type_mismatch
from mock_server.event_types.booking_fields import form_of
from mock_server.event_types.model import BookingField, EventType
from mock_server.identity.addresses import domain_of
from mock_server.runtime.errors import BadRequest, QueryInvalid
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.phone_numbers import is_phone_number
from mock_server.runtime.schemas import is_email

REQUIRED = "error_required_field"
INVALID_STRING = "Invalid string"
INVALID_EMAIL = "email_validation_error"
MAX_LONG_TEXT = 1000
ATTENDEE_DEFINED_LOCATIONS = ("attendeeInPerson", "phone", "somewhereElse")
"""The location types, as bookings store them, whose text the attendee provides."""

MISSING_PHONE = (
    'Missing attendee phone number - it is required by the event type. Pass it as "attendee.phoneNumber" string in the '
    "request."
)

RESCHEDULED_REASON = "rescheduledReason"
"""The key under which a rescheduled booking kept the reason among its answers before edition 2026-09."""
RESCHEDULE_REASON = "rescheduleReason"
"""The booking field for the reason of a reschedule, which is asked only then."""

Answers = dict[str, Any]
"""JSON values by the slug of their field."""
Problem = str | None

_ABSOLUTE_URL = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)


class _FieldType(NamedTuple):
    """How answers to fields of one type are normalized, and what may be wrong with a normalized answer."""

    normalize: Callable[[object], object]
    problem: Callable[[object], Problem]


_JSON_TYPES_OF_ANSWERS: dict[str, tuple[str, ...]] = {
    "number": ("number",),
    "select": ("string", "number"),
    "radio": ("string", "number"),
    "multiselect": ("array",),
    "checkbox": ("array",),
    "multiemail": ("array",),
    "boolean": ("boolean",),
}
"""The JSON types of answers by type of field. Answers to other fields are strings."""


def check_custom_fields(event_type: EventType, responses: Answers) -> None:
    """Raises BadRequest for the first required custom field without a response."""
    for field in _custom_fields(event_type):
        _check_is_answered(event_type, field, responses)


def check_custom_answers(event_type: EventType, responses: Answers) -> None:
    """Raises BadRequest for the first custom field whose answer is missing, of another type, or not offered."""
    for field in _custom_fields(event_type):
        _check_is_answered(event_type, field, responses)
        if field.slug in responses:
            _check_type(field, responses[field.slug])
            _check_options(field, responses[field.slug])


def _custom_fields(event_type: EventType) -> Iterator[BookingField]:
    return (each for each in form_of(event_type.booking_fields) if not each.is_default)


def _check_is_answered(event_type: EventType, field: BookingField, responses: Answers) -> None:
    if field.required and field.slug not in responses:
        raise BadRequest(
            f"Missing required booking field response: {field.slug} - it is required by the event type booking "
            f"fields, but missing in the bookingFieldsResponses. You can fetch the event type with ID "
            f"{event_type.id} to see the required fields."
        )


def _check_type(field: BookingField, answer: object) -> None:
    expected, found = _JSON_TYPES_OF_ANSWERS.get(field.type, ("string",)), json_type(answer)
    if found not in expected:
        # The live service names the types of JavaScript, which has no type for lists.
        raise BadRequest(
            f"Invalid type for booking field '{field.slug}'. Expected type {' or '.join(expected)} (compatible with "
            f"field type '{field.type}'), but received {'object' if found == 'array' else found}."
        )


def _check_options(field: BookingField, answer: object) -> None:
    allowed = f"for booking field '{field.slug}'. Allowed options are: {', '.join(map(str, field.options or ()))}."
    if field.type in ("select", "radio") and answer not in (field.options or ()):
        raise BadRequest(f"Invalid option '{answer}' {allowed}")
    if field.type in ("multiselect", "checkbox") and not all(
        each in (field.options or ()) for each in (answer if is_list(answer) else ())
    ):
        raise BadRequest(f"One or more invalid options {allowed}")


def validated_answers(
    event_type: EventType, answers: Answers, *, rescheduling: bool = False, takes_numbers: bool = False
) -> Answers:
    """The normalized answers. Raises QueryInvalid, which names the first invalid field.

    Only a missing key is unanswered. Null, an empty text, an empty list and false are answers, which are valid or not
    by the type of the field. Answers to unknown fields are kept unchanged. Fields for numbers take texts, and with
    `takes_numbers` also numbers.
    """
    fields = form_of(event_type.booking_fields)
    normalized = dict(answers)
    for field in fields:
        if field.slug in answers and field.type in _FIELD_TYPES:
            normalized[field.slug] = _FIELD_TYPES[field.type].normalize(answers[field.slug])
    if _are_blank(normalized.get("guests")):
        normalized["guests"] = []
    _check_json_types(normalized)
    for field in fields:
        is_shown = rescheduling or field.slug != RESCHEDULE_REASON
        problem = _problem(field, normalized, is_required=is_shown and field.required and not field.hidden)
        if problem and field.type == "number" and takes_numbers and _is_number(normalized.get(field.slug)):
            continue
        if problem is not None:
            raise QueryInvalid([("responses", f"{{{field.slug}}}{problem}")])
    return normalized


def _problem(field: BookingField, answers: Answers, *, is_required: bool) -> Problem:
    if field.slug not in answers:
        return REQUIRED if is_required else None
    answer = answers[field.slug]
    if is_required and (answer in (None, False, "") or (field.type == "multiselect" and answer == [])):
        return REQUIRED
    problem = _FIELD_TYPES[field.type].problem(answer) if field.type in _FIELD_TYPES else None
    return problem or _limit_problem(field, answer)


def _limit_problem(field: BookingField, answer: object) -> Problem:
    """What the field's own limits say about an answer: the length of a long text, and the domains of an address."""
    if not isinstance(answer, str) or not answer:
        return None
    if field.type == "textarea":
        return _length_problem(field, len(answer))
    return _address_problem(field, answer) if field.type == "email" else None


def _length_problem(field: BookingField, length: int) -> Problem:
    longest = MAX_LONG_TEXT if field.max_length is None else field.max_length
    if length > longest:
        return f"Max. {longest} characters allowed"
    return f"Min. {field.min_length} characters required" if length < (field.min_length or 0) else None


def _address_problem(field: BookingField, address: str) -> Problem:
    if _matches_any(address, field.exclude_emails or ()):
        return "exclude_emails_match_found_error_message"
    if field.require_emails and not _matches_any(address, field.require_emails):
        return "require_emails_no_match_found_error_message"
    return None


def _matches_any(email: str, entries: tuple[str, ...]) -> bool:
    """Whether an address is one of the entries, or of a domain among them, with or without a leading `@`."""
    address = email.lower()
    wanted = {entry.strip().lower().removeprefix("@") for entry in entries}
    return address in wanted or domain_of(address) in wanted


def _check_json_types(answers: Answers) -> None:
    """Guests are a list of texts and the location is two texts, whatever the form says. Raises QueryInvalid."""
    issues: list[tuple[str, str]] = []
    if "guests" in answers:
        issues += _guests_issues(answers["guests"])
    if "location" in answers:
        issues += _location_issues(answers["location"])
    if issues:
        raise QueryInvalid(issues)


def _guests_issues(guests: object) -> list[tuple[str, str]]:
    path = "responses.guests"
    if not is_list(guests):
        return [(path, type_mismatch("array", guests))]
    return [
        (f"{path}.{index}", type_mismatch("string", guest))
        for index, guest in enumerate(guests)
        if not isinstance(guest, str)
    ]


def _location_issues(location: object) -> list[tuple[str, str]]:
    path = "responses.location"
    if not is_object(location):
        return [(path, type_mismatch("object", location))]
    return [
        (f"{path}.{name}", type_mismatch("string", location[name]) if name in location else "Required")
        for name in ("optionValue", "value")
        if not isinstance(location.get(name), str)
    ]


def _are_blank(guests: object) -> bool:
    """Whether all guests are empty texts: a form may show more guest fields than are filled in."""
    return is_list(guests) and all(each == "" for each in guests)


def _unchanged(value: object) -> object:
    return value


def _trimmed(value: object) -> object:
    return value.strip() if isinstance(value, str) else value


def _as_list(value: object) -> list[Any]:
    return value if is_list(value) else [value]


def _with_plus(value: object) -> object:
    """A plus sign in a query string arrives as a blank."""
    return re.sub(r"^ +", "+", value) if isinstance(value, str) else value


def _is_checked(value: object) -> bool:
    return value is True or value == "true"


def _parsed_location(value: object) -> object:
    """Parses a location sent as JSON text; any other text selects no location."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return {"optionValue": "", "value": ""}


def _text_problem(value: object) -> Problem:
    return None if isinstance(value, str) else INVALID_STRING


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _name_problem(value: object) -> Problem:
    if is_object(value):
        first = value.get("firstName")
        return None if isinstance(first, str) and first else INVALID_STRING
    return _text_problem(value)


def _email_problem(value: object) -> Problem:
    """No problem for a missing address: where one is required, the phone number replaces it."""
    if value in (None, ""):
        return None
    return None if isinstance(value, str) and is_email(value) else INVALID_EMAIL


def _emails_problem(value: object) -> Problem:
    emails = _as_list(value)
    if not all(isinstance(each, str) and is_email(each) for each in emails):
        return INVALID_EMAIL
    return "duplicate_email" if len(set(emails)) < len(emails) else None


def _url_problem(value: object) -> Problem:
    return None if isinstance(value, str) and _ABSOLUTE_URL.fullmatch(value) else "url_validation_error"


def _phone_problem(value: object) -> Problem:
    return None if isinstance(value, str) and is_phone_number(value) else "invalid_number"


def _choices_problem(value: object) -> Problem:
    return None if all(isinstance(each, str) for each in _as_list(value)) else "Invalid array of strings"


def _no_problem(_: object) -> Problem:
    return None


def _location_problem(value: object) -> Problem:
    if not is_object(value) or value.get("value") not in ATTENDEE_DEFINED_LOCATIONS:
        return None
    text = value.get("optionValue")
    if not text:
        return REQUIRED
    return _phone_problem(text) if value["value"] == "phone" else None


_TEXT = _FieldType(_unchanged, _text_problem)
_CHOICES = _FieldType(_as_list, _choices_problem)
_FIELD_TYPES: dict[str, _FieldType] = {
    "name": _FieldType(_unchanged, _name_problem),
    "email": _FieldType(_unchanged, _email_problem),
    "text": _TEXT,
    "address": _TEXT,
    "select": _TEXT,
    "radio": _TEXT,
    "number": _TEXT,
    "textarea": _FieldType(_trimmed, _text_problem),
    "url": _FieldType(_trimmed, _url_problem),
    "phone": _FieldType(_with_plus, _phone_problem),
    "multiemail": _FieldType(_as_list, _emails_problem),
    "multiselect": _CHOICES,
    "checkbox": _CHOICES,
    "boolean": _FieldType(_is_checked, _no_problem),
    "radioInput": _FieldType(_parsed_location, _location_problem),
}
