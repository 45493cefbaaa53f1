"""Checks whether an event type allows a booker to book, reschedule or cancel, and how many bookings it allows.

Source: Cal.com API v2, bookings: order of checks, reschedule, cancel (2026-03).
"""

from __future__ import annotations

from datetime import timedelta

from mock_server.bookings.hints import too_many_active
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.event_types.event_type_access import runs_event_type
from mock_server.event_types.hosts import EventHost
from mock_server.event_types.model import EventType
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, BareError, Forbidden, Unauthorized
from mock_server.state.transaction import Transaction

NEEDS_CREDENTIALS = (
    "checkBookingRequiresAuthentication - request must be authenticated by passing credentials belonging to event type "
    "owner, host or team or org admin or owner."
)
NOT_ALLOWED = (
    "checkBookingRequiresAuthentication - user is not authorized to access this event type. User has to be either "
    "event type owner, host, team admin or owner or org admin or owner."
)
TOO_MANY_BOOKINGS = (
    "Attendee with this email can't book because the maximum number of active bookings has been reached."
)
NO_CANCELLING = "This event type does not allow cancellations"
NO_RESCHEDULING = "This event type does not allow rescheduling"
TOO_LATE = "Rescheduling is not allowed within the minimum notice period before the event"


def check_may_book(tx: Transaction, event_type: EventType, caller_id: int | None) -> None:
    """Checks the caller, None if anonymous, where bookings need credentials. Raises Unauthorized and Forbidden."""
    if not event_type.booking_requires_authentication:
        return
    if caller_id is None:
        raise Unauthorized(NEEDS_CREDENTIALS)
    if not runs_event_type(tx, event_type, caller_id):
        raise Forbidden(NOT_ALLOWED)


def check_active_bookings(tx: Transaction, event_type: EventType, email: str) -> None:
    """Checks that the address has fewer upcoming accepted bookings than the event type allows. Raises BadRequest."""
    limit = event_type.active_bookings_limit
    if limit is None:
        return
    upcoming = [
        booking
        for attendee in tx[ATTENDEES].between((tx.now,), None, email=email)
        if (booking := tx[BOOKINGS].require(attendee.booking_id)).event_type_id == event_type.id
        and booking.status == "accepted"
    ]
    if len(upcoming) < limit.maximum:
        return
    offer = ""
    if limit.offers_reschedule:
        uid = upcoming[-limit.maximum].uid
        offer = f" You can reschedule your existing booking ({uid}) to a new timeslot instead."
    raise BadRequest(f"{TOO_MANY_BOOKINGS}{offer}", hint=too_many_active(event_type, email, upcoming))


def check_may_reschedule(tx: Transaction, event_type: EventType, booking: Booking, *, by_organizer: bool) -> None:
    """Checks that the event type allows rescheduling and, unless `by_organizer`, that its notice period is met.

    Raises BareError.
    """
    if event_type.rescheduling_disabled:
        raise BareError(400, NO_RESCHEDULING)
    notice = event_type.minimum_reschedule_notice
    if notice is not None and not by_organizer and booking.start - tx.now < timedelta(minutes=notice):
        raise BareError(403, TOO_LATE)


def may_revive(event_type: EventType, booking: Booking) -> bool:
    """Whether a booking that was cancelled, and not rescheduled, can still be rescheduled."""
    is_cancelled = booking.status == "cancelled" and not booking.rescheduled
    return is_cancelled and event_type.allow_rescheduling_cancelled_bookings


def check_may_cancel(event_type: EventType | None) -> None:
    """Checks that bookings of the event type can be cancelled. Raises BareError."""
    if event_type is not None and event_type.cancelling_disabled:
        raise BareError(400, NO_CANCELLING)


def hosts_to_keep(
    tx: Transaction,
    event_type: EventType,
    booking: Booking,
    hosts: tuple[EventHost, ...],
    same_host: bool | None = None,
) -> tuple[EventHost, ...]:
    """The hosts that a rescheduled booking can have: all, or those it has where the round robin keeps its host.

    `same_host` is what the request says about it, which counts where the event type leaves the choice.
    """
    keeps_host = event_type.reschedule_with_same_round_robin_host
    if event_type.allow_rr_host_choice_on_reschedule and same_host is not None:
        keeps_host = same_host
    if not keeps_host or event_type.scheduling_type != "roundRobin":
        return hosts
    organizer = tx[USERS].get(booking.user_id)
    emails = {each.email for each in tx[ATTENDEES].find(booking_id=booking.id)}
    kept = tuple(
        each
        for each in hosts
        if each.is_fixed or each.user.email in emails or (organizer is not None and each.user.id == organizer.id)
    )
    return kept if any(not each.is_fixed for each in kept) else hosts
