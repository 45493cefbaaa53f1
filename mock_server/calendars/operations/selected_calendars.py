"""Choosing the calendars that are checked for conflicts.

Source: Cal.com API v2, selected calendars.
"""

from __future__ import annotations

from typing import Any

from mock_server.calendars.model import (
    CREDENTIALS,
    DELEGATION_CREDENTIALS,
    SELECTED_CALENDARS,
    SelectedCalendar,
)
from mock_server.calendars.views import selected_calendar_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound
from mock_server.runtime.reply import NOTHING
from mock_server.teams.memberships import membership_of


def select_calendar(call: Call) -> Any:
    """Has a calendar checked for conflicts. Neither its service nor its id is compared with the connection."""
    credential_id: int = call.body["credentialId"]
    delegation = call.body.get("delegationCredentialId") or None
    selection = _selection(call, call.body)
    if delegation is None:
        _check_own_credential(call, credential_id)
        if selection is not None:
            return NOTHING
        access = {"credential_id": credential_id, "delegation_credential_id": None}
    else:
        _check_delegation(call, delegation)
        access = (
            {"credential_id": None, "delegation_credential_id": delegation}
            if credential_id < 0
            else {"credential_id": credential_id, "delegation_credential_id": None}
        )
    if selection is not None:
        return selected_calendar_view(call.tx[SELECTED_CALENDARS].update(selection.id, **access))
    selection = SelectedCalendar(
        id=call.identifiers.uuid4(),
        user_id=call.caller.user_id,
        integration=call.body["integration"],
        external_id=call.body["externalId"],
        **access,
    )
    return selected_calendar_view(call.tx[SELECTED_CALENDARS].insert(selection))


def deselect_calendar(call: Call) -> Any:
    """Stops checking a calendar. The connection that is named has to be the caller's, and that is all it is for."""
    delegation = call.query.get("delegationCredentialId") or None
    if delegation is None:
        _check_own_credential(call, int(call.query["credentialId"]))
    else:
        _check_delegation(call, delegation)
    selection = _selection(call, call.query)
    if selection is None or (delegation is not None and selection.delegation_credential_id != delegation):
        raise NotFound("Selected calendar not found")
    return selected_calendar_view(call.tx[SELECTED_CALENDARS].delete(selection.id))


def _selection(call: Call, named: dict[str, Any]) -> SelectedCalendar | None:
    return call.tx[SELECTED_CALENDARS].first(
        user_id=call.caller.user_id, integration=named["integration"], external_id=named["externalId"]
    )


def _check_own_credential(call: Call, credential_id: int) -> None:
    credential = call.tx[CREDENTIALS].get(credential_id)
    if credential is None or credential.user_id != call.caller.user_id:
        raise NotFound("Calendar credentials not found")


def _check_delegation(call: Call, delegation_credential_id: str) -> None:
    """The caller is a member of the organization that owns the delegation credential, enabled or not."""
    delegation = call.tx[DELEGATION_CREDENTIALS].get(delegation_credential_id)
    if delegation is None:
        raise NotFound("DelegationCredential with provided delegationCredentialId not found")
    if membership_of(call.tx, call.caller.user_id, delegation.organization_id) is None:
        raise NotFound("User is not a member of the organization that owns the Delegation credential")
