"""Answers to the booking form: what is required, what each kind of question takes, and what is kept."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.answers import check_own_fields, checked_answers, is_phone_number
from mock_server.bookings.tests.builders import begin, offer
from mock_server.event_types.booking_fields import DEFAULT_FIELDS
from mock_server.event_types.model import BookingField, EventType
from mock_server.runtime.errors import BadRequest, CodeError

BOOKER = {"name": "Ann Lee", "email": "ann@example.com"}


def asking(kind: str, *, required: bool = False, hidden: bool = False, slug: str = "extra") -> EventType:
    field = BookingField(type=kind, slug=slug, required=required, hidden=hidden)
    return offer(begin(), booking_fields=(*DEFAULT_FIELDS, field))


TEXTS = ("text", "address", "number", "select", "radio", "textarea")
CHOICES = ("multiselect", "checkbox")
NOTHING: list[Any] = [None, "", [], False]


def refusal_of(event_type: EventType, **answers: Any) -> str:
    with pytest.raises(CodeError) as refusal:
        checked_answers(event_type, {**BOOKER, **answers})
    assert (refusal.value.status, refusal.value.code) == (400, "BAD_REQUEST")
    return refusal.value.message


@pytest.mark.parametrize(
    ("kind", "answer", "kept"),
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
def test_answers_are_kept_in_the_form_of_their_question(kind: str, answer: Any, kept: Any) -> None:
    assert checked_answers(asking(kind), {**BOOKER, "extra": answer})["extra"] == kept


@pytest.mark.parametrize(
    ("kind", "answer", "complaint"),
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
def test_answers_of_another_kind_are_refused(kind: str, answer: Any, complaint: str) -> None:
    assert refusal_of(asking(kind), extra=answer) == f"responses - {{extra}}{complaint}, "


@pytest.mark.parametrize("kind", [*TEXTS, "url", "phone"])
@pytest.mark.parametrize("answer", [None, "", False])
def test_a_required_answer_says_something(kind: str, answer: Any) -> None:
    assert refusal_of(asking(kind, required=True), extra=answer) == "responses - {extra}error_required_field, "


@pytest.mark.parametrize("answer", [*NOTHING, "yes"])
def test_a_required_box_is_ticked(answer: Any) -> None:
    assert refusal_of(asking("boolean", required=True), extra=answer) == "responses - {extra}error_required_field, "


def test_of_the_lists_only_a_required_multiselect_has_to_hold_something() -> None:
    assert "error_required_field" in refusal_of(asking("multiselect", required=True), extra=[])
    for kind in ("checkbox", "multiemail"):
        assert checked_answers(asking(kind, required=True), {**BOOKER, "extra": []})["extra"] == []


@pytest.mark.parametrize("kind", ["text", "url", "phone", "boolean", "multiselect"])
def test_only_what_is_absent_is_unanswered(kind: str) -> None:
    assert "extra" not in checked_answers(asking(kind), BOOKER)
    assert "extra" not in checked_answers(asking(kind, required=True, hidden=True), BOOKER)
    assert refusal_of(asking(kind, required=True)) == "responses - {extra}error_required_field, "


def test_the_first_wrong_answer_alone_is_named() -> None:
    with pytest.raises(CodeError) as refusal:
        checked_answers(asking("url"), {"name": "Ann Lee", "email": "x", "extra": "x", "notes": "x" * 1001})
    assert refusal.value.message == "responses - {email}email_validation_error, "


def test_guests_who_are_not_named_are_none() -> None:
    event_type = offer(begin())
    for guests in ("", [""], ["", ""], []):
        assert checked_answers(event_type, {**BOOKER, "guests": guests})["guests"] == []
    assert "email_validation_error" in refusal_of(event_type, guests=["", "one@example.com"])


def test_guests_are_texts_and_all_that_are_none_are_named_before_any_other_field() -> None:
    event_type = asking("text", required=True)
    assert refusal_of(event_type, guests=None) == "responses.guests.0 - Expected string, received null, "
    assert refusal_of(event_type, guests=["one@example.com", 5, {}]) == (
        "responses.guests.2 - Expected string, received object, responses.guests.1 - Expected string, received number, "
    )


@pytest.mark.parametrize(
    ("location", "complaint"),
    [
        (None, "responses.location - Expected object, received null, "),
        ({"value": "link", "optionValue": 5}, "responses.location.optionValue - Expected string, received number, "),
        ({"optionValue": ""}, "responses.location.value - Required, "),
    ],
)
def test_a_location_among_the_answers_has_two_texts(location: Any, complaint: str) -> None:
    assert refusal_of(offer(begin()), location=location) == complaint


def test_answers_that_nobody_asked_for_are_kept_as_they_are() -> None:
    assert checked_answers(offer(begin()), {**BOOKER, "favourite": {"deep": [1]}})["favourite"] == {"deep": [1]}


def test_own_required_questions_have_to_be_among_the_answers_once_there_are_any() -> None:
    event_type = asking("text", required=True, hidden=True, slug="code")
    with pytest.raises(BadRequest, match="Missing required booking field response: code"):
        check_own_fields(event_type, {"name": "Ann"})
    check_own_fields(event_type, {"code": ""})


def test_a_reason_for_rescheduling_is_required_only_then() -> None:
    reason = BookingField(type="textarea", slug="rescheduleReason", required=True, is_default=True)
    event_type = offer(begin(), booking_fields=(*DEFAULT_FIELDS[:-1], reason))
    checked_answers(event_type, BOOKER)
    with pytest.raises(CodeError, match="error_required_field"):
        checked_answers(event_type, BOOKER, rescheduling=True)


def test_phone_numbers_are_international() -> None:
    assert is_phone_number("+393331234567")
    assert not is_phone_number("3331234567")
