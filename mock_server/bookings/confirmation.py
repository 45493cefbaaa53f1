"""Confirms and declines bookings: pending ones, and the ended ones that the live service lets change as well.

Source: Cal.com API v2, bookings: confirm, decline.
"""

from __future__ import annotations

from mock_server.bookings.booking_webhooks import emit_confirmed, emit_rejected
from mock_server.bookings.calendar_events import remove_event, write_event
from mock_server.bookings.hints import NO_ORGANIZER
from mock_server.bookings.lifecycle import Action, status_after
from mock_server.bookings.locations import meeting_url_of
from mock_server.bookings.mails import mail_confirmed, mail_rejected
from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.bookings.permissions import require_manageable_booking
from mock_server.runtime.errors import shared_library_error
from mock_server.state.transaction import Transaction


def confirm(tx: Transaction, uid: str, user_id: int) -> Booking:
    """Accepts a booking, or all pending ones of its series. Raises NotFound, or a shared library refusal."""
    booking, changed = _apply_to_series(tx, uid, user_id, "confirm", None)
    if changed:
        emit_confirmed(tx, booking, changed)
        mail_confirmed(tx, booking, changed)
    return booking


def decline(tx: Transaction, uid: str, user_id: int, reason: str | None) -> Booking:
    """Rejects a booking, or all pending ones of its series. Raises NotFound, or a shared library refusal."""
    booking, changed = _apply_to_series(tx, uid, user_id, "decline", reason)
    if changed:
        emit_rejected(tx, booking)
        mail_rejected(tx, booking)
    return booking


def _apply_to_series(
    tx: Transaction, uid: str, user_id: int, action: Action, reason: str | None
) -> tuple[Booking, list[Booking]]:
    """The requested booking, and the bookings that changed: that one, or the pending ones of its series."""
    booking = require_manageable_booking(tx, uid, user_id)
    if booking.user_id is None and tx.has("organizers-confirm"):
        raise shared_library_error("BAD_REQUEST", hint=NO_ORGANIZER)
    status_after(booking, action)
    if booking.recurring_event_id is None:
        affected = [booking]
    else:
        series = tx[BOOKINGS].find(recurring_event_id=booking.recurring_event_id)
        affected = [member for member in series if member.status == "pending"]
    changed = [_apply(tx, member, action, reason) for member in affected]
    return tx[BOOKINGS].require(booking.id), changed


def _apply(tx: Transaction, booking: Booking, action: Action, reason: str | None) -> Booking:
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
