"""Until when new API keys are good.

Source: Cal.com API v2, API keys.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from mock_server.runtime.errors import BadRequest

DEFAULT_DAYS_VALID = 30
CONTRADICTION = (
    "ApiKeysService -Cannot set both apiKeyDaysValid and apiKeyNeverExpires. It has to be either or none of them."
)


def expiry_of(body: dict[str, Any], now: datetime) -> datetime | None:
    """What `apiKeyDaysValid` and `apiKeyNeverExpires` ask for; None for never. Raises BadRequest for both."""
    days, never = body.get("apiKeyDaysValid"), body.get("apiKeyNeverExpires")
    if days and never:
        raise BadRequest(CONTRADICTION)
    return None if never else now + timedelta(days=days or DEFAULT_DAYS_VALID)
