"""Teams (an organization is a team, too) and who belongs to them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity

Role = Literal["MEMBER", "ADMIN", "OWNER"]
ROLE_RANK: dict[str, int] = {"MEMBER": 1, "ADMIN": 2, "OWNER": 3}


class Team(Entity):
    """A team, or an organization (`is_organization`). `parent_id` is the organization of a team."""

    id: int
    name: str
    created_at: datetime
    slug: str | None = None
    parent_id: int | None = None
    is_organization: bool = False
    is_platform: bool = False
    created_by_client_id: str | None = None
    metadata: dict[str, Any] | None = None


class Membership(Entity):
    """A user's place in a team or an organization."""

    id: int
    user_id: int
    team_id: int
    role: Role
    accepted: bool = False
    disable_impersonation: bool = False


TEAMS = Collection(
    "teams",
    Team,
    indexes=(Index(("parent_id", "slug")), Index(("is_organization",))),
    references=(Reference("parent_id", "teams"), Reference("created_by_client_id", "oauth_clients")),
)
MEMBERSHIPS = Collection(
    "memberships",
    Membership,
    unique=(("user_id", "team_id"),),
    references=(Reference("user_id", "users"), Reference("team_id", "teams")),
)

COLLECTIONS = (TEAMS, MEMBERSHIPS)
