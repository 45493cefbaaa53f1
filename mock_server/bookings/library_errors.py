"""Translates the refusals of the shared booking library into the API's own errors.

Source: Cal.com API v2, bookings: error translation. Refusals without a translation are sent as they are.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from mock_server.bookings.seats import SEATS_FULL
from mock_server.bookings.timing import IN_THE_PAST, OUT_OF_BOUNDS
from mock_server.runtime.errors import ApiError, BadRequest, BareError, Conflict
from mock_server.state.transaction import Transaction

NOT_BOOKABLE_THEN = (
    "The event type can't be booked at the \"start\" time provided. This could be because it's too soon (violating the "
    "minimum booking notice) or too far in the future (outside the event's scheduling window). Try fetching available "
    'slots first using the GET /v2/slots endpoint and then make a booking with "start" time equal to one of the '
    "available slots: https://cal.com/docs/api-reference/v2/slots"
)
NO_SEAT_LEFT = "No more seats left at this seated booking."

_TRANSLATIONS: dict[str, ApiError] = {
    IN_THE_PAST: BadRequest(IN_THE_PAST),
    OUT_OF_BOUNDS: BadRequest(NOT_BOOKABLE_THEN),
    SEATS_FULL: Conflict(NO_SEAT_LEFT),
}


@contextmanager
def translated(tx: Transaction) -> Generator[None]:
    """Translates the library's refusals within the block, in editions where the API does."""
    try:
        yield
    except BareError as refusal:
        translation = _TRANSLATIONS.get(refusal.message)
        if translation is None or not tx.has("booking-refusals-enveloped"):
            raise
        raise type(translation)(translation.message, hint=refusal.hint) from None
