"""Which schedule of a user an event type uses.

Source: Cal.com API v2, schedules of team members.
"""

from __future__ import annotations

from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.identity.model import User
from mock_server.runtime.errors import NotFound
from mock_server.schedules.defaults import default_schedule
from mock_server.schedules.model import SCHEDULES, Schedule
from mock_server.state.transaction import Transaction


def require_event_type(tx: Transaction, event_type_id: int) -> EventType:
    """The event type. Raises NotFound."""
    event_type = tx[EVENT_TYPES].get(event_type_id)
    if event_type is None:
        raise NotFound(f"Event type with id {event_type_id} not found")
    return event_type


def is_host(tx: Transaction, user: User, event_type: EventType) -> bool:
    """Whether the user owns or hosts the event type."""
    hosting = tx[HOSTS].first(user_id=user.id, event_type_id=event_type.id)
    return event_type.user_id == user.id or hosting is not None


def schedule_for(tx: Transaction, user: User, event_type: EventType) -> Schedule | None:
    """The schedule by which the event type offers the user's time.

    That is the event type's own, else the one that the user has as its host, else the user's default.
    """
    hosting = tx[HOSTS].first(user_id=user.id, event_type_id=event_type.id)
    chosen = event_type.schedule_id or (hosting.schedule_id if hosting else None)
    return tx[SCHEDULES].get(chosen) or default_schedule(tx, user)
