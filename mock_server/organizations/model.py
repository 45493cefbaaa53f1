"""Entities of organizations: settings, managed organizations, attributes, out-of-office entries."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import msgspec

from mock_server.state.collection import Collection, Index, Reference
from mock_server.state.entity import Entity

AttributeType = Literal["TEXT", "NUMBER", "SINGLE_SELECT", "MULTI_SELECT", "USER_RELATIONSHIP"]
AssignmentChangeType = Literal["ASSIGNED", "UPDATED", "REMOVED"]
SyncStatus = Literal["APPLIED", "SKIPPED_BY_RULE", "NO_RULES_MATCHED", "FAILED", "INVALID_SIGNATURE", "RATE_LIMITED"]
Reason = Literal["unspecified", "vacation", "travel", "sick", "public_holiday"]

PLAN_RANK: dict[str, int] = {
    name: rank
    for rank, name in enumerate(("FREE", "STARTER", "ESSENTIALS", "SCALE", "PER_ACTIVE_USER", "ENTERPRISE"), 1)
}


class OrganizationSettings(Entity):
    """Settings of an organization. Their existence grants Admin API access.

    A verified organization accepts members of its domain, `org_auto_accept_email`, at once.
    """

    id: int
    organization_id: int
    is_admin_api_enabled: bool = False
    org_auto_accept_email: str | None = None
    lock_event_type_creation: bool = False
    is_organization_verified: bool = False


class ManagedOrganization(Entity):
    """A link from a managed organization, whose id is the key, to its manager."""

    managed_organization_id: int
    manager_organization_id: int


class OutOfOffice(Entity):
    """A period of whole days (UTC) in which a user is away, and the user who takes over (`to_user_id`)."""

    id: int
    uuid: str
    user_id: int
    start: datetime
    end: datetime
    created_at: datetime
    updated_at: datetime
    reason: Reason | None = None
    notes: str | None = None
    to_user_id: int | None = None


class Attribute(Entity):
    """A property that an organization (`team_id`) records for its members. The slug is unique across organizations."""

    id: str
    team_id: int
    type: AttributeType
    name: str
    slug: str
    created_at: datetime
    updated_at: datetime
    enabled: bool = True
    users_can_edit_relation: bool = False
    is_weights_enabled: bool = False
    is_locked: bool = False


class AttributeOption(Entity):
    """A possible value of an attribute. Options are listed in the order of `place`."""

    id: str
    attribute_id: str
    value: str
    slug: str
    place: int
    is_group: bool = False
    contains: tuple[str, ...] = ()


class AttributeAssignment(Entity):
    """The assignment of an option to a member of an organization. `member_id` is the id of the membership."""

    id: str
    member_id: int
    attribute_option_id: str
    created_at: datetime
    updated_at: datetime | None = None
    weight: float | int | None = None
    created_by_id: int | None = None
    created_by_dsync_id: str | None = None
    updated_by_id: int | None = None
    updated_by_dsync_id: str | None = None


class AssignedValue(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A value as it was assigned, in the names of the API."""

    option_id: str
    option_slug: str
    value: str
    weight: float | int | None = None


class AssignmentChange(Entity):
    """An entry in the history of a member's attributes. The actor is a user, None for credentials without one.

    The attribute is kept as it was, since it may be deleted later.
    """

    id: str
    member_id: int
    at: datetime
    type: AssignmentChangeType
    attribute_id: str
    attribute_slug: str
    attribute_name: str
    attribute_type: AttributeType
    actor_id: int | None = None
    previous: AssignedValue | None = None
    current: AssignedValue | None = None


class AttributeSyncRun(Entity):
    """A run of the synchronization with an outside directory. Only world files have them: no operation starts one.

    The rules that were evaluated, the fields that were mapped and the memberships that changed are in the names of the
    API.
    """

    id: str
    organization_id: int
    provider: str
    status: SyncStatus
    created_at: datetime
    user_id: int | None = None
    credential_id: int | None = None
    external_user_id: str | None = None
    signature_verified: bool = True
    error_message: str | None = None
    rule_evaluations: tuple[dict[str, Any], ...] = ()
    applied_field_mappings: tuple[dict[str, Any], ...] = ()
    team_membership_changes: tuple[dict[str, Any], ...] = ()


ORGANIZATION_SETTINGS = Collection(
    "organization_settings",
    OrganizationSettings,
    unique=(("organization_id",),),
    references=(Reference("organization_id", "teams"),),
)
MANAGED_ORGANIZATIONS = Collection(
    "managed_organizations",
    ManagedOrganization,
    key="managed_organization_id",
    references=(Reference("managed_organization_id", "teams"), Reference("manager_organization_id", "teams")),
)

OUT_OF_OFFICES = Collection(
    "out_of_offices",
    OutOfOffice,
    indexes=(Index(("user_id",), ("start",)), Index(("to_user_id",), ("start",))),
    references=(Reference("user_id", "users"), Reference("to_user_id", "users")),
)
ATTRIBUTES = Collection(
    "attributes",
    Attribute,
    unique=(("slug",),),
    indexes=(Index(("team_id",), ("created_at",)),),
    references=(Reference("team_id", "teams"),),
)
ATTRIBUTE_OPTIONS = Collection(
    "attribute_options",
    AttributeOption,
    indexes=(Index(("attribute_id",), ("place",)),),
    references=(Reference("attribute_id", "attributes"),),
)
ATTRIBUTE_ASSIGNMENTS = Collection(
    "attribute_assignments",
    AttributeAssignment,
    unique=(("member_id", "attribute_option_id"),),
    indexes=(Index(("member_id",), ("created_at",)), Index(("attribute_option_id",), ("created_at",))),
    references=(Reference("member_id", "memberships"), Reference("attribute_option_id", "attribute_options")),
)
ASSIGNMENT_CHANGES = Collection(
    "assignment_changes",
    AssignmentChange,
    indexes=(Index(("member_id",), ("at",)),),
    references=(Reference("member_id", "memberships"),),
)
ATTRIBUTE_SYNC_RUNS = Collection(
    "attribute_sync_runs",
    AttributeSyncRun,
    indexes=(Index(("organization_id",), ("created_at",)),),
    references=(Reference("organization_id", "teams"), Reference("user_id", "users", "set null")),
)

COLLECTIONS = (
    ORGANIZATION_SETTINGS,
    MANAGED_ORGANIZATIONS,
    OUT_OF_OFFICES,
    ATTRIBUTES,
    ATTRIBUTE_OPTIONS,
    ATTRIBUTE_ASSIGNMENTS,
    ASSIGNMENT_CHANGES,
    ATTRIBUTE_SYNC_RUNS,
)
