"""Operations on the verified resources of a team.

Source: Cal.com API v2, team verified resources.
"""

from __future__ import annotations

from typing import Any

from mock_server.runtime.call import Call
from mock_server.runtime.reply import NOTHING, Nothing
from mock_server.verified_resources.verification import (
    EMAILS,
    PHONES,
    find_verified,
    list_verified,
    send_code,
    verify,
)
from mock_server.verified_resources.views import verified_view


def request_team_email_verification_code(call: Call) -> Nothing:
    """Sends a code to an e-mail address, to be verified for the team."""
    send_code(call, EMAILS, call.path_number("teamId"))
    return NOTHING


def verify_team_email(call: Call) -> dict[str, Any]:
    """Verifies an e-mail address for the team with the code that was sent to it."""
    return verified_view(verify(call, EMAILS, call.path_number("teamId")))


def list_team_verified_emails(call: Call) -> list[dict[str, Any]]:
    """The verified e-mail addresses of the team."""
    return [verified_view(each) for each in list_verified(call, EMAILS, call.path_number("teamId"))]


def get_team_verified_email(call: Call) -> dict[str, Any] | None:
    """One verified e-mail address of the team; None for an id that the team does not have."""
    found = find_verified(call, EMAILS, call.path_number("teamId"))
    return None if found is None else verified_view(found)


def request_team_phone_verification_code(call: Call) -> Nothing:
    """Sends a code to a telephone number, to be verified for the team."""
    send_code(call, PHONES, call.path_number("teamId"))
    return NOTHING


def verify_team_phone(call: Call) -> dict[str, Any]:
    """Verifies a telephone number for the team with the code that was sent to it."""
    return verified_view(verify(call, PHONES, call.path_number("teamId")))


def list_team_verified_phones(call: Call) -> list[dict[str, Any]]:
    """The verified telephone numbers of the team."""
    return [verified_view(each) for each in list_verified(call, PHONES, call.path_number("teamId"))]


def get_team_verified_phone(call: Call) -> dict[str, Any] | None:
    """One verified telephone number of the team; None for an id that the team does not have."""
    found = find_verified(call, PHONES, call.path_number("teamId"))
    return None if found is None else verified_view(found)
