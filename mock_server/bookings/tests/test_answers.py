"""Answers to the booking form: what is required, what each kind of question takes, and what is kept."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.answers import check_own_fields, checked_answers, is_phone_number
from mock_server.bookings.tests.building import begin, offer
from mock_server.event_types.booking_fields import DEFAULT_FIELDS
from mock_server.event_types.model import BookingField, EventType
from mock_server.runtime.errors import BadRequest, CodeError

BOOKER = {"name": "Ann Lee", "email": "ann@example.com"}


def asking(kind: str, *, required: bool = False, hidden: bool = False, slug: str = "extra") -> EventType:
    field = BookingField(type=kind, slug=slug, required=required, hidden=hidden)
    return offer(begin(), booking_fields=(*DEFAULT_FIELDS, field))


@pytest.mark.parametrize(
    ("kind", "answer", "kept"),
    [
        ("text", "blue", "blue"),
        ("number", "7", "7"),
        ("select", "none of the options", "none of the options"),
        ("textarea", "  much ", "much"),
        ("url", " https://example.com ", "https://example.com"),
        ("phone", "  393331234567", "+393331234567"),
        ("multiemail", "one@example.com", ["one@example.com"]),
        ("multiselect", "red", ["red"]),
        ("checkbox", ["red", "blue"], ["red", "blue"]),
        ("boolean", "true", True),
        ("boolean", "yes", False),
        ("radioInput", {"value": "phone", "optionValue": "1"}, {"value": "phone", "optionValue": "1"}),
    ],
)
def test_answers_are_kept_in_the_form_of_their_question(kind: str, answer: Any, kept: Any) -> None:
    assert checked_answers(asking(kind), {**BOOKER, "extra": answer})["extra"] == kept


@pytest.mark.parametrize(
    ("kind", "answer", "complaint"),
    [
        ("number", 7, "Invalid string"),
        ("text", ["blue"], "Invalid string"),
        ("textarea", "x" * 1001, "String must contain at most 1000 character(s)"),
        ("url", "example.com", "url_validation_error"),
        ("phone", "12", "invalid_number"),
        ("multiemail", ["one@example.com", "one@example.com"], "duplicate_email"),
        ("multiemail", ["one"], "email_validation_error"),
        ("email", "one", "email_validation_error"),
        ("radioInput", "phone", "Invalid option"),
    ],
)
def test_answers_of_another_kind_are_refused(kind: str, answer: Any, complaint: str) -> None:
    with pytest.raises(CodeError) as refusal:
        checked_answers(asking(kind), {**BOOKER, "extra": answer})
    assert refusal.value.message == f"responses - {{extra}}{complaint}, "


@pytest.mark.parametrize("answer", [None, "", [], False])
def test_a_required_answer_is_not_empty(answer: Any) -> None:
    with pytest.raises(CodeError, match="error_required_field"):
        checked_answers(asking("text", required=True), {**BOOKER, "extra": answer})
    assert "extra" not in checked_answers(asking("text", required=True, hidden=True), BOOKER)


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(CodeError) as refusal:
        checked_answers(asking("url"), {"name": "", "email": "x", "extra": "x"})
    for slug in ("{name}error_required_field", "{email}email_validation_error", "{extra}url_validation_error"):
        assert slug in refusal.value.message


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
