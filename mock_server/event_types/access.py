"""Access rules of event types."""

from __future__ import annotations

from mock_server.event_types.ownership import require_own_event_type
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest


def own_event_type(call: Call, _: None) -> None:
    """`eventTypeId` is the caller's."""
    event_type_id = call.path.get("eventTypeId")
    if not isinstance(event_type_id, int) or event_type_id < 1:
        raise BadRequest("Invalid eventTypeId param.")
    require_own_event_type(call)


RULES = {"own-event-type": own_event_type}
