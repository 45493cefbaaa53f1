"""Accounts as replies show them."""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import User
from mock_server.teams.model import Team


def me_view(user: User, organization_id: int | None, organization: Team | None) -> dict[str, Any]:
    """The caller's profile; `organization` is left out for users without one."""
    view: dict[str, Any] = {
        "id": user.id,
        "username": user.username,
        "email": user.email,
        "timeFormat": user.time_format,
        "defaultScheduleId": user.default_schedule_id,
        "weekStart": user.week_start,
        "timeZone": user.time_zone,
        "organizationId": organization_id,
    }
    if organization is not None:
        view["organization"] = {"id": organization.id, "isPlatform": organization.is_platform}
    return view
