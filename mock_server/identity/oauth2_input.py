"""Checks the body of a token request, in the order and words of the API.

Source: Cal.com API v2, OAuth2: the four forms of a token request and what is said about each of their fields.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.oauth2_errors import OAuth2Error
from mock_server.runtime.call import Call

EXCHANGE = "authorization_code"
REFRESH = "refresh_token"

_FIELDS = {
    EXCHANGE: ("client_id", "grant_type", "code", "redirect_uri"),
    REFRESH: ("client_id", "grant_type", "refresh_token"),
}
_PROOF = {EXCHANGE: ("code_verifier",), REFRESH: ()}
"""What a client without a secret gives in its place."""


def read_token_request(call: Call) -> dict[str, str]:
    """The fields of the form that `grant_type` and the presence of `client_secret` choose. Raises OAuth2Error."""
    body = call.body
    if not body.get("client_id"):
        raise OAuth2Error(call, "invalid_request", "client_id is required")
    grant_type = body.get("grant_type")
    if grant_type not in (EXCHANGE, REFRESH):
        raise OAuth2Error(call, "invalid_request", "grant_type must be 'authorization_code' or 'refresh_token'")
    fields = (*_FIELDS[grant_type], *(("client_secret",) if "client_secret" in body else _PROOF[grant_type]))
    complaints = [f"{name} property is wrong,{text} " for name, text in _complaints(body, fields)]
    if complaints:
        raise OAuth2Error(call, "invalid_request", ", ".join(complaints))
    return {name: body[name] for name in fields}


def _complaints(body: dict[str, Any], fields: tuple[str, ...]) -> list[tuple[str, str]]:
    unknown = [(name, f"property {name} should not exist") for name in body if name not in fields]
    return unknown + [(name, f"{name} must be a string") for name in fields if not isinstance(body.get(name), str)]
