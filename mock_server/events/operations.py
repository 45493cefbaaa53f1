"""Operations on events.

Source: Cal.com API v2, events.
"""

from __future__ import annotations

import re
from typing import Any

from mock_server.events.model import EVENTS
from mock_server.events.readers import hosted_events, may_read
from mock_server.events.views import event_view
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, Forbidden, NotFound

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def list_events(call: Call) -> list[dict[str, Any]]:
    """The events that the caller owns or co-hosts, or the one with a slug. Raises NotFound if there are none."""
    slug = call.query.get("slug")
    found = [each for each in hosted_events(call.tx, call.caller.user_id) if slug is None or each.slug == slug]
    if not found:
        raise NotFound("No events found.")
    return [event_view(each) for each in found]


def get_event(call: Call) -> dict[str, Any]:
    """One event. Raises NotFound for an unknown one, Forbidden for one that the caller may not read."""
    uuid = str(call.path["uuid"])
    if _UUID.fullmatch(uuid) is None:
        raise BadRequest("Validation failed (uuid is expected)")
    event = call.tx[EVENTS].get(uuid.lower())
    if event is None:
        raise NotFound(f"Event with uuid={uuid} not found.")
    if not may_read(call.tx, call.caller.user_id, event):
        raise Forbidden(f"You may not read the event with uuid={event.uuid}.")
    return event_view(event)
