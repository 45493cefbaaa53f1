"""Codes that verify the address of a booker: in which editions, for whom and for which addresses they are needed."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.email_verification import check_booker, check_code, send_code
from mock_server.bookings.hints import REQUEST_A_CODE
from mock_server.bookings.model import Booking
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import ADMIN, SOLO, add_event_type, at, begin, book, text
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS
from mock_server.runtime.errors import ApiError, BadRequest
from mock_server.runtime.outbox import POSTED
from mock_server.state.transaction import Transaction
from mock_server.verified_resources.codes import current_code
from mock_server.verified_resources.hints import SEE_OUTBOX

APRIL, MARCH, SEPTEMBER = "2025-04", "2026-03", "2026-09"
ANN = "ann@example.com"
REQUIRED, WRONG = (400, "email_verification_required"), (400, "invalid_verification_code")


def move(tx: Transaction, booking: Booking, caller: int | None = None, **body: Any) -> Booking:
    return reschedule(tx, booking.uid, {"start": text(at(14)), **body}, caller).booking


def refusal(action: Any, *arguments: Any, **fields: Any) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        action(*arguments, **fields)
    return refused.value.status, refused.value.message


def wrong(code: str) -> str:
    """Another code of six digits."""
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.mark.parametrize("code", [None, "123456"])
def test_an_event_type_that_requires_a_code_was_booked_without_one_before_2026_03(code: str | None) -> None:
    tx = begin(edition=APRIL)
    given = {} if code is None else {"emailVerificationCode": code}
    booking = book(tx, add_event_type(tx, requires_booker_email_verification=True), at(10), **given)
    assert booking.status == "accepted"
    assert move(tx, booking, **given).start == at(14)


def test_a_protected_address_was_not_protected_before_2026_03() -> None:
    tx = begin(edition=APRIL)
    tx[USERS].update(ADMIN, requires_booker_email_verification=True)
    address = tx[USERS].require(ADMIN).email
    assert book(tx, add_event_type(tx), at(10), attendee={"email": address}).status == "accepted"


@pytest.mark.parametrize("edition", [MARCH, SEPTEMBER])
def test_an_event_type_requires_the_code_that_was_sent_to_the_booker(edition: str) -> None:
    tx = begin(edition=edition)
    event_type = add_event_type(tx, requires_booker_email_verification=True)
    code = current_code(ANN, tx.now)
    assert refusal(book, tx, event_type, at(10)) == REQUIRED
    assert refusal(book, tx, event_type, at(10), emailVerificationCode=wrong(code)) == WRONG
    assert book(tx, event_type, at(10), emailVerificationCode=code).status == "accepted"


@pytest.mark.parametrize("edition", [MARCH, SEPTEMBER])
def test_others_than_the_organizer_reschedule_with_the_code(edition: str) -> None:
    tx = begin(edition=edition)
    event_type = add_event_type(tx)
    booking = book(tx, event_type, at(10))
    tx[EVENT_TYPES].update(event_type.id, requires_booker_email_verification=True)
    code = current_code(ANN, tx.now)
    for caller in (None, ADMIN):
        assert refusal(move, tx, booking, caller) == REQUIRED
        assert refusal(move, tx, booking, caller, emailVerificationCode=wrong(code)) == WRONG
    assert move(tx, booking, emailVerificationCode=code).start == at(14)
    other = book(tx, event_type, at(11), emailVerificationCode=code)
    assert move(tx, other, SOLO, start=text(at(12))).start == at(12)


@pytest.mark.parametrize("edition", [MARCH, SEPTEMBER])
def test_a_protected_address_requires_its_owner_or_a_code(edition: str) -> None:
    tx = begin(edition=edition)
    tx[USERS].update(ADMIN, requires_booker_email_verification=True)
    address, event_type = tx[USERS].require(ADMIN).email, add_event_type(tx)
    code = current_code(address, tx.now)

    def attempt(hour: int, **fields: Any) -> Booking:
        return book(tx, event_type, at(hour), attendee={"email": address}, **fields)

    blocked = (
        403,
        f"Attendee email has been blocked. Make sure to login as {address} to use this email for creating a booking.",
    )
    assert refusal(attempt, 10) == blocked
    assert refusal(attempt, 10, emailVerificationCode=wrong(code)) == (403, "Invalid verification code")
    assert attempt(10, emailVerificationCode=code).status == "accepted"
    check_booker(tx, event_type, address, None, ADMIN)
    assert refusal(check_booker, tx, event_type, address, None, SOLO) == blocked


def test_the_code_is_sent_to_the_address_and_accepted_in_any_case() -> None:
    tx = begin()
    code = current_code(ANN, tx.now)
    for name, greeting in (("Ann", "Hi Ann,"), (None, "Hi Ann@example.com,")):
        tx.outbox.clear()
        send_code(tx, "Ann@example.com", name)
        [event] = tx.outbox
        [message] = event.payload["messages"]
        content = message.content
        assert (event.name, message.to, message.kind, message.about) == (
            POSTED,
            "Ann@example.com",
            "verificationCode",
            {},
        )
        assert (content.subject, content.code) == ("Cal.com: Verify your email", code)
        assert content.text.splitlines() == [
            "Verify your email address",
            greeting,
            "Please verify your email address by using the below code.",
            code,
            "Happy scheduling The Cal.com, Inc. team",
        ]
    check_code(tx, "ANN@example.com", code)
    with pytest.raises(BadRequest, match=r"^Invalid verification code$") as refused:
        check_code(tx, ANN, wrong(code))
    assert refused.value.hint == SEE_OUTBOX


def test_refusals_of_codes_have_hints() -> None:
    tx = begin(edition=SEPTEMBER)
    code = current_code(ANN, tx.now)
    strict = add_event_type(tx, requires_booker_email_verification=True)
    owner = tx[USERS].update(ADMIN, requires_booker_email_verification=True)
    cases = (
        (strict, ANN, None, REQUEST_A_CODE),
        (strict, ANN, wrong(code), SEE_OUTBOX),
        (add_event_type(tx), owner.email, wrong(current_code(owner.email, tx.now)), SEE_OUTBOX),
    )
    for event_type, email, given, hint in cases:
        with pytest.raises(ApiError) as refused:
            check_booker(tx, event_type, email, given, None)
        assert refused.value.hint == hint
