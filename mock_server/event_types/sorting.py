"""The order of lists of event types.

Source: Cal.com API v2, event types: sortCreatedAt.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mock_server.event_types.model import EventType


def sorted_as_asked(event_types: Iterable[EventType], query: dict[str, Any]) -> list[EventType]:
    """The event types by `sortCreatedAt`, "asc" or "desc", which compares their ids; oldest first by default."""
    return sorted(event_types, key=lambda each: each.id, reverse=query.get("sortCreatedAt") == "desc")
