"""The state machine of bookings as one table.

Source: Cal.com API v2, bookings: state machine.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from mock_server.bookings.hints import already
from mock_server.bookings.model import BOOKINGS, Booking, Status
from mock_server.runtime.errors import ApiError, BadRequest, BareError, shared_library_error
from mock_server.state.transaction import Transaction

State = Literal["pending", "accepted", "cancelled", "rescheduled", "rejected", "awaiting_host"]
"""A booking's status, except that a booking ended by a reschedule is `rescheduled` though its status is cancelled."""

Action = Literal["confirm", "decline", "cancel", "reschedule"]


class Refusal(msgspec.Struct, frozen=True):
    """Why an action is not possible. Without a message it is the shared library's BAD_REQUEST."""

    status: int
    message: str | None = None

    def error(self) -> ApiError:
        """The exception to raise."""
        if self.message is None:
            return shared_library_error("BAD_REQUEST", hint=already("accepted"))
        return BareError(self.status, self.message)


_ALREADY_ACCEPTED = Refusal(400)
_CANCELLED = Refusal(400, "cancelled_bookings_cannot_be_rescheduled")
_NO_ORIGINAL = Refusal(404, "Could not find original booking")
_NOT_RESCHEDULED: dict[Status, str] = {"rejected": "has been rejected", "awaiting_host": "is awaiting a host"}
NO_ORGANIZER = Refusal(400, "User not found")

Outcome = Status | Refusal

TRANSITIONS: dict[State, dict[Action, Outcome]] = {
    "pending": {"confirm": "accepted", "decline": "rejected", "cancel": "cancelled", "reschedule": "cancelled"},
    "accepted": {
        "confirm": _ALREADY_ACCEPTED,
        "decline": _ALREADY_ACCEPTED,
        "cancel": "cancelled",
        "reschedule": "cancelled",
    },
    "cancelled": {"confirm": "accepted", "decline": "rejected", "cancel": "cancelled", "reschedule": _CANCELLED},
    "rescheduled": {"confirm": "accepted", "decline": "rejected", "cancel": "cancelled", "reschedule": "cancelled"},
    "rejected": {"confirm": "accepted", "decline": "rejected", "cancel": "cancelled", "reschedule": _NO_ORIGINAL},
    "awaiting_host": {
        "confirm": "accepted",
        "decline": "rejected",
        "cancel": NO_ORGANIZER,
        "reschedule": _NO_ORIGINAL,
    },
}


def state_of(booking: Booking) -> State:
    """The booking's row in TRANSITIONS."""
    return "rescheduled" if booking.status == "cancelled" and booking.rescheduled else booking.status


def status_after(booking: Booking, action: Action) -> Status:
    """The status after the action (for a reschedule, that of the replaced booking). Raises the refusal."""
    outcome = TRANSITIONS[state_of(booking)][action]
    if isinstance(outcome, Refusal):
        raise outcome.error()
    return outcome


def refuse_cancelling_again(uid: str) -> BadRequest:
    """The refusal to cancel a booking or series that is cancelled already."""
    return BadRequest(
        f"Can't cancel booking with uid={uid} because it has been cancelled already. Please provide uid of a booking "
        "that is not cancelled."
    )


def check_may_be_rescheduled(tx: Transaction, booking: Booking) -> None:
    """Raises BadRequest for a cancelled booking; the refusal names the booking that replaced it, if any.

    From edition 2026-09 on, a rejected booking and one that awaits a host are refused in the same way.
    """
    if booking.status in _NOT_RESCHEDULED and tx.has("only-accepted-and-pending-rescheduled"):
        raise BadRequest(
            f"Can't reschedule booking with uid={booking.uid} because it {_NOT_RESCHEDULED[booking.status]}. Please "
            "provide uid of a booking that is accepted or pending."
        )
    if booking.status != "cancelled":
        return
    refused = f"Can't reschedule booking with uid={booking.uid} because it has been cancelled"
    successor = tx[BOOKINGS].last(from_reschedule=booking.uid)
    if not booking.rescheduled or successor is None:
        raise BadRequest(f"{refused}. Please provide uid of a booking that is not cancelled.")
    raise BadRequest(
        f"{refused} and rescheduled already to booking with uid={successor.uid}. You probably want to reschedule "
        f"{successor.uid} instead by passing it within the request URL."
    )
