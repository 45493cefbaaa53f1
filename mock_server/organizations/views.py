"""Views of users, managed organizations, attributes with their history, and out-of-office entries."""

from __future__ import annotations

from typing import Any

import msgspec

from mock_server.identity.model import USERS, Profile, User
from mock_server.organizations.attributes import assigned_options
from mock_server.organizations.model import (
    ATTRIBUTES,
    AssignmentChange,
    Attribute,
    AttributeAssignment,
    AttributeOption,
    AttributeSyncRun,
    AttributeType,
    OutOfOffice,
)
from mock_server.runtime.dates import iso
from mock_server.runtime.json_values import script_number
from mock_server.state.transaction import Transaction
from mock_server.teams.model import Membership, Team
from mock_server.teams.views import membership_view

SOURCE_OF_CHANGES = "WEBAPP"
"""What the service names as the source of changes through this API as well."""

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


def user_view(user: User, profile: Profile | None) -> dict[str, Any]:
    """A user with the profile in one organization, which is empty for a member without one.

    `metadata` is left out where it was never set.
    """
    view: dict[str, Any] = {key: getattr(user, field) for key, field in _SHOWN_FIELDS.items()}
    view |= {"emailVerified": None, "createdDate": iso(user.created_date)}
    if user.metadata is not None:
        view["metadata"] = user.metadata
    view["profile"] = {} if profile is None else _profile_view(profile)
    return view


def _profile_view(profile: Profile) -> dict[str, Any]:
    return {
        "id": profile.id,
        "organizationId": profile.organization_id,
        "userId": profile.user_id,
        "username": profile.username,
    }


_MEMBER_ATTRIBUTE_TYPES: dict[AttributeType, str] = {
    "TEXT": "text",
    "NUMBER": "number",
    "SINGLE_SELECT": "singleSelect",
    "MULTI_SELECT": "multiSelect",
    "USER_RELATIONSHIP": "text",
}


def organization_membership_view(tx: Transaction, membership: Membership) -> dict[str, Any]:
    """A membership in an organization with its user, its role, and the attributes assigned to the member."""
    return {
        **membership_view(tx, membership),
        "customRoleId": membership.role_id,
        "createdAt": None if membership.created_at is None else iso(membership.created_at),
        "updatedAt": None if membership.updated_at is None else iso(membership.updated_at),
        "attributes": _member_attributes(tx, membership),
    }


def _member_attributes(tx: Transaction, membership: Membership) -> list[dict[str, Any]]:
    """The attributes that a member has, in the order of assignment; those of several options list all of them."""
    views: dict[str, dict[str, Any]] = {}
    for option in assigned_options(tx, membership):
        attribute = tx[ATTRIBUTES].require(option.attribute_id)
        kind = _MEMBER_ATTRIBUTE_TYPES[attribute.type]
        view = views.setdefault(attribute.id, {"id": attribute.id, "name": attribute.name, "type": kind})
        value = script_number(option.value) if attribute.type == "NUMBER" else option.value
        shown = {"optionId": option.id, "option": value}
        if attribute.type == "MULTI_SELECT":
            view.setdefault("options", []).append(shown)
        else:
            view |= shown
    return list(views.values())


def managed_organization_view(team: Team) -> dict[str, Any]:
    """A managed organization. `metadata` is left out where it was never set."""
    view: dict[str, Any] = {"id": team.id, "name": team.name, "slug": team.slug}
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


def assigned_option_view(option: AttributeOption, user_ids: list[int]) -> dict[str, Any]:
    """An option with the ids of the users who hold it."""
    return {
        "id": option.id,
        "attributeId": option.attribute_id,
        "value": option.value,
        "slug": option.slug,
        "assignedUserIds": user_ids,
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


def assignment_change_view(tx: Transaction, change: AssignmentChange) -> dict[str, Any]:
    """An entry of the history."""
    return {
        "id": change.id,
        "timestamp": iso(change.at),
        "source": SOURCE_OF_CHANGES,
        "actor": _actor(tx, change.actor_id),
        "sourceContext": {},
        "changes": [
            {
                "type": change.type,
                "attribute": {
                    "id": change.attribute_id,
                    "slug": change.attribute_slug,
                    "name": change.attribute_name,
                    "type": change.attribute_type,
                },
                "previous": msgspec.to_builtins(change.previous),
                "current": msgspec.to_builtins(change.current),
            }
        ],
        "hasError": False,
    }


def _actor(tx: Transaction, user_id: int | None) -> dict[str, Any]:
    """The user, or the service itself for a user who is gone and for credentials without one."""
    user = tx[USERS].get(user_id)
    if user is None:
        return {"type": "SYSTEM", "displayName": "Cal.com", "displayEmail": None, "displayAvatar": None}
    return {
        "type": "USER",
        "displayName": user.name or user.email,
        "displayEmail": user.email,
        "displayAvatar": user.avatar_url,
    }


def sync_run_view(tx: Transaction, run: AttributeSyncRun) -> dict[str, Any]:
    """A run with what it evaluated and changed."""
    user = tx[USERS].get(run.user_id)
    return {
        "id": run.id,
        "provider": run.provider,
        "credentialId": run.credential_id,
        "organizationId": run.organization_id,
        "userId": run.user_id,
        "userName": None if user is None else user.name,
        "externalUserId": run.external_user_id,
        "status": run.status,
        "signatureVerified": run.signature_verified,
        "errorMessage": run.error_message,
        "createdAt": iso(run.created_at),
        "ruleEvaluations": list(run.rule_evaluations),
        "appliedFieldMappings": list(run.applied_field_mappings),
        "teamMembershipChanges": list(run.team_membership_changes),
    }
