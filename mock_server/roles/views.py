"""Views of roles."""

from __future__ import annotations

from typing import Any

from mock_server.roles.model import CustomRole
from mock_server.roles.owner import OwnerKey
from mock_server.roles.system_roles import CREATED_AT, SystemRole
from mock_server.runtime.dates import iso


def role_view(role: SystemRole | CustomRole, owner_key: OwnerKey) -> dict[str, Any]:
    """A role. `owner_key` names the organization or team, which is null for a system role."""
    is_custom = isinstance(role, CustomRole)
    return {
        "id": role.id,
        "name": role.name,
        "color": role.color,
        "description": role.description,
        owner_key: role.team_id if is_custom else None,
        "type": "CUSTOM" if is_custom else "SYSTEM",
        "permissions": list(role.permissions),
        "createdAt": iso(role.created_at if is_custom else CREATED_AT),
        "updatedAt": iso(role.updated_at if is_custom else CREATED_AT),
    }
