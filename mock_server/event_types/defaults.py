"""The default event types of new users."""

from __future__ import annotations

from mock_server.event_types.model import CAL_VIDEO, EVENT_TYPES, EventType
from mock_server.identity.model import User
from mock_server.state.transaction import Transaction

_DEFAULTS = (
    ("thirty-minutes", "30 Minutes", 30, ()),
    ("sixty-minutes", "60 Minutes", 60, ()),
    ("thirty-minutes-video", "30 Minutes", 30, (CAL_VIDEO,)),
    ("sixty-minutes-video", "60 Minutes", 60, (CAL_VIDEO,)),
)


def create_default_event_types(tx: Transaction, user: User) -> list[EventType]:
    """Creates the four default event types of a new user; the first two have no location."""
    return [
        tx[EVENT_TYPES].create(user_id=user.id, slug=slug, title=title, length=length, locations=locations)
        for slug, title, length, locations in _DEFAULTS
    ]
