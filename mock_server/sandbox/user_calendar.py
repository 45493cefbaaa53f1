"""The calendar of a user, for `GET /_sandbox/calendar`: bookings, busy times and absences of some days."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.calendars.busy import busy_times_of
from mock_server.identity.model import USERS, User
from mock_server.organizations.model import OUT_OF_OFFICES
from mock_server.runtime.integers import integer_from
from mock_server.runtime.time_zones import time_zone
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.queries import whole_number
from mock_server.slots.existing_bookings import MAX_ATTENDED_DURATION
from mock_server.state.transaction import Transaction

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

PARAMETERS = ("userId", "from", "days")
DAYS, MOST_DAYS = 7, 31
MOST_BOOKINGS = 2_000
YEARS = range(1970, 9999)
"""Days before and after these years are not representable in every time zone."""


def user_calendar(tx: Transaction, query: Mapping[str, str]) -> dict[str, Any]:
    """Bookings, busy times and absences of a user on `?days=` (7) days from the date `?from=`.

    The default is the Monday of this week. Days and times are those of the user's time zone. Raises Refused.
    """
    user = _user(tx, query.get("userId", ""))
    zone = time_zone(user.time_zone)
    first, days = _first_day(query, tx.now.astimezone(zone).date()), whole_number(query, "days", DAYS)
    if not 1 <= days <= MOST_DAYS:
        raise Refused(400, f"`days` takes a number from 1 to {MOST_DAYS}.")
    low = datetime(first.year, first.month, first.day, tzinfo=zone)
    high = low + timedelta(days=days)
    organized, attended = _organized(tx, user, low, high), _attended(tx, user, low, high)
    busy = sorted(busy_times_of(tx, user, low, high), key=lambda each: each.start)
    return {
        "user": {"id": user.id, "name": user.name, "email": user.email, "timeZone": user.time_zone},
        "now": _local(tx.now, zone),
        "days": [(first + timedelta(days=number)).isoformat() for number in range(days)],
        "bookings": [_booking_view(booking, user, zone) for booking in _in_order(organized, attended)],
        "busy": [{**_times(each.start, each.end, zone), "title": each.title, "source": each.source} for each in busy],
        "outOfOffice": [
            _times(each.start, each.end, zone)
            for each in tx[OUT_OF_OFFICES].between(None, (high,), user_id=user.id)
            if each.end > low
        ],
    }


def _user(tx: Transaction, text: str) -> User:
    user = tx[USERS].get(integer_from(text))
    if user is None:
        raise Refused(400, f"`userId` takes the id of a user of this world, not `{text}`.")
    return user


def _first_day(query: Mapping[str, str], today: date) -> date:
    try:
        first = date.fromisoformat(query["from"]) if "from" in query else today - timedelta(days=today.weekday())
    except ValueError:
        raise Refused(400, "`from` takes a date, such as 2030-01-07.") from None
    if first.year not in YEARS:
        raise Refused(400, f"`from` takes a date in the years {YEARS[0]} to {YEARS[-1]}.")
    return first


def _organized(tx: Transaction, user: User, low: datetime, high: datetime) -> Iterable[Booking]:
    walk = tx[BOOKINGS].walk(("start",), (low - MAX_ATTENDED_DURATION,), (high,), user_id=user.id)
    return islice((booking for booking in walk if booking.end > low), MOST_BOOKINGS)


def _attended(tx: Transaction, user: User, low: datetime, high: datetime) -> Iterable[Booking]:
    walk = tx[ATTENDEES].walk(("start",), (low - MAX_ATTENDED_DURATION,), (high,), email=user.email)
    found = (tx[BOOKINGS].require(attendee.booking_id) for attendee in walk)
    return islice((booking for booking in found if booking.end > low), MOST_BOOKINGS)


def _in_order(*groups: Iterable[Booking]) -> list[Booking]:
    found = {booking.id: booking for group in groups for booking in group}
    return sorted(found.values(), key=lambda each: (each.start, each.id))


def _booking_view(booking: Booking, user: User, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": booking.id,
        "uid": booking.uid,
        "title": booking.title,
        **_times(booking.start, booking.end, zone),
        "status": booking.status,
        "eventTypeId": booking.event_type_id,
        "isOrganizer": booking.user_id == user.id,
    }


def _times(start: datetime, end: datetime, zone: ZoneInfo) -> dict[str, str]:
    return {"start": _local(start, zone), "end": _local(end, zone)}


def _local(moment: datetime, zone: ZoneInfo) -> str:
    """ISO 8601 with the offset of the zone."""
    return moment.astimezone(zone).isoformat(timespec="seconds")
