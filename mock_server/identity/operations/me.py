"""Operations on the caller's own profile.

Source: Cal.com API v2, me.
"""

from __future__ import annotations

from typing import Any

from mock_server.identity.accounts import profile_fields
from mock_server.identity.model import USERS, User
from mock_server.identity.profiles import main_organization_id
from mock_server.identity.views import me_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import Forbidden, NotFound
from mock_server.schedules.model import SCHEDULES
from mock_server.teams.memberships import organization


def get_me(call: Call) -> Any:
    """The caller's profile, with the main organization."""
    user = call.tx[USERS].require(call.caller.user_id)
    organization_id = main_organization_id(call.tx, user)
    return me_view(user, organization_id, organization(call.tx, organization_id))


def update_me(call: Call) -> Any:
    """Updates the caller's profile. An address is stored as sent, and the username stays."""
    user = call.tx[USERS].require(call.caller.user_id)
    if "timeZone" in call.body and user.default_schedule_id is not None:
        _check_default_schedule(call, user)
    fields = profile_fields(call.body)
    if "email" in call.body:
        fields["email"] = call.body["email"]
    changed = call.tx[USERS].update(user.id, **fields)
    return me_view(changed, changed.organization_id, None)


def _check_default_schedule(call: Call, user: User) -> None:
    schedule = call.tx[SCHEDULES].get(user.default_schedule_id)
    if schedule is None:
        raise NotFound(f"Schedule with ID={user.default_schedule_id} does not exist.")
    if schedule.user_id != user.id:
        raise Forbidden(f"User with ID={user.id} does not own schedule with ID={schedule.id}")
