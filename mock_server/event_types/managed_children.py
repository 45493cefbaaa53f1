"""Children of managed event types: copies of the parent for individual team members.

Source: Cal.com API v2, team event types; upstream packages/features/ee/managed-event-types.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.state.transaction import Transaction

_NOT_COPIED = frozenset(
    {"id", "user_id", "team_id", "parent_id", "scheduling_type", "assign_all_team_members", "hidden"}
)


def children_of(tx: Transaction, parent: EventType) -> list[EventType]:
    """The children of a managed event type, oldest first."""
    return tx[EVENT_TYPES].find(parent_id=parent.id)


def sync_children(tx: Transaction, parent: EventType, user_ids: Iterable[int]) -> None:
    """Creates or updates the children of these users, and deletes those of other users.

    A child replaces the member's own event type with the same slug. Raises UniqueViolation where that is the child of
    another managed event type.
    """
    stored = {child.user_id: child for child in children_of(tx, parent)}
    members = list(dict.fromkeys(user_ids))
    for user_id, child in stored.items():
        if user_id not in members:
            tx[EVENT_TYPES].delete(child.id)
    for user_id in members:
        _delete_own_with_slug(tx, user_id, parent.slug)
        child = stored.get(user_id)
        if child is None:
            create_child(tx, parent, user_id)
        else:
            tx[EVENT_TYPES].update(child.id, **_copied(parent))


def update_children(tx: Transaction, parent: EventType) -> None:
    """Copies the settings of a managed event type to its children."""
    for child in children_of(tx, parent):
        tx[EVENT_TYPES].update(child.id, **_copied(parent))


def create_child(tx: Transaction, parent: EventType, user_id: int) -> EventType:
    """Creates a member's child of a managed event type. Raises UniqueViolation where its slug is in use."""
    return tx[EVENT_TYPES].create(user_id=user_id, parent_id=parent.id, **_copied(parent))


def _delete_own_with_slug(tx: Transaction, user_id: int, slug: str) -> None:
    own = tx[EVENT_TYPES].first(user_id=user_id, slug=slug)
    if own is not None and own.parent_id is None:
        tx[EVENT_TYPES].delete(own.id)


def _copied(parent: EventType) -> dict[str, Any]:
    return {
        each.name: getattr(parent, each.name)
        for each in msgspec.structs.fields(EventType)
        if each.name not in _NOT_COPIED
    }
