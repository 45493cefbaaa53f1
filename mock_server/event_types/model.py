"""Event types of people and of teams."""

from __future__ import annotations

from mock_server.state.collection import Collection, Reference
from mock_server.state.entity import Entity


class EventType(Entity):
    """Something that can be booked: `user_id` owns a personal one, `team_id` a team's."""

    id: int
    title: str
    slug: str
    length: int
    user_id: int | None = None
    team_id: int | None = None


EVENT_TYPES = Collection(
    "event_types",
    EventType,
    unique=(("user_id", "slug"), ("team_id", "slug")),
    references=(Reference("user_id", "users"), Reference("team_id", "teams")),
)

COLLECTIONS = (EVENT_TYPES,)
