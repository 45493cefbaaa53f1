"""When a booking may start: not in the past, with notice, within the booking window and the booking limits.

Source: Cal.com API v2, bookings: order of checks; booking limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from mock_server.bookings.model import BOOKINGS
from mock_server.event_types.model import EventType, Limit
from mock_server.runtime.errors import BareError
from mock_server.runtime.instants import milliseconds, moment_of, zone_named
from mock_server.schedules.model import SCHEDULES
from mock_server.slots.booking_window import window_bounds
from mock_server.slots.limits import periods
from mock_server.slots.loading import settings_of
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


def check_limits(tx: Transaction, event_type: EventType, times: Sequence[tuple[datetime, datetime]]) -> None:
    """Raises BareError (401) where the event type's accepted bookings fill a limited period of one of the times.

    Times that are booked together, in the order of their starts, each count for those that follow.
    """
    for place, (start, _) in enumerate(times):
        for limit in event_type.booking_limits or ():
            if len(_spent(tx, event_type, limit, start, times[:place])) >= limit.value:
                raise BareError(401, "booking_limit_reached")
        for limit in event_type.duration_limits or ():
            spent = sum(_spent(tx, event_type, limit, start, times[:place]), timedelta())
            if spent >= timedelta(minutes=limit.value):
                raise BareError(401, "duration_limit_reached")


def _spent(
    tx: Transaction, event_type: EventType, limit: Limit, start: datetime, earlier: Sequence[tuple[datetime, datetime]]
) -> list[timedelta]:
    """How long each of the bookings takes that lie wholly inside the period of `start`: accepted or `earlier` ones."""
    zone = zone_named(_schedule_zone(tx, event_type))
    first, last = next(iter(periods(limit.period, zone, milliseconds(start), milliseconds(start))))
    low, after = moment_of(first), moment_of(last) + timedelta(milliseconds=1)
    booked = tx[BOOKINGS].between((low,), (after,), event_type_id=event_type.id)
    taken = [(each.start, each.end) for each in booked if each.status == "accepted"]
    # A seat in a booking that is there already is no further booking.
    taken += [each for each in earlier if each not in taken and each[0] >= low]
    return [end - begin for begin, end in taken if end <= after]


def _schedule_zone(tx: Transaction, event_type: EventType) -> str:
    """The zone of the event type's own schedule."""
    schedule = tx[SCHEDULES].get(event_type.schedule_id)
    return (schedule.time_zone if schedule else None) or UTC_NAME
