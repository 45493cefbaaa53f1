"""Creates API keys. Only their hashes are stored."""

from __future__ import annotations

from datetime import datetime

from mock_server.identity.model import API_KEY_PREFIX, API_KEYS, ApiKey, hashed
from mock_server.state.transaction import Transaction


def create_api_key(
    tx: Transaction, user_id: int, *, team_id: int | None = None, note: str | None = None, expires_at: datetime | None
) -> str:
    """Creates a key and returns it: the prefix and 32 hex digits. `team_id` ties it to a team or organization."""
    secret = API_KEY_PREFIX + tx.identifiers.hex(32)
    tx[API_KEYS].insert(
        ApiKey(
            id=tx.identifiers.uuid4(),
            user_id=user_id,
            hashed_key=hashed(secret),
            created_at=tx.now,
            team_id=team_id,
            note=note,
            expires_at=expires_at,
        )
    )
    return secret
