"""Checks the answers to an event type's booking form and brings them into the form in which they are kept.

Source: Cal.com API v2, bookings: booking-field answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from mock_server.event_types.booking_fields import form_of
from mock_server.event_types.model import BookingField, EventType
from mock_server.runtime.errors import BadRequest, QueryInvalid
from mock_server.runtime.schemas import is_email

REQUIRED = "error_required_field"
LONGEST_TEXT = 1000

Answers = dict[str, Any]

_ABSOLUTE_URL = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
_ONLY_WHEN_RESCHEDULING = "rescheduleReason"


class _Wrong(Exception):
    """An answer is not of its field's kind; the text is the live service's."""


def check_own_fields(event_type: EventType, responses: Answers) -> None:
    """Every required field that is the event type's own has to be among the answers, once any are sent."""
    for field in form_of(event_type.booking_fields):
        if field.required and not field.is_default and field.slug not in responses:
            raise BadRequest(
                f"Missing required booking field response: {field.slug} - it is required by the event type booking "
                f"fields, but missing in the bookingFieldsResponses. You can fetch the event type with ID "
                f"{event_type.id} to see the required fields."
            )


def checked_answers(event_type: EventType, answers: Answers, *, rescheduling: bool = False) -> Answers:
    """The answers as they are kept. Raises QueryInvalid with all that is wrong. Answers to unknown fields are kept."""
    kept = dict(answers)
    problems: list[str] = []
    for field in form_of(event_type.booking_fields):
        if field.slug == _ONLY_WHEN_RESCHEDULING and not rescheduling:
            continue
        try:
            kept |= _checked(field, kept)
        except _Wrong as wrong:
            problems.append(f"{{{field.slug}}}{wrong}")
    if problems:
        raise QueryInvalid([("responses", problem) for problem in problems])
    return kept


def _checked(field: BookingField, answers: Answers) -> Answers:
    value = answers.get(field.slug)
    is_missing = value is None or value == "" or value == [] or value is False
    if is_missing:
        if field.required and not field.hidden:
            raise _Wrong(REQUIRED)
        return {}
    read = _READERS.get(field.type)
    answer = value if read is None else read(value)
    if field.required and not field.hidden and answer is False:
        raise _Wrong(REQUIRED)
    return {field.slug: answer}


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise _Wrong("Invalid string")
    return value


def _long_text(value: Any) -> str:
    text = _text(value).strip()
    if len(text) > LONGEST_TEXT:
        raise _Wrong(f"String must contain at most {LONGEST_TEXT} character(s)")
    return text


def _name(value: Any) -> Any:
    if isinstance(value, dict):
        if not isinstance(value.get("firstName"), str) or not value["firstName"]:
            raise _Wrong("Invalid string")
        return value
    return _text(value)


def _email(value: Any) -> str:
    if not isinstance(value, str) or not is_email(value):
        raise _Wrong("email_validation_error")
    return value


def _emails(value: Any) -> list[str]:
    emails = [_email(each) for each in (value if isinstance(value, list) else [value])]
    if len(set(emails)) != len(emails):
        raise _Wrong("duplicate_email")
    return emails


def _url(value: Any) -> str:
    if not isinstance(value, str) or not _ABSOLUTE_URL.fullmatch(value.strip()):
        raise _Wrong("url_validation_error")
    return value.strip()


def _phone(value: Any) -> str:
    if isinstance(value, str):
        number = re.sub(r"^ +", "+", value)
        if is_phone_number(number):
            return number
    raise _Wrong("invalid_number")


def _choices(value: Any) -> list[str]:
    choices = value if isinstance(value, list) else [value]
    return [_text(each) for each in choices]


def _boolean(value: Any) -> bool:
    return value is True or value == "true"


def _place(value: Any) -> Any:
    if not isinstance(value, dict) or not all(isinstance(value.get(each), str) for each in ("value", "optionValue")):
        raise _Wrong("Invalid option")
    return value


_READERS: dict[str, Callable[[Any], Any]] = {
    "name": _name,
    "email": _email,
    "text": _text,
    "address": _text,
    "select": _text,
    "radio": _text,
    "number": _text,
    "textarea": _long_text,
    "url": _url,
    "phone": _phone,
    "multiemail": _emails,
    "multiselect": _choices,
    "checkbox": _choices,
    "boolean": _boolean,
    "radioInput": _place,
}


def is_phone_number(text: str) -> bool:
    """Whether `text` is a valid number in international form."""
    import phonenumbers  # Takes long to import, and few bookings have a number.

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False
