"""The names of permissions, and which of them a custom role may hold.

Source: Cal.com API v2, roles: permissions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server.runtime.errors import BadRequest
from mock_server.runtime.json_values import script_text
from mock_server.state.transaction import Transaction

_CRUD = ("create", "read", "update", "delete")
_TEAM = ("read", "update", "delete", "invite", "remove", "listMembers", "listMembersPrivate", "changeMemberRole",
         "impersonate")  # fmt: skip


def _names(actions: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(f"{resource}.{action}" for resource, each in actions.items() for action in each)


ADMIN_DATA_VIEWS = (
    "viewManagedOrganizations", "viewUsers", "viewEventTypes", "viewTeams", "viewMemberships", "viewBookings",
    "viewBookingDenormalized", "viewBookingTimeStatusDenormalized", "viewRoutingFormResponseDenormalized",
    "viewAttendees", "viewProfiles", "viewSchedules", "viewWorkflows", "viewTeamBilling", "viewOrgBilling",
    "viewTeamDunning", "viewOrgDunning", "viewPayments", "viewCreditBalances", "viewApps", "viewWebhooks",
    "viewAbuseScores", "viewWatchlist", "viewBookingReports", "viewFeatures", "viewOrgSettings",
    "viewImpersonations", "viewUserFeatures", "viewTeamFeatures", "viewOauthClients", "viewOrgOnboardings",
    "sqlRunner", "viewRoutingFormResponseFields", "viewRoutingForms", "viewApiKey", "viewRateLimit",
    "changeRateLimit", "viewDiscoverListings", "viewDiscoverBusinessProfiles", "viewDiscoverReviews",
    "viewAnalyticsScriptUrlReviews", "reviewAnalyticsScriptUrls", "viewTask",
)  # fmt: skip
"""Actions of the service's own administration."""
_FIRST_ORGANIZATION_PERMISSIONS = (
    "*.*",
    *_names(
        {
            "role": _CRUD,
            "eventType": _CRUD,
            "team": ("create", *_TEAM),
            "organization": (
                "create", "read", "listMembers", "listMembersPrivate", "invite", "remove", "manageBilling",
                "changeMemberRole", "impersonate", "passwordReset", "update",
            ),
            "booking": ("read", "readOrgBookings", "readRecordings", "update", "readOrgAuditLogs"),
            "insights": ("read",),
            "workflow": _CRUD,
            "organization.attributes": (*_CRUD, "editUsers"),
            "routingForm": _CRUD,
            "webhook": _CRUD,
            "watchlist": _CRUD,
            "featureOptIn": ("read", "update"),
        }
    ),
)  # fmt: skip
_FIRST_TEAM_PERMISSIONS = _names(
    {
        "role": _CRUD,
        "eventType": _CRUD,
        "team": _TEAM,
        "booking": ("read", "readTeamBookings", "readRecordings", "update", "readTeamAuditLogs"),
        "insights": ("read",),
        "workflow": _CRUD,
        "routingForm": _CRUD,
        "webhook": _CRUD,
        "featureOptIn": ("read", "update"),
    }
)
_ADDED = _names(
    {
        "availability": ("readTeamAvailability",),
        "eventType": ("readTeamEventTypes",),
        "role": ("readTeamRoles",),
        "routingForm": ("readTeamRoutingForms", "readResponsePii"),
        "workflow": ("readTeamWorkflows",),
        "team": ("readTeamSettings", "readConferencing", "readVerifiedResources", "readMemberships"),
        "tag": ("create", "update", "delete"),
    }
)
_ADDED_FOR_ORGANIZATIONS = _names(
    {
        "availability": ("readOrgAvailability", "updateOrgAvailability"),
        "booking": ("updateOrgBookings", "reassignOrgPastBookings"),
        "eventType": ("readOrgEventTypes",),
        "ooo": ("readOrgOoo",),
        "organization": ("delete", "editUsers", "readMemberships", "readManagedOrganizations",
                         "readDelegationCredentials"),
        "organization.attributes": ("readAuditLogs", "readSyncHistory"),
        "organization.customDomain": _CRUD,
        "role": ("readOrgRoles",),
        "routingForm": ("readOrgAuditLogs", "readOrgRoutingForms"),
        "team": ("readOrgTeams",),
        "webhook": ("readOrgWebhooks",),
    }
)  # fmt: skip
_ADDED_FOR_TEAMS = _names(
    {"booking": ("updateTeamBookings", "reassignTeamPastBookings"), "routingForm": ("readTeamAuditLogs",)}
)

ORGANIZATION_PERMISSIONS = (*_FIRST_ORGANIZATION_PERMISSIONS, *_ADDED, *_ADDED_FOR_ORGANIZATIONS)
"""The permissions that a role of an organization may hold."""
TEAM_PERMISSIONS = (*_FIRST_TEAM_PERMISSIONS, *_ADDED, *_ADDED_FOR_TEAMS)
"""The permissions that a role of a team may hold."""

RESERVED_PERMISSIONS = _names(
    {
        "availability": ("read", "update", "override", "create", "delete"),
        "ooo": _CRUD,
        "apiKey": ("create", "read", "delete", "findKeyOfType"),
        "team": ("manageBilling", "manage"),
        "routingForm": ("manage",),
        "organization": ("delete",),
        "role": ("manage",),
        "eventType": ("manage",),
        "booking": ("manage",),
        "adminDataview": ADMIN_DATA_VIEWS,
    }
)
"""Permissions that only system roles hold, apart from those that a custom role with `*.*` has."""

PERMISSIONS = tuple(dict.fromkeys((*ORGANIZATION_PERMISSIONS, *TEAM_PERMISSIONS, *RESERVED_PERMISSIONS)))
_RESOURCES, _ACTIONS = ({name.rpartition(".")[part] for name in PERMISSIONS} for part in (0, 2))


def permissions_of_organizations(tx: Transaction) -> tuple[str, ...]:
    """What a role of an organization may hold in the world's edition."""
    return ORGANIZATION_PERMISSIONS if _has_all(tx) else _FIRST_ORGANIZATION_PERMISSIONS


def permissions_of_teams(tx: Transaction) -> tuple[str, ...]:
    """What a role of a team may hold in the world's edition."""
    return TEAM_PERMISSIONS if _has_all(tx) else _FIRST_TEAM_PERMISSIONS


def _has_all(tx: Transaction) -> bool:
    return tx.has("more-permissions")


def check_permissions(values: Iterable[Any], allowed: Iterable[str]) -> tuple[str, ...]:
    """The values as names of permissions. Raises BadRequest for the first one that is not `allowed`."""
    allowed = frozenset(allowed)
    names = tuple(map(script_text, values))
    for name in names:
        if name not in allowed:
            raise _no_permission(name)
    return names


def check_resource_and_action(name: str) -> None:
    """Raises BadRequest unless the name is a known resource and a known action, in any combination."""
    resource, _, action = name.rpartition(".")
    if resource not in _RESOURCES or action not in _ACTIONS:
        raise _no_permission(name)


def grants(held: Iterable[str], permission: str) -> bool:
    """Whether one of the permissions held is this one or covers it: `*.*`, `*.<action>`, `<resource>.*`."""
    resource, _, action = permission.rpartition(".")
    return not {permission, "*.*", f"*.{action}", f"{resource}.*"}.isdisjoint(held)


def _no_permission(name: str) -> BadRequest:
    return BadRequest(
        f"Permission '{name}' must be a valid permission string in format 'resource.action' (e.g., 'eventType.read', "
        "'booking.create')"
    )
