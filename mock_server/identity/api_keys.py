"""Issuing API keys.

Source: Cal.com API v2, API keys.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mock_server.identity.model import API_KEY_PREFIX, API_KEYS, hashed
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction

DEFAULT_DAYS_VALID = 30
CONTRADICTING_EXPIRY = (
    "ApiKeysService -Cannot set both apiKeyDaysValid and apiKeyNeverExpires. It has to be either or none of them."
)


def issue_key(tx: Transaction, user_id: int, team_id: int | None, note: str | None, expires_at: datetime | None) -> str:
    """A new key of a user, tied to a team if `team_id` is given. Only its hash is kept."""
    key = f"{API_KEY_PREFIX}{tx.identifiers.hex(32)}"
    tx[API_KEYS].insert(
        API_KEYS.entity(
            id=tx.identifiers.cuid(),
            user_id=user_id,
            team_id=team_id,
            hashed_key=hashed(key),
            note=note,
            created_at=tx.now,
            expires_at=expires_at,
        )
    )
    return key


def expiry_of(tx: Transaction, body: dict[str, Any]) -> datetime | None:
    """When a key expires by `apiKeyDaysValid` and `apiKeyNeverExpires`; None for never. Raises BadRequest for both."""
    days, never = body.get("apiKeyDaysValid"), body.get("apiKeyNeverExpires")
    if days and never:
        raise BadRequest(CONTRADICTING_EXPIRY)
    return None if never else tx.now + timedelta(days=days or DEFAULT_DAYS_VALID)
