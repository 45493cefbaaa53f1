"""Apps as replies show them."""

from __future__ import annotations

from typing import Any

from mock_server.calendars.model import Credential


def conferencing_app_view(credential: Credential) -> dict[str, Any]:
    """A connected video app, without its secrets."""
    return {
        "id": credential.id,
        "type": credential.type,
        "userId": credential.user_id,
        "teamId": credential.team_id,
        "appId": credential.app_id,
        "invalid": credential.invalid,
    }
