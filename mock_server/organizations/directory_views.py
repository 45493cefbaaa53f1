"""Attributes, their options and out-of-office entries as replies show them."""

from __future__ import annotations

from typing import Any

from mock_server.organizations.model import Attribute, AttributeAssignment, AttributeOption, OutOfOffice
from mock_server.runtime.boundary import iso


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
    """That a member has an option. Who assigned it is not known of assignments made through the API."""
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
    """An entry; a missing reason shows as unspecified."""
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
