"""Operations on the roles of an organization, and on their permissions.

Source: Cal.com API v2, organization roles.
"""

from __future__ import annotations

from typing import Any

from mock_server.roles.custom_roles import (
    add_permissions,
    add_role,
    change_role,
    delete_role,
    list_roles,
    permissions_in,
    read_changes,
    remove_permissions,
    replace_permissions,
    require_role,
)
from mock_server.roles.model import CustomRole
from mock_server.roles.permissions import ORGANIZATION_PERMISSIONS, check_permissions, check_resource_and_action
from mock_server.roles.views import role_view
from mock_server.runtime.call import Call


def list_organization_roles(call: Call) -> list[dict[str, Any]]:
    """The system roles and the roles of the organization."""
    page = list_roles(call.tx, call.path_number("orgId"), call.query["skip"], call.query["take"])
    return [role_view(each, "organizationId") for each in page]


def create_organization_role(call: Call) -> dict[str, Any]:
    """Creates a role."""
    role = add_role(call.tx, call.path_number("orgId"), call.body, ORGANIZATION_PERMISSIONS)
    return role_view(role, "organizationId")


def get_organization_role(call: Call) -> dict[str, Any]:
    """One role of the organization."""
    return role_view(_role(call), "organizationId")


def update_organization_role(call: Call) -> dict[str, Any]:
    """Updates name, color or permissions."""
    changes = read_changes(call.body, ORGANIZATION_PERMISSIONS)
    return role_view(change_role(call.tx, _role(call), changes), "organizationId")


def delete_organization_role(call: Call) -> dict[str, Any]:
    """Deletes a role."""
    return role_view(delete_role(call.tx, _role(call)), "organizationId")


def list_organization_role_permissions(call: Call) -> list[str]:
    """The permissions of a role."""
    return list(_role(call).permissions)


def add_organization_role_permissions(call: Call) -> list[str]:
    """Adds permissions to a role."""
    permissions = permissions_in(call.body, ORGANIZATION_PERMISSIONS)
    return list(add_permissions(call.tx, _role(call), permissions).permissions)


def replace_organization_role_permissions(call: Call) -> list[str]:
    """Replaces the permissions of a role."""
    permissions = permissions_in(call.body, ORGANIZATION_PERMISSIONS)
    return list(replace_permissions(call.tx, _role(call), permissions).permissions)


def remove_organization_role_permissions(call: Call) -> None:
    """Removes the permissions named in the query from a role."""
    permissions = check_permissions(call.query.get("permissions", ()), ORGANIZATION_PERMISSIONS)
    remove_permissions(call.tx, _role(call), permissions)


def remove_organization_role_permission(call: Call) -> None:
    """Removes one permission from a role."""
    permission = str(call.path["permission"])
    check_resource_and_action(permission)
    remove_permissions(call.tx, _role(call), (permission,))


def _role(call: Call) -> CustomRole:
    return require_role(call.tx, call.path_number("orgId"), call.path["roleId"])
