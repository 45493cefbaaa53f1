"""Operations that verify the e-mail addresses of bookers.

Source: Cal.com API v2, bookings: email verification.
"""

from __future__ import annotations

from mock_server.bookings.email_verification import check_code, must_be_verified, send_code
from mock_server.runtime.call import Call


def send_booking_verification_code(call: Call) -> dict[str, bool]:
    """Sends a code to an address."""
    send_code(call.tx, call.body["email"], call.body.get("username"))
    return {"sent": True}


def check_booking_verification(call: Call) -> bool:
    """Whether an address has to be verified before booking with it."""
    return must_be_verified(call.tx, call.query["email"], call.query.get("userSessionEmail"))


def verify_booking_code(call: Call) -> dict[str, bool]:
    """Checks the code that was sent to an address."""
    check_code(call.tx, call.body["email"], call.body["code"])
    return {"verified": True}
