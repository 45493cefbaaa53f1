"""OAuth flows of third parties: the address of the consent page, and what comes back in `state` and `code`.

The consent pages are simulated under ``/_sandbox/oauth``. Source: Cal.com API v2, OAuth flows.
"""

from __future__ import annotations

from urllib.parse import quote

from mock_server.identity.authentication import bearer_of
from mock_server.identity.model import ACCESS_TOKENS, USERS, User
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Unauthorized
from mock_server.runtime.integers import integer_from

CLIENT_ID = "sandbox"
REFUSED_CODE = "invalid"
"""The only authorization code that simulated third parties reject."""

ACCOUNT_CODE = "account-"
"""Prefix of a code that connects the account with the number that follows, instead of the user's own account."""

NO_BEARER = "This operation needs a key or an access token in the Authorization header, to carry it in the state"


def consent_url(call: Call, provider: str, **query: str) -> str:
    """The address of a provider's consent page: google, office365, zoom, msteams or stripe."""
    sent = "&".join(f"{name}={quote(value, safe='')}" for name, value in query.items())
    return f"{call.base_url}/_sandbox/oauth/{provider}?{sent}"


def bearer_for_state(call: Call) -> str:
    """The caller's key or token, to be carried in `state`. Raises Unauthorized for OAuth client credentials."""
    bearer = bearer_of(call)
    if bearer is None:
        raise Unauthorized(NO_BEARER)
    return bearer


def user_of_state(call: Call, token: object) -> User | None:
    """The managed user whose access token, expired or not, came back in `state`. API keys do not count."""
    found = call.tx[ACCESS_TOKENS].first(secret=token)
    return None if found is None else call.tx[USERS].get(found.user_id)


def account_of_code(code: str) -> int | None:
    """The id of the account chosen on the consent page; None for the user's own."""
    return integer_from(code.removeprefix(ACCOUNT_CODE)) if code.startswith(ACCOUNT_CODE) else None
