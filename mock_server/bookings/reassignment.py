"""Reassigns a booking to another host: the next round robin host, or a chosen one.

Source: Cal.com API v2, bookings: reassign. Refusals are 400 here where the live service answers 500.
"""

from __future__ import annotations

from collections.abc import Sequence

from mock_server.bookings.attendees import add_host
from mock_server.bookings.booking_webhooks import emit_reassigned
from mock_server.bookings.calendar_events import rewrite, withdraw_event, write_event
from mock_server.bookings.host_assignment import (
    NOT_AVAILABLE,
    available_hosts,
    next_round_robin_host,
    round_robin_hosts,
)
from mock_server.bookings.lookup import require_booking
from mock_server.bookings.mails import mail_host_replaced, mail_organizer_replaced
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.bookings.permissions import require_manageable_booking
from mock_server.bookings.titles import title_of
from mock_server.event_types.event_type_access import runs_event_type
from mock_server.event_types.hosts import EventHost, hosts_of
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import USERS, User
from mock_server.runtime.errors import BadRequest, Forbidden, NotFound
from mock_server.runtime.json_values import script_text
from mock_server.state.transaction import Transaction

MAY_NOT_REASSIGN = "You do not have permission to reassign this booking"
NO_OTHER_HOST = "Can't reassign the booking because no other host is available at that time."
NOT_A_ROUND_ROBIN_HOST = (
    "User with id={} is not a valid Round Robin host - the user to which you reassign this booking must be one of the "
    "booking hosts. Fetch the booking using following endpoint and select id of one of the hosts: "
    "https://cal.com/docs/api-reference/v2/bookings/get-a-booking"
)


def reassign(tx: Transaction, uid: str, caller_id: int) -> tuple[Booking, User]:
    """Reassigns the booking to the next available round robin host. Returns the booking and its organizer.

    Raises NotFound, BadRequest, and Forbidden for users without access to the event type (in the edition 2025-04 the
    shared library's UNAUTHORIZED for those who may not manage the booking).
    """
    booking, event_type = _reassignable(tx, uid, caller_id)
    attendee_emails = {each.email for each in tx[ATTENDEES].find(booking_id=booking.id)}
    hosts = hosts_of(tx, event_type)
    available_ids = {user.id for user in available_hosts(tx, event_type, hosts, booking.start, booking.end)}
    candidates = [
        each
        for each in round_robin_hosts(hosts)
        if each.user.id in available_ids and each.user.id != booking.user_id and each.user.email not in attendee_emails
    ]
    if not candidates:
        raise BadRequest(NO_OTHER_HOST if tx.has("reassigned-by-hosts") else NOT_AVAILABLE)
    has_fixed_hosts = any(each.is_fixed for each in hosts)
    new = next_round_robin_host(tx, event_type, candidates, has_fixed_hosts=has_fixed_hosts)
    return _replace_host(tx, booking, event_type, hosts, new)


def reassign_to(tx: Transaction, uid: str, user_id: int, reason: str | None, caller_id: int) -> tuple[Booking, User]:
    """Reassigns the booking to a chosen host, available or not. Returns and raises the same as `reassign`."""
    booking, event_type = _reassignable(tx, uid, caller_id)
    user = tx[USERS].get(user_id)
    if user is None:
        raise NotFound(f"User with id={user_id} was not found in the database")
    hosts = hosts_of(tx, event_type)
    if all(each.user.id != user_id for each in round_robin_hosts(hosts)):
        raise BadRequest(
            NOT_A_ROUND_ROBIN_HOST.format(user_id)
            if tx.has("reassigned-by-hosts")
            else f"User with id={user_id} is not a host of the event type who can take its bookings."
        )
    tx[BOOKINGS].update(booking.id, reassign_reason=reason, reassign_by_id=caller_id)
    return _replace_host(tx, tx[BOOKINGS].require(booking.id), event_type, hosts, user)


def _reassignable(tx: Transaction, uid: str, caller_id: int) -> tuple[Booking, EventType]:
    if not tx.has("reassigned-by-hosts"):
        booking = require_manageable_booking(tx, uid, caller_id)
        return booking, _event_type(tx, booking)
    booking = require_booking(tx, uid)
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None:
        raise BadRequest(f"Event type with id={script_text(booking.event_type_id)} was not found in the database")
    if not runs_event_type(tx, event_type, caller_id):
        raise Forbidden(MAY_NOT_REASSIGN)
    return booking, _event_type(tx, booking)


def _event_type(tx: Transaction, booking: Booking) -> EventType:
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if event_type is None or booking.user_id is None:
        raise BadRequest(f"Booking with uid={booking.uid} has no event type whose hosts could take it.")
    return event_type


def _replace_host(
    tx: Transaction, booking: Booking, event_type: EventType, hosts: Sequence[EventHost], new: User
) -> tuple[Booking, User]:
    """Changes the organizer and the title; if a fixed host is the organizer, only the host among the attendees."""
    organizer = tx[USERS].require(booking.user_id)
    if any(each.is_fixed and each.user.id == organizer.id for each in hosts):
        round_robin_emails = {each.user.email for each in round_robin_hosts(hosts)}
        former = [each for each in tx[ATTENDEES].find(booking_id=booking.id) if each.email in round_robin_emails]
        for attendee in former:
            tx[ATTENDEES].delete(attendee.id)
        added = add_host(tx, booking, new)
        changed = tx[BOOKINGS].update(booking.id, updated_at=tx.now)
        rewrite(tx, changed)
        removed = [user.id for each in former if (user := tx[USERS].first(email=each.email)) is not None]
        emit_reassigned(tx, changed, new.id, removed)
        mail_host_replaced(tx, changed, former, added)
        return changed, organizer
    booker = tx[ATTENDEES].first(booking_id=booking.id)
    title = title_of(tx, event_type, new, booker.name if booker else "", booking.location or "", several_hosts=False)
    changed = tx[BOOKINGS].update(withdraw_event(tx, booking).id, user_id=new.id, title=title, updated_at=tx.now)
    changed = write_event(tx, changed)
    emit_reassigned(tx, changed, new.id, [organizer.id])
    mail_organizer_replaced(tx, booking, changed)
    return changed, new
