"""Selects the calendars that are checked for conflicts.

Source: Cal.com API v2, selected calendars.
"""

from __future__ import annotations

from typing import Any

from mock_server.calendars.connections import own_credential
from mock_server.calendars.model import (
    DELEGATION_CREDENTIALS,
    SELECTED_CALENDARS,
    SelectedCalendar,
)
from mock_server.calendars.views import selected_calendar_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound
from mock_server.runtime.reply import NOTHING, Nothing
from mock_server.teams.memberships import membership_of

NOT_SELECTED = "No SelectedCalendar found."


def select_calendar(call: Call) -> dict[str, object] | Nothing:
    """Selects a calendar. Its integration and id are not checked against the connection."""
    credential_id: int = call.body["credentialId"]
    delegation = call.body.get("delegationCredentialId") or None
    selection = _selection(call, call.body)
    if delegation is None:
        own_credential(call.tx, call.caller.user_id, credential_id)
        if selection is not None:
            return NOTHING
    else:
        _check_delegation(call, delegation)
    is_delegated = delegation is not None and credential_id < 0
    access_id = None if is_delegated else credential_id
    delegation_id = delegation if is_delegated else None
    if selection is not None:
        selection = call.tx[SELECTED_CALENDARS].update(
            selection.id, credential_id=access_id, delegation_credential_id=delegation_id
        )
        return selected_calendar_view(selection)
    selection = SelectedCalendar(
        id=call.identifiers.uuid4(),
        user_id=call.caller.user_id,
        integration=call.body["integration"],
        external_id=call.body["externalId"],
        credential_id=access_id,
        delegation_credential_id=delegation_id,
    )
    return selected_calendar_view(call.tx[SELECTED_CALENDARS].insert(selection))


def deselect_calendar(call: Call) -> dict[str, object]:
    """Deselects a calendar. The given connection only has to be the caller's; it need not be the calendar's."""
    delegation = call.query.get("delegationCredentialId") or None
    if delegation is None:
        own_credential(call.tx, call.caller.user_id, int(call.query["credentialId"]))
    else:
        _check_delegation(call, delegation)
    selection = _selection(call, call.query)
    if selection is None or (delegation is not None and selection.delegation_credential_id != delegation):
        raise NotFound(NOT_SELECTED if call.has("deselecting-has-own-text") else "Selected calendar not found")
    return selected_calendar_view(call.tx[SELECTED_CALENDARS].delete(selection.id))


def _selection(call: Call, given: dict[str, Any]) -> SelectedCalendar | None:
    return call.tx[SELECTED_CALENDARS].first(
        user_id=call.caller.user_id, integration=given["integration"], external_id=given["externalId"]
    )


def _check_delegation(call: Call, delegation_credential_id: str) -> None:
    """The caller is a member of the organization that owns the delegation credential, enabled or not."""
    delegation = call.tx[DELEGATION_CREDENTIALS].get(delegation_credential_id)
    if delegation is None:
        raise NotFound("DelegationCredential with provided delegationCredentialId not found")
    if membership_of(call.tx, call.caller.user_id, delegation.organization_id) is None:
        raise NotFound("User is not a member of the organization that owns the Delegation credential")
