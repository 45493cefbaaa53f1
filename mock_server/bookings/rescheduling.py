"""Moves bookings to another time: a plain one, one seat, or a seated booking as a whole.

Source: Cal.com API v2, bookings: reschedule, seats.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from mock_server.bookings.answers import checked_answers
from mock_server.bookings.booking_webhooks import tell_rescheduled
from mock_server.bookings.calendar_events import remove_event, write_event
from mock_server.bookings.creation import Made, add_host_attendee, ical_uid, status_for
from mock_server.bookings.event_type_lookup import client_of
from mock_server.bookings.host_assignment import Party, party_for
from mock_server.bookings.lifecycle import status_after
from mock_server.bookings.locations import meeting_url_of
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, Booking
from mock_server.bookings.request_fields import read_start, stored_address
from mock_server.bookings.seats import TOO_FEW_SEATS, booking_at, move_seat, seat_to_move
from mock_server.bookings.timing import check_limits, check_start, end_of
from mock_server.event_types.hosts import EventHost, hosts_of
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BareError, NotFound
from mock_server.state.transaction import Transaction

RESCHEDULED_REASON = "rescheduledReason"
NOT_THE_ORGANIZER = "HTTP Error 401"


class Move(msgspec.Struct, frozen=True):
    """A booking and where it is to go. `by_organizer`: the organizer's address was given as who moves it."""

    booking: Booking
    event_type: EventType
    hosts: tuple[EventHost, ...]
    start: datetime
    by_organizer: bool
    reason: str | None = None

    @property
    def end(self) -> datetime:
        """The event type's own length, whatever length was booked."""
        return end_of(self.start, self.event_type.length)


def reschedule(tx: Transaction, uid: str, body: dict[str, Any]) -> Made:
    """Moves the booking of `uid`, or the seat that the body names. Raises what forbids it."""
    move = _read(tx, uid, body)
    check_start(tx, move.event_type, move.start, _booker_zone(tx, move.booking))
    if "seatUid" in body:
        return _told(tx, move, _move_one_seat(tx, move, body["seatUid"]))
    if move.event_type.seats is not None:
        return _told(tx, move, _move_all_seats(tx, move))
    status_after(move.booking, "reschedule")
    return _told(tx, move, Made(_replace(tx, move)))


def _told(tx: Transaction, move: Move, made: Made) -> Made:
    tell_rescheduled(tx, move.booking, made.booking, made.seat_uid)
    return made


def _read(tx: Transaction, uid: str, body: dict[str, Any]) -> Move:
    booking = tx[BOOKINGS].first(uid=uid)
    if booking is None:
        raise NotFound(f"Booking with uid={uid} not found")
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None:
        raise NotFound(f"Booking with uid={uid} is missing event type")
    start = read_start(body["start"])
    return Move(
        booking,
        event_type,
        tuple(hosts_of(tx, event_type)),
        start,
        _is_organizer(tx, booking, event_type, body),
        body.get("reschedulingReason"),
    )


def _is_organizer(tx: Transaction, booking: Booking, event_type: EventType, body: dict[str, Any]) -> bool:
    organizer, given = tx[USERS].get(booking.user_id), body.get("rescheduledBy")
    if organizer is None or not isinstance(given, str):
        return False
    return organizer.email in (given, stored_address(tx, given, client_of(tx, event_type)))


def _booker_zone(tx: Transaction, booking: Booking) -> str:
    attendee = tx[ATTENDEES].first(booking_id=booking.id)
    return attendee.time_zone if attendee else "UTC"


def _replace(tx: Transaction, move: Move) -> Booking:
    """The original ends, a new booking takes its place. The original first, so that it is not in its own way."""
    old, event_type = move.booking, move.event_type
    answers = {name: value for name, value in (old.responses or {}).items() if name != RESCHEDULED_REASON}
    if move.reason is not None:
        answers[RESCHEDULED_REASON] = move.reason
    answers = checked_answers(event_type, answers, rescheduling=True)
    remove_event(tx, old)
    tx[BOOKINGS].update(old.id, status="cancelled", rescheduled=True, updated_at=tx.now)
    check_limits(tx, event_type, [(move.start, move.end)])
    party = _party(tx, move)
    uid = tx.identifiers.short_uid()
    status = "accepted" if move.by_organizer else status_for(tx, event_type, move.start)
    new = tx[BOOKINGS].create(
        **_kept(old),
        **_place(old, uid, accepted=status == "accepted"),
        uid=uid,
        start=move.start,
        end=move.end,
        status=status,
        created_at=tx.now,
        updated_at=tx.now,
        user_id=party.organizer.id,
        responses=answers,
        ical_sequence=old.ical_sequence + 1,
        from_reschedule=old.uid,
    )
    _copy_attendees(tx, move, new, party)
    return write_event(tx, new)


def _party(tx: Transaction, move: Move) -> Party:
    return party_for(tx, move.event_type, move.hosts, [(move.start, move.end)])


def _kept(old: Booking) -> dict[str, Any]:
    """What a new booking takes over from the one that it replaces."""
    return {
        name: getattr(old, name)
        for name in ("title", "event_type_id", "description", "metadata", "recurring_event_id", "ical_uid")
    }


def _place(old: Booking, uid: str, *, accepted: bool) -> dict[str, Any]:
    location = old.location or ""
    return {"location": old.location, "meeting_url": meeting_url_of(location, uid) if accepted else None}


def _copy_attendees(tx: Transaction, move: Move, new: Booking, party: Party) -> None:
    hosts = {each.user.email for each in move.hosts}
    for each in tx[ATTENDEES].find(booking_id=move.booking.id):
        if each.email not in hosts:
            tx[ATTENDEES].create(
                booking_id=new.id,
                start=new.start,
                name=each.name,
                email=each.email,
                time_zone=each.time_zone,
                locale=each.locale,
                phone_number=each.phone_number,
            )
    for host in party.others:
        add_host_attendee(tx, new, host)


def _move_one_seat(tx: Transaction, move: Move, seat_uid: str) -> Made:
    old, event_type = move.booking, move.event_type
    seat = seat_to_move(tx, old, seat_uid)
    if move.start == old.start:
        raise BareError(409, "already_signed_up_for_this_booking_error")
    target = booking_at(tx, event_type.id, move.start)
    if target is not None:
        moved = move_seat(tx, seat, target, renamed=False)
    else:
        target = _new_seated_booking(tx, move)
        moved = move_seat(tx, seat, target, renamed=True)
    if not tx[BOOKING_SEATS].count(booking_id=old.id):
        _end(tx, old)
    return Made(target, moved.reference_uid)


def _new_seated_booking(tx: Transaction, move: Move) -> Booking:
    party = _party(tx, move)
    uid = tx.identifiers.short_uid()
    return write_event(
        tx,
        tx[BOOKINGS].create(
            **_kept(move.booking) | {"ical_uid": ical_uid(tx.identifiers.short_uid())},
            **_place(move.booking, uid, accepted=True),
            uid=uid,
            start=move.start,
            end=move.end,
            status="accepted",
            created_at=tx.now,
            updated_at=tx.now,
            user_id=party.organizer.id,
        ),
    )


def _move_all_seats(tx: Transaction, move: Move) -> Made:
    """The organizer moves the booking itself, with all who have a seat; a booking that is there absorbs it."""
    old, event_type = move.booking, move.event_type
    if not move.by_organizer:
        raise BareError(401, NOT_THE_ORGANIZER)
    status_after(old, "reschedule")
    target = booking_at(tx, event_type.id, move.start)
    if target is not None and target.id != old.id:
        return Made(_absorb(tx, old, target, event_type), "")
    remove_event(tx, old)
    # While it looks for its new time, the booking must not stand in its own way.
    tx[BOOKINGS].update(old.id, status="cancelled")
    _party(tx, move)
    for attendee in tx[ATTENDEES].find(booking_id=old.id):
        tx[ATTENDEES].update(attendee.id, start=move.start)
    moved = tx[BOOKINGS].update(old.id, start=move.start, end=move.end, status="accepted", updated_at=tx.now)
    return Made(write_event(tx, tx[BOOKINGS].update(moved.id, busy_event_id=None)), "")


def _absorb(tx: Transaction, old: Booking, target: Booking, event_type: EventType) -> Booking:
    seats = tx[BOOKING_SEATS].find(booking_id=old.id)
    taken = tx[BOOKING_SEATS].count(booking_id=target.id)
    if event_type.seats is not None and taken + len(seats) > event_type.seats.per_time_slot:
        raise BareError(409, TOO_FEW_SEATS)
    for seat in seats:
        move_seat(tx, seat, target, renamed=False)
    _end(tx, old)
    return target


def _end(tx: Transaction, booking: Booking) -> None:
    remove_event(tx, booking)
    tx[BOOKINGS].update(booking.id, status="cancelled", updated_at=tx.now)
