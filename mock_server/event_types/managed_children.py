"""Children of managed event types: personal event types of team members that copy their parent.

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


def sync_children(tx: Transaction, parent: EventType, wanted: Iterable[int]) -> None:
    """Gives each of the users `wanted` an up-to-date child, and takes away the others'.

    A child replaces the member's own event type of its slug. Raises UniqueViolation where that is the child of
    another managed event type.
    """
    present = {each.user_id: each for each in children_of(tx, parent)}
    members = list(dict.fromkeys(wanted))
    for user_id, child in present.items():
        if user_id not in members:
            tx[EVENT_TYPES].delete(child.id)
    for user_id in members:
        _make_room(tx, user_id, parent.slug)
        child = present.get(user_id)
        if child is None:
            create_child(tx, parent, user_id)
        else:
            tx[EVENT_TYPES].update(child.id, **_copied(parent))


def create_child(tx: Transaction, parent: EventType, user_id: int) -> EventType:
    """A member's child of a managed event type. Raises UniqueViolation where the member has its slug in use."""
    return tx[EVENT_TYPES].create(user_id=user_id, parent_id=parent.id, **_copied(parent))


def _make_room(tx: Transaction, user_id: int, slug: str) -> None:
    own = tx[EVENT_TYPES].first(user_id=user_id, slug=slug)
    if own is not None and own.parent_id is None:
        tx[EVENT_TYPES].delete(own.id)


def _copied(parent: EventType) -> dict[str, Any]:
    return {
        each.name: getattr(parent, each.name)
        for each in msgspec.structs.fields(EventType)
        if each.name not in _NOT_COPIED
    }
