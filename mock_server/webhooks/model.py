"""Webhooks of users, event types, OAuth clients and organizations."""

from __future__ import annotations

from datetime import datetime

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity


class Webhook(Entity):
    """A subscriber: exactly one of the owner fields is set. `team_id` names an organization here."""

    id: str
    subscriber_url: str
    triggers: tuple[str, ...]
    created_at: datetime
    active: bool = True
    payload_template: str | None = None
    secret: str | None = None
    user_id: int | None = None
    event_type_id: int | None = None
    platform_oauth_client_id: str | None = None
    team_id: int | None = None


WEBHOOKS = Collection(
    "webhooks",
    Webhook,
    unique=(
        ("user_id", "subscriber_url"),
        ("platform_oauth_client_id", "subscriber_url"),
    ),
    indexes=(Index(("subscriber_url",)),),
    references=(
        Reference("user_id", "users"),
        Reference("event_type_id", "event_types"),
        Reference("platform_oauth_client_id", "oauth_clients"),
        Reference("team_id", "teams"),
    ),
)

COLLECTIONS = (WEBHOOKS,)
