"""Users of organizations, and managed organizations, as replies show them."""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import Profile, User
from mock_server.runtime.boundary import iso
from mock_server.teams.model import Team

_SHOWN_FIELDS = {
    "id": "id",
    "username": "username",
    "name": "name",
    "email": "email",
    "bio": "bio",
    "avatarUrl": "avatar_url",
    "timeZone": "time_zone",
    "weekStart": "week_start",
    "appTheme": "app_theme",
    "theme": "theme",
    "defaultScheduleId": "default_schedule_id",
    "locale": "locale",
    "timeFormat": "time_format",
    "hideBranding": "hide_branding",
    "brandColor": "brand_color",
    "darkBrandColor": "dark_brand_color",
    "allowDynamicBooking": "allow_dynamic_booking",
    "verified": "verified",
    "invitedTo": "invited_to",
}


def user_view(user: User, profile: Profile) -> dict[str, Any]:
    """A user with the profile in one organization. `metadata` is left out where it was never set."""
    view: dict[str, Any] = {key: getattr(user, field) for key, field in _SHOWN_FIELDS.items()}
    view |= {"emailVerified": None, "createdDate": iso(user.created_date)}
    if user.metadata is not None:
        view["metadata"] = user.metadata
    view["profile"] = {
        "id": profile.id,
        "organizationId": profile.organization_id,
        "userId": profile.user_id,
        "username": profile.username,
    }
    return view


def managed_organization_view(team: Team) -> dict[str, Any]:
    """A managed organization. `metadata` is left out where it was never set."""
    view: dict[str, Any] = {"id": team.id, "name": team.name}
    if team.metadata is not None:
        view["metadata"] = team.metadata
    return view
