"""Refusals of the OAuth2 token endpoint: RFC 6749's `error` and `error_description`, without the envelope.

Source: Cal.com API v2, OAuth2: errors, their statuses, and their request id, which is that of the caller.
"""

from __future__ import annotations

from typing import Any

from mock_server.runtime.call import Call
from mock_server.runtime.errors import ApiError

UNKNOWN_REQUEST_ID = "unknown-request-id"
_STATUSES = {"invalid_client": 401, "unauthorized_client": 401}


class OAuth2Error(ApiError):
    """400 or 401 with one of the error codes of RFC 6749."""

    enveloped = False

    def __init__(self, call: Call, error: str, description: str, *, keeps_changes: bool = False) -> None:
        super().__init__(description)
        self.status = _STATUSES.get(error, 400)
        self.error = error
        self.headers = ((b"x-request-id", call.headers.get("x-request-id", UNKNOWN_REQUEST_ID).encode("latin-1")),)
        self.keeps_changes = keeps_changes

    def content(self) -> dict[str, Any]:
        """The whole body."""
        return {"error": self.error, "error_description": self.message}
