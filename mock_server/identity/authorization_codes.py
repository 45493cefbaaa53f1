"""Issues and redeems the authorization codes of third-party OAuth2 clients.

Source: Cal.com API v2, OAuth2: lifetime of codes, the checks of an exchange and their order; RFC 7636 for PKCE.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import timedelta

from mock_server.identity.model import AUTHORIZATION_CODES, AuthorizationCode, OAuth2Client
from mock_server.state.transaction import Transaction

CODE_LIFETIME = timedelta(minutes=10)
CODE_PREFIX = "cal_code_"
"""The sandbox's own: it makes a code recognizable, so that nothing that is written down shows it."""


def issue_code(
    tx: Transaction,
    client: OAuth2Client,
    user_id: int,
    *,
    team_id: int | None,
    scopes: tuple[str, ...],
    code_challenge: str | None,
) -> str:
    """A new code for the user, or for a team. The client's expired codes are deleted."""
    codes = tx[AUTHORIZATION_CODES]
    for expired in codes.between(None, (tx.now + timedelta(milliseconds=1),), client_id=client.id):
        codes.delete(expired.id)
    issued = codes.create(
        code=CODE_PREFIX + tx.identifiers.hex(64),
        client_id=client.id,
        expires_at=tx.now + CODE_LIFETIME,
        user_id=user_id,
        team_id=team_id,
        scopes=scopes,
        code_challenge=code_challenge,
    )
    return issued.code


def use_up_code(tx: Transaction, client: OAuth2Client, code: str) -> AuthorizationCode | None:
    """Deletes a code of the client and gives it; None if there is none, or it has expired."""
    found = tx[AUTHORIZATION_CODES].first(code=code)
    if found is None or found.client_id != client.id or found.expires_at <= tx.now:
        return None
    return tx[AUTHORIZATION_CODES].delete(found.id)


def challenge_of(code_verifier: str) -> str:
    """The S256 code challenge of a verifier."""
    digest = hashlib.sha256(code_verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def proves(code_verifier: str, code_challenge: str) -> bool:
    """Whether a verifier is that of a challenge."""
    return hmac.compare_digest(challenge_of(code_verifier).encode(), code_challenge.encode())
