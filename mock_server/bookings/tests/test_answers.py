"""Answers to booking fields: required fields, validation by field type, and normalization."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.answers import check_custom_fields, validated_answers
from mock_server.bookings.tests.builders import add_event_type, begin
from mock_server.event_types.booking_fields import DEFAULT_FIELDS
from mock_server.event_types.model import BookingField, EventType
from mock_server.runtime.errors import BadRequest, CodeError

BOOKER = {"name": "Ann Lee", "email": "ann@example.com"}


def with_field(kind: str, *, required: bool = False, hidden: bool = False, slug: str = "extra") -> EventType:
    field = BookingField(type=kind, slug=slug, required=required, hidden=hidden)
    return add_event_type(begin(), booking_fields=(*DEFAULT_FIELDS, field))


TEXTS = ("text", "address", "number", "select", "radio", "textarea")
CHOICES = ("multiselect", "checkbox")
NOTHING: list[Any] = [None, "", [], False]


def refusal_of(event_type: EventType, **answers: Any) -> str:
    with pytest.raises(CodeError) as refusal:
        validated_answers(event_type, {**BOOKER, **answers})
    assert (refusal.value.status, refusal.value.code) == (400, "BAD_REQUEST")
    return refusal.value.message


@pytest.mark.parametrize(
    ("kind", "answer", "normalized"),
    [
        ("text", "blue", "blue"),
        ("number", "7", "7"),
        ("select", "none of the options", "none of the options"),
        ("textarea", "  much ", "much"),
        ("textarea", f" {'x' * 1000} ", "x" * 1000),
        ("url", " https://example.com ", "https://example.com"),
        ("phone", "  393331234567", "+393331234567"),
        ("multiemail", "one@example.com", ["one@example.com"]),
        ("multiemail", [], []),
        ("multiselect", "red", ["red"]),
        ("checkbox", ["red", "blue"], ["red", "blue"]),
        ("boolean", "true", True),
        ("boolean", "yes", False),
        ("radioInput", {"value": "link", "optionValue": ""}, {"value": "link", "optionValue": ""}),
        ("radioInput", '{"value": "link", "optionValue": "1"}', {"value": "link", "optionValue": "1"}),
        ("radioInput", "link", {"value": "", "optionValue": ""}),
        *((kind, "", "") for kind in TEXTS),
        *((kind, "", [""]) for kind in CHOICES),
        *((kind, [], []) for kind in CHOICES),
        *(("boolean", nothing, False) for nothing in NOTHING),
    ],
)
def test_answers_are_normalized_by_field_type(kind: str, answer: Any, normalized: Any) -> None:
    assert validated_answers(with_field(kind), {**BOOKER, "extra": answer})["extra"] == normalized


@pytest.mark.parametrize(
    ("kind", "answer", "problem"),
    [
        ("number", 7, "Invalid string"),
        ("text", ["blue"], "Invalid string"),
        ("textarea", "x" * 1001, "Max. 1000 characters allowed"),
        ("url", "example.com", "url_validation_error"),
        ("phone", "12", "invalid_number"),
        ("multiemail", ["one@example.com", "one@example.com"], "duplicate_email"),
        ("multiemail", ["one"], "email_validation_error"),
        ("multiemail", "", "email_validation_error"),
        ("email", "one", "email_validation_error"),
        ("radioInput", {"value": "phone", "optionValue": "1"}, "invalid_number"),
        ("radioInput", {"value": "attendeeInPerson", "optionValue": ""}, "error_required_field"),
        *((kind, nothing, "Invalid string") for kind in TEXTS for nothing in (None, [], False)),
        *(("url", nothing, "url_validation_error") for nothing in NOTHING),
        *(("phone", nothing, "invalid_number") for nothing in NOTHING),
        *(("multiemail", nothing, "email_validation_error") for nothing in (None, False)),
        *((kind, other, "Invalid array of strings") for kind in CHOICES for other in (None, False, 5, ["red", 5])),
    ],
)
def test_invalid_answers_are_refused(kind: str, answer: Any, problem: str) -> None:
    assert refusal_of(with_field(kind), extra=answer) == f"responses - {{extra}}{problem}, "


@pytest.mark.parametrize("kind", [*TEXTS, "url", "phone"])
@pytest.mark.parametrize("answer", [None, "", False])
def test_a_required_field_refuses_an_empty_answer(kind: str, answer: Any) -> None:
    assert refusal_of(with_field(kind, required=True), extra=answer) == "responses - {extra}error_required_field, "


@pytest.mark.parametrize("answer", [*NOTHING, "yes"])
def test_a_required_boolean_has_to_be_true(answer: Any) -> None:
    assert refusal_of(with_field("boolean", required=True), extra=answer) == "responses - {extra}error_required_field, "


def test_a_required_multiselect_refuses_an_empty_list_but_other_list_fields_accept_it() -> None:
    assert "error_required_field" in refusal_of(with_field("multiselect", required=True), extra=[])
    for kind in ("checkbox", "multiemail"):
        assert validated_answers(with_field(kind, required=True), {**BOOKER, "extra": []})["extra"] == []


@pytest.mark.parametrize("kind", ["text", "url", "phone", "boolean", "multiselect"])
def test_only_a_missing_key_is_unanswered(kind: str) -> None:
    assert "extra" not in validated_answers(with_field(kind), BOOKER)
    assert "extra" not in validated_answers(with_field(kind, required=True, hidden=True), BOOKER)
    assert refusal_of(with_field(kind, required=True)) == "responses - {extra}error_required_field, "


def test_only_the_first_invalid_answer_is_reported() -> None:
    with pytest.raises(CodeError) as refusal:
        validated_answers(with_field("url"), {"name": "Ann Lee", "email": "x", "extra": "x", "notes": "x" * 1001})
    assert refusal.value.message == "responses - {email}email_validation_error, "


def test_blank_guests_are_dropped_if_all_are_blank() -> None:
    event_type = add_event_type(begin())
    for guests in ("", [""], ["", ""], []):
        assert validated_answers(event_type, {**BOOKER, "guests": guests})["guests"] == []
    assert "email_validation_error" in refusal_of(event_type, guests=["", "one@example.com"])


def test_all_guests_that_are_not_texts_are_reported_before_other_fields() -> None:
    event_type = with_field("text", required=True)
    assert refusal_of(event_type, guests=None) == "responses.guests.0 - Expected string, received null, "
    assert refusal_of(event_type, guests=["one@example.com", 5, {}]) == (
        "responses.guests.2 - Expected string, received object, responses.guests.1 - Expected string, received number, "
    )


@pytest.mark.parametrize(
    ("location", "message"),
    [
        (None, "responses.location - Expected object, received null, "),
        ({"value": "link", "optionValue": 5}, "responses.location.optionValue - Expected string, received number, "),
        ({"optionValue": ""}, "responses.location.value - Required, "),
    ],
)
def test_a_location_among_the_answers_needs_value_and_option_value(location: Any, message: str) -> None:
    assert refusal_of(add_event_type(begin()), location=location) == message


def test_answers_to_unknown_fields_are_kept_unchanged() -> None:
    assert validated_answers(add_event_type(begin()), {**BOOKER, "favourite": {"deep": [1]}})["favourite"] == {
        "deep": [1]
    }


def test_required_custom_fields_have_to_be_among_the_responses() -> None:
    event_type = with_field("text", required=True, hidden=True, slug="code")
    with pytest.raises(BadRequest, match="Missing required booking field response: code"):
        check_custom_fields(event_type, {"name": "Ann"})
    check_custom_fields(event_type, {"code": ""})


def test_a_required_reschedule_reason_is_required_only_when_rescheduling() -> None:
    reason = BookingField(type="textarea", slug="rescheduleReason", required=True, is_default=True)
    event_type = add_event_type(begin(), booking_fields=(*DEFAULT_FIELDS[:-1], reason))
    validated_answers(event_type, BOOKER)
    with pytest.raises(CodeError, match="error_required_field"):
        validated_answers(event_type, BOOKER, rescheduling=True)
