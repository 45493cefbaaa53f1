"""What a slot to reserve may conflict with: bookings of its event type, and other reservations.

Source: Cal.com API v2, slot reservations.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial

import msgspec

from mock_server.event_types.hosts import hosts_of
from mock_server.event_types.model import EventType
from mock_server.runtime.errors import UnprocessableEntity
from mock_server.slots.existing_bookings import attendee_count_at, attendee_count_in, booking_in
from mock_server.slots.hints import booked_up, reserved
from mock_server.slots.model import RESERVATIONS, Reservation
from mock_server.state.transaction import Transaction

BOOKED = "Can't reserve a slot if the event is already booked."
RESERVED = "This time slot is already reserved by another user. Please choose a different time."
NO_HOST_LEFT = (
    "Can't reserve the slot because the round robin event type has no available hosts left at this time slot."
)


class RequestedSlot(msgspec.Struct, frozen=True):
    """A slot to reserve. `text` is its start as it was sent."""

    event_type: EventType
    start: datetime
    end: datetime
    text: str


def check_conflicts(tx: Transaction, slot: RequestedSlot, *, is_new: bool) -> None:
    """Raises UnprocessableEntity if the slot is booked up or reserved.

    A reservation that is moved counts as another one for itself, and hosts who take turns help only a new one.
    """
    if not tx.has("reservations-exclude-each-other"):
        _check_attendees(tx, slot, attendee_count_at(tx, slot.event_type.id, slot.start))
    elif is_new and slot.event_type.scheduling_type == "roundRobin":
        _check_hosts_left(tx, slot)
    else:
        _check_attendees(tx, slot, attendee_count_in(tx, slot.event_type.id, slot.start, slot.end))
        overlapping = [
            reservation
            for reservation in _live_reservations(tx, slot)
            if reservation.start < slot.end and reservation.end > slot.start
        ]
        if overlapping:
            raise UnprocessableEntity(RESERVED, hint=reserved(overlapping))


def _check_attendees(tx: Transaction, slot: RequestedSlot, attendees: int | None) -> None:
    """Checks the number of attendees of the conflicting booking, None without one."""
    seats = slot.event_type.seats
    hint = partial(_about_booking, tx, slot)
    if seats is None and attendees is not None:
        raise UnprocessableEntity(BOOKED, hint=hint)
    if seats is not None and (attendees or 0) >= seats.per_time_slot:
        text = f"Booking with id={slot.event_type.id} at {slot.text} has no more seats left."
        raise UnprocessableEntity(text, hint=hint)


def _about_booking(tx: Transaction, slot: RequestedSlot) -> str | None:
    """The hint about the booking at the time of a slot."""
    return booked_up(booking_in(tx, slot.event_type.id, slot.start, slot.end))


def _check_hosts_left(tx: Transaction, slot: RequestedSlot) -> None:
    hosts = hosts_of(tx, slot.event_type)
    has_fixed_hosts = any(host.is_fixed for host in hosts)
    attendees = attendee_count_in(tx, slot.event_type.id, slot.start, slot.end)
    if slot.event_type.seats is not None or has_fixed_hosts:
        _check_attendees(tx, slot, attendees)
    same = [
        reservation
        for reservation in _live_reservations(tx, slot)
        if (reservation.start, reservation.end) == (slot.start, slot.end)
    ]
    if hosts and len(same) >= (1 if has_fixed_hosts else len(hosts)):
        raise UnprocessableEntity(NO_HOST_LEFT, hint=reserved(same))


def _live_reservations(tx: Transaction, slot: RequestedSlot) -> list[Reservation]:
    later = (tx.now + timedelta(milliseconds=1),)
    return tx[RESERVATIONS].between(later, None, event_type_id=slot.event_type.id)
