"""What an organization has beyond a team: profiles, settings, a billing subscription, managed organizations."""

from __future__ import annotations

from datetime import datetime

from mock_server.state.collection import Collection, Reference
from mock_server.state.entity import Entity

PLAN_RANK: dict[str, int] = {"FREE": 1, "STARTER": 2, "ESSENTIALS": 3, "SCALE": 4, "ENTERPRISE": 5}


class Profile(Entity):
    """A user's appearance in an organization."""

    id: int
    uid: str
    user_id: int
    organization_id: int
    username: str
    created_at: datetime
    updated_at: datetime


class OrganizationSettings(Entity):
    """Settings of an organization. That there are any is what gives it Admin API access."""

    id: int
    organization_id: int
    is_admin_api_enabled: bool = False
    org_auto_accept_email: str | None = None


class PlatformBilling(Entity):
    """The subscription of a platform organization; the id is the organization's."""

    id: int
    customer_id: str
    subscription_id: str | None = None
    plan: str = "none"
    manager_billing_id: int | None = None


class ManagedOrganization(Entity):
    """An organization that another one manages. The key is the managed organization's id."""

    managed_organization_id: int
    manager_organization_id: int


class OutOfOffice(Entity):
    """A time in which a user is away, and who stands in."""

    id: int
    uuid: str
    user_id: int
    start: datetime
    end: datetime
    created_at: datetime
    updated_at: datetime
    reason: str | None = None
    notes: str | None = None
    to_user_id: int | None = None


PROFILES = Collection(
    "profiles",
    Profile,
    unique=(("user_id", "organization_id"), ("username", "organization_id")),
    references=(Reference("user_id", "users"), Reference("organization_id", "teams")),
)
ORGANIZATION_SETTINGS = Collection(
    "organization_settings",
    OrganizationSettings,
    unique=(("organization_id",),),
    references=(Reference("organization_id", "teams"),),
)
PLATFORM_BILLINGS = Collection("platform_billings", PlatformBilling, references=(Reference("id", "teams"),))
MANAGED_ORGANIZATIONS = Collection(
    "managed_organizations",
    ManagedOrganization,
    key="managed_organization_id",
    references=(Reference("managed_organization_id", "teams"), Reference("manager_organization_id", "teams")),
)

OUT_OF_OFFICES = Collection(
    "out_of_offices",
    OutOfOffice,
    references=(Reference("user_id", "users"), Reference("to_user_id", "users", "set null")),
)

COLLECTIONS = (PROFILES, ORGANIZATION_SETTINGS, PLATFORM_BILLINGS, MANAGED_ORGANIZATIONS, OUT_OF_OFFICES)
