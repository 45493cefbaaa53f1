"""Routing forms of organizations and teams, and the responses to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity


class RoutingForm(Entity):
    """A form whose answers decide where a visitor is sent. `routes`, `fields` and `settings` are JSON as stored."""

    id: str
    name: str
    user_id: int
    created_at: datetime
    updated_at: datetime
    team_id: int | None = None
    description: str | None = None
    position: int = 0
    routes: list[Any] | None = None
    fields: list[Any] | None = None
    settings: dict[str, Any] | None = None
    disabled: bool = False
    updated_by_id: int | None = None


class RoutingFormResponse(Entity):
    """The answers of one visitor: `response` maps field ids to answers."""

    id: int
    form_id: str
    form_filler_id: str
    response: dict[str, Any]
    created_at: datetime
    updated_at: datetime | None = None
    routed_to_booking_uid: str | None = None
    chosen_route_id: str | None = None


class QueuedResponse(Entity):
    """The answers of one visitor that wait to become a response. They are in no list, and expire."""

    id: str
    form_id: str
    response: dict[str, Any]
    created_at: datetime
    chosen_route_id: str | None = None


ROUTING_FORMS = Collection(
    "routing_forms",
    RoutingForm,
    indexes=(Index(("team_id",), ("created_at",)),),
    references=(Reference("team_id", "teams"), Reference("user_id", "users")),
)
ROUTING_FORM_RESPONSES = Collection(
    "routing_form_responses",
    RoutingFormResponse,
    unique=(("form_filler_id", "form_id"), ("routed_to_booking_uid",)),
    indexes=(Index(("form_id",), ("created_at",)),),
    references=(Reference("form_id", "routing_forms"),),
)
QUEUED_RESPONSES = Collection(
    "queued_routing_form_responses",
    QueuedResponse,
    indexes=(Index(("form_id",), ("created_at",)),),
    references=(Reference("form_id", "routing_forms"),),
)

COLLECTIONS = (ROUTING_FORMS, ROUTING_FORM_RESPONSES, QUEUED_RESPONSES)
