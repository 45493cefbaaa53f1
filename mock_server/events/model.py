"""Entities of events: pages of a fixed date, and their co-hosts. Only a world file creates them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import msgspec

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity


class EventLocation(msgspec.Struct, frozen=True, kw_only=True):
    """A location. `type` determines which fields are set."""

    type: Literal["address", "link", "integration", "organizersDefaultApp"]
    address: str | None = None
    link: str | None = None
    integration: str | None = None
    credential_id: int | None = None


class Event(Entity):
    """An event of a user, and of the team that owns it, if any. It is published and cancelled at these times."""

    uuid: str
    user_id: int
    slug: str
    title: str
    start: datetime
    end: datetime
    time_zone: str
    team_id: int | None = None
    description: str | None = None
    visibility: Literal["PUBLIC", "UNLISTED"] = "PUBLIC"
    hidden: bool = False
    published_at: datetime | None = None
    cancelled_at: datetime | None = None
    locations: tuple[EventLocation, ...] = ()
    cover_image_url: str | None = None
    requires_approval: bool = False
    waitlist_enabled: bool = False
    confirmed_count: int = 0


class EventCoHost(Entity):
    """A user who hosts an event together with its owner, once the invitation is accepted."""

    id: int
    event_uuid: str
    user_id: int
    accepted: bool = False


EVENTS = Collection(
    "events",
    Event,
    key="uuid",
    unique=(("slug",),),
    indexes=(Index(("user_id",), ("start",)),),
    references=(Reference("user_id", "users"), Reference("team_id", "teams")),
)
EVENT_CO_HOSTS = Collection(
    "event_co_hosts",
    EventCoHost,
    unique=(("event_uuid", "user_id"),),
    references=(Reference("event_uuid", "events"), Reference("user_id", "users")),
)

COLLECTIONS = (EVENTS, EVENT_CO_HOSTS)
