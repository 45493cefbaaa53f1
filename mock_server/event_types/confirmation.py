"""The confirmation policy: whether the organizer has to confirm bookings.

Source: Cal.com API v2, event types: confirmation policy.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.event_types.booking_windows import DISABLED
from mock_server.event_types.model import EventType, NoticeThreshold


def read_confirmation_policy(policy: dict[str, Any]) -> dict[str, Any]:
    """The event type's fields for the policy of a request."""
    if policy.get("disabled"):
        return {
            "requires_confirmation": False,
            "unconfirmed_bookings_block": False,
            "confirmation_threshold": None,
        }
    fields: dict[str, Any] = {
        "requires_confirmation": True,
        "unconfirmed_bookings_block": bool(policy.get("blockUnconfirmedBookingsInBooker")),
        "confirmation_threshold": None,
    }
    if policy["type"] == "time":
        threshold = policy["noticeThreshold"]
        fields["confirmation_threshold"] = NoticeThreshold(unit=threshold["unit"], count=threshold["count"])
    return fields


def confirmation_policy_view(event_type: EventType) -> Mapping[str, object]:
    """The policy: disabled, always, or for bookings at short notice."""
    if not event_type.requires_confirmation:
        return DISABLED
    blocks = {"blockUnconfirmedBookingsInBooker": event_type.unconfirmed_bookings_block}
    threshold = event_type.confirmation_threshold
    if threshold is None:
        return {"type": "always", **blocks}
    return {"type": "time", "noticeThreshold": {"unit": threshold.unit, "count": threshold.count}, **blocks}
