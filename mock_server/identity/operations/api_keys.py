"""Operations on API keys.

Source: Cal.com API v2, API keys.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.key_expiry import expiry_of
from mock_server.identity.keys import create_api_key
from mock_server.identity.model import API_KEYS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Unauthorized, shared_library_error
from mock_server.teams.memberships import has_rank, membership_of

KEYS_ONLY = (
    "ApiKeysService - This endpoint can only be accessed using an API key by providing "
    "'Authorization: Bearer <apiKey>' header"
)


def refresh_api_key(call: Call) -> Any:
    """Replaces the key of the request with a new one."""
    if call.caller.kind != "api-key":
        raise Unauthorized(KEYS_ONLY)
    expires_at = expiry_of(call.body, call.now)
    old = call.tx[API_KEYS].require(call.caller.api_key_id)
    if old.team_id is not None and not has_rank(membership_of(call.tx, old.user_id, old.team_id), "ADMIN"):
        raise shared_library_error("UNAUTHORIZED")
    key = create_api_key(call.tx, old.user_id, team_id=old.team_id, note=old.note, expires_at=expires_at)
    call.tx[API_KEYS].delete(old.id)
    return {"apiKey": key}
