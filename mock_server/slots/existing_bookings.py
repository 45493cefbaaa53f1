"""Loads the bookings that affect availability. The only module of slots that reads bookings."""

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
"""Bookings that a user attends without organizing them are found if they start at most this long before the window."""

_BLOCKING: tuple[Status, ...] = ("accepted", "pending")
_LONG_CATEGORIES = [Category(status, in_series, is_long=True) for status in _BLOCKING for in_series in (False, True)]


def bookings_of_user(tx: Transaction, user: User, seated_id: int | None, start: int, end: int) -> list[ExistingBooking]:
    """Accepted and pending bookings between two instants that the user organizes or, by e-mail address, attends.

    `seats` are counted only for bookings of the event type `seated_id`, which is the one searched if it has seats.
    """
    low, high = moment_of(start), (moment_of(end) + timedelta(milliseconds=1),)
    organized = _organized(tx, user, (low - LONG_BOOKING,), high)
    attended = [
        each.booking_id for each in tx[ATTENDEES].between((low - MAX_ATTENDED_DURATION,), high, email=user.email)
    ]
    known = {each.id for each in organized}
    bookings = [*organized, *(tx[BOOKINGS].require(each) for each in dict.fromkeys(attended) if each not in known)]
    buffers: dict[int | None, tuple[int, int]] = {None: (0, 0)}
    blocking: list[ExistingBooking] = []
    spend(4 * len(bookings))
    for each in bookings:
        if each.status not in _BLOCKING:
            continue
        booking_end = milliseconds(each.end)
        if booking_end < start:
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
        booking_start = milliseconds(each.start)
        blocking.append(
            ExistingBooking(booking_start, booking_end, each.event_type_id, before, after, is_pending, seats, each.uid)
        )
    return blocking


def _organized(tx: Transaction, user: User, low: tuple[datetime], high: tuple[datetime]) -> list[Booking]:
    """The bookings that start within the bounds, and the long ones that started earlier."""
    rows = tx[BOOKINGS]
    earlier = [each for kind in _LONG_CATEGORIES for each in rows.between(None, low, user_id=user.id, category=kind)]
    return [*earlier, *rows.between(low, high, user_id=user.id)]


def counted_bookings(
    tx: Transaction, event_type_id: int, hosts: Collection[int], start: int, end: int, rescheduled: str | None = None
) -> list[Interval]:
    """The times of the bookings that count towards limits: accepted, of the event type, and with one of its hosts.

    The booking with the uid `rescheduled` does not count.
    """
    found = tx[BOOKINGS].between((moment_of(start),), (moment_of(end),), event_type_id=event_type_id)
    return [
        _interval(each)
        for each in found
        if each.status == "accepted" and each.user_id in hosts and each.uid != rescheduled
    ]


def seated_bookings(
    tx: Transaction, event_type_id: int, host_emails: Collection[str], start: int, end: int
) -> list[ExistingBooking]:
    """The accepted bookings of a seated event type; `seats` is the number of attendees who are not hosts."""
    found = tx[BOOKINGS].between((moment_of(start),), (moment_of(end),), event_type_id=event_type_id)
    accepted = (each for each in found if each.status == "accepted")
    return [
        ExistingBooking(*_interval(each), seats=_guest_count(tx, each, host_emails), uid=each.uid) for each in accepted
    ]


def attendee_count_at(tx: Transaction, event_type_id: int, start: int) -> int | None:
    """The number of attendees of the event type's booking with exactly this start, of any status; None without one."""
    moment = moment_of(start)
    found = tx[BOOKINGS].between((moment,), (moment + timedelta(milliseconds=1),), event_type_id=event_type_id)
    return tx[ATTENDEES].count(booking_id=found[0].id) if found else None


def _interval(booking: Booking) -> Interval:
    return milliseconds(booking.start), milliseconds(booking.end)


def _guest_count(tx: Transaction, booking: Booking, host_emails: Iterable[str]) -> int:
    return sum(each.email not in host_emails for each in tx[ATTENDEES].find(booking_id=booking.id))
