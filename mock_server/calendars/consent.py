"""The way to a third party's consent and back: where the page is, what it is sent, and who comes back.

The consent pages are the sandbox's own, under ``/_sandbox/oauth``. Source: Cal.com API v2, OAuth flows.
"""

from __future__ import annotations

from urllib.parse import quote

from mock_server.identity.authentication import bearer_of
from mock_server.identity.model import ACCESS_TOKENS, USERS, User
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Unauthorized

CLIENT_ID = "sandbox"
REFUSED_CODE = "invalid"
"""The code that every simulated third party refuses; any other one is accepted."""

ACCOUNT_CODE = "account-"
"""With the number of an account behind it, the code that opens this account and not the user's own."""

NO_BEARER = "This operation needs a key or an access token in the Authorization header, to carry it in the state"


def consent_url(call: Call, party: str, **query: str) -> str:
    """The address of the consent page of a third party: google, office365, zoom, msteams or stripe."""
    sent = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return f"{call.base_url}/_sandbox/oauth/{party}?{sent}"


def bearer_for_state(call: Call) -> str:
    """The caller's key or token, which the state carries. Raises Unauthorized for OAuth client credentials."""
    bearer = bearer_of(call)
    if bearer is None:
        raise Unauthorized(NO_BEARER)
    return bearer


def user_of_state(call: Call, token: object) -> User | None:
    """The managed user whose access token came back in a state. Its expiry is not looked at; API keys are none."""
    found = call.tx[ACCESS_TOKENS].first(secret=token)
    return None if found is None else call.tx[USERS].get(found.user_id)


def account_of_code(code: str) -> int | None:
    """The account that was chosen on the consent page; None for the user's own."""
    number = code.removeprefix(ACCOUNT_CODE)
    return int(number) if number != code and number.isdecimal() and len(number) <= 15 else None
