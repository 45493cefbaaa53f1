"""Hints about bookings: why a time cannot be booked, and refusals without a reason of their own."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from mock_server.bookings.model import Booking
from mock_server.event_types.hosts import EventHost
from mock_server.event_types.model import EventType, Limit
from mock_server.runtime.dates import iso
from mock_server.runtime.hints import listed
from mock_server.runtime.instants import DAY, MINUTE, milliseconds, moment_of
from mock_server.slots.explanation import Obstacle, first_obstacle
from mock_server.slots.hints import in_the_way
from mock_server.slots.inputs import SlotSearch
from mock_server.slots.loading import Bookable, load_availability_input
from mock_server.state.transaction import Transaction

NO_ORGANIZER = "The booking has no organizer yet."
UNKNOWN_EVENT_TYPES = "None of these event types exists."
UNKNOWN_USERS = "None of these users exists."
USER_OUTSIDE_ORGANIZATION = "One of these users is not in the organization."
ONLY_ORGANIZER_OR_TEAM_ADMINS = "Only the organizer, and admins and owners of the team, may do this."
GUESTS_HIDDEN = "The event type hides the field for guests."
ALL_ATTEND = "All of them already attend."
REQUEST_A_CODE = (
    "Request a code: POST /v2/bookings/verification/email/send-code, or before 2026-09 "
    "POST /v2/verified-resources/emails/verification-code/request"
)
NO_HOSTS = "The event type has no hosts."
END_OF_TIME = milliseconds(datetime.max.replace(tzinfo=UTC))
MOST_HOSTS = 2
"""How many unavailable hosts a hint is about."""


def already(status: str) -> str:
    """For a booking whose status no longer allows the action."""
    return f"The booking is already {status}."


def in_the_past(start: datetime, now: datetime) -> str:
    """For a start before the world's time."""
    return f"The world's clock says {iso(now)}, and the booking starts at {iso(start)}. PUT /_sandbox/clock sets it."


def within_notice(event_type: EventType, now: datetime) -> str:
    """For a start within the minimum booking notice."""
    notice = event_type.minimum_booking_notice
    first = iso(now + timedelta(minutes=notice))
    return f"The minimum booking notice of event type {event_type.id} is {notice} minutes: the first start is {first}."


def outside_window(event_type: EventType, low: int, high: int) -> str:
    """For a start outside the booking window, given in milliseconds since 1970."""
    first, last = (iso(moment_of(min(instant, END_OF_TIME))) for instant in (low, high))
    return f"The booking window of event type {event_type.id} is from {first} to {last} for this booker."


def limit_reached(event_type: EventType, limit: Limit, unit: str, counted: Iterable[Booking]) -> str:
    """For a limit that the `counted` bookings of its period have used up."""
    uids = listed([each.uid for each in counted], at_most=3) or "the other bookings of this request"
    return f"Event type {event_type.id} has a limit on {unit} per {limit.period}: {limit.value:g}. Counted: {uids}."


def too_many_active(event_type: EventType, email: str, upcoming: Sequence[Booking]) -> str:
    """For a booker with as many upcoming bookings as the event type allows."""
    uids = listed([each.uid for each in upcoming], at_most=3)
    return f"Upcoming bookings of {email} with event type {event_type.id}: {uids}."


def seats_taken(booking: Booking, taken: int) -> str:
    """For a booking without enough free seats."""
    return f"{taken} seats of the booking {booking.uid} are taken."


def has_seat(booking: Booking) -> str:
    """For a booker who has a seat."""
    return f"The address has a seat in the booking {booking.uid}."


def not_available(
    tx: Transaction,
    event_type: EventType,
    hosts: Sequence[EventHost],
    times: Iterable[tuple[datetime, datetime]],
    within_limits: bool,
) -> str | None:
    """The rules, bookings and busy times that keep hosts from taking a booking at one of the times."""
    if not hosts:
        return NO_HOSTS
    for start, end in times:
        low, high = milliseconds(start), milliseconds(end)
        minutes = max((high - low) // MINUTE, 1)
        search = SlotSearch(low, high, milliseconds(tx.now), duration=minutes, within_host_limits=within_limits)
        inputs = load_availability_input(tx, Bookable(event_type, hosts), search, around=DAY)
        found = [
            _in_words(host, obstacle)
            for place, host in enumerate(hosts)
            if (obstacle := first_obstacle(inputs, place, low, high)) is not None
        ]
        if found:
            more = f" {len(found) - MOST_HOSTS} more hosts are not available." if len(found) > MOST_HOSTS else ""
            return " ".join(found[:MOST_HOSTS]) + more
    return None


def _in_words(host: EventHost, obstacle: Obstacle) -> str:
    where = ""
    if obstacle.booking is not None:
        booking = obstacle.booking
        where = f" {in_the_way(booking.uid, moment_of(booking.start), moment_of(booking.end))}"
    elif obstacle.busy is not None:
        start, end = map(moment_of, obstacle.busy)
        where = f" The busy time from {iso(start)} to {iso(end)} is in the way."
    return f"{host.user.email}: rule {obstacle.rule}. {obstacle.because}{where}"
