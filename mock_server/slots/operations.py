"""Slots: searching for them, and reserving them for some minutes."""

from __future__ import annotations

from typing import Any

from mock_server.runtime.call import Call
from mock_server.runtime.errors import NotFound
from mock_server.runtime.reply import NOTHING, Nothing
from mock_server.slots.availability import available_slots
from mock_server.slots.loading import delete_expired_reservations
from mock_server.slots.model import RESERVATIONS
from mock_server.slots.queries import read_query
from mock_server.slots.reservations import (
    check_duration_choice,
    duration_of,
    host_to_reserve,
    read_requested_slot,
    release_at,
)
from mock_server.slots.search import find_bookable, input_for_query
from mock_server.slots.views import reservation_view, slots_view

Answer = dict[str, Any]


def get_available_slots(call: Call) -> Answer:
    """The free slots by day. Clears away reservations of the event type that are over."""
    query = read_query(call.query)
    bookable = find_bookable(call.tx, query)
    situation = input_for_query(call.tx, bookable, query)
    delete_expired_reservations(call.tx, bookable.id)
    length = query.duration or bookable.length or 0
    return slots_view(available_slots(situation), query, length, situation.settings.seats, call.identifiers)


def reserve_slot(call: Call) -> Answer:
    """Keeps a slot from being offered; nobody checks that it is free."""
    check_duration_choice(call.tx, call.optional_caller, call.body)
    wanted = read_requested_slot(call.tx, call.body)
    duration = duration_of(call.body)
    reservation = call.tx[RESERVATIONS].create(
        uid=call.identifiers.uuid4(),
        event_type_id=wanted.event_type.id,
        user_id=host_to_reserve(call.tx, wanted.event_type),
        start=wanted.start,
        end=wanted.end,
        release_at=release_at(call.now, duration),
        is_seat=wanted.event_type.seats is not None,
    )
    return {**reservation_view(reservation), "reservationDuration": duration}


def get_slot_reservation(call: Call) -> Answer | None:
    """A reservation, over or not; null for an unknown uid."""
    reservation = call.tx[RESERVATIONS].first(uid=call.path["uid"])
    return reservation_view(reservation) if reservation else None


def update_slot_reservation(call: Call) -> Answer:
    """Moves or extends a reservation. Its host stays, even with another event type."""
    reservation = call.tx[RESERVATIONS].first(uid=call.path["uid"])
    if reservation is None:
        raise NotFound(f"Slot with uid={call.path['uid']} not found")
    wanted = read_requested_slot(call.tx, call.body)
    duration = duration_of(call.body)
    reservation = call.tx[RESERVATIONS].update(
        reservation.id,
        event_type_id=wanted.event_type.id,
        start=wanted.start,
        end=wanted.end,
        release_at=release_at(call.now, duration),
    )
    return {**reservation_view(reservation), "reservationDuration": duration}


def delete_slot_reservation(call: Call) -> Nothing:
    """Gives a slot free. An unknown uid is as good as one that is gone."""
    reservation = call.tx[RESERVATIONS].first(uid=call.path["uid"])
    if reservation is not None:
        call.tx[RESERVATIONS].delete(reservation.id)
    return NOTHING
