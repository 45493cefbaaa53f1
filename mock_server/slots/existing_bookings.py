"""What of the world's bookings bears on slots. The only place where availability meets bookings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, LONG_BOOKING, Booking, Category, Status
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import User
from mock_server.runtime.instants import milliseconds, moment_of
from mock_server.slots.inputs import ExistingBooking
from mock_server.slots.ranges import Interval
from mock_server.state.transaction import Transaction
from mock_server.state.work import spend

MAX_ATTENDED_DURATION = timedelta(days=31)
"""Bookings that somebody only attends are looked for this long before a window that they may reach into."""

_BLOCKING: tuple[Status, ...] = ("accepted", "pending")
_LONG_CATEGORIES = [Category(status, in_series, is_long=True) for status in _BLOCKING for in_series in (False, True)]


def bookings_of_user(tx: Transaction, user: User, seated_id: int | None, start: int, end: int) -> list[ExistingBooking]:
    """Accepted and pending bookings between two instants that the user organizes or, by e-mail, attends.

    `seats` are given for those of the event type `seated_id`: the one that is being looked at, if it has seats.
    """
    low, high = moment_of(start), (moment_of(end) + timedelta(milliseconds=1),)
    organized = _organized(tx, user, (low - LONG_BOOKING,), high)
    attended = [each.booking_id for each in tx[ATTENDEES].between((low - MAX_ATTENDED_DURATION,), high, email=user.email)]
    known = {each.id for each in organized}
    bookings = [*organized, *(tx[BOOKINGS].require(each) for each in dict.fromkeys(attended) if each not in known)]
    buffers: dict[int | None, tuple[int, int]] = {None: (0, 0)}
    found: list[ExistingBooking] = []
    spend(4 * len(bookings))
    for each in bookings:
        if each.status not in _BLOCKING:
            continue
        until = milliseconds(each.end)
        if until < start:
            continue
        if each.event_type_id not in buffers:
            event_type = tx[EVENT_TYPES].require(each.event_type_id)
            buffers[each.event_type_id] = (event_type.before_event_buffer, event_type.after_event_buffer)
        before, after = buffers[each.event_type_id]
        seats = (
            tx[BOOKING_SEATS].count(booking_id=each.id)
            if seated_id is not None and each.event_type_id == seated_id
            else 0
        )
        is_pending = each.status == "pending"
        begin = milliseconds(each.start)
        found.append(ExistingBooking(begin, until, each.event_type_id, before, after, is_pending, seats, each.uid))
    return found


def _organized(tx: Transaction, user: User, low: tuple[datetime], high: tuple[datetime]) -> list[Booking]:
    """The bookings that begin within the bounds, and those so long that they may reach into them."""
    rows = tx[BOOKINGS]
    earlier = [each for kind in _LONG_CATEGORIES for each in rows.between(None, low, user_id=user.id, category=kind)]
    return [*earlier, *rows.between(low, high, user_id=user.id)]


def counted_bookings(
    tx: Transaction, event_type_id: int, hosts: Collection[int], start: int, end: int
) -> list[Interval]:
    """When the accepted bookings are that limits count: those of the event type with one of its hosts."""
    found = tx[BOOKINGS].between((moment_of(start),), (moment_of(end),), event_type_id=event_type_id)
    return [_interval(each) for each in found if each.status == "accepted" and each.user_id in hosts]


def seated_bookings(
    tx: Transaction, event_type_id: int, host_addresses: Collection[str], start: int, end: int
) -> list[ExistingBooking]:
    """The accepted bookings of an event type with seats; `seats` are the attendees who are not hosts."""
    found = tx[BOOKINGS].between((moment_of(start),), (moment_of(end),), event_type_id=event_type_id)
    accepted = (each for each in found if each.status == "accepted")
    return [ExistingBooking(*_interval(each), seats=_guests(tx, each, host_addresses), uid=each.uid) for each in accepted]


def attendee_count_at(tx: Transaction, event_type_id: int, start: int) -> int | None:
    """How many attend the booking of the event type at exactly this start, whatever its status; None without any."""
    moment = moment_of(start)
    found = tx[BOOKINGS].between((moment,), (moment + timedelta(milliseconds=1),), event_type_id=event_type_id)
    return tx[ATTENDEES].count(booking_id=found[0].id) if found else None


def _interval(booking: Booking) -> Interval:
    return milliseconds(booking.start), milliseconds(booking.end)


def _guests(tx: Transaction, booking: Booking, host_addresses: Iterable[str]) -> int:
    return sum(each.email not in host_addresses for each in tx[ATTENDEES].find(booking_id=booking.id))
