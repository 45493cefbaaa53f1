"""Lets a host join an instant meeting, which the live user does in the web application.

Source: Cal.com API v2, bookings: instant meetings.
"""

from __future__ import annotations

from mock_server.bookings.booking_webhooks import emit_instant_meeting_accepted
from mock_server.bookings.calendar_events import write_event
from mock_server.bookings.model import BOOKINGS, INSTANT_MEETING_TOKENS, Booking
from mock_server.runtime.errors import BadRequest, Forbidden
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import membership_of


def join_instant_meeting(tx: Transaction, booking: Booking, user_id: int) -> Booking:
    """Makes the user the organizer of a meeting that is waiting for a host, and accepts it.

    Raises BadRequest for a booking that is not, or no longer, waiting, and Forbidden for a user outside the team.
    """
    token = tx[INSTANT_MEETING_TOKENS].first(booking_id=booking.id)
    if booking.status != "awaiting_host" or token is None:
        raise BadRequest(f"Booking {booking.uid} is not waiting for a host.")
    if token.expires_at <= tx.now:
        raise BadRequest(f"No host joined booking {booking.uid} before its link expired.")
    membership = membership_of(tx, user_id, token.team_id)
    if membership is None or not membership.accepted:
        raise Forbidden(f"User {user_id} is not a member of team {token.team_id}.")
    accepted = tx[BOOKINGS].update(booking.id, user_id=user_id, status="accepted", updated_at=tx.now)
    joined = write_event(tx, accepted)
    emit_instant_meeting_accepted(tx, joined)
    return joined
