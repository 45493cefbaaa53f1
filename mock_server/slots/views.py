"""Slots and reservations in replies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NotRequired, TypedDict

from mock_server.runtime.dates import iso
from mock_server.runtime.instants import MINUTE
from mock_server.slots.inputs import Slot
from mock_server.slots.local_times import SlotTimes
from mock_server.slots.model import Reservation
from mock_server.slots.queries import SlotsQuery
from mock_server.state.identifiers import Identifiers


class SlotView(TypedDict):
    """A slot: `end` in the format `range`, the seats only of seated event types."""

    start: str
    end: NotRequired[str]
    seatsBooked: NotRequired[int]
    seatsRemaining: NotRequired[int]
    seatsTotal: NotRequired[int]
    bookingUid: NotRequired[str]


def slots_view(
    slots: Sequence[Slot], query: SlotsQuery, length: int, seats: int | None, identifiers: Identifiers
) -> dict[str, list[SlotView]]:
    """The slots, which are in chronological order, by local date.

    `length` in minutes determines the ends; `seats` is the number of seats per slot.
    """
    times = SlotTimes(query.time_zone)
    by_date: dict[str, list[SlotView]] = {}
    starts = [slot.start for slot in slots]
    views: list[SlotView] = []
    for date, texts in times.by_date(starts):
        of_date: list[SlotView] = [{"start": text} for text in texts]
        by_date.setdefault(date, []).extend(of_date)
        views += of_date
    if query.format == "range":
        ends = times.all_of([start + length * MINUTE for start in starts])
        for view, end in zip(views, ends, strict=True):
            view["end"] = end
    if seats:
        for view, slot in zip(views, slots, strict=True):
            _add_seats(view, slot, seats, identifiers)
    return by_date


def _add_seats(view: SlotView, slot: Slot, seats: int, identifiers: Identifiers) -> None:
    view["seatsBooked"] = slot.seats_booked
    view["seatsRemaining"] = seats - slot.seats_booked
    view["seatsTotal"] = seats
    if slot.booking_uid is not None:
        view["bookingUid"] = slot.booking_uid or identifiers.uuid4()


def reservation_view(reservation: Reservation) -> dict[str, object]:
    """A reservation, which anyone who knows its uid may read."""
    return {
        "reservationUid": reservation.uid,
        "eventTypeId": reservation.event_type_id,
        "slotStart": iso(reservation.start),
        "slotEnd": iso(reservation.end),
        "slotDuration": reservation.minutes,
        "reservationUntil": iso(reservation.release_at),
    }
