"""The access rule for permissions of roles.

Source: Cal.com API v2, guard for permission-based access control.
"""

from __future__ import annotations

from mock_server.roles.granting import is_granted
from mock_server.roles.owner import owner_in_path
from mock_server.roles.permissions import PERMISSIONS
from mock_server.runtime.access import ArgumentRule
from mock_server.runtime.call import Call


def permission(call: Call, name: str) -> bool:
    """Whether the caller's role in `teamId`, or else in `orgId`, grants the permission."""
    return is_granted(call.tx, call.caller.user_id, owner_in_path(call).id, name)


RULES = {"permission": ArgumentRule(permission, PERMISSIONS, excuses_from="role")}
