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
from mock_server.state.errors import UniqueViolation
from mock_server.teams.memberships import organization

WAITING_ADDRESS = "emailChangeWaitingForVerification"
"""The key of the metadata that holds an address which has not been verified yet."""


def get_me(call: Call) -> dict[str, Any]:
    """The caller's profile, with the main organization."""
    user = call.tx[USERS].require(call.caller.user_id)
    organization_id = main_organization_id(call.tx, user)
    return me_view(user, organization_id, organization(call.tx, organization_id))


def update_me(call: Call) -> dict[str, Any]:
    """Updates the caller's profile. The username stays."""
    user = call.tx[USERS].require(call.caller.user_id)
    if "timeZone" in call.body and user.default_schedule_id is not None:
        _check_schedule(call, user, user.default_schedule_id)
    fields = profile_fields(call.body)
    chosen = fields.get("default_schedule_id")
    if chosen is not None and call.has("default-schedule-checked"):
        _check_schedule(call, user, chosen)
    fields |= _address_fields(call, user)
    changed = call.tx[USERS].update(user.id, **fields)
    return me_view(changed, changed.organization_id, None)


def _address_fields(call: Call, user: User) -> dict[str, Any]:
    """What a new address changes: it waits for verification, but for managed users it is stored as sent.

    Raises UniqueViolation for an address in use.
    """
    address = call.body.get("email", user.email)
    if address == user.email:
        return {}
    if user.is_platform_managed or not call.has("addresses-wait-for-verification"):
        return {"email": address}
    if call.tx[USERS].first(email=address) is not None:
        raise UniqueViolation("users: email")
    metadata = call.body.get("metadata", user.metadata)
    return {"metadata": {**(metadata or {}), WAITING_ADDRESS: address}}


def _check_schedule(call: Call, user: User, schedule_id: int) -> None:
    schedule = call.tx[SCHEDULES].get(schedule_id)
    if schedule is None:
        raise NotFound(f"Schedule with ID={schedule_id} does not exist.")
    if schedule.user_id != user.id:
        raise Forbidden(f"User with ID={user.id} does not own schedule with ID={schedule.id}")
