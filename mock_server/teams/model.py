"""Teams, memberships and subscriptions. An organization is a team, too."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity

Role = Literal["MEMBER", "ADMIN", "OWNER"]
ROLE_RANK: dict[str, int] = {"MEMBER": 1, "ADMIN": 2, "OWNER": 3}


DEFAULT_TIME_ZONE = "Europe/London"
DEFAULT_WEEK_START = "Sunday"


class Team(Entity):
    """A team, or an organization (`is_organization`). `parent_id` is the organization of a team.

    `pending_payment` marks a team that is not paid for yet. `booking_limits` is the text of a JSON object.
    """

    id: int
    name: str
    created_at: datetime
    slug: str | None = None
    parent_id: int | None = None
    is_organization: bool = False
    is_platform: bool = False
    created_by_client_id: str | None = None
    pending_payment: bool = False
    logo_url: str | None = None
    cal_video_logo: str | None = None
    app_logo: str | None = None
    app_icon_logo: str | None = None
    banner_url: str | None = None
    bio: str | None = None
    theme: str | None = None
    brand_color: str | None = None
    dark_brand_color: str | None = None
    hide_branding: bool = False
    is_private: bool = False
    hide_book_a_team_member: bool = False
    time_format: int | None = None
    time_zone: str = DEFAULT_TIME_ZONE
    week_start: str = DEFAULT_WEEK_START
    metadata: dict[str, Any] | None = None
    booking_limits: str | None = None
    include_managed_events_in_limits: bool = False

    @property
    def slug_scope(self) -> int:
        """The scope in which the slug is unique: the organization, or 0 for standalone teams and organizations."""
        return self.parent_id or 0


class Membership(Entity):
    """A user's membership in a team or organization.

    `custom_role_id` is set where the role that grants permissions is not the system role of the rank `role`.
    """

    id: int
    user_id: int
    team_id: int
    role: Role
    accepted: bool = False
    disable_impersonation: bool = False
    custom_role_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def role_id(self) -> str:
        """The id of the role that grants permissions: a custom role, or a system role such as `member_role`."""
        return self.custom_role_id or f"{self.role.lower()}_role"


class TeamInvite(Entity):
    """An open invitation to a team: until it expires, any user may join through its link in the web application."""

    token: str
    team_id: int
    expires_at: datetime


class TeamBilling(Entity):
    """Whether standalone teams have to be paid for in this world. Without an entry they do not."""

    id: int
    enabled: bool = False


class PlatformBilling(Entity):
    """The subscription of a platform organization; the id is the organization's."""

    id: int
    customer_id: str
    subscription_id: str | None = None
    plan: str = "none"
    manager_billing_id: int | None = None


TEAMS = Collection(
    "teams",
    Team,
    unique=(("slug_scope", "slug"),),
    indexes=(Index(("parent_id", "slug")), Index(("is_organization",))),
    references=(Reference("parent_id", "teams"), Reference("created_by_client_id", "oauth_clients")),
)
MEMBERSHIPS = Collection(
    "memberships",
    Membership,
    unique=(("user_id", "team_id"),),
    indexes=(Index(("team_id", "role", "accepted")), Index(("custom_role_id",))),
    references=(Reference("user_id", "users"), Reference("team_id", "teams")),
)

TEAM_INVITES = Collection("team_invites", TeamInvite, key="token", references=(Reference("team_id", "teams"),))
TEAM_BILLING = Collection("team_billing", TeamBilling)
PLATFORM_BILLINGS = Collection(
    "platform_billings",
    PlatformBilling,
    references=(Reference("id", "teams"), Reference("manager_billing_id", "platform_billings", "set null")),
)

COLLECTIONS = (TEAMS, MEMBERSHIPS, TEAM_INVITES, TEAM_BILLING, PLATFORM_BILLINGS)
