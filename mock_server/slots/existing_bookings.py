"""Loads the bookings that affect availability. The only module of slots that reads bookings."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from functools import lru_cache

import msgspec

from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, LONG_BOOKING, Booking, Category, Status
from mock_server.event_types.model import EVENT_TYPES, HOSTS
from mock_server.identity.model import User
from mock_server.runtime.instants import milliseconds, moment_of
from mock_server.slots.inputs import CountedBooking, ExistingBooking
from mock_server.slots.ranges import Interval
from mock_server.state.transaction import Transaction
from mock_server.state.work import spend

MAX_ATTENDED_DURATION = timedelta(days=31)
"""Bookings that a user attends without organizing them are found if they start at most this long before the window."""

_BLOCKING: tuple[Status, ...] = ("accepted", "pending")
_LIVE: tuple[Status, ...] = (*_BLOCKING, "awaiting_host")

_instant = lru_cache(maxsize=32_768)(milliseconds)
"""Converts the start or end of a stored booking. Cached, because each search reads the same bookings again."""


def bookings_of_user(tx: Transaction, user: User, seated_id: int | None, start: int, end: int) -> list[ExistingBooking]:
    """Accepted and pending bookings between two instants that the user organizes or, by e-mail address, attends.

    `seats` are counted only for bookings of the event type `seated_id`, which is the one searched if it has seats.
    """
    low, high = moment_of(start), (moment_of(end) + timedelta(milliseconds=1),)
    organized = _started_between(tx, _BLOCKING, (low - LONG_BOOKING,), high, user_id=user.id)
    attended = [
        attendee.booking_id
        for attendee in tx[ATTENDEES].between((low - MAX_ATTENDED_DURATION,), high, email=user.email)
    ]
    known = {booking.id for booking in organized}
    bookings = [
        *organized,
        *(tx[BOOKINGS].require(booking_id) for booking_id in dict.fromkeys(attended) if booking_id not in known),
    ]
    buffers: dict[int | None, tuple[int, int]] = {None: (0, 0)}
    blocking: list[ExistingBooking] = []
    spend(4 * len(bookings))
    for booking in bookings:
        if booking.status not in _BLOCKING:
            continue
        booking_end = _instant(booking.end)
        if booking_end < start:
            continue
        if booking.event_type_id not in buffers:
            event_type = tx[EVENT_TYPES].require(booking.event_type_id)
            buffers[booking.event_type_id] = (event_type.before_event_buffer, event_type.after_event_buffer)
        before, after = buffers[booking.event_type_id]
        seats = (
            tx[BOOKING_SEATS].count(booking_id=booking.id)
            if seated_id is not None and booking.event_type_id == seated_id
            else 0
        )
        is_pending = booking.status == "pending"
        booking_start = _instant(booking.start)
        blocking.append(
            ExistingBooking(
                booking_start, booking_end, booking.event_type_id, before, after, is_pending, seats, booking.uid
            )
        )
    return blocking


def _started_between(
    tx: Transaction, statuses: Iterable[Status], low: tuple[datetime], high: tuple[datetime], **owner: int
) -> list[Booking]:
    """The bookings that start within the bounds, and the long ones of these statuses that started earlier."""
    long = [Category(status, in_series, is_long=True) for status in statuses for in_series in (False, True)]
    earlier = [booking for kind in long for booking in tx[BOOKINGS].between(None, low, category=kind, **owner)]
    return [*earlier, *tx[BOOKINGS].between(low, high, **owner)]


class HostedBooking(msgspec.Struct, frozen=True):
    """An accepted booking of a host."""

    interval: Interval
    event_type_id: int | None
    uid: str


def hosted_bookings(tx: Transaction, user: User, start: int, end: int) -> list[HostedBooking]:
    """The accepted bookings that start between two instants and that the user organizes or, in a team, co-hosts."""
    low, high = (moment_of(start),), (moment_of(end),)
    organized = tx[BOOKINGS].between(low, high, user_id=user.id)
    attended = {attendee.booking_id for attendee in tx[ATTENDEES].between(low, high, email=user.email)}
    others = [booking for booking in map(tx[BOOKINGS].require, sorted(attended)) if _is_co_host(tx, user, booking)]
    spend(4 * (len(organized) + len(attended)))
    return [
        HostedBooking(_interval(booking), booking.event_type_id, booking.uid)
        for booking in (*organized, *others)
        if booking.status == "accepted"
    ]


def _is_co_host(tx: Transaction, user: User, booking: Booking) -> bool:
    is_host = tx[HOSTS].first(user_id=user.id, event_type_id=booking.event_type_id) is not None
    return is_host and booking.user_id != user.id


def counted_bookings(
    tx: Transaction, event_type_id: int, hosts: Collection[int], start: int, end: int, rescheduled: str | None = None
) -> list[CountedBooking]:
    """The bookings that count towards limits: accepted, of the event type, and with one of its hosts.

    The booking with the uid `rescheduled` does not count.
    """
    found = tx[BOOKINGS].between((moment_of(start),), (moment_of(end),), event_type_id=event_type_id)
    return [
        CountedBooking(_interval(booking), booking.user_id or 0)
        for booking in found
        if booking.status == "accepted" and booking.user_id in hosts and booking.uid != rescheduled
    ]


def seated_bookings(
    tx: Transaction, event_type_id: int, host_emails: Collection[str], start: int, end: int
) -> list[ExistingBooking]:
    """The accepted bookings of a seated event type; `seats` is the number of attendees who are not hosts."""
    found = tx[BOOKINGS].between((moment_of(start),), (moment_of(end),), event_type_id=event_type_id)
    accepted = (booking for booking in found if booking.status == "accepted")
    return [
        ExistingBooking(*_interval(booking), seats=_guest_count(tx, booking, host_emails), uid=booking.uid)
        for booking in accepted
    ]


def attendee_count_at(tx: Transaction, event_type_id: int, start: datetime) -> int | None:
    """The number of attendees of the event type's booking with exactly this start, of any status; None without one."""
    found = tx[BOOKINGS].between((start,), (start + timedelta(milliseconds=1),), event_type_id=event_type_id)
    return tx[ATTENDEES].count(booking_id=found[0].id) if found else None


def attendee_count_in(tx: Transaction, event_type_id: int, start: datetime, end: datetime) -> int | None:
    """The number of attendees of the event type's first booking that takes place in this time; None without one."""
    booking = booking_in(tx, event_type_id, start, end)
    return None if booking is None else tx[ATTENDEES].count(booking_id=booking.id)


def booking_in(tx: Transaction, event_type_id: int, start: datetime, end: datetime) -> Booking | None:
    """The event type's first booking that takes place in this time."""
    found = _started_between(tx, _LIVE, (start - LONG_BOOKING,), (end,), event_type_id=event_type_id)
    return next((candidate for candidate in found if candidate.status in _LIVE and candidate.end > start), None)


def _interval(booking: Booking) -> Interval:
    return _instant(booking.start), _instant(booking.end)


def _guest_count(tx: Transaction, booking: Booking, host_emails: Iterable[str]) -> int:
    return sum(attendee.email not in host_emails for attendee in tx[ATTENDEES].find(booking_id=booking.id))
