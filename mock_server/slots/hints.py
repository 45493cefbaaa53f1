"""Hints about slots: searches that find none, and slots that cannot be reserved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from mock_server.bookings.model import Booking
from mock_server.runtime.call import Call
from mock_server.runtime.dates import iso
from mock_server.runtime.dispatch import SuccessHint
from mock_server.slots.model import Reservation

NO_SLOTS = (
    "There are no slots. GET /_sandbox/explain/slots takes the query of GET /v2/slots (2024-09-04), and lists by day "
    "which rule removed which slots."
)


def in_the_way(uid: str, start: datetime, end: datetime) -> str:
    """Names the booking that occupies the requested time."""
    return f"The booking {uid}, from {iso(start)} to {iso(end)}, is in the way."


def booked_up(booking: Booking | None) -> str | None:
    """For a slot, or an occurrence of a series, at the time of a booking."""
    return None if booking is None else in_the_way(booking.uid, booking.start, booking.end)


def reserved(reservations: Sequence[Reservation]) -> str:
    """For a slot with reservations, of which there is at least one."""
    first = min(each.release_at for each in reservations)
    count = "One reservation is" if len(reservations) == 1 else f"{len(reservations)} reservations are"
    return f"{count} in the way; the first expires at {iso(first)} by the world's clock."


def about_no_slots(_: Call, result: Any) -> str | None:
    """For a search without slots. The result has the slots by day, or has these in `slots`."""
    return None if any(result.get("slots", result).values()) else NO_SLOTS


HINTS: dict[str, SuccessHint] = {
    "get_available_slots": about_no_slots,
    "get_available_slots_2024_04_15": about_no_slots,
}
