"""Operations on the roles of an organization or of its teams, and on their permissions.

Source: Cal.com API v2, organization roles, organization team roles.
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
from mock_server.roles.owner import owner_in_path
from mock_server.roles.permissions import check_permissions, check_resource_and_action
from mock_server.roles.views import role_view
from mock_server.runtime.call import Call


def list_organization_roles(call: Call) -> list[dict[str, Any]]:
    """The system roles, followed by the roles of the organization or team."""
    owner = owner_in_path(call)
    page = list_roles(call.tx, owner.id, call.query["skip"], call.query["take"])
    return [role_view(each, owner.key) for each in page]


def create_organization_role(call: Call) -> dict[str, Any]:
    """Creates a role."""
    owner = owner_in_path(call)
    return role_view(add_role(call.tx, owner.id, call.body, owner.permissions), owner.key)


def get_organization_role(call: Call) -> dict[str, Any]:
    """One role of the organization or team."""
    return role_view(_role(call), owner_in_path(call).key)


def update_organization_role(call: Call) -> dict[str, Any]:
    """Updates name, color or permissions."""
    owner = owner_in_path(call)
    changes = read_changes(call.body, owner.permissions)
    return role_view(change_role(call.tx, _role(call), changes), owner.key)


def delete_organization_role(call: Call) -> dict[str, Any]:
    """Deletes a role."""
    return role_view(delete_role(call.tx, _role(call)), owner_in_path(call).key)


def list_organization_role_permissions(call: Call) -> list[str]:
    """The permissions of a role."""
    return list(_role(call).permissions)


def add_organization_role_permissions(call: Call) -> list[str]:
    """Adds permissions to a role."""
    permissions = permissions_in(call.body, owner_in_path(call).permissions)
    return list(add_permissions(call.tx, _role(call), permissions).permissions)


def replace_organization_role_permissions(call: Call) -> list[str]:
    """Replaces the permissions of a role."""
    permissions = permissions_in(call.body, owner_in_path(call).permissions)
    return list(replace_permissions(call.tx, _role(call), permissions).permissions)


def remove_organization_role_permissions(call: Call) -> None:
    """Removes the permissions named in the query from a role."""
    permissions = check_permissions(call.query.get("permissions", ()), owner_in_path(call).permissions)
    remove_permissions(call.tx, _role(call), permissions)


def remove_organization_role_permission(call: Call) -> None:
    """Removes one permission from a role."""
    permission = str(call.path["permission"])
    check_resource_and_action(permission)
    remove_permissions(call.tx, _role(call), (permission,))


list_organization_team_roles = list_organization_roles
create_organization_team_role = create_organization_role
get_organization_team_role = get_organization_role
update_organization_team_role = update_organization_role
delete_organization_team_role = delete_organization_role
list_organization_team_role_permissions = list_organization_role_permissions
add_organization_team_role_permissions = add_organization_role_permissions
replace_organization_team_role_permissions = replace_organization_role_permissions
remove_organization_team_role_permissions = remove_organization_role_permissions
remove_organization_team_role_permission = remove_organization_role_permission


def _role(call: Call) -> CustomRole:
    return require_role(call.tx, owner_in_path(call).id, call.path["roleId"])
