"""Verifies the e-mail addresses of bookers with codes, where an event type or the owner of an address asks for it.

Source: Cal.com API v2, bookings: email verification; create, order of checks.
"""

from __future__ import annotations

from mock_server.bookings.hints import REQUEST_A_CODE
from mock_server.event_types.model import EventType
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, BareError
from mock_server.runtime.outbox import Content, Message, post
from mock_server.state.transaction import Transaction
from mock_server.verified_resources.codes import current_code, is_accepted
from mock_server.verified_resources.hints import SEE_OUTBOX

CODE_REQUIRED = "email_verification_required"
WRONG_CODE = "invalid_verification_code"
INVALID_CODE = "Invalid verification code"


def send_code(tx: Transaction, email: str, name: str | None) -> None:
    """Sends the current code to the address."""
    code = current_code(email.lower(), tx.now)
    text = (
        "Verify your email address\n"
        f"Hi {name or email},\n"
        "Please verify your email address by using the below code.\n"
        f"{code}\n"
        "Happy scheduling The Cal.com, Inc. team"
    )
    content = Content(subject="Cal.com: Verify your email", text=text, code=code)
    post(tx, [Message(to=email, kind="verificationCode", content=content, about={})])


def check_code(tx: Transaction, email: str, code: str) -> None:
    """Raises BadRequest for a wrong or expired code."""
    if not is_accepted(code, email.lower(), tx.now):
        raise BadRequest(INVALID_CODE, hint=SEE_OUTBOX)


def must_be_verified(tx: Transaction, email: str, signed_in_as: str | None) -> bool:
    """Whether only its owner, a user, may book with the address, and is not the one who is signed in."""
    owner = tx[USERS].first(email=email.lower())
    if owner is None or not owner.requires_booker_email_verification:
        return False
    return signed_in_as is None or signed_in_as.lower() != owner.email.lower()


def check_booker(tx: Transaction, event_type: EventType, email: str, code: str | None, caller_id: int | None) -> None:
    """Checks the code of a booker, where one is needed. Raises BareError."""
    caller = tx[USERS].get(caller_id)
    if must_be_verified(tx, email, caller.email if caller else None):
        if not code:
            raise BareError(
                403,
                f"Attendee email has been blocked. Make sure to login as {email} to use this email for creating a "
                "booking.",
            )
        if not is_accepted(code, email.lower(), tx.now):
            raise BareError(403, INVALID_CODE, hint=SEE_OUTBOX)
    elif event_type.requires_booker_email_verification:
        if not code:
            raise BareError(400, CODE_REQUIRED, hint=REQUEST_A_CODE)
        if not is_accepted(code, email.lower(), tx.now):
            raise BareError(400, WRONG_CODE, hint=SEE_OUTBOX)
