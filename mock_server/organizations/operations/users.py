"""Operations on the users of an organization.

Source: Cal.com API v2, organization users.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.model import USERS, User
from mock_server.identity.profiles import profile_in
from mock_server.organizations.users import change_user, invite_user, users_of
from mock_server.organizations.views import user_view
from mock_server.runtime.call import Call


def list_organization_users(call: Call) -> list[dict[str, Any]]:
    """Users with a profile in the organization, or those that the filters leave."""
    return [_view(call, each) for each in users_of(call.tx, call.path_number("orgId"), call.query)]


def create_organization_user(call: Call) -> dict[str, Any]:
    """Creates a user with a profile, a membership and a schedule."""
    inviter = call.tx[USERS].require(call.caller.user_id)
    return _view(call, invite_user(call.tx, call.path_number("orgId"), call.body, inviter))


def update_organization_user(call: Call) -> dict[str, Any]:
    """Updates a user of the organization."""
    return _view(call, change_user(call.tx, call.path_number("orgId"), call.path_number("userId"), call.body))


def delete_organization_user(call: Call) -> dict[str, Any]:
    """Deletes the user account."""
    user = call.tx[USERS].require(call.path_number("userId"))
    view = _view(call, user)
    call.tx[USERS].delete(user.id)
    return view


def _view(call: Call, user: User) -> dict[str, Any]:
    return user_view(user, profile_in(call.tx, user.id, call.path_number("orgId")))
