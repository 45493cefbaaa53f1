"""Assigns a team's event types to members who join, and unassigns those who leave.

Source: Cal.com API v2, team memberships: event types that are assigned to all members.
"""

from __future__ import annotations

from mock_server.event_types.managed_children import create_child
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.state.transaction import Transaction
from mock_server.teams.model import Membership


def assign_member(tx: Transaction, membership: Membership) -> None:
    """Makes a member a host of each event type that is assigned to all members, or creates a child of a managed one.

    If one of them cannot be assigned, none is, as upstream.
    """
    shared = [
        candidate for candidate in tx[EVENT_TYPES].find(team_id=membership.team_id) if candidate.assign_all_team_members
    ]
    if not all(_is_assignable(tx, candidate, membership.user_id) for candidate in shared):
        return
    for event_type in shared:
        if event_type.scheduling_type == "managed":
            create_child(tx, event_type, membership.user_id)
        else:
            is_fixed = event_type.scheduling_type == "collective"
            tx[HOSTS].create(user_id=membership.user_id, event_type_id=event_type.id, is_fixed=is_fixed)


def unassign_member(tx: Transaction, membership: Membership) -> None:
    """Deletes a member's children of the team's managed event types, and the member's hosts of the others."""
    for event_type in tx[EVENT_TYPES].find(team_id=membership.team_id):
        child = tx[EVENT_TYPES].first(user_id=membership.user_id, parent_id=event_type.id)
        if child is not None:
            tx[EVENT_TYPES].delete(child.id)
        host = tx[HOSTS].first(user_id=membership.user_id, event_type_id=event_type.id)
        if host is not None:
            tx[HOSTS].delete(host.id)


def _is_assignable(tx: Transaction, event_type: EventType, user_id: int) -> bool:
    if event_type.scheduling_type == "managed":
        return tx[EVENT_TYPES].first(user_id=user_id, slug=event_type.slug) is None
    return tx[HOSTS].first(user_id=user_id, event_type_id=event_type.id) is None
