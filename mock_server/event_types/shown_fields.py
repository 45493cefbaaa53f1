"""The booking form with the fields that workflows add.

Source: Cal.com API v2, event types: booking fields (2026-06-12).
"""

from __future__ import annotations

from mock_server.event_types.booking_fields import REMINDER_PHONE
from mock_server.event_types.booking_form import Form, current_form
from mock_server.event_types.model import BookingField, EventType
from mock_server.state.transaction import Transaction
from mock_server.workflows.activation import phone_steps_of


def shown_current_form(tx: Transaction, event_type: EventType) -> Form:
    """The form in replies: the stored one, and a field for the number to which workflows send messages."""
    form = current_form(event_type.booking_fields)
    steps = phone_steps_of(tx, event_type)
    if not steps:
        return form
    is_required = any(step.phone_required for step in steps)
    return (*form, BookingField(type="phone", slug=REMINDER_PHONE, required=is_required, is_default=True))
