"""Operations on the tokens of managed users.

Source: Cal.com API v2, tokens.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.managed_users import managed_user
from mock_server.identity.model import OAUTH_CLIENTS, REFRESH_TOKENS
from mock_server.identity.tokens import create_pair, revoke_all, rotate
from mock_server.identity.views import token_pair_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest


def refresh_tokens(call: Call) -> Any:
    """Replaces a refresh token of the client with a new pair. Unlike upstream, an expired one is refused."""
    client = call.tx[OAUTH_CLIENTS].get(call.path["clientId"])
    if client is None:
        raise BadRequest("Invalid OAuthClient credentials.")
    token = call.tx[REFRESH_TOKENS].first(secret=call.body["refreshToken"])
    if token is None or token.client_id != client.id or token.expires_at <= call.now:
        raise BadRequest("Invalid refresh token")
    return token_pair_view(rotate(call.tx, token))


def force_refresh_tokens(call: Call) -> Any:
    """Replaces all tokens of a user with a new pair."""
    client = call.tx[OAUTH_CLIENTS].require(call.path["clientId"])
    user = managed_user(call.tx, client.id, call.path_number("userId"))
    revoke_all(call.tx, client.id, user.id)
    return token_pair_view(create_pair(call.tx, client.id, user.id))
