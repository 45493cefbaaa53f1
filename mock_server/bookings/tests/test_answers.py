"""Answers to booking fields: required fields, validation by field type, and normalization."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.answers import check_custom_answers, check_custom_fields, validated_answers
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


def custom(kind: str, *options: Any, **fields: Any) -> EventType:
    """An event type with a custom field of its own."""
    field = BookingField(type=kind, slug="extra", required=False, options=options or None, **fields)
    return add_event_type(begin(), booking_fields=(*DEFAULT_FIELDS, field))


def custom_refusal(event_type: EventType, **answers: Any) -> str:
    with pytest.raises(BadRequest) as refused:
        check_custom_answers(event_type, answers)
    return refused.value.message


@pytest.mark.parametrize(
    ("kind", "accepted", "refused", "expected", "received"),
    [
        ("text", "a", 5, "string", "number"),
        ("phone", "a", None, "string", "null"),
        ("number", 5, "5", "number", "string"),
        ("select", "a", True, "string or number", "boolean"),
        ("radio", "a", ["a"], "string or number", "object"),
        ("multiselect", ["a"], "a", "array", "string"),
        ("checkbox", ["a"], {"a": 1}, "array", "object"),
        ("multiemail", [], "a@example.com", "array", "string"),
        ("boolean", False, "true", "boolean", "string"),
    ],
)
def test_custom_answers_have_the_json_type_of_their_field(
    kind: str, accepted: Any, refused: Any, expected: str, received: str
) -> None:
    check_custom_answers(custom(kind, "a"), {"extra": accepted})
    check_custom_answers(custom(kind, "a"), {})
    assert custom_refusal(custom(kind, "a"), extra=refused) == (
        f"Invalid type for booking field 'extra'. Expected type {expected} (compatible with field type '{kind}'), but "
        f"received {received}."
    )


@pytest.mark.parametrize("kind", ["select", "radio"])
def test_a_custom_choice_is_one_of_the_options(kind: str) -> None:
    for option in ("a", 2):
        check_custom_answers(custom(kind, "a", 2), {"extra": option})
    assert custom_refusal(custom(kind, "a", 2), extra="b") == (
        "Invalid option 'b' for booking field 'extra'. Allowed options are: a, 2."
    )
    assert custom_refusal(custom(kind), extra="b") == (
        "Invalid option 'b' for booking field 'extra'. Allowed options are: ."
    )


@pytest.mark.parametrize("kind", ["multiselect", "checkbox"])
def test_custom_choices_are_among_the_options(kind: str) -> None:
    for chosen in ([], ["a"], ["b", "a"]):
        check_custom_answers(custom(kind, "a", "b"), {"extra": chosen})
    assert custom_refusal(custom(kind, "a", "b"), extra=["a", "c"]) == (
        "One or more invalid options for booking field 'extra'. Allowed options are: a, b."
    )
    assert "Allowed options are: ." in custom_refusal(custom(kind), extra=["a"])


def test_other_custom_answers_need_not_be_options() -> None:
    check_custom_answers(custom("text", "a"), {"extra": "b"})
    check_custom_answers(custom("multiemail", "a"), {"extra": ["b"]})


def test_the_first_required_custom_field_without_an_answer_is_named() -> None:
    fields = [BookingField(type="text", slug=slug, required=slug != "a") for slug in ("a", "b", "c")]
    event_type = add_event_type(begin(), booking_fields=(*DEFAULT_FIELDS, *fields))
    missing = (
        "Missing required booking field response: {} - it is required by the event type booking fields, but missing "
        f"in the bookingFieldsResponses. You can fetch the event type with ID {event_type.id} to see the required "
        "fields."
    )
    assert custom_refusal(event_type, a="x") == missing.format("b")
    assert custom_refusal(event_type, b="x") == missing.format("c")
    with pytest.raises(BadRequest) as refused:
        check_custom_fields(event_type, {"b": 5})
    assert refused.value.message == missing.format("c")


@pytest.mark.parametrize(
    ("answer", "limits", "problem"),
    [
        ("x" * 5, {"max_length": 5, "min_length": 5}, None),
        ("x" * 6, {"max_length": 5}, "Max. 5 characters allowed"),
        ("x" * 1001, {"max_length": 2000}, None),
        ("x" * 4, {"min_length": 5}, "Min. 5 characters required"),
        ("x", {}, None),
        ("", {"min_length": 5}, None),
    ],
)
def test_a_long_text_has_the_length_that_its_field_asks_for(
    answer: str, limits: dict[str, int], problem: str | None
) -> None:
    event_type = custom("textarea", **limits)
    if problem is None:
        validated_answers(event_type, {**BOOKER, "extra": answer})
    else:
        assert refusal_of(event_type, extra=answer) == f"responses - {{extra}}{problem}, "
    validated_answers(custom("text", **limits), {**BOOKER, "extra": answer})


EXCLUDED, NOT_AMONG_REQUIRED = "exclude_emails_match_found_error_message", "require_emails_no_match_found_error_message"


@pytest.mark.parametrize(
    ("limits", "problem"),
    [
        ({"exclude_emails": ("other.example", " Example.com ")}, EXCLUDED),
        ({"exclude_emails": ("@EXAMPLE.com",)}, EXCLUDED),
        ({"exclude_emails": ("ann@example.com",)}, EXCLUDED),
        ({"exclude_emails": ("ample.com", "example", "bob@example.com")}, None),
        ({"require_emails": ("example.com",)}, None),
        ({"require_emails": ("other.example",)}, NOT_AMONG_REQUIRED),
        ({"require_emails": ()}, None),
        ({"require_emails": ("example.com",), "exclude_emails": ("ann@example.com",)}, EXCLUDED),
    ],
)
def test_an_address_is_of_the_domains_that_its_field_allows(
    limits: dict[str, tuple[str, ...]], problem: str | None
) -> None:
    event_type = custom("email", **limits)
    if problem is None:
        validated_answers(event_type, {**BOOKER, "extra": "Ann@Example.com"})
    else:
        assert refusal_of(event_type, extra="Ann@Example.com") == f"responses - {{extra}}{problem}, "
    validated_answers(event_type, {**BOOKER, "extra": ""})
    validated_answers(custom("text", **limits), {**BOOKER, "extra": "Ann@Example.com"})


def test_the_domain_of_an_address_follows_its_last_at_sign() -> None:
    event_type = custom("email", exclude_emails=("b@example.com",))
    validated_answers(event_type, {**BOOKER, "extra": "a@example.com"})


def test_fields_for_numbers_take_numbers_where_the_version_does() -> None:
    numbers = BookingField(type="number", slug="n", required=False)
    text = BookingField(type="text", slug="t", required=True)
    event_type = add_event_type(begin(), booking_fields=(*DEFAULT_FIELDS, numbers, text))
    for number in (7, 0, 7.5, "7"):
        answers = {**BOOKER, "n": number, "t": "x"}
        assert validated_answers(event_type, answers, takes_numbers=True)["n"] == number
    for answers in ({"n": True, "t": "x"}, {"n": 7, "t": 7}, {"n": 7}):
        with pytest.raises(CodeError):
            validated_answers(event_type, {**BOOKER, **answers}, takes_numbers=True)


def test_guests_and_location_are_checked_together() -> None:
    event_type = add_event_type(
        begin(), booking_fields=tuple(field for field in DEFAULT_FIELDS if field.slug != "guests")
    )
    assert refusal_of(event_type, guests="ann@example.com") == ("responses.guests - Expected array, received string, ")
    assert refusal_of(event_type, guests=[5], location="[]") == (
        "responses.location - Expected object, received array, responses.guests.0 - Expected string, received number, "
    )


@pytest.mark.parametrize(
    ("name", "is_valid"),
    [
        ({"firstName": "Ann", "lastName": "Lee"}, True),
        ({"firstName": "Ann"}, True),
        ({"firstName": ""}, False),
        ({"firstName": 5}, False),
        ({"lastName": "Lee"}, False),
        (5, False),
    ],
)
def test_a_name_may_have_two_parts_of_which_the_first_is_needed(name: Any, is_valid: bool) -> None:
    event_type = add_event_type(begin())
    if is_valid:
        assert validated_answers(event_type, {**BOOKER, "name": name})["name"] == name
    else:
        with pytest.raises(CodeError) as refusal:
            validated_answers(event_type, {**BOOKER, "name": name})
        assert refusal.value.message == "responses - {name}Invalid string, "


def test_only_the_places_of_attendees_need_a_text() -> None:
    event_type = add_event_type(begin())
    for value in ("attendeeInPerson", "somewhereElse"):
        location = {"value": value, "optionValue": "here"}
        assert validated_answers(event_type, {**BOOKER, "location": location})["location"] == location
        assert "error_required_field" in refusal_of(event_type, location={**location, "optionValue": ""})
    inside = {"value": "inPerson", "optionValue": ""}
    assert validated_answers(event_type, {**BOOKER, "location": inside})["location"] == inside


def test_fields_of_unknown_types_take_any_answer() -> None:
    assert validated_answers(custom("hologram"), {**BOOKER, "extra": {"a": 1}})["extra"] == {"a": 1}


@pytest.mark.parametrize("kind", ["text", "textarea", "address"])
def test_an_empty_text_is_short_enough_unless_the_field_says_otherwise(kind: str) -> None:
    event_type = with_field(kind)
    assert validated_answers(event_type, {**BOOKER, "extra": ""})["extra"] == ""
