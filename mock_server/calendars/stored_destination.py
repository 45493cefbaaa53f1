"""A destination calendar as the live service stores it, which several replies show.

Source: Cal.com API v2, calendars: list; event types (2024-04-15).
"""

from __future__ import annotations

from mock_server.calendars.model import DestinationCalendar
from mock_server.runtime.dates import iso


def stored_destination(row: DestinationCalendar) -> dict[str, object]:
    """The columns of the row; the times of calendars that a world file gives without them are left out."""
    moments = {"createdAt": row.created_at, "updatedAt": row.updated_at}
    return {
        "id": row.id,
        "integration": row.integration,
        "externalId": row.external_id,
        "primaryEmail": row.primary_email,
        "userId": row.user_id,
        "eventTypeId": row.event_type_id,
        "credentialId": row.credential_id,
        "delegationCredentialId": row.delegation_credential_id,
        "domainWideDelegationCredentialId": None,
        **{name: iso(moment) for name, moment in moments.items() if moment is not None},
    }
