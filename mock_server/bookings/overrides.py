"""What a host may waive when booking or rescheduling: conflicts, the notice and booking window, and limits.

Source: Cal.com API v2, bookings: create and reschedule, host overrides.
"""

from __future__ import annotations

import msgspec

from mock_server.bookings.bodies import OverridesBody
from mock_server.event_types.hosts import hosts_of
from mock_server.event_types.model import EventType
from mock_server.state.transaction import Transaction

ALL_OVERRIDES_VERSION = "2026-02-25"
"""The header version that takes all overrides. The older one takes only `allowConflicts`."""


class Overrides(msgspec.Struct, frozen=True):
    """The checks to skip: availability, notice and booking window, and the limits of the event type and its hosts."""

    conflicts: bool = False
    bounds: bool = False
    limits: bool = False

    def applied_to(self, event_type: EventType) -> EventType:
        """The event type to check a request against: without the notice, window and limits that are to be skipped."""
        if self.bounds:
            event_type = msgspec.structs.replace(event_type, minimum_booking_notice=0, booking_window=None)
        if self.limits:
            event_type = msgspec.structs.replace(event_type, booking_limits=None, duration_limits=None)
        return event_type


NO_OVERRIDES = Overrides()


def read_overrides(
    tx: Transaction, event_type: EventType, body: OverridesBody, caller_id: int | None, version: str
) -> Overrides:
    """The overrides of a request. They are ignored unless the caller hosts the event type."""
    if caller_id is None or not hosts_event_type(tx, event_type, caller_id):
        return NO_OVERRIDES
    takes_all = version == ALL_OVERRIDES_VERSION
    return Overrides(
        conflicts=body.get("allowConflicts") is True,
        bounds=takes_all and body.get("allowBookingOutOfBounds") is True,
        limits=takes_all and body.get("skipBookingLimits") is True,
    )


def hosts_event_type(tx: Transaction, event_type: EventType, user_id: int) -> bool:
    """Whether the user owns or hosts the event type."""
    return user_id == event_type.user_id or any(each.user.id == user_id for each in hosts_of(tx, event_type))
