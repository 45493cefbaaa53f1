"""Registers third-party OAuth2 clients, as the web application's developer settings do.

Source: Cal.com API v2, OAuth2: kinds of clients, and which redirect URIs they may have.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import msgspec

from mock_server.identity.model import (
    OAUTH2_CLIENTS,
    USERS,
    OAuth2Client,
    OAuth2ClientStatus,
    OAuth2ClientType,
    hashed,
)
from mock_server.identity.scopes import LEGACY_SCOPES, scopes_in
from mock_server.runtime.settings import LOOPBACK_HOSTS
from mock_server.state.transaction import Transaction


class OAuth2ClientInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """A client to register."""

    name: str
    redirect_uri: str
    client_type: OAuth2ClientType = "CONFIDENTIAL"
    logo: str | None = None
    is_trusted: bool = False
    status: OAuth2ClientStatus = "APPROVED"
    scopes: tuple[str, ...] = ()
    user_id: int | None = None


def create_oauth2_client(tx: Transaction, request: OAuth2ClientInput) -> tuple[OAuth2Client, str | None]:
    """The new client and its secret, which a public client has not. Raises ValueError, which says what is wrong."""
    _check(tx, request)
    secret = tx.identifiers.token() if request.client_type == "CONFIDENTIAL" else None
    client = OAuth2Client(
        id=tx.identifiers.cuid(),
        created_at=tx.now,
        hashed_secret=None if secret is None else hashed(secret),
        **msgspec.structs.asdict(request),
    )
    return tx[OAUTH2_CLIENTS].insert(client), secret


def _check(tx: Transaction, request: OAuth2ClientInput) -> None:
    if not request.name.strip():
        raise ValueError("`name` is the client's name on the consent page.")
    if not _is_redirect_uri(request.redirect_uri):
        raise ValueError(
            "`redirectUri` takes an https address, or an http address of this machine, without a fragment."
        )
    unknown = sorted(set(request.scopes) - {*scopes_in(tx), *LEGACY_SCOPES})
    if unknown:
        raise ValueError(
            f"There is no scope {', '.join(unknown)}. There are: {', '.join((*scopes_in(tx), *LEGACY_SCOPES))}."
        )
    if request.user_id is not None and tx[USERS].get(request.user_id) is None:
        raise ValueError(f"There is no user {request.user_id}.")


def _is_redirect_uri(text: str) -> bool:
    if not text.isascii() or not text.isprintable() or " " in text:
        return False
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    is_safe = parts.scheme == "https" or (parts.scheme == "http" and host in LOOPBACK_HOSTS)
    return bool(host) and is_safe and not parts.fragment
