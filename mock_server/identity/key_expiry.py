"""The expiry of new API keys.

Source: Cal.com API v2, API keys.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from mock_server.runtime.errors import BadRequest

DEFAULT_DAYS_VALID = 30
LATEST = datetime(9999, 12, 31, tzinfo=UTC)
CONTRADICTION = (
    "ApiKeysService -Cannot set both apiKeyDaysValid and apiKeyNeverExpires. It has to be either or none of them."
)


def expiry_of(body: dict[str, Any], now: datetime) -> datetime | None:
    """The expiry by `apiKeyDaysValid` or `apiKeyNeverExpires`; None for never. Raises BadRequest if both are given."""
    days, never = body.get("apiKeyDaysValid"), body.get("apiKeyNeverExpires")
    if days and never:
        raise BadRequest(CONTRADICTION)
    if never:
        return None
    return now + timedelta(days=min(days or DEFAULT_DAYS_VALID, (LATEST - now).days))
