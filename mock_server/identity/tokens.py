"""Access tokens of managed users, and the refresh tokens with which their client gets new ones.

Source: Cal.com API v2, tokens: lifetimes, claims and rotation. Upstream, two pairs created in the same second are
equal; these contain a `jti`, so that all tokens are different.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import jwt
import msgspec
from dateutil.relativedelta import relativedelta

from mock_server.identity.model import ACCESS_TOKENS, REFRESH_TOKENS, AccessToken, RefreshToken
from mock_server.runtime.instants import milliseconds
from mock_server.state.transaction import Transaction

SIGNING_KEY = "A sandbox has no secrets: everybody may know this key."
ALGORITHM = "HS256"


class TokenPair(msgspec.Struct, frozen=True):
    """An access token and the refresh token that goes with it."""

    access: AccessToken
    refresh: RefreshToken


def signed(payload: dict[str, Any]) -> str:
    """A JWT of the sandbox."""
    return jwt.encode(payload, SIGNING_KEY, ALGORITHM)  # pyright: ignore[reportUnknownMemberType]


def create_pair(tx: Transaction, client_id: str, user_id: int, **claims: Any) -> TokenPair:
    """Creates a pair in addition to existing ones. `claims` are added to the usual ones."""
    owner = {"user_id": user_id, "client_id": client_id, "created_at": tx.now}
    access_expiry, refresh_expiry = access_token_expiry(tx.now), refresh_token_expiry(tx.now)
    return TokenPair(
        tx[ACCESS_TOKENS].create(
            secret=_secret(tx, "access_token", client_id, user_id, access_expiry, claims),
            expires_at=access_expiry,
            **owner,
        ),
        tx[REFRESH_TOKENS].create(
            secret=_secret(tx, "refresh_token", client_id, user_id, refresh_expiry, claims),
            expires_at=refresh_expiry,
            **owner,
        ),
    )


def rotate(tx: Transaction, old: RefreshToken) -> TokenPair:
    """Replaces a refresh token with a new pair. Its access token stays valid; the client's expired ones are deleted."""
    for expired in tx[ACCESS_TOKENS].between(None, (tx.now + timedelta(milliseconds=1),), client_id=old.client_id):
        tx[ACCESS_TOKENS].delete(expired.id)
    tx[REFRESH_TOKENS].delete(old.id)
    return create_pair(tx, old.client_id, old.user_id, userId=old.user_id)


def revoke_all(tx: Transaction, client_id: str, user_id: int) -> None:
    """Deletes all tokens that a client holds for a user."""
    for tokens in (tx[ACCESS_TOKENS], tx[REFRESH_TOKENS]):
        for token in tokens.find(user_id=user_id, client_id=client_id):
            tokens.delete(token.id)


def access_token_expiry(now: datetime) -> datetime:
    """In 60 minutes, rounded down to the minute."""
    return (now + timedelta(minutes=60)).replace(second=0, microsecond=0)


def refresh_token_expiry(now: datetime) -> datetime:
    """In a year, rounded down to the start of the day."""
    return (now + relativedelta(years=1)).replace(hour=0, minute=0, second=0, microsecond=0)


def _secret(
    tx: Transaction, kind: str, client_id: str, user_id: int, expires_at: datetime, claims: dict[str, Any]
) -> str:
    return signed(
        {
            "type": kind,
            "clientId": client_id,
            "ownerId": user_id,
            **claims,
            "expiresAt": milliseconds(expires_at),
            "iat": int(tx.now.timestamp()),
            "jti": tx.identifiers.uuid4(),
        }
    )
