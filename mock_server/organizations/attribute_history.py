"""The history of members' attributes, and of their synchronization with an outside directory.

Source: Cal.com API v2, organization attributes: assignment history, sync history.
"""

from __future__ import annotations

from typing import Any

import msgspec

from mock_server.identity.model import USERS
from mock_server.organizations.model import (
    ASSIGNMENT_CHANGES,
    ATTRIBUTE_OPTIONS,
    ATTRIBUTE_SYNC_RUNS,
    ATTRIBUTES,
    AssignedValue,
    AssignmentChange,
    AssignmentChangeType,
    AttributeAssignment,
    AttributeSyncRun,
)
from mock_server.runtime.call import Call
from mock_server.runtime.dates import iso
from mock_server.runtime.pagination import CursorPagination
from mock_server.state.transaction import Transaction

SOURCE = "WEBAPP"
"""What the service names as the source of changes through this API as well."""
KEPT_CHANGES = 500
"""The most entries of one member's history; older ones are dropped."""


def record_change(call: Call, previous: AttributeAssignment | None, current: AttributeAssignment | None) -> None:
    """Adds an entry to the history: an option was assigned, changed or removed."""
    assignment = current or previous
    if assignment is None or not call.has("assignments-recorded"):
        return
    tx = call.tx
    attribute = tx[ATTRIBUTES].require(tx[ATTRIBUTE_OPTIONS].require(assignment.attribute_option_id).attribute_id)
    tx[ASSIGNMENT_CHANGES].insert(
        AssignmentChange(
            id=tx.identifiers.uuid7(tx.now),
            member_id=assignment.member_id,
            at=tx.now,
            type=_type(previous, current),
            attribute_id=attribute.id,
            attribute_slug=attribute.slug,
            attribute_name=attribute.name,
            attribute_type=attribute.type,
            actor_id=call.caller.user_id,
            previous=_value(tx, previous),
            current=_value(tx, current),
        )
    )
    for oldest in tx[ASSIGNMENT_CHANGES].page(0, 1, member_id=assignment.member_id):
        if tx[ASSIGNMENT_CHANGES].count(member_id=assignment.member_id) > KEPT_CHANGES:
            tx[ASSIGNMENT_CHANGES].delete(oldest.id)


def _type(previous: AttributeAssignment | None, current: AttributeAssignment | None) -> AssignmentChangeType:
    if previous is None:
        return "ASSIGNED"
    return "REMOVED" if current is None else "UPDATED"


def _value(tx: Transaction, assignment: AttributeAssignment | None) -> AssignedValue | None:
    if assignment is None:
        return None
    option = tx[ATTRIBUTE_OPTIONS].require(assignment.attribute_option_id)
    return AssignedValue(option_id=option.id, option_slug=option.slug, value=option.value, weight=assignment.weight)


def newest_changes(tx: Transaction, member_id: int) -> list[AssignmentChange]:
    """The history of a member, newest first."""
    return tx[ASSIGNMENT_CHANGES].find(member_id=member_id)[::-1]


def sync_runs(tx: Transaction, organization_id: int) -> list[AttributeSyncRun]:
    """The runs of an organization, newest first."""
    return tx[ATTRIBUTE_SYNC_RUNS].find(organization_id=organization_id)[::-1]


def known_place(place: CursorPagination) -> CursorPagination:
    """The place of the next page, without a cursor on the last one."""
    known: Any = {name: value for name, value in place.items() if value is not None}
    return known


def assignment_change_view(tx: Transaction, change: AssignmentChange) -> dict[str, Any]:
    """An entry of the history."""
    return {
        "id": change.id,
        "timestamp": iso(change.at),
        "source": SOURCE,
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
