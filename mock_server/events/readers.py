"""Which events a user hosts, and which a user may read.

Source: Cal.com API v2, events.
"""

from __future__ import annotations

from mock_server.events.model import EVENT_CO_HOSTS, EVENTS, Event
from mock_server.roles.granting import are_permissions_used, is_granted
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import membership_of

PERMISSION = "eventType.read"


def hosted_events(tx: Transaction, user_id: int) -> list[Event]:
    """The events that a user owns or co-hosts, by their starts."""
    shared = [tx[EVENTS].require(each.event_uuid) for each in tx[EVENT_CO_HOSTS].find(user_id=user_id) if each.accepted]
    return sorted([*tx[EVENTS].find(user_id=user_id), *shared], key=lambda each: (each.start, each.uuid))


def may_read(tx: Transaction, user_id: int, event: Event) -> bool:
    """Whether a user hosts an event, or may read the event types of the team that owns it."""
    if event.user_id == user_id:
        return True
    co_host = tx[EVENT_CO_HOSTS].first(event_uuid=event.uuid, user_id=user_id)
    return (co_host is not None and co_host.accepted) or _reads_event_types(tx, user_id, event.team_id)


def _reads_event_types(tx: Transaction, user_id: int, team_id: int | None) -> bool:
    if team_id is None:
        return False
    if are_permissions_used(tx, team_id):
        return is_granted(tx, user_id, team_id, PERMISSION)
    membership = membership_of(tx, user_id, team_id)
    return membership is not None and membership.accepted
