"""Webhooks of users, event types, OAuth clients and organizations."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity

TimeUnit = Literal["DAY", "HOUR", "MINUTE"]
PAYLOAD_VERSION = "2021-10-20"
INVITATIONS_VERSION = "2026-07-27"
"""The version of payloads that have invitations, as iCalendar files."""


class Webhook(Entity):
    """A subscription. Exactly one owner field is set; `team_id` is an organization, or a team in world files.

    `time` and `time_unit` are the delay of no-show triggers. Only world files set `platform` (receives all events).
    """

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
    app_id: str | None = None
    platform: bool = False
    time: int | None = None
    time_unit: TimeUnit | None = None
    version: str = PAYLOAD_VERSION


WEBHOOKS = Collection(
    "webhooks",
    Webhook,
    unique=(
        ("user_id", "subscriber_url"),
        ("platform_oauth_client_id", "subscriber_url"),
    ),
    indexes=(
        Index(("user_id",), ("created_at",)),
        Index(("event_type_id",), ("created_at",)),
        Index(("platform_oauth_client_id",), ("created_at",)),
        Index(("team_id",), ("created_at",)),
        Index(("platform",), ("created_at",)),
        Index(("active",), ("created_at",)),
    ),
    references=(
        Reference("user_id", "users"),
        Reference("event_type_id", "event_types"),
        Reference("platform_oauth_client_id", "oauth_clients"),
        Reference("team_id", "teams"),
    ),
)

COLLECTIONS = (WEBHOOKS,)
