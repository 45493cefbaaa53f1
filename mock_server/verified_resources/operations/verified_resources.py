"""Operations on verified resources of the caller, of a team, and of an organization's team.

Source: Cal.com API v2, user verified resources, team verified resources, organization team verified resources.
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


def request_email_verification_code(call: Call) -> Nothing:
    """Sends a code to an e-mail address, to be verified."""
    send_code(call, EMAILS)
    return NOTHING


def verify_email(call: Call) -> dict[str, Any]:
    """Verifies an e-mail address with the code that was sent to it."""
    return verified_view(verify(call, EMAILS))


def list_verified_emails(call: Call) -> list[dict[str, Any]]:
    """The verified e-mail addresses of the caller or the team."""
    return [verified_view(each) for each in list_verified(call, EMAILS)]


def get_verified_email(call: Call) -> dict[str, Any] | None:
    """One verified e-mail address; None for an id that the caller or the team does not have."""
    found = find_verified(call, EMAILS)
    return None if found is None else verified_view(found)


def request_phone_verification_code(call: Call) -> Nothing:
    """Sends a code to a telephone number, to be verified."""
    send_code(call, PHONES)
    return NOTHING


def verify_phone(call: Call) -> dict[str, Any]:
    """Verifies a telephone number with the code that was sent to it."""
    return verified_view(verify(call, PHONES))


def list_verified_phones(call: Call) -> list[dict[str, Any]]:
    """The verified telephone numbers of the caller or the team."""
    return [verified_view(each) for each in list_verified(call, PHONES)]


def get_verified_phone(call: Call) -> dict[str, Any] | None:
    """One verified telephone number; None for an id that the caller or the team does not have."""
    found = find_verified(call, PHONES)
    return None if found is None else verified_view(found)


request_team_email_verification_code = request_email_verification_code
verify_team_email = verify_email
list_team_verified_emails = list_verified_emails
get_team_verified_email = get_verified_email
request_team_phone_verification_code = request_phone_verification_code
verify_team_phone = verify_phone
list_team_verified_phones = list_verified_phones
get_team_verified_phone = get_verified_phone

request_organization_team_email_verification_code = request_email_verification_code
verify_organization_team_email = verify_email
list_organization_team_verified_emails = list_verified_emails
get_organization_team_verified_email = get_verified_email
request_organization_team_phone_verification_code = request_phone_verification_code
verify_organization_team_phone = verify_phone
list_organization_team_verified_phones = list_verified_phones
get_organization_team_verified_phone = get_verified_phone
