"""Booking field responses: only absent ones count as missing, and the field's type validates them."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import error
from contract_tests.journeys.bookings.conftest import Host

HOURS = ("09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00")
OPTIONS = ["Small", "Large"]
TEXTS: dict[str, dict[str, Any]] = {
    "text": {},
    "address": {},
    "number": {},
    "textarea": {},
    "select": {"options": OPTIONS},
    "radio": {"options": OPTIONS},
}
CHOICES: dict[str, dict[str, Any]] = {"multiselect": {"options": OPTIONS}, "checkbox": {"options": OPTIONS}}


def question(kind: str, slug: str = "size", *, required: bool = False, **more: Any) -> dict[str, Any]:
    return {"type": kind, "slug": slug, "label": "Your size", "required": required, **more}


def refusal(host: Host, talk: int, **fields: Any) -> str:
    return error(host.ask(talk, "10:00", **fields), 400)["message"]


def refused(host: Host, talk: int, answer: Any) -> str:
    return refusal(host, talk, bookingFieldsResponses={"size": answer})


def kept(host: Host, talk: int, *answers: Any) -> list[Any]:
    """The stored values of the responses, one booking for each."""
    return [
        host.book(talk, clock, bookingFieldsResponses={"size": answer})["bookingFieldsResponses"]["size"]
        for clock, answer in zip(HOURS, answers, strict=False)
    ]


@pytest.mark.until("2026-03", "answers-checked")
@pytest.mark.parametrize("kind", TEXTS)
def test_a_text_may_be_empty_but_has_to_be_a_string(host: Host, kind: str) -> None:
    talk = host.offer(bookingFields=[question(kind, **TEXTS[kind])])
    assert kept(host, talk, "", "XL") == ["", "XL"]
    others: tuple[Any, ...] = () if kind == "textarea" else (None, [], False, 5)
    for other in others:
        assert refused(host, talk, other) == "responses - {size}Invalid string, "


@pytest.mark.parametrize(("kind", "complaint"), [("phone", "invalid_number"), ("url", "url_validation_error")])
def test_a_phone_number_and_a_url_are_valid_or_left_out(host: Host, kind: str, complaint: str) -> None:
    talk = host.offer(bookingFields=[question(kind)])
    assert refused(host, talk, "") == f"responses - {{size}}{complaint}, "
    assert refused(host, talk, "abc") == f"responses - {{size}}{complaint}, "
    assert "size" not in host.book(talk, "10:00")["bookingFieldsResponses"]


@pytest.mark.until("2026-03", "answers-checked")
@pytest.mark.sandbox_only("the live service fails on them with 500")
@pytest.mark.parametrize(
    ("kind", "complaint"),
    [("phone", "invalid_number"), ("url", "url_validation_error"), ("textarea", "Invalid string")],
)
def test_values_that_are_not_strings_are_rejected_where_the_live_service_fails(
    host: Host, kind: str, complaint: str
) -> None:
    talk = host.offer(bookingFields=[question(kind)])
    others: tuple[Any, ...] = (None, [], 5)
    for other in others:
        assert refused(host, talk, other) == f"responses - {{size}}{complaint}, "


@pytest.mark.until("2026-03", "answers-checked")
def test_a_checkbox_takes_booleans(host: Host) -> None:
    talk = host.offer(bookingFields=[question("boolean")])
    assert kept(host, talk, None, "", [], False, "yes", "true", True) == [False] * 5 + [True] * 2
    consent = host.offer(bookingFields=[question("boolean", required=True)])
    for untouched in (None, "", False, "yes"):
        assert refused(host, consent, untouched) == "responses - {size}error_required_field, "


@pytest.mark.until("2026-03", "answers-checked")
@pytest.mark.parametrize("kind", CHOICES)
def test_multiple_choices_are_strings(host: Host, kind: str) -> None:
    talk = host.offer(bookingFields=[question(kind, **CHOICES[kind])])
    assert kept(host, talk, "", [], "Small", OPTIONS) == [[""], [], ["Small"], OPTIONS]
    for other in (None, False, 5, [5]):
        assert refused(host, talk, other) == "responses - {size}Invalid array of strings, "


def test_of_required_choices_only_the_multiselect_rejects_empty_lists(host: Host) -> None:
    boxes = host.offer(bookingFields=[question("checkbox", required=True, options=OPTIONS)])
    assert kept(host, boxes, []) == [[]]
    several = host.offer(bookingFields=[question("multiselect", required=True, options=OPTIONS)])
    assert refused(host, several, []) == "responses - {size}error_required_field, "


@pytest.mark.until("2026-03", "answers-checked")
def test_only_the_first_invalid_response_is_named(host: Host) -> None:
    talk = host.offer(bookingFields=[question("text", slug, required=True) for slug in ("size", "color")])
    assert refusal(host, talk) == "responses - {size}error_required_field, "
    assert refusal(host, talk, bookingFieldsResponses={"size": "S", "color": ""}) == (
        "responses - {color}error_required_field, "
    )
    long = {"size": 5, "color": 5, "notes": "x" * 1001}
    assert refusal(host, talk, bookingFieldsResponses=long) == "responses - {size}Invalid string, "


def test_notes_have_a_limit(host: Host) -> None:
    talk = host.offer()
    assert refusal(host, talk, bookingFieldsResponses={"notes": "x" * 1001}) == (
        "responses - {notes}Max. 1000 characters allowed, "
    )
    assert host.book(talk, "10:00", bookingFieldsResponses={"notes": "x" * 1000})["description"] == "x" * 1000


def test_empty_guests_and_null_are_ignored(host: Host) -> None:
    talk = host.offer()
    booked = host.book(talk, "10:00", guests=[""])
    assert (booked["guests"], booked["bookingFieldsResponses"]["guests"], len(booked["attendees"])) == ([], [], 1)
    assert refusal(host, talk, guests=None) == "responses.guests.0 - Expected string, received null, "


@pytest.mark.parametrize("number", ["abc", "12", "0014155550171", "14155550171"])
def test_the_phone_location_is_validated_like_a_phone_field(host: Host, number: str) -> None:
    call = host.offer(locations=[{"type": "attendeePhone"}])
    location = {"type": "attendeePhone", "phone": number}
    assert refusal(host, call, location=location) == "responses - {location}invalid_number, "
    right = {"type": "attendeePhone", "phone": "+14155550171"}
    assert host.book(call, "10:00", location=right)["location"] == "+14155550171"
