"""Seats: several attendees can book the same time.

Source: Cal.com API v2, event types: seats.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_server.event_types.booking_windows import DISABLED
from mock_server.event_types.model import CAL_VIDEO, EventType, Seats
from mock_server.runtime.errors import BadRequest

SEVERAL_LOCATIONS = "Seats Validation failed: Seats are enabled but more than one location provided."
WITH_CONFIRMATION = "Seats Validation failed: Seats are enabled but requiresConfirmation is true."


def read_seats(seats: dict[str, Any]) -> Seats | None:
    """The seats of a request; None where they are disabled."""
    if seats.get("disabled") or "seatsPerTimeSlot" not in seats:
        return None
    return Seats(
        per_time_slot=int(seats["seatsPerTimeSlot"]),
        show_attendees=seats["showAttendeeInfo"],
        show_availability_count=seats["showAvailabilityCount"],
    )


def seats_view(seats: Seats | None) -> Mapping[str, object]:
    """The seats, or `disabled`."""
    if seats is None:
        return DISABLED
    return {
        "seatsPerTimeSlot": seats.per_time_slot,
        "showAttendeeInfo": seats.show_attendees,
        "showAvailabilityCount": seats.show_availability_count,
        "disabled": False,
    }


def check_seats(fields: dict[str, Any], stored: EventType | None) -> None:
    """Checks that an event type with seats has at most one location and no confirmation. Raises BadRequest.

    `fields` are those that a request sets; missing ones count as `stored`, and so do seats that it disables.
    """
    if (fields.get("seats") or (stored and stored.seats)) is None:
        return
    locations = fields.get("locations", stored.locations if stored else (CAL_VIDEO,))
    if len(locations) > 1:
        raise BadRequest(SEVERAL_LOCATIONS)
    if fields.get("requires_confirmation", stored is not None and stored.requires_confirmation):
        raise BadRequest(WITH_CONFIRMATION)
