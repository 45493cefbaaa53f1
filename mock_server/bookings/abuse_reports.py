"""Reports and blocks bookers of an organization, and cancels their upcoming bookings without mails.

Source: Cal.com API v2, organization bookings: report, block.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from mock_server.bookings.blocklist import FREE_PROVIDERS, block, blocked_value, organizations_of_booking
from mock_server.bookings.cancellation import cancel_silently
from mock_server.bookings.model import ATTENDEES, BOOKING_REPORTS, BOOKING_SEATS, BOOKINGS, BlockKind, Booking
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import PROFILES
from mock_server.runtime.errors import BadRequest, Forbidden, NotFound
from mock_server.state.transaction import Transaction

NOT_FOUND = "Booking not found"
FOREIGN = "Booking does not belong to this organization"
NO_ATTENDEES = "Booking has no attendees"
NO_DOMAIN_OF_SEATS = "Domain reporting is not available for seated events"
FREE_PROVIDER = "Domain reporting is not available for free email providers"
REPORTED = "This booking has already been reported"
_UPCOMING = ("accepted", "pending")


class Target(msgspec.Struct, frozen=True):
    """The booking in a request, and the address or domain of its booker."""

    booking: Booking
    organization_id: int
    kind: BlockKind
    value: str


class ReportOutcome(msgspec.Struct, frozen=True):
    """How many bookings were reported, and how many of them were cancelled."""

    reported: int
    cancelled: int


def find_target(tx: Transaction, organization_id: int, uid: str, kind: BlockKind) -> Target:
    """The target of a report. Raises NotFound, Forbidden and BadRequest."""
    booking = tx[BOOKINGS].first(uid=uid)
    if booking is None:
        raise NotFound(NOT_FOUND)
    if organization_id not in organizations_of_booking(tx, booking):
        raise Forbidden(FOREIGN)
    booker = tx[ATTENDEES].first(booking_id=booking.id)
    if booker is None:
        raise BadRequest(NO_ATTENDEES)
    event_type = tx[EVENT_TYPES].get(booking.event_type_id)
    if kind == "DOMAIN" and event_type is not None and event_type.seats is not None:
        raise BadRequest(NO_DOMAIN_OF_SEATS)
    if kind == "DOMAIN" and blocked_value(booker.email, kind) in FREE_PROVIDERS:
        raise BadRequest(FREE_PROVIDER)
    return Target(booking, organization_id, kind, blocked_value(booker.email, kind))


def report(tx: Transaction, target: Target, reason: str, description: str | None, caller_id: int) -> ReportOutcome:
    """Reports the booking and all matching upcoming ones, and cancels these. Raises BadRequest for a reported one."""
    if tx[BOOKING_REPORTS].first(booking_id=target.booking.id) is not None:
        raise BadRequest(REPORTED)
    matching = _matching(tx, target)
    reported = {target.booking.id, *(each.id for each in matching)}
    for booking_id in sorted(reported):
        tx[BOOKING_REPORTS].create(
            booking_id=booking_id,
            organization_id=target.organization_id,
            kind=target.kind,
            reason=reason,
            description=description,
            created_at=tx.now,
            reported_by_id=caller_id,
        )
    return ReportOutcome(len(reported), _cancel(tx, target, matching, caller_id))


def block_booker(tx: Transaction, target: Target, caller_id: int) -> int:
    """Blocks the booker and cancels all matching upcoming bookings. Returns how many were cancelled."""
    block(tx, target.organization_id, target.kind, target.value, caller_id)
    return _cancel(tx, target, _matching(tx, target), caller_id)


def _cancel(tx: Transaction, target: Target, bookings: list[Booking], caller_id: int) -> int:
    cancelled = 0
    for each in bookings:
        seats = {seat.attendee_id: seat for seat in tx[BOOKING_SEATS].find(booking_id=each.id)}
        attendees = [one for one in tx[ATTENDEES].find(booking_id=each.id) if _is_of(target, one.email)]
        taken = [seats[one.id] for one in attendees if one.id in seats]
        cancelled += cancel_silently(tx, each, taken, caller_id)
    return cancelled


def _matching(tx: Transaction, target: Target) -> list[Booking]:
    """The upcoming bookings of the organization with this booker that were not reported, the earliest first."""
    found = [
        each
        for each in _upcoming(tx, target)
        if each.status in _UPCOMING and tx[BOOKING_REPORTS].first(booking_id=each.id) is None
    ]
    return sorted(found, key=lambda each: (each.start, each.id))


def _upcoming(tx: Transaction, target: Target) -> Iterator[Booking]:
    """The bookings after now, of members of the organization, with an attendee of this address or domain."""
    for profile in tx[PROFILES].find(organization_id=target.organization_id):
        for booking in tx[BOOKINGS].between((tx.now,), None, user_id=profile.user_id):
            if any(_is_of(target, each.email) for each in tx[ATTENDEES].find(booking_id=booking.id)):
                yield booking


def _is_of(target: Target, email: str) -> bool:
    return blocked_value(email, target.kind) == target.value
