"""Gives a booking to another host: the next in turn, or a chosen one.

Source: Cal.com API v2, bookings: reassign. What the live service answers with 500 is 400 here.
"""

from __future__ import annotations

from collections.abc import Sequence

from mock_server.bookings.calendar_events import remove_event, write_event
from mock_server.bookings.confirmation import booking_to_decide
from mock_server.bookings.creation import add_host_attendee
from mock_server.bookings.host_assignment import NOT_AVAILABLE, free_hosts, hosts_in_turn, next_in_turn
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.bookings.titles import title_of
from mock_server.event_types.hosts import EventHost, hosts_of
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import USERS, User
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.state.transaction import Transaction


def reassign(tx: Transaction, uid: str, by: int) -> tuple[Booking, User]:
    """Gives the booking to the free host whose turn it is; the booking and its organizer then.

    Raises NotFound, BadRequest, and the shared libraries' refusal of users who may not decide about the booking.
    """
    booking = booking_to_decide(tx, uid, by)
    event_type = _event_type(tx, booking)
    attending = {each.email for each in tx[ATTENDEES].find(booking_id=booking.id)}
    hosts = hosts_of(tx, event_type)
    free = {user.id for user in free_hosts(tx, event_type, hosts, booking.start, booking.end)}
    candidates = [
        each
        for each in hosts_in_turn(hosts)
        if each.user.id in free and each.user.id != booking.user_id and each.user.email not in attending
    ]
    if not candidates:
        raise BadRequest(NOT_AVAILABLE)
    some_are_fixed = any(each.is_fixed for each in hosts)
    new = next_in_turn(tx, event_type, candidates, some_are_fixed=some_are_fixed)
    return _hand_over(tx, booking, event_type, hosts, new)


def reassign_to(tx: Transaction, uid: str, user_id: int, reason: str | None, by: int) -> tuple[Booking, User]:
    """Gives the booking to a host of one's choice, free or not. Raises the same."""
    booking = booking_to_decide(tx, uid, by)
    user = tx[USERS].get(user_id)
    if user is None:
        raise NotFound(f"User with id={user_id} was not found in the database")
    event_type = _event_type(tx, booking)
    hosts = hosts_of(tx, event_type)
    if all(each.user.id != user_id for each in hosts_in_turn(hosts)):
        raise BadRequest(f"User with id={user_id} is not a host of the event type who can take its bookings.")
    tx[BOOKINGS].update(booking.id, reassign_reason=reason, reassign_by_id=by)
    return _hand_over(tx, tx[BOOKINGS].require(booking.id), event_type, hosts, user)


def _event_type(tx: Transaction, booking: Booking) -> EventType:
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None or booking.user_id is None:
        raise BadRequest(f"Booking with uid={booking.uid} has no event type whose hosts could take it.")
    return event_type


def _hand_over(
    tx: Transaction, booking: Booking, event_type: EventType, hosts: Sequence[EventHost], new: User
) -> tuple[Booking, User]:
    """With a fixed host as organizer only the host among the attendees changes; else organizer and title do."""
    organizer = tx[USERS].require(booking.user_id)
    if any(each.is_fixed and each.user.id == organizer.id for each in hosts):
        turns = {each.user.email for each in hosts_in_turn(hosts)}
        for attendee in tx[ATTENDEES].find(booking_id=booking.id):
            if attendee.email in turns:
                tx[ATTENDEES].delete(attendee.id)
        add_host_attendee(tx, booking, new)
        return tx[BOOKINGS].update(booking.id, updated_at=tx.now), organizer
    booker = tx[ATTENDEES].first(booking_id=booking.id)
    title = title_of(tx, event_type, new, booker.name if booker else "", booking.location or "", several_hosts=False)
    booking = remove_event(tx, booking)
    booking = tx[BOOKINGS].update(booking.id, user_id=new.id, title=title, updated_at=tx.now)
    return write_event(tx, booking), new
