"""Sets the destination calendar.

Source: Cal.com API v2, destination calendars.
"""

from __future__ import annotations

from mock_server.calendars.connections import (
    connected_user,
    connections_of,
    find_calendar,
    primary_email,
    reconcile_destination,
    save_destination,
)
from mock_server.calendars.views import destination_calendar_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound


def update_destination_calendar(call: Call) -> dict[str, object]:
    """Sets the destination to one of the caller's calendars. The credential column of the other kind is kept."""
    user = connected_user(call.tx, call.caller.user_id)
    connections = connections_of(call.tx, user)
    reconcile_destination(call.tx, user, connections)
    integration, external_id = call.body["integration"], call.body["externalId"]
    delegation = call.body.get("delegationCredentialId") or None
    found = find_calendar(connections, integration, external_id, delegation)
    if found is None:
        raise NotFound(f"Could not find calendar {external_id}")
    connection, calendar = found
    fields: dict[str, str | int | None] = {"integration": integration, "external_id": external_id}
    if delegation is None:
        fields |= {
            "primary_email": primary_email(connections, connection.credential_id),
            "credential_id": connection.credential_id,
        }
    else:
        fields |= {
            "primary_email": calendar.email if calendar.primary else None,
            "delegation_credential_id": delegation,
        }
    row = save_destination(call.tx, fields, user_id=user.id)
    return destination_calendar_view(row, integration, external_id)
