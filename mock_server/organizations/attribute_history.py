"""The history of members' attributes, and of their synchronization with an outside directory.

Source: Cal.com API v2, organization attributes: assignment history, sync history.
"""

from __future__ import annotations

from typing import Any

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
from mock_server.runtime.pagination import CursorPagination
from mock_server.state.transaction import Transaction

KEPT_CHANGES = 500
"""The most entries of one member's history; older ones are dropped."""


def record_change(call: Call, previous: AttributeAssignment | None, current: AttributeAssignment | None) -> None:
    """Adds an entry to the history: an option was assigned, changed or removed."""
    assignment = current or previous
    if assignment is None or not call.has("assignments-recorded"):
        return
    tx = call.tx
    attribute = tx[ATTRIBUTES].require(tx[ATTRIBUTE_OPTIONS].require(assignment.attribute_option_id).attribute_id)
    last = tx[ASSIGNMENT_CHANGES].last(member_id=assignment.member_id)
    tx[ASSIGNMENT_CHANGES].insert(
        AssignmentChange(
            id=tx.identifiers.uuid7(tx.now, None if last is None else last.id),
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
    tx[ASSIGNMENT_CHANGES].trim(KEPT_CHANGES, member_id=assignment.member_id)


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
