"""Makes bookings: single ones, series, seats in shared ones, and meetings that start at once.

Source: Cal.com API v2, bookings: effects, seats, recurring, instant.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import msgspec
from dateutil.relativedelta import relativedelta

from mock_server.bookings.booking_request import Wanted
from mock_server.bookings.booking_webhooks import tell_booked, tell_instant_meeting
from mock_server.bookings.calendar_events import write_event
from mock_server.bookings.host_assignment import Party, party_for
from mock_server.bookings.locations import CAL_VIDEO_PLACE, meeting_url_of
from mock_server.bookings.model import ATTENDEES, BOOKINGS, INSTANT_MEETING_TOKENS, Booking, Status
from mock_server.bookings.seats import seat_to_join, take_seat
from mock_server.bookings.timing import OUT_OF_BOUNDS, check_limits, check_start, end_of
from mock_server.bookings.titles import instant_title, title_of
from mock_server.event_types.model import EventType
from mock_server.identity.model import User
from mock_server.runtime.errors import BadRequest, BareError
from mock_server.runtime.time_zones import time_zone
from mock_server.state.transaction import Transaction

CHECKED_OCCURRENCES = 2
GUEST_LANGUAGE = "en"
INSTANT_TOKEN_LIFE = timedelta(seconds=90)

_STEPS = {"weekly": "weeks", "monthly": "months", "yearly": "years"}


class Made(msgspec.Struct, frozen=True):
    """A booking that a request made or joined, with the seat that was taken in it, if any."""

    booking: Booking
    seat_uid: str | None = None
    is_new: bool = True


def create(tx: Transaction, wanted: Wanted) -> list[Made]:
    """Books what is wanted: one booking, or all occurrences of a series. Raises what forbids it."""
    if wanted.is_instant:
        instant = _create_instant(tx, wanted)
        tell_instant_meeting(tx, instant.booking)
        return [instant]
    made = _create(tx, wanted)
    for each in made:
        tell_booked(tx, each.booking, each.seat_uid, is_new=each.is_new)
    return made


def _create(tx: Transaction, wanted: Wanted) -> list[Made]:
    is_series = wanted.event_type.recurrence is not None
    starts = _occurrences(wanted) if is_series else [wanted.start]
    for start in starts:
        check_start(tx, wanted.event_type, start, wanted.booker.time_zone)
    times = [(start, end_of(start, wanted.length)) for start in starts]
    check_limits(tx, wanted.event_type, times)
    shared = [seat_to_join(tx, wanted.event_type, start, wanted.email) for start in starts]
    # The same hosts hold the whole series.
    party = None
    if None in shared:
        first = zip(times, shared, strict=True)
        unchecked = [time for time, joined in islice(first, CHECKED_OCCURRENCES) if joined is None]
        party = party_for(tx, wanted.event_type, wanted.hosts, unchecked)
    series = tx.identifiers.uuid4() if is_series else None
    return [_create_one(tx, wanted, time, joined, party, series) for time, joined in zip(times, shared, strict=True)]


def ical_uid(uid: str) -> str:
    """The id of a booking's event in calendars."""
    return f"{uid}@Cal.com"


def status_for(tx: Transaction, event_type: EventType, start: datetime) -> Status:
    """Whether a new booking is accepted at once, or has to be confirmed."""
    if not event_type.requires_confirmation:
        return "accepted"
    threshold = event_type.confirmation_threshold
    if threshold is not None and (start - tx.now) // timedelta(**{threshold.unit: 1}) > threshold.count:
        return "accepted"
    return "pending"


def add_attendees(tx: Transaction, booking: Booking, wanted: Wanted, others: Iterable[User]) -> None:
    """The booker, the guests, and the hosts besides the organizer."""
    booker = wanted.booker
    tx[ATTENDEES].create(
        booking_id=booking.id,
        name=booker.name,
        email=wanted.email,
        time_zone=booker.time_zone,
        locale=booker.language,
        phone_number=booker.phone_number,
        start=booking.start,
    )
    for guest in wanted.guests:
        tx[ATTENDEES].create(
            booking_id=booking.id,
            name="",
            email=guest,
            time_zone=booker.time_zone,
            locale=GUEST_LANGUAGE,
            start=booking.start,
        )
    for host in others:
        add_host_attendee(tx, booking, host)


def add_host_attendee(tx: Transaction, booking: Booking, host: User) -> None:
    """A host who is not the organizer attends."""
    tx[ATTENDEES].create(
        booking_id=booking.id,
        name=host.name or "",
        email=host.email,
        time_zone=host.time_zone,
        locale=host.locale,
        start=booking.start,
    )


def _occurrences(wanted: Wanted) -> list[datetime]:
    """The starts of a series: the same time of day in the booker's zone."""
    recurrence = wanted.event_type.recurrence
    assert recurrence is not None
    zone = time_zone(wanted.booker.time_zone)
    first = wanted.start.astimezone(zone).replace(tzinfo=None)
    unit = _STEPS[recurrence.frequency]
    steps: list[Any] = [{unit: recurrence.interval * place} for place in range(wanted.occurrences)]
    try:
        return [(first + relativedelta(**step)).replace(tzinfo=zone).astimezone(UTC) for step in steps]
    except (ValueError, OverflowError):
        raise BareError(400, OUT_OF_BOUNDS) from None


def _create_one(
    tx: Transaction,
    wanted: Wanted,
    time: tuple[datetime, datetime],
    joined: Booking | None,
    party: Party | None,
    series: str | None,
) -> Made:
    """A seat in the booking that there is already, or a new booking with its hosts."""
    if joined is not None:
        return Made(joined, take_seat(tx, joined, wanted), is_new=False)
    assert party is not None
    booking = _insert(tx, wanted, *time, party, series)
    if wanted.event_type.seats is not None:
        return Made(booking, take_seat(tx, booking, wanted))
    add_attendees(tx, booking, wanted, party.others)
    return Made(booking)


def _insert(
    tx: Transaction, wanted: Wanted, start: datetime, end: datetime, party: Party, series: str | None
) -> Booking:
    event_type, uid = wanted.event_type, tx.identifiers.short_uid()
    status = status_for(tx, event_type, start)
    is_seated = event_type.seats is not None
    booking = tx[BOOKINGS].create(
        uid=uid,
        title=title_of(
            tx,
            event_type,
            party.organizer,
            wanted.booker.name,
            wanted.location,
            several_hosts=bool(party.others),
        ),
        start=start,
        end=end,
        status=status,
        created_at=tx.now,
        updated_at=tx.now,
        user_id=party.organizer.id,
        event_type_id=event_type.id,
        description=None if is_seated else wanted.notes,
        responses=None if is_seated else wanted.answers,
        metadata=None if is_seated else wanted.metadata,
        location=wanted.location,
        meeting_url=meeting_url_of(wanted.location, uid) if status == "accepted" else None,
        # Where there are seats, the live service gives the event an id of its own.
        ical_uid=ical_uid(tx.identifiers.short_uid() if is_seated else uid),
        recurring_event_id=series,
    )
    return write_event(tx, booking)


def _create_instant(tx: Transaction, wanted: Wanted) -> Made:
    """A meeting that waits for the first host to join. Nobody's time is looked at."""
    event_type = wanted.event_type
    if event_type.team_id is None:
        raise BadRequest(f"Event type with id {event_type.id} is not of a team, so it has no instant meetings.")
    uid = tx.identifiers.short_uid()
    booking = tx[BOOKINGS].create(
        uid=uid,
        title=instant_title(wanted.booker.name, wanted.booker.language),
        start=wanted.start,
        end=wanted.end,
        status="awaiting_host",
        created_at=tx.now,
        updated_at=tx.now,
        event_type_id=event_type.id,
        description=wanted.notes,
        responses=wanted.answers,
        metadata=wanted.metadata,
        location=CAL_VIDEO_PLACE,
        meeting_url=meeting_url_of(CAL_VIDEO_PLACE, uid),
        ical_uid="",
    )
    add_attendees(tx, booking, wanted, ())
    tx[INSTANT_MEETING_TOKENS].create(
        token=tx.identifiers.hex(64),
        expires_at=tx.now + INSTANT_TOKEN_LIFE,
        team_id=event_type.team_id,
        booking_id=booking.id,
    )
    return Made(booking)
