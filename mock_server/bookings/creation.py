"""Creates bookings: single ones, recurring ones, seats in shared ones, and instant meetings.

Source: Cal.com API v2, bookings: effects, seats, recurring, instant.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice

import msgspec
from dateutil.relativedelta import relativedelta

from mock_server.bookings.attendees import add_booker, add_guests, add_host
from mock_server.bookings.blocklist import check_not_blocked
from mock_server.bookings.bookability import check_seats_do_not_recur
from mock_server.bookings.booker_limits import check_active_bookings
from mock_server.bookings.booking_request import BookingRequest
from mock_server.bookings.booking_webhooks import emit_created, emit_instant_meeting
from mock_server.bookings.calendar_events import ical_uid, rewrite, write_event
from mock_server.bookings.email_verification import check_booker
from mock_server.bookings.host_assignment import AssignedHosts, assign_hosts
from mock_server.bookings.locations import CAL_VIDEO_LOCATION, meeting_url_of
from mock_server.bookings.mails import mail_created
from mock_server.bookings.model import BOOKINGS, INSTANT_MEETING_TOKENS, Booking, Status
from mock_server.bookings.routing import note_routing
from mock_server.bookings.seats import joinable_booking, take_seat
from mock_server.bookings.timing import OUT_OF_BOUNDS, check_limits, check_start, end_time
from mock_server.bookings.titles import instant_title, title_of
from mock_server.event_types.model import EventType, Recurrence
from mock_server.identity.model import User
from mock_server.runtime.errors import BadRequest, BareError
from mock_server.runtime.time_zones import time_zone
from mock_server.slots.hints import booked_up
from mock_server.state.transaction import Transaction

CHECKED_OCCURRENCES = 1
"""The number of bookings of a series for which the live service checks the hosts' availability."""
CHECKED_OCCURRENCES_2025_04 = 2
SAME_TIME = "booking_conflict_error"
_A_MOMENT = timedelta(milliseconds=1)
INSTANT_TOKEN_LIFETIME = timedelta(seconds=90)


class CreatedBooking(msgspec.Struct, frozen=True):
    """A booking that a request created, or joined by taking a seat."""

    booking: Booking
    seat_uid: str | None = None
    is_new: bool = True


def create(tx: Transaction, request: BookingRequest, *, with_mails: bool = True) -> list[CreatedBooking]:
    """Creates one booking, or all occurrences of a series, with mails about the first. Raises the refusal.

    A series is created whole or not at all: every check of every occurrence precedes the first change.
    """
    if request.is_instant:
        instant = _create_instant(tx, request)
        emit_instant_meeting(tx, instant.booking)
        return [instant]
    created = _create_all(tx, request)
    note_routing(tx, request.form_response_id, created[0].booking)
    for each in created:
        emit_created(tx, each.booking, each.seat_uid, is_new=each.is_new)
    if with_mails:
        mail_created(tx, created[0].booking, created[0].seat_uid, is_new=created[0].is_new)
    return created


def _create_all(tx: Transaction, request: BookingRequest) -> list[CreatedBooking]:
    overrides, checked_type = request.overrides, request.overrides.applied_to(request.event_type)
    recurrence = None if request.is_single else request.event_type.recurrence
    starts = [request.start] if recurrence is None else _occurrences(request, recurrence)
    for start in starts:
        check_start(tx, checked_type, start, request.booker.time_zone)
    check_active_bookings(tx, request.event_type, request.email)
    check_not_blocked(tx, request.event_type, request.email)
    if request.booker.email and not request.is_single and tx.has("booker-emails-verified"):
        check_booker(tx, request.event_type, request.email, request.verification_code, request.caller_id)
    times = [(start, end_time(start, request.length)) for start in starts]
    check_limits(tx, checked_type, times)
    if tx.has("unbookable-event-types-refused"):
        check_seats_do_not_recur(request.event_type)
    joined = [joinable_booking(tx, request.event_type, start, request.email) for start in starts]
    # A series has the same hosts throughout.
    hosts = None
    if None in joined:
        only_first = tx.has("first-occurrence-checked")
        checked = islice(
            zip(times, joined, strict=True), CHECKED_OCCURRENCES if only_first else CHECKED_OCCURRENCES_2025_04
        )
        new_times = [time for time, existing in checked if existing is None]
        hosts = assign_hosts(tx, request.event_type, request.hosts, new_times, overrides)
        if only_first and not overrides.conflicts:
            _check_unchecked_times(tx, hosts, times[CHECKED_OCCURRENCES:], joined[CHECKED_OCCURRENCES:])
    series = request.series if recurrence is None else tx.identifiers.uuid4()
    return [
        _create_one(tx, request, time, existing, hosts, series) for time, existing in zip(times, joined, strict=True)
    ]


def _check_unchecked_times(
    tx: Transaction,
    hosts: AssignedHosts,
    times: list[tuple[datetime, datetime]],
    joined: list[Booking | None],
) -> None:
    """Raises BareError if the organizer has an accepted booking of exactly the same time as an unchecked occurrence."""
    for (start, end), existing in zip(times, joined, strict=True):
        at_start = tx[BOOKINGS].walk(("start",), (start,), (start + _A_MOMENT,), user_id=hosts.organizer.id)
        blocking = next((each for each in at_start if each.end == end and each.status == "accepted"), None)
        if existing is None and blocking is not None:
            raise BareError(409, SAME_TIME, hint=booked_up(blocking))


def initial_status(tx: Transaction, event_type: EventType, start: datetime) -> Status:
    """The status of a new booking: accepted, or pending if it requires confirmation."""
    if not event_type.requires_confirmation:
        return "accepted"
    threshold = event_type.confirmation_threshold
    if threshold is not None and (start - tx.now) // timedelta(**{threshold.unit: 1}) > threshold.count:
        return "accepted"
    return "pending"


def _occurrences(request: BookingRequest, recurrence: Recurrence) -> list[datetime]:
    """The starts of a series, which keep their time of day in the booker's zone."""
    zone = time_zone(request.booker.time_zone)
    first = request.start.astimezone(zone).replace(tzinfo=None)
    try:
        return [
            (first + _elapsed(recurrence, index)).replace(tzinfo=zone).astimezone(UTC)
            for index in range(request.occurrences)
        ]
    except (ValueError, OverflowError):
        raise BareError(400, OUT_OF_BOUNDS) from None


def _elapsed(recurrence: Recurrence, index: int) -> relativedelta:
    """The time from the first occurrence to the one at `index`."""
    count = recurrence.interval * index
    match recurrence.frequency:
        case "weekly":
            return relativedelta(weeks=count)
        case "monthly":
            return relativedelta(months=count)
        case "yearly":
            return relativedelta(years=count)


def _create_one(
    tx: Transaction,
    request: BookingRequest,
    time: tuple[datetime, datetime],
    existing: Booking | None,
    hosts: AssignedHosts | None,
    series: str | None,
) -> CreatedBooking:
    """Takes a seat in the existing booking, or creates a booking with its hosts."""
    if existing is not None:
        seat_uid = take_seat(tx, existing, request)
        rewrite(tx, existing)
        return CreatedBooking(existing, seat_uid, is_new=False)
    assert hosts is not None
    booking = _insert(tx, request, *time, hosts, series)
    seat_uid = take_seat(tx, booking, request) if request.event_type.seats is not None else None
    if seat_uid is None:
        _add_attendees(tx, booking, request, hosts.others)
    return CreatedBooking(write_event(tx, booking), seat_uid)


def _add_attendees(tx: Transaction, booking: Booking, request: BookingRequest, hosts: Iterable[User]) -> None:
    add_booker(tx, booking, request)
    add_guests(tx, booking, request)
    for host in hosts:
        add_host(tx, booking, host)


def _insert(
    tx: Transaction, request: BookingRequest, start: datetime, end: datetime, hosts: AssignedHosts, series: str | None
) -> Booking:
    event_type, uid = request.event_type, tx.identifiers.short_uid()
    status = initial_status(tx, event_type, start)
    is_seated = event_type.seats is not None
    return tx[BOOKINGS].create(
        uid=uid,
        title=title_of(
            tx,
            event_type,
            hosts.organizer,
            request.booker.name,
            request.location,
            several_hosts=bool(hosts.others),
        ),
        start=start,
        end=end,
        status=status,
        created_at=tx.now,
        updated_at=tx.now,
        user_id=hosts.organizer.id,
        event_type_id=event_type.id,
        description=None if is_seated else request.notes,
        responses=None if is_seated else request.answers,
        metadata=None if is_seated and not tx.has("seated-bookings-keep-metadata") else request.metadata,
        location=request.location,
        meeting_url=meeting_url_of(request.location, uid) if status == "accepted" else None,
        # The live service gives seated bookings an iCalendar UID that is not derived from the booking's uid.
        ical_uid=ical_uid(tx.identifiers.short_uid() if is_seated else uid),
        recurring_event_id=series,
        private_link=request.private_link,
    )


def _create_instant(tx: Transaction, request: BookingRequest) -> CreatedBooking:
    """Creates a meeting that waits for the first host to join. Skips the availability check."""
    event_type = request.event_type
    if event_type.team_id is None:
        raise BadRequest(f"Event type with id {event_type.id} is not of a team, so it has no instant meetings.")
    uid = tx.identifiers.short_uid()
    booking = tx[BOOKINGS].create(
        uid=uid,
        title=instant_title(request.booker.name, request.booker.language),
        start=request.start,
        end=request.end,
        status="awaiting_host",
        created_at=tx.now,
        updated_at=tx.now,
        event_type_id=event_type.id,
        description=request.notes,
        responses=request.answers,
        metadata=request.metadata,
        location=CAL_VIDEO_LOCATION,
        meeting_url=meeting_url_of(CAL_VIDEO_LOCATION, uid),
        ical_uid="",
    )
    _add_attendees(tx, booking, request, ())
    tx[INSTANT_MEETING_TOKENS].create(
        token=tx.identifiers.hex(64),
        expires_at=tx.now + INSTANT_TOKEN_LIFETIME,
        team_id=event_type.team_id,
        booking_id=booking.id,
    )
    return CreatedBooking(booking)
