"""Checks the answers to an event type's booking form and brings them into the form in which they are kept.

Source: Cal.com API v2, bookings: booking-field answers.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from mock_server.bookings.request_fields import expected
from mock_server.event_types.booking_fields import form_of
from mock_server.event_types.model import BookingField, EventType
from mock_server.runtime.errors import BadRequest, QueryInvalid
from mock_server.runtime.schemas import is_email

REQUIRED = "error_required_field"
INVALID_STRING = "Invalid string"
LONGEST_TEXT = 1000
ATTENDEES_PLACES = ("attendeeInPerson", "phone", "somewhereElse")
"""The kinds of place, as bookings keep them, that attendees describe themselves."""

Answers = dict[str, Any]
Problem = str | None

_ABSOLUTE_URL = re.compile(r"[a-z][a-z0-9+.-]*:\S+", re.IGNORECASE)
_ONLY_WHEN_RESCHEDULING = "rescheduleReason"


class _Kind(NamedTuple):
    """How answers to questions of one type are kept, and what is wrong with one that is kept so."""

    keep: Callable[[Any], Any]
    problem: Callable[[Any], Problem]


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
    """The answers as they are kept. Raises QueryInvalid, which names the first field that is wrong.

    A field is unanswered where it is absent. Null, an empty text, an empty list and false are answers, and the type of
    the field decides whether they are right. Answers to unknown fields are kept as they are.
    """
    fields = form_of(event_type.booking_fields)
    kept = dict(answers)
    for field in fields:
        if field.slug in answers and field.type in _KINDS:
            kept[field.slug] = _KINDS[field.type].keep(answers[field.slug])
    if _are_blank(kept.get("guests")):
        kept["guests"] = []
    _check_types(kept)
    for field in fields:
        is_asked = rescheduling or field.slug != _ONLY_WHEN_RESCHEDULING
        problem = _problem(field, kept, is_required=is_asked and field.required and not field.hidden)
        if problem is not None:
            raise QueryInvalid([("responses", f"{{{field.slug}}}{problem}")])
    return kept


def _problem(field: BookingField, answers: Answers, *, is_required: bool) -> Problem:
    if field.slug not in answers:
        return REQUIRED if is_required else None
    answer = answers[field.slug]
    if is_required and (answer in (None, False, "") or (field.type == "multiselect" and answer == [])):
        return REQUIRED
    return _KINDS[field.type].problem(answer) if field.type in _KINDS else None


def _check_types(answers: Answers) -> None:
    """Guests are a list of texts and the location has two, whatever the form asks. Raises QueryInvalid."""
    issues: list[tuple[str, str]] = []
    if "guests" in answers:
        issues += _guests_issues(answers["guests"])
    if "location" in answers:
        issues += _location_issues(answers["location"])
    if issues:
        raise QueryInvalid(issues)


def _guests_issues(guests: Any) -> list[tuple[str, str]]:
    path = "responses.guests"
    if not isinstance(guests, list):
        return [(path, expected("array", guests))]
    places = enumerate(guests)
    return [(f"{path}.{place}", expected("string", each)) for place, each in places if not isinstance(each, str)]


def _location_issues(location: Any) -> list[tuple[str, str]]:
    path = "responses.location"
    if not isinstance(location, dict):
        return [(path, expected("object", location))]
    return [
        (f"{path}.{name}", expected("string", location[name]) if name in location else "Required")
        for name in ("optionValue", "value")
        if not isinstance(location.get(name), str)
    ]


def _are_blank(guests: Any) -> bool:
    """Whether no guest is named: a form may show fields for more guests than there are."""
    return isinstance(guests, list) and all(each == "" for each in guests)


def _as_it_is(value: Any) -> Any:
    return value


def _trimmed(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _with_plus(value: Any) -> Any:
    """A plus sign in an address of a web page arrives as a blank."""
    return re.sub(r"^ +", "+", value) if isinstance(value, str) else value


def _is_ticked(value: Any) -> bool:
    return value is True or value == "true"


def _chosen_place(value: Any) -> Any:
    """A place as text is JSON; any other text chooses none."""
    if not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        return {"optionValue": "", "value": ""}


def _text_problem(value: Any) -> Problem:
    return None if isinstance(value, str) else INVALID_STRING


def _long_text_problem(value: Any) -> Problem:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"Max. {LONGEST_TEXT} characters allowed"
    return _text_problem(value)


def _name_problem(value: Any) -> Problem:
    if isinstance(value, dict):
        first = value.get("firstName")
        return None if isinstance(first, str) and first else INVALID_STRING
    return _text_problem(value)


def _email_problem(value: Any) -> Problem:
    """Without an address that is required, the phone number stands in for it."""
    if value in (None, ""):
        return None
    return None if isinstance(value, str) and is_email(value) else "email_validation_error"


def _emails_problem(value: Any) -> Problem:
    if not all(isinstance(each, str) and is_email(each) for each in value):
        return "email_validation_error"
    return "duplicate_email" if len(set(value)) < len(value) else None


def _url_problem(value: Any) -> Problem:
    return None if isinstance(value, str) and _ABSOLUTE_URL.fullmatch(value) else "url_validation_error"


def _phone_problem(value: Any) -> Problem:
    return None if isinstance(value, str) and is_phone_number(value) else "invalid_number"


def _choices_problem(value: Any) -> Problem:
    return None if all(isinstance(each, str) for each in value) else "Invalid array of strings"


def _no_problem(_: Any) -> Problem:
    return None


def _place_problem(value: Any) -> Problem:
    if not isinstance(value, dict) or value.get("value") not in ATTENDEES_PLACES:
        return None
    text = value.get("optionValue")
    if not text:
        return REQUIRED
    return _phone_problem(text) if value["value"] == "phone" else None


_TEXT = _Kind(_as_it_is, _text_problem)
_CHOICES = _Kind(_listed, _choices_problem)
_KINDS: dict[str, _Kind] = {
    "name": _Kind(_as_it_is, _name_problem),
    "email": _Kind(_as_it_is, _email_problem),
    "text": _TEXT,
    "address": _TEXT,
    "select": _TEXT,
    "radio": _TEXT,
    "number": _TEXT,
    "textarea": _Kind(_trimmed, _long_text_problem),
    "url": _Kind(_trimmed, _url_problem),
    "phone": _Kind(_with_plus, _phone_problem),
    "multiemail": _Kind(_listed, _emails_problem),
    "multiselect": _CHOICES,
    "checkbox": _CHOICES,
    "boolean": _Kind(_is_ticked, _no_problem),
    "radioInput": _Kind(_chosen_place, _place_problem),
}


def is_phone_number(text: str) -> bool:
    """Whether `text` is a valid number in international form."""
    import phonenumbers  # Takes long to import, and few bookings have a number.

    try:
        return phonenumbers.is_valid_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False
