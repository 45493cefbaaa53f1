"""Confirms and declines bookings that wait for it, and whatever else the live service lets revive or refuse.

Source: Cal.com API v2, bookings: confirm, decline.
"""

from __future__ import annotations

import msgspec

from mock_server.bookings.booking_webhooks import tell_confirmed, tell_rejected
from mock_server.bookings.calendar_events import remove_event, write_event
from mock_server.bookings.lifecycle import Action, status_after
from mock_server.bookings.locations import meeting_url_of
from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.bookings.permissions import may_decide
from mock_server.runtime.errors import NotFound, shared_library_error
from mock_server.state.transaction import Transaction


class Decided(msgspec.Struct, frozen=True):
    """The booking that was named, and all that changed with it: the pending ones of its series."""

    booking: Booking
    changed: tuple[Booking, ...]


def confirm(tx: Transaction, uid: str, user_id: int) -> Decided:
    """Accepts a booking. Raises NotFound, or the shared libraries' refusal."""
    decided = _decide(tx, uid, user_id, "confirm", None)
    if decided.changed:
        tell_confirmed(tx, decided.booking, decided.changed)
    return decided


def decline(tx: Transaction, uid: str, user_id: int, reason: str | None) -> Decided:
    """Rejects a booking; the reason is kept. Raises NotFound, or the shared libraries' refusal."""
    decided = _decide(tx, uid, user_id, "decline", reason)
    if decided.changed:
        tell_rejected(tx, decided.booking)
    return decided


def booking_named(tx: Transaction, uid: str) -> Booking:
    """The booking of that uid. Raises NotFound."""
    booking = tx[BOOKINGS].first(uid=uid)
    if booking is None:
        raise NotFound(f"Booking with uid={uid} was not found in the database")
    return booking


def booking_to_decide(tx: Transaction, uid: str, user_id: int) -> Booking:
    """The booking of that uid. Raises NotFound, or the shared libraries' refusal of users who may not decide."""
    booking = booking_named(tx, uid)
    if not may_decide(tx, booking, user_id):
        raise shared_library_error("UNAUTHORIZED")
    return booking


def _decide(tx: Transaction, uid: str, user_id: int, action: Action, reason: str | None) -> Decided:
    booking = booking_to_decide(tx, uid, user_id)
    status_after(booking, action)
    if booking.recurring_event_id is None:
        affected = [booking]
    else:
        series = tx[BOOKINGS].find(recurring_event_id=booking.recurring_event_id)
        affected = [each for each in series if each.status == "pending"]
    changed = tuple(_settled(tx, each, action, reason) for each in affected)
    return Decided(tx[BOOKINGS].require(booking.id), changed)


def _settled(tx: Transaction, booking: Booking, action: Action, reason: str | None) -> Booking:
    status = status_after(booking, action)
    if status == "accepted":
        link = meeting_url_of(booking.location or "", booking.uid)
        accepted = tx[BOOKINGS].update(
            booking.id, status=status, rescheduled=False, meeting_url=link, updated_at=tx.now
        )
        return write_event(tx, accepted)
    rejected = remove_event(tx, booking)
    return tx[BOOKINGS].update(
        rejected.id, status=status, rescheduled=False, rejection_reason=reason, updated_at=tx.now
    )
