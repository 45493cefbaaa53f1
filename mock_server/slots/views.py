"""Slots and reservations as replies show them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from mock_server.runtime.boundary import iso
from mock_server.slots.inputs import Slot
from mock_server.slots.model import Reservation
from mock_server.slots.queries import SlotsQuery
from mock_server.slots.zones import DAY, MINUTE, SECOND, Zone, date_of, zone_named
from mock_server.state.identifiers import Identifiers

_PLAIN_UTC = frozenset({"UTC", "GMT"})
"""Zones whose offset is written as Z; others write +00:00."""


class SlotTimes:
    """Writes instants on the clocks of the time zone that was asked for, or in UTC."""

    def __init__(self, time_zone: str | None) -> None:
        self._zone: Zone = zone_named(time_zone or "UTC")
        self._is_utc = time_zone is None or self._zone.name in _PLAIN_UTC

    def written(self, instant: int) -> tuple[str, str]:
        """The local date, and the whole time as ISO 8601 with milliseconds and offset."""
        offset = self._zone.offset_at(instant)
        day, time = divmod(instant + offset, DAY)
        date = date_text(day)
        return date, f"{date}T{_time_text(time)}{'Z' if self._is_utc else _offset_text(offset)}"


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


@cache
def _offset_text(offset: int) -> str:
    hours, minutes = divmod(abs(offset) // MINUTE, 60)
    return f"{'-' if offset < 0 else '+'}{hours:02}:{minutes:02}"


@lru_cache(maxsize=4096)
def _time_text(time: int) -> str:
    minutes, rest = divmod(time, MINUTE)
    return f"{minutes // 60:02}:{minutes % 60:02}:{rest // SECOND:02}.{rest % SECOND:03}"


@lru_cache(maxsize=4096)
def date_text(day: int) -> str:
    """A day number as YYYY-MM-DD."""
    return date_of(day).isoformat()
