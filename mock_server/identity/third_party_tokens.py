"""Access and refresh tokens of third-party OAuth2 clients: stateless JWTs for a user or a team.

Source: Cal.com API v2, OAuth2 tokens: claims and lifetimes. Two pairs for the same grant in the same second are equal.
"""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import Any, Literal

import jwt
import msgspec

from mock_server.identity.tokens import ALGORITHM, SIGNING_KEY
from mock_server.state.transaction import Transaction

ACCESS_LIFETIME = timedelta(minutes=30)
REFRESH_LIFETIME = timedelta(days=30)

TokenType = Literal["Access Token", "Refresh Token"]

_OUR_CHECKS: Any = {"verify_exp": False, "verify_iat": False, "verify_nbf": False, "verify_aud": False}


class Grant(msgspec.Struct, frozen=True, rename="camel"):
    """What a user has allowed a client: to act as `user_id`, or for `team_id`, within the scopes."""

    client_id: str
    user_id: int | None
    team_id: int | None
    scopes: tuple[str, ...] = msgspec.field(name="scope")


class _Claims(Grant, frozen=True, rename="camel"):
    token_type: TokenType = msgspec.field(name="token_type")
    exp: int


def token_pair(tx: Transaction, grant: Grant) -> tuple[str, str]:
    """A new access token and a new refresh token."""
    return _token(tx, grant, "Access Token", ACCESS_LIFETIME), _token(tx, grant, "Refresh Token", REFRESH_LIFETIME)


def read_token(tx: Transaction, token: str, token_type: TokenType) -> Grant | None:
    """The grant of a token of this world; None if it is not one, has expired, or is of the other type."""
    try:
        decoded: Any = jwt.decode(token, _signing_key(tx), [ALGORITHM], options=_OUR_CHECKS)  # pyright: ignore[reportUnknownMemberType]
        claims = msgspec.convert(decoded, _Claims)
    except (jwt.InvalidTokenError, msgspec.ValidationError):
        return None
    is_good = claims.token_type == token_type and claims.exp > tx.now.timestamp()
    return claims if is_good else None


def _token(tx: Transaction, grant: Grant, token_type: TokenType, lifetime: timedelta) -> str:
    issued = int(tx.now.timestamp())
    times = {"iat": issued, "exp": issued + int(lifetime.total_seconds())}
    claims = {**msgspec.to_builtins(grant), "token_type": token_type, **times}
    return jwt.encode(claims, _signing_key(tx), ALGORITHM)  # pyright: ignore[reportUnknownMemberType]


def _signing_key(tx: Transaction) -> bytes:
    """Drawn from the world's seed, like its API keys: nothing stored says that a token is genuine."""
    return hashlib.blake2b(SIGNING_KEY.encode(), key=tx.base.seed.encode()[:64]).digest()
