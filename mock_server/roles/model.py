"""Custom roles, and the organizations and teams in which roles grant permissions."""

from __future__ import annotations

from datetime import datetime

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity


class CustomRole(Entity):
    """A role of an organization or team (`team_id`), with permissions such as `eventType.read`."""

    id: str
    team_id: int
    name: str
    created_at: datetime
    updated_at: datetime
    color: str | None = None
    description: str | None = None
    permissions: tuple[str, ...] = ()


class TeamFeatures(Entity):
    """The features switched on or off in an organization or team.

    With `pbac` (permission-based access control), the permissions of roles open operations.
    """

    team_id: int
    pbac: bool


CUSTOM_ROLES = Collection(
    "custom_roles",
    CustomRole,
    unique=(("team_id", "name"),),
    indexes=(Index(("team_id",), ("created_at",)),),
    references=(Reference("team_id", "teams"),),
)
TEAM_FEATURES = Collection("team_features", TeamFeatures, key="team_id", references=(Reference("team_id", "teams"),))

COLLECTIONS = (CUSTOM_ROLES, TEAM_FEATURES)
