"""Checks what a third-party client asks for when it sends a browser to the consent page.

Source: Cal.com API v2, OAuth2: the authorization page; RFC 6749 and RFC 7636 for its parameters.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode

import msgspec

from mock_server.identity.model import OAUTH2_CLIENTS, OAuth2Client
from mock_server.identity.scopes import LEGACY_SCOPES, scopes_in
from mock_server.state.transaction import Transaction

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_BETWEEN_SCOPES = re.compile(r"[ ,]+")


class UnusableRedirect(Exception):
    """The client is unknown, or the redirect URI is not its own: the browser must not be sent there."""


class AuthorizationRefused(Exception):
    """A refusal that is reported to the client: `location` sends the browser back to it."""

    def __init__(self, request: AuthorizationRequest, error: str, description: str) -> None:
        super().__init__(description)
        self.location = request.location(error=error, error_description=description)


class AuthorizationRequest(msgspec.Struct, frozen=True):
    """The client, and the query with which the browser arrived."""

    client: OAuth2Client
    query: Mapping[str, str]

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that the client asks for, each once."""
        return tuple(dict.fromkeys(filter(None, _BETWEEN_SCOPES.split(self.query.get("scope", "")))))

    @property
    def code_challenge(self) -> str | None:
        """The S256 challenge."""
        return self.query.get("code_challenge")

    def location(self, **answer: str) -> str:
        """The client's redirect URI with an answer, and the `state` that the client sent."""
        if "state" in self.query:
            answer["state"] = self.query["state"]
        separator = "&" if "?" in self.client.redirect_uri else "?"
        return f"{self.client.redirect_uri}{separator}{urlencode(answer)}"


def read_authorization_request(tx: Transaction, query: Mapping[str, str]) -> AuthorizationRequest:
    """The request in a query. Raises UnusableRedirect, AuthorizationRefused."""
    client = tx[OAUTH2_CLIENTS].get(query.get("client_id"))
    if client is None:
        raise UnusableRedirect(f"There is no OAuth2 client {query.get('client_id', '')!r} (`client_id`).")
    if query.get("redirect_uri") != client.redirect_uri:
        raise UnusableRedirect(f"`redirect_uri` has to be {client.redirect_uri}, which the client has registered.")
    request = AuthorizationRequest(client, query)
    if query.get("response_type", "code") != "code":
        raise AuthorizationRefused(request, "unsupported_response_type", "response_type must be code")
    _check_challenge(request)
    _check_scopes(tx, request)
    return request


def _check_challenge(request: AuthorizationRequest) -> None:
    challenge = request.code_challenge
    if challenge is None:
        if request.client.client_type == "PUBLIC":
            raise AuthorizationRefused(request, "invalid_request", "code_challenge is required for public clients")
        return
    if request.query.get("code_challenge_method") != "S256":
        raise AuthorizationRefused(request, "invalid_request", "code_challenge_method must be S256")
    if not _CHALLENGE.fullmatch(challenge):
        raise AuthorizationRefused(request, "invalid_request", "code_challenge must be 43 characters of base64url")


def _check_scopes(tx: Transaction, request: AuthorizationRequest) -> None:
    """A client with scopes has to ask for some of them. One without gets full access, and may name legacy ones."""
    asked, registered = request.scopes, request.client.scopes
    unknown = [scope for scope in asked if scope not in scopes_in(tx) and scope not in LEGACY_SCOPES]
    if unknown:
        raise AuthorizationRefused(request, "invalid_scope", f"unknown scope: {', '.join(unknown)}")
    if registered and not asked:
        raise AuthorizationRefused(request, "invalid_scope", "scope is required")
    beyond = [scope for scope in asked if scope not in registered and (registered or scope not in LEGACY_SCOPES)]
    if beyond:
        raise AuthorizationRefused(
            request, "invalid_request", f"scope exceeds what the client has registered: {', '.join(beyond)}"
        )
