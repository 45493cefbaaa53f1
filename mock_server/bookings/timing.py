"""When a booking may start: not in the past, with notice, within the booking window and the booking limits.

Source: Cal.com API v2, bookings: order of checks; booking limits.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.event_types.model import EventType, Limit
from mock_server.runtime.errors import BareError
from mock_server.schedules.model import SCHEDULES
from mock_server.slots.booking_window import window_bounds
from mock_server.slots.limits import periods
from mock_server.slots.sources import settings_of
from mock_server.slots.zones import milliseconds, moment_of, zone_named
from mock_server.state.transaction import Transaction

IN_THE_PAST = "Attempting to book a meeting in the past."
OUT_OF_BOUNDS = "booking_time_out_of_bounds_error"
UTC_NAME = "UTC"


def end_of(start: datetime, minutes: int) -> datetime:
    """When a meeting of that length ends. Raises BareError where that is beyond the calendar."""
    try:
        return start + timedelta(minutes=minutes)
    except OverflowError:
        raise BareError(400, OUT_OF_BOUNDS) from None


def check_start(tx: Transaction, event_type: EventType, start: datetime, booker_zone: str) -> None:
    """Raises BareError for a start in the past, with too little notice, or outside of the booking window."""
    if start < tx.now:
        raise BareError(400, IN_THE_PAST)
    if (start - tx.now).total_seconds() < event_type.minimum_booking_notice * 60:
        raise BareError(400, OUT_OF_BOUNDS)
    window = settings_of(event_type, None).window
    # Windows that count only days with slots are not looked at when booking.
    if window is None or window.is_rolling:
        return
    zones = zone_named(booker_zone), zone_named(_schedule_zone(tx, event_type))
    low, high = window_bounds(window, milliseconds(tx.now), *zones, frozenset())
    if not low <= milliseconds(start) <= high:
        raise BareError(400, OUT_OF_BOUNDS)


def check_limits(tx: Transaction, event_type: EventType, start: datetime) -> None:
    """Raises BareError (401) where the event type's accepted bookings fill a limited period already."""
    for limit in event_type.booking_limits or ():
        if len(_within(tx, event_type, limit, start)) >= limit.value:
            raise BareError(401, "booking_limit_reached")
    for limit in event_type.duration_limits or ():
        spent = sum((each.end - each.start).total_seconds() for each in _within(tx, event_type, limit, start))
        if spent >= limit.value * 60:
            raise BareError(401, "duration_limit_reached")


def _within(tx: Transaction, event_type: EventType, limit: Limit, start: datetime) -> list[Booking]:
    """The accepted bookings of the event type that lie wholly inside the period of `start`."""
    zone = zone_named(_schedule_zone(tx, event_type))
    low, high = next(iter(periods(limit.period, zone, milliseconds(start), milliseconds(start))))
    after = moment_of(high) + timedelta(milliseconds=1)
    found = tx[BOOKINGS].between((moment_of(low),), (after,), event_type_id=event_type.id)
    return [each for each in found if each.status == "accepted" and each.end <= after]


def _schedule_zone(tx: Transaction, event_type: EventType) -> str:
    """The zone of the event type's own schedule."""
    schedule = tx[SCHEDULES].get(event_type.schedule_id)
    return (schedule.time_zone if schedule else None) or UTC_NAME
