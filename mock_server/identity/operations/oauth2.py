"""Operations on third-party OAuth2 clients and their tokens.

Source: Cal.com API v2, OAuth2.
"""

from __future__ import annotations

import hmac
from typing import Any

from mock_server.identity.authorization_codes import proves, use_up_code
from mock_server.identity.model import OAUTH2_CLIENTS, AuthorizationCode, OAuth2Client, hashed
from mock_server.identity.oauth2_errors import OAuth2Error
from mock_server.identity.oauth2_input import EXCHANGE, read_token_request
from mock_server.identity.third_party_tokens import Grant, read_token, token_pair
from mock_server.identity.views import oauth2_client_view, oauth2_tokens_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound
from mock_server.runtime.reply import Unwrapped

NOT_STORED = ((b"cache-control", b"no-store"), (b"pragma", b"no-cache"))


def get_oauth2_client(call: Call) -> dict[str, Any]:
    """One third-party client, without its secret."""
    client = call.tx[OAUTH2_CLIENTS].get(call.path["clientId"])
    if client is None:
        raise NotFound("unauthorized_client")
    return oauth2_client_view(client)


def create_oauth2_tokens(call: Call) -> Unwrapped:
    """Exchanges an authorization code, or a refresh token, which stays valid, for a new pair of tokens."""
    request = read_token_request(call)
    client = call.tx[OAUTH2_CLIENTS].get(request["client_id"])
    if client is None:
        raise OAuth2Error(call, "invalid_client", "client_not_found")
    is_exchange = request["grant_type"] == EXCHANGE
    grant = _exchanged(call, client, request) if is_exchange else _refreshed(call, client, request)
    return Unwrapped(oauth2_tokens_view(*token_pair(call.tx, grant)), NOT_STORED)


def _exchanged(call: Call, client: OAuth2Client, request: dict[str, str]) -> Grant:
    if request["redirect_uri"] != client.redirect_uri:
        raise OAuth2Error(call, "invalid_grant", "redirect_uri_mismatch")
    _check_secret(call, client, request)
    code = use_up_code(call.tx, client, request["code"])
    if code is None:
        raise OAuth2Error(call, "invalid_grant", "code_invalid_or_expired")
    _check_approval(call, client, code)
    _check_proof(call, client, code, request.get("code_verifier"))
    return Grant(client.id, None if code.team_id is not None else code.user_id, code.team_id, code.scopes)


def _refreshed(call: Call, client: OAuth2Client, request: dict[str, str]) -> Grant:
    _check_secret(call, client, request)
    grant = read_token(call.tx, request["refresh_token"], "Refresh Token")
    if grant is None:
        raise OAuth2Error(call, "invalid_grant", "invalid_refresh_token")
    if grant.client_id != client.id:
        raise OAuth2Error(call, "invalid_grant", "client_id_mismatch")
    return Grant(grant.client_id, grant.user_id, grant.team_id, grant.scopes)


def _check_secret(call: Call, client: OAuth2Client, request: dict[str, str]) -> None:
    """Public clients have no secret."""
    if client.client_type == "PUBLIC":
        return
    given = hashed(request["client_secret"]) if "client_secret" in request else ""
    if not hmac.compare_digest(given, client.hashed_secret or ""):
        raise OAuth2Error(call, "invalid_client", "invalid_client_credentials")


def _check_approval(call: Call, client: OAuth2Client, code: AuthorizationCode) -> None:
    """A client that waits for its review works for the user who registered it."""
    if client.status == "REJECTED":
        raise OAuth2Error(call, "unauthorized_client", "client_rejected", keeps_changes=True)
    if client.status == "PENDING" and client.user_id != code.user_id:
        raise OAuth2Error(call, "unauthorized_client", "client_not_approved", keeps_changes=True)


def _check_proof(call: Call, client: OAuth2Client, code: AuthorizationCode, code_verifier: str | None) -> None:
    """PKCE is required of public clients, and wherever the authorization began with a challenge."""
    if client.client_type != "PUBLIC" and code.code_challenge is None:
        return
    if code.code_challenge is None or code_verifier is None:
        missing = "pkce_missing_parameters_or_invalid_method"
        raise OAuth2Error(call, "invalid_request", missing, keeps_changes=True)
    if not proves(code_verifier, code.code_challenge):
        raise OAuth2Error(call, "invalid_grant", "pkce_verification_failed", keeps_changes=True)
