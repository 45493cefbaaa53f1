"""Who runs an event type, and so may read it, and book it where that needs credentials.

Source: Cal.com API v2, event types: access.
"""

from __future__ import annotations

from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.identity.model import PROFILES, USERS
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import TEAMS


def runs_event_type(tx: Transaction, user_id: int, event_type: EventType) -> bool:
    """Whether the user is a system administrator, the owner, a host, or an admin of the team or of an organization.

    The organizations are those of the team and of the owner. The owners of the children of a managed event type are
    its hosts. Pending memberships do not count.
    """
    return (
        tx[USERS].require(user_id).role == "ADMIN"
        or event_type.user_id == user_id
        or tx[HOSTS].first(user_id=user_id, event_type_id=event_type.id) is not None
        or tx[EVENT_TYPES].first(user_id=user_id, parent_id=event_type.id) is not None
        or any(_is_admin(tx, user_id, group_id) for group_id in _groups(tx, event_type))
    )


def _groups(tx: Transaction, event_type: EventType) -> list[int | None]:
    """The team and its organization, or the organizations of the owner."""
    if event_type.user_id is not None:
        return [each.organization_id for each in tx[PROFILES].find(user_id=event_type.user_id)]
    return [event_type.team_id, tx[TEAMS].require(event_type.team_id).parent_id]


def _is_admin(tx: Transaction, user_id: int, group_id: int | None) -> bool:
    membership = membership_of(tx, user_id, group_id)
    return membership is not None and membership.accepted and has_rank(membership, "ADMIN")
