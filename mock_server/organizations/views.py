"""Views of users, managed organizations, attributes and out-of-office entries."""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import Profile, User
from mock_server.organizations.model import Attribute, AttributeAssignment, AttributeOption, OutOfOffice
from mock_server.runtime.dates import iso
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


def attribute_view(attribute: Attribute) -> dict[str, Any]:
    """An attribute without its options."""
    return {
        "id": attribute.id,
        "teamId": attribute.team_id,
        "type": attribute.type,
        "name": attribute.name,
        "slug": attribute.slug,
        "enabled": attribute.enabled,
        "usersCanEditRelation": attribute.users_can_edit_relation,
        "createdAt": iso(attribute.created_at),
        "updatedAt": iso(attribute.updated_at),
        "isWeightsEnabled": attribute.is_weights_enabled,
        "isLocked": attribute.is_locked,
    }


def option_view(option: AttributeOption) -> dict[str, Any]:
    """An option of an attribute."""
    return {
        "id": option.id,
        "attributeId": option.attribute_id,
        "value": option.value,
        "slug": option.slug,
        "isGroup": option.is_group,
        "contains": list(option.contains),
    }


def assignment_view(assignment: AttributeAssignment) -> dict[str, Any]:
    """The assignment of an option. The assigning user is not recorded for assignments made through the API."""
    return {
        "id": assignment.id,
        "memberId": assignment.member_id,
        "attributeOptionId": assignment.attribute_option_id,
        "weight": assignment.weight,
        "createdAt": iso(assignment.created_at),
        "createdById": assignment.created_by_id,
        "createdByDSyncId": assignment.created_by_dsync_id,
        "updatedAt": None if assignment.updated_at is None else iso(assignment.updated_at),
        "updatedById": assignment.updated_by_id,
        "updatedByDSyncId": assignment.updated_by_dsync_id,
    }


def out_of_office_view(entry: OutOfOffice) -> dict[str, Any]:
    """An entry. A missing reason is shown as `unspecified`."""
    return {
        "userId": entry.user_id,
        "toUserId": entry.to_user_id,
        "id": entry.id,
        "uuid": entry.uuid,
        "start": iso(entry.start),
        "end": iso(entry.end),
        "notes": entry.notes,
        "reason": entry.reason or "unspecified",
    }
