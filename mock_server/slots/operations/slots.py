"""Operations on slots: searches and reservations.

Source: Cal.com API v2, slots and slot reservations (2024-09-04).
"""

from __future__ import annotations

from typing import cast

from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound
from mock_server.runtime.reply import NOTHING, Nothing
from mock_server.slots.availability import available_slots
from mock_server.slots.loading import delete_expired_reservations
from mock_server.slots.model import RESERVATIONS, Reservation
from mock_server.slots.queries import read_query
from mock_server.slots.reservations import (
    ReservationBody,
    check_duration_choice,
    duration_of,
    host_to_reserve,
    read_requested_slot,
    release,
    release_at,
)
from mock_server.slots.search import find_bookable, input_for_query, query_rules
from mock_server.slots.views import SlotView, reservation_view, slots_view


def get_available_slots(call: Call) -> dict[str, list[SlotView]]:
    """The available slots by day. Deletes expired reservations of the event type."""
    query = read_query(call.query, query_rules(call.tx))
    bookable = find_bookable(call.tx, query)
    inputs = input_for_query(call.tx, bookable, query)
    delete_expired_reservations(call.tx, bookable.id)
    length = query.duration or bookable.length or 0
    return slots_view(available_slots(inputs), query, length, inputs.settings.seats, call.identifiers)


def reserve_slot(call: Call) -> dict[str, object]:
    """Reserves a slot, so that it is not offered. Skips the availability check."""
    body = cast("ReservationBody", call.body)
    check_duration_choice(call.tx, call.optional_caller, body)
    slot = read_requested_slot(call.tx, body, is_new=True)
    duration = duration_of(body)
    reservation = call.tx[RESERVATIONS].create(
        uid=call.identifiers.uuid4(),
        event_type_id=slot.event_type.id,
        user_id=host_to_reserve(call.tx, slot.event_type),
        start=slot.start,
        end=slot.end,
        release_at=release_at(call.now, duration),
        is_seat=slot.event_type.seats is not None,
    )
    return {**reservation_view(reservation), "reservationDuration": duration}


def get_slot_reservation(call: Call) -> dict[str, object] | None:
    """A reservation, expired or not; null for an unknown uid."""
    reservation = _find(call)
    return reservation_view(reservation) if reservation else None


def update_slot_reservation(call: Call) -> dict[str, object]:
    """Moves or extends a reservation. Its host stays the same, even for another event type."""
    reservation = _find(call)
    if reservation is None:
        raise NotFound(f"Slot with uid={call.path['uid']} not found")
    body = cast("ReservationBody", call.body)
    slot = read_requested_slot(call.tx, body, is_new=False)
    duration = duration_of(body)
    reservation = call.tx[RESERVATIONS].update(
        reservation.id,
        event_type_id=slot.event_type.id,
        start=slot.start,
        end=slot.end,
        release_at=release_at(call.now, duration),
    )
    return {**reservation_view(reservation), "reservationDuration": duration}


def delete_slot_reservation(call: Call) -> Nothing:
    """Releases a reservation, with others of an older version under its uid. Idempotent: an unknown one is accepted."""
    release(call.tx, str(call.path["uid"]))
    return NOTHING


def _find(call: Call) -> Reservation | None:
    return call.tx[RESERVATIONS].first(uid=call.path["uid"])
