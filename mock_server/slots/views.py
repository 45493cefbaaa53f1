"""Slots and reservations as replies show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mock_server.runtime.dates import iso
from mock_server.runtime.instants import MINUTE
from mock_server.slots.inputs import Slot
from mock_server.slots.local_times import SlotTimes
from mock_server.slots.model import Reservation
from mock_server.slots.queries import SlotsQuery
from mock_server.state.identifiers import Identifiers


def slots_view(
    slots: Sequence[Slot], query: SlotsQuery, length: int, seats: int | None, identifiers: Identifiers
) -> dict[str, list[dict[str, Any]]]:
    """Slots by local date. `length` is what ends are told by, `seats` how many each slot has."""
    times = SlotTimes(query.time_zone)
    by_date: dict[str, list[dict[str, Any]]] = {}
    span = length * MINUTE
    for slot in slots:
        date, start = times.written(slot.start)
        shown: dict[str, Any] = {"start": start}
        if query.format == "range":
            shown["end"] = times.written(slot.start + span)[1]
        if seats:
            shown |= _seats_view(slot, seats, identifiers)
        by_date.setdefault(date, []).append(shown)
    return by_date


def _seats_view(slot: Slot, seats: int, identifiers: Identifiers) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "seatsBooked": slot.seats_booked,
        "seatsRemaining": seats - slot.seats_booked,
        "seatsTotal": seats,
    }
    if slot.booking_uid is not None:
        shown["bookingUid"] = slot.booking_uid or identifiers.uuid4()
    return shown


def reservation_view(reservation: Reservation) -> dict[str, Any]:
    """A reservation, for whoever knows its uid."""
    return {
        "reservationUid": reservation.uid,
        "eventTypeId": reservation.event_type_id,
        "slotStart": iso(reservation.start),
        "slotEnd": iso(reservation.end),
        "slotDuration": int((reservation.end - reservation.start).total_seconds()) // 60,
        "reservationUntil": iso(reservation.release_at),
    }
