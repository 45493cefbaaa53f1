"""Hides the organizer's e-mail address from attendees if the event type is set to hide it.

Source: Cal.com API v2, event types: hideOrganizerEmail (2026-03).
"""

from __future__ import annotations

from mock_server.event_types.event_type_access import runs_event_type
from mock_server.event_types.model import EventType
from mock_server.state.transaction import Transaction

HIDDEN_ADDRESS = "no-reply@cal.com"
"""Stands for an address that is hidden."""


def hides_organizer(tx: Transaction, event_type: EventType | None, reader_id: int | None) -> bool:
    """Whether the organizer's address is hidden from a reader, None if anonymous.

    Users who run the event type see it.
    """
    if event_type is None or not event_type.hide_organizer_email:
        return False
    return reader_id is None or not runs_event_type(tx, event_type, reader_id)
