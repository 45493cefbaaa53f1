"""Phone agents of event types. Calls are only simulated.

Source: Cal.com API v2, team event types: create-phone-call.
"""

from __future__ import annotations

from typing import Any

from mock_server.event_types.model import PHONE_AGENTS, PhoneAgent
from mock_server.state.transaction import Transaction

_FIELDS = {
    "yourPhoneNumber": "caller_number",
    "numberToCall": "called_number",
    "enabled": "enabled",
    "templateType": "template",
    "schedulerName": "scheduler_name",
    "guestName": "guest_name",
    "guestEmail": "guest_email",
    "guestCompany": "guest_company",
    "beginMessage": "begin_message",
    "generalPrompt": "general_prompt",
}
_GUEST_FIELDS = ("guest_name", "guest_email", "guest_company")
"""Fields where an empty text counts as missing."""


def place_call(tx: Transaction, event_type_id: int, body: dict[str, Any]) -> PhoneAgent:
    """Replaces the settings of the event type's agent by those of `body`, and places a call.

    Raises ForeignKeyViolation for an unknown event type.
    """
    stored = tx[PHONE_AGENTS].get(event_type_id)
    fields: dict[str, Any] = {field: body[key] for key, field in _FIELDS.items() if key in body}
    fields |= {field: fields.get(field) or None for field in _GUEST_FIELDS}
    fields["last_call_id"] = f"call_{tx.identifiers.hex(12)}"
    if stored is not None:
        tx[PHONE_AGENTS].delete(event_type_id)
    agent_id = stored.agent_id if stored else f"agent_{tx.identifiers.hex(12)}"
    return tx[PHONE_AGENTS].insert(PhoneAgent(event_type_id=event_type_id, agent_id=agent_id, **fields))
