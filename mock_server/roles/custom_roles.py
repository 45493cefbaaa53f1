"""Creates and changes the custom roles of an organization or team, and gives them to members.

Source: Cal.com API v2, roles.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server.roles.model import CUSTOM_ROLES, CustomRole
from mock_server.roles.permissions import check_permissions
from mock_server.roles.system_roles import MEMBER_ROLE, SYSTEM_ROLES, SystemRole, system_roles
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.runtime.json_values import is_list
from mock_server.state.errors import UniqueViolation
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, Membership


def add_role(tx: Transaction, team_id: int, body: dict[str, Any], allowed: Iterable[str]) -> CustomRole:
    """Creates a role. Raises BadRequest for a name in use, and for permissions that are unknown or listed twice."""
    permissions = check_permissions(body.get("permissions") or (), allowed)
    if tx[CUSTOM_ROLES].first(team_id=team_id, name=body["name"]) is not None:
        raise BadRequest(f'Role with name "{body["name"]}" already exists')
    if repeated := _repeated(permissions):
        raise BadRequest(f"The permission {repeated} is listed more than once.")
    return tx[CUSTOM_ROLES].insert(
        CustomRole(
            id=tx.identifiers.uuid4(),
            team_id=team_id,
            name=body["name"],
            color=body.get("color") or None,
            description=body.get("description") or None,
            permissions=permissions,
            created_at=tx.now,
            updated_at=tx.now,
        )
    )


def list_roles(tx: Transaction, team_id: int, skip: int, take: int) -> list[SystemRole | CustomRole]:
    """A page of the system roles, followed by the custom roles, oldest first."""
    system = list(system_roles(tx).values())[skip : skip + take]
    custom = tx[CUSTOM_ROLES].page(max(skip - len(SYSTEM_ROLES), 0), take - len(system), team_id=team_id)
    return [*system, *custom]


def require_role(tx: Transaction, team_id: int, role_id: Any) -> CustomRole:
    """The custom role with that id in the organization or team. Raises NotFound, for system roles as well."""
    role = tx[CUSTOM_ROLES].get(role_id)
    if role is None or role.team_id != team_id:
        raise NotFound(f"Role with id {role_id} within team id {team_id} not found")
    return role


def read_changes(body: dict[str, Any], allowed: Iterable[str]) -> dict[str, Any]:
    """The fields of a role that a request changes. The description cannot be changed, as upstream.

    Raises BadRequest for unknown permissions.
    """
    changes: dict[str, Any] = {}
    if body.get("name") is not None:
        changes["name"] = body["name"]
    if "color" in body:
        changes["color"] = body["color"] or None
    if body.get("permissions") is not None:
        changes["permissions"] = check_permissions(body["permissions"], allowed)
    return changes


def change_role(tx: Transaction, role: CustomRole, changes: dict[str, Any]) -> CustomRole:
    """Updates a role; `permissions` replaces the whole set.

    Raises UniqueViolation for a name in use, and for new permissions listed twice.
    """
    if "permissions" in changes:
        replace_permissions(tx, role, changes.pop("permissions"))
    return tx[CUSTOM_ROLES].update(role.id, **changes, updated_at=tx.now)


def delete_role(tx: Transaction, role: CustomRole) -> CustomRole:
    """Deletes a role. Its holders get the system role for members; their rank stays."""
    for membership in tx[MEMBERSHIPS].find(custom_role_id=role.id):
        tx[MEMBERSHIPS].update(membership.id, custom_role_id=MEMBER_ROLE)
    return tx[CUSTOM_ROLES].delete(role.id)


def permissions_in(body: dict[str, Any], allowed: Iterable[str]) -> tuple[str, ...]:
    """The `permissions` of a body, where a single value counts as a list. Raises BadRequest for unknown ones."""
    value = body.get("permissions", "undefined")
    return check_permissions(value if is_list(value) else [value], allowed)


def add_permissions(tx: Transaction, role: CustomRole, permissions: Iterable[str]) -> CustomRole:
    """Adds permissions to a role; it may hold some of them already."""
    return _with_permissions(tx, role, dict.fromkeys((*role.permissions, *permissions)))


def replace_permissions(tx: Transaction, role: CustomRole, permissions: tuple[str, ...]) -> CustomRole:
    """Replaces the permissions of a role. Raises UniqueViolation if one that it does not hold yet is listed twice."""
    kept = [each for each in role.permissions if each in permissions]
    added = tuple(each for each in permissions if each not in role.permissions)
    if repeated := _repeated(added):
        raise UniqueViolation(f"permission {repeated} of role {role.id}")
    return _with_permissions(tx, role, (*kept, *added))


def remove_permissions(tx: Transaction, role: CustomRole, permissions: Iterable[str]) -> CustomRole:
    """Removes permissions from a role, which need not hold them."""
    removed = frozenset(permissions)
    return _with_permissions(tx, role, (each for each in role.permissions if each not in removed))


def assign_role(tx: Transaction, membership: Membership, role_id: str) -> Membership:
    """Gives a role to a member, until the rank of the membership is set again. Raises NotFound.

    The role is a system role, or a custom one of the organization or team of the membership.
    """
    if role_id not in SYSTEM_ROLES:
        require_role(tx, membership.team_id, role_id)
    return tx[MEMBERSHIPS].update(membership.id, custom_role_id=role_id, updated_at=tx.now)


def _with_permissions(tx: Transaction, role: CustomRole, permissions: Iterable[str]) -> CustomRole:
    return tx[CUSTOM_ROLES].update(role.id, permissions=tuple(permissions))


def _repeated(names: tuple[str, ...]) -> str | None:
    return next((each for place, each in enumerate(names) if each in names[:place]), None)
