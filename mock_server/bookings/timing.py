"""Checks the time of a booking: past, minimum notice, booking window and limits.

Source: Cal.com API v2, bookings: order of checks; booking limits.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from mock_server.bookings.hints import in_the_past, limit_reached, outside_window, within_notice
from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.event_types.model import EventType, Limit
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BareError
from mock_server.runtime.instants import UTC_ZONE, milliseconds, moment_of, zone_named
from mock_server.schedules.defaults import default_schedule
from mock_server.schedules.model import SCHEDULES
from mock_server.slots.booking_window import window_bounds
from mock_server.slots.limits import periods
from mock_server.slots.loading import settings_of
from mock_server.state.transaction import Transaction

IN_THE_PAST = "Attempting to book a meeting in the past."
OUT_OF_BOUNDS = "booking_time_out_of_bounds_error"


def end_time(start: datetime, minutes: int) -> datetime:
    """The end of a meeting of this length. Raises BareError for times after the year 9999."""
    try:
        return start + timedelta(minutes=minutes)
    except OverflowError:
        raise BareError(400, OUT_OF_BOUNDS) from None


def check_start(tx: Transaction, event_type: EventType, start: datetime, booker_zone: str) -> None:
    """Raises BareError for a start in the past, within the minimum notice, or outside the booking window."""
    if start < tx.now:
        raise BareError(400, IN_THE_PAST, hint=in_the_past(start, tx.now))
    if (start - tx.now).total_seconds() < event_type.minimum_booking_notice * 60:
        raise BareError(400, OUT_OF_BOUNDS, hint=within_notice(event_type, tx.now))
    window = settings_of(event_type, None).window
    # Rolling windows apply to slots only, not to bookings.
    if window is None or window.is_rolling:
        return
    zones = zone_named(booker_zone), zone_named(_window_zone(tx, event_type))
    low, high = window_bounds(window, milliseconds(tx.now), *zones, frozenset())
    if not low <= milliseconds(start) <= high:
        raise BareError(400, OUT_OF_BOUNDS, hint=partial(outside_window, event_type, low, high))


def check_limits(tx: Transaction, event_type: EventType, times: Sequence[tuple[datetime, datetime]]) -> None:
    """Raises BareError (401) if accepted bookings of the event type have used up a limit for one of the times.

    Times booked together are in the order of their starts, and each counts for the later ones.
    """
    for place, (start, _) in enumerate(times):
        for limit in event_type.booking_limits or ():
            if len(_durations_in_period(tx, event_type, limit, start, times[:place])) >= limit.value:
                hint = partial(_about_limit, tx, event_type, limit, start, "bookings")
                raise BareError(401, "booking_limit_reached", hint=hint)
        for limit in event_type.duration_limits or ():
            spent = sum(_durations_in_period(tx, event_type, limit, start, times[:place]), timedelta())
            if spent >= timedelta(minutes=limit.value):
                hint = partial(_about_limit, tx, event_type, limit, start, "minutes")
                raise BareError(401, "duration_limit_reached", hint=hint)


def _durations_in_period(
    tx: Transaction, event_type: EventType, limit: Limit, start: datetime, earlier: Sequence[tuple[datetime, datetime]]
) -> list[timedelta]:
    """The durations of the accepted bookings, and of the `earlier` times, that lie wholly in the period of `start`."""
    low, after = _period(tx, event_type, limit, start)
    taken = [(each.start, each.end) for each in _accepted_between(tx, event_type, low, after)]
    # A seat in an existing booking does not add a booking.
    taken += [each for each in earlier if each not in taken and each[0] >= low]
    return [end - begin for begin, end in taken if end <= after]


def _about_limit(tx: Transaction, event_type: EventType, limit: Limit, start: datetime, unit: str) -> str:
    """The hint about a used-up limit."""
    low, after = _period(tx, event_type, limit, start)
    counted = [each for each in _accepted_between(tx, event_type, low, after) if each.end <= after]
    return limit_reached(event_type, limit, unit, counted)


def _period(tx: Transaction, event_type: EventType, limit: Limit, start: datetime) -> tuple[datetime, datetime]:
    """The period of a limit that `start` is in, and the moment after it."""
    zone = zone_named(_schedule_zone(tx, event_type))
    first, last = next(iter(periods(limit.period, zone, milliseconds(start), milliseconds(start))))
    return moment_of(first), moment_of(last) + timedelta(milliseconds=1)


def _accepted_between(tx: Transaction, event_type: EventType, low: datetime, after: datetime) -> list[Booking]:
    booked = tx[BOOKINGS].between((low,), (after,), event_type_id=event_type.id)
    return [each for each in booked if each.status == "accepted"]


def _window_zone(tx: Transaction, event_type: EventType) -> str:
    """The time zone of the event type's own schedule, else of its owner's default schedule, else UTC."""
    if event_type.schedule_id is None and tx.has("booking-window-in-owner-zone"):
        owner = tx[USERS].get(event_type.user_id)
        schedule = default_schedule(tx, owner) if owner else None
        return (schedule.time_zone if schedule else None) or UTC_ZONE.name
    return _schedule_zone(tx, event_type)


def _schedule_zone(tx: Transaction, event_type: EventType) -> str:
    """The time zone of the event type's own schedule, else UTC."""
    schedule = tx[SCHEDULES].get(event_type.schedule_id)
    return (schedule.time_zone if schedule else None) or UTC_ZONE.name
