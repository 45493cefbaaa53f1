"""The names of permissions, and which of them a custom role may hold.

Source: Cal.com API v2, roles: permissions.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server.runtime.errors import BadRequest
from mock_server.runtime.json_values import script_text

_CRUD = ("create", "read", "update", "delete")
_TEAM = ("read", "update", "delete", "invite", "remove", "listMembers", "listMembersPrivate", "changeMemberRole",
         "impersonate")  # fmt: skip


def _names(actions: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(f"{resource}.{action}" for resource, each in actions.items() for action in each)


ORGANIZATION_PERMISSIONS = (
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
"""The permissions that a role of an organization may hold."""

TEAM_PERMISSIONS = _names(
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
"""The permissions that a role of a team may hold."""

RESERVED_PERMISSIONS = _names(
    {
        "availability": ("read", "update", "override", "create", "delete"),
        "ooo": _CRUD,
        "apiKey": ("create", "read", "delete", "findKeyOfType"),
        "team": ("manageBilling",),
        "routingForm": ("manage",),
        "organization": ("delete",),
    }
)
"""Permissions that only system roles hold, apart from those that a custom role with `*.*` has."""

PERMISSIONS = tuple(dict.fromkeys((*ORGANIZATION_PERMISSIONS, *TEAM_PERMISSIONS, *RESERVED_PERMISSIONS)))
_RESOURCES, _ACTIONS = ({name.rpartition(".")[part] for name in PERMISSIONS} for part in (0, 2))


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
