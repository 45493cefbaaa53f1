"""The organization or team in the path, whose roles an operation is about."""

from __future__ import annotations

from typing import Literal

import msgspec

from mock_server.roles.permissions import permissions_of_organizations, permissions_of_teams
from mock_server.runtime.call import Call

OwnerKey = Literal["organizationId", "teamId"]


class RoleOwner(msgspec.Struct, frozen=True):
    """An organization or team: its id, the name of the id in replies, and the permissions that its roles may hold."""

    id: int
    key: OwnerKey
    permissions: tuple[str, ...]


def owner_in_path(call: Call) -> RoleOwner:
    """The team in the path, or else the organization."""
    if "teamId" in call.path:
        return RoleOwner(call.path_number("teamId"), "teamId", permissions_of_teams(call.tx))
    return RoleOwner(call.path_number("orgId"), "organizationId", permissions_of_organizations(call.tx))
