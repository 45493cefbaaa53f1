"""Routing forms of organizations and teams, and the responses to them."""

from __future__ import annotations

from datetime import datetime

from mock_server.state.collection import Collection, Reference
from mock_server.state.entity import Entity


class RoutingForm(Entity):
    """A form whose answers decide where its visitor is sent."""

    id: str
    name: str
    created_at: datetime
    team_id: int | None = None
    user_id: int | None = None


ROUTING_FORMS = Collection(
    "routing_forms", RoutingForm, references=(Reference("team_id", "teams"), Reference("user_id", "users"))
)

COLLECTIONS = (ROUTING_FORMS,)
