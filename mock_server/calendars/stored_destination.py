"""A destination calendar as the live service stores it, which several replies and webhooks show.

Source: Cal.com API v2, calendars: list; event types (2024-04-15); webhooks: payload fields.
"""

from __future__ import annotations

from mock_server.calendars.model import DestinationCalendar
from mock_server.runtime.dates import iso
from mock_server.webhooks import payloads


def destination_payload(row: DestinationCalendar) -> payloads.DestinationCalendar:
    """The columns that webhooks show."""
    return {
        "id": row.id,
        "integration": row.integration,
        "externalId": row.external_id,
        "primaryEmail": row.primary_email,
        "userId": row.user_id,
        "eventTypeId": row.event_type_id,
        "credentialId": row.credential_id,
        "delegationCredentialId": row.delegation_credential_id,
    }


def stored_destination(row: DestinationCalendar) -> dict[str, object]:
    """All columns of the row, without the times if a world file omits them."""
    moments = {"createdAt": row.created_at, "updatedAt": row.updated_at}
    return {
        **destination_payload(row),
        "domainWideDelegationCredentialId": None,
        **{name: iso(moment) for name, moment in moments.items() if moment is not None},
    }
