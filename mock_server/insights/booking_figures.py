"""Figures about bookings: counts by outcome, their trend, the mean duration, and rankings of members.

Source: Cal.com API v2, insights: bookings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

import msgspec

from mock_server.bookings.model import ATTENDEES, Booking
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS, User
from mock_server.insights.column_filters import ColumnFilter, Value, all_match, read_column_filters
from mock_server.insights.periods import DateRange
from mock_server.insights.scopes import InsightScope, read_scope
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction

RANGE_REQUIRED = "columnFilters must include a date range filter with id startTime or createdAt"
GOOD_RATING = 4
RANKED = 10
"""How many members a ranking has."""

_ORDERS = {"startTime": "start", "createdAt": "created_at"}
Outcome = Callable[[Booking], bool]


class BookingQuery(msgspec.Struct, frozen=True):
    """The bookings that an insight is about: those of a scope, in a range of days by start or creation."""

    scope: InsightScope
    range: DateRange
    order: str
    filters: tuple[ColumnFilter, ...]

    def bookings(self, tx: Transaction, days: DateRange | None = None) -> list[Booking]:
        """The bookings of the range, or of other `days`."""
        days = days or self.range
        found = self.scope.bookings(tx, self.order, days.start, days.end)
        return [each for each in found if self._matches(tx, each)]

    def moment(self, booking: Booking) -> datetime:
        """The time by which a booking belongs to the range."""
        return getattr(booking, self.order)

    def _matches(self, tx: Transaction, booking: Booking) -> bool:
        for each in self.filters:
            is_other_date = each.id in _ORDERS and _ORDERS[each.id] != self.order
            days = each.date_range(self.range.zone) if is_other_date else None
            if days is not None and not days.contains(getattr(booking, _ORDERS[each.id])):
                return False
        return all_match(self.filters, _columns(tx, booking))


def read_booking_query(call: Call) -> BookingQuery:
    """The query of a request. Raises BadRequest without a range of dates, Forbidden without rights."""
    filters = read_column_filters(call.body)
    for each in filters:
        days = each.date_range(call.body["timeZone"]) if each.id in _ORDERS else None
        if days is not None:
            return BookingQuery(read_scope(call), days, _ORDERS[each.id], filters)
    raise BadRequest(RANGE_REQUIRED)


def outcomes(tx: Transaction) -> dict[str, Outcome]:
    """What counts for each figure."""

    def has_absent_guest(booking: Booking) -> bool:
        return any(each.no_show for each in tx[ATTENDEES].find(booking_id=booking.id))

    return {
        "created": lambda _: True,
        "scheduled": lambda each: each.status in ("accepted", "pending") and each.end > tx.now,
        "completed": lambda each: each.status == "accepted" and each.end <= tx.now,
        "rescheduled": lambda each: each.rescheduled,
        "cancelled": lambda each: each.status == "cancelled" and not each.rescheduled,
        "no_show": lambda each: each.no_show_host,
        "no_show_guest": has_absent_guest,
    }


def key_figures(tx: Transaction, query: BookingQuery) -> dict[str, object]:
    """The nine figures, each with its change in percent since the range before."""
    before = query.range.previous()
    bookings = query.bookings(tx)
    # Both ranges have the day on which the range begins; it counts for the range only.
    earlier = [each for each in query.bookings(tx, before) if query.moment(each) < query.range.start]
    now, then = _figures(tx, bookings), _figures(tx, earlier)
    return {
        "empty": not bookings,
        **{name: {"count": now[name], "deltaPrevious": _change(now[name], then[name])} for name in now},
        "previousRange": {"startDate": before.first.isoformat(), "endDate": before.last.isoformat()},
    }


def trends(tx: Transaction, query: BookingQuery) -> list[dict[str, object]]:
    """The counts by period."""
    labels = {
        "Created": "created",
        "Completed": "completed",
        "Rescheduled": "rescheduled",
        "Cancelled": "cancelled",
        "No-Show (Host)": "no_show",
        "No-Show (Guest)": "no_show_guest",
    }
    counts = outcomes(tx)
    return [
        {"Month": days.label(), **_shown_period(tx, days)}
        | {label: sum(map(counts[name], bookings)) for label, name in labels.items()}
        for days, bookings in _by_period(tx, query)
    ]


def average_durations(tx: Transaction, query: BookingQuery) -> list[dict[str, object]]:
    """The mean duration by period, in minutes."""
    return [
        {
            "Date": days.label(),
            **_shown_period(tx, days),
            "Average": round(sum(each.minutes for each in bookings) / len(bookings), 2) if bookings else 0,
        }
        for days, bookings in _by_period(tx, query)
    ]


def member_rankings(tx: Transaction, query: BookingQuery) -> dict[str, object]:
    """The members of the scope with the most and the fewest bookings of each kind."""
    bookings, counts = query.bookings(tx), outcomes(tx)

    def tally(name: str) -> dict[int, float]:
        found = {each.id: 0.0 for each in query.scope.users}
        for each in bookings:
            if each.user_id in found and counts[name](each):
                found[each.user_id] += 1
        return found

    created, completed, ratings = tally("created"), tally("completed"), _mean_ratings(bookings)
    users = {each.id: each for each in query.scope.users}
    return {
        "mostBookings": _ranking(users, created, most=True),
        "leastBookings": _ranking(users, created, most=False),
        "mostCancelled": _ranking(users, tally("cancelled"), most=True),
        "mostCompleted": _ranking(users, completed, most=True),
        "leastCompleted": _ranking(users, completed, most=False),
        "mostNoShow": _ranking(users, tally("no_show"), most=True),
        "highestRatings": _ranking(users, ratings, most=True),
        "lowestRatings": _ranking(users, ratings, most=False),
    }


def _figures(tx: Transaction, bookings: Sequence[Booking]) -> dict[str, float]:
    ratings = [each.rating for each in bookings if each.rating is not None]
    good = sum(rating >= GOOD_RATING for rating in ratings)
    figures: dict[str, float] = {name: sum(map(counts, bookings)) for name, counts in outcomes(tx).items()}
    figures["rating"] = round(sum(ratings) / len(ratings), 2) if ratings else 0
    figures["csat"] = round(100 * good / len(ratings), 2) if ratings else 0
    return figures


def _change(now: float, then: float) -> float:
    """The change in percent; 0 where there was nothing before."""
    return round((now - then) / then * 100, 2) if then else 0


def _by_period(tx: Transaction, query: BookingQuery) -> Iterator[tuple[DateRange, list[Booking]]]:
    """The periods of the range with their bookings, which are in order."""
    bookings = iter(query.bookings(tx))
    booking = next(bookings, None)
    for days in query.range.periods():
        end, found = days.end, list[Booking]()
        while booking is not None and query.moment(booking) < end:
            found.append(booking)
            booking = next(bookings, None)
        yield days, found


def _shown_period(tx: Transaction, days: DateRange) -> dict[str, object]:
    return {"formattedDateFull": days.full_label(), "isToday": days.contains(tx.now)}


def _mean_ratings(bookings: Iterable[Booking]) -> dict[int, float]:
    given: dict[int, list[int]] = {}
    for each in bookings:
        if each.user_id is not None and each.rating is not None:
            given.setdefault(each.user_id, []).append(each.rating)
    return {user_id: round(sum(ratings) / len(ratings), 2) for user_id, ratings in given.items()}


def _ranking(users: Mapping[int, User], tally: Mapping[int, float], *, most: bool) -> list[dict[str, object]]:
    """The first members by count. Rankings of the most have no members without any."""
    counted = [(user_id, count) for user_id, count in tally.items() if user_id in users and (count or not most)]
    counted.sort(key=lambda entry: (-entry[1] if most else entry[1], entry[0]))
    return [_ranked(users[user_id], count) for user_id, count in counted[:RANKED]]


def _ranked(user: User, count: float) -> dict[str, object]:
    digest = hashlib.md5(user.email.encode(), usedforsecurity=False).hexdigest()
    shown = {
        "id": user.id,
        "username": user.username,
        "name": user.name,
        "email": user.email,
        "avatarUrl": user.avatar_url,
    }
    return {"userId": user.id, "user": shown, "emailMd5": digest, "count": count}


def _columns(tx: Transaction, booking: Booking) -> dict[str, Callable[[], Value]]:
    """The columns of a booking by which insights can be filtered, besides the dates."""

    def attendees(field: str) -> list[object]:
        return [getattr(each, field) for each in tx[ATTENDEES].find(booking_id=booking.id)]

    def organizer(field: str) -> object:
        user = tx[USERS].get(booking.user_id)
        return None if user is None else getattr(user, field)

    def paid() -> str:
        event_type = tx[EVENT_TYPES].get(booking.event_type_id)
        return str(bool(event_type and event_type.price))

    return {
        "status": lambda: booking.status,
        "eventTypeId": lambda: booking.event_type_id,
        "userId": lambda: booking.user_id,
        "userEmail": lambda: organizer("email"),
        "userName": lambda: organizer("name"),
        "attendeeEmail": lambda: attendees("email"),
        "attendeeName": lambda: attendees("name"),
        "bookingUid": lambda: booking.uid,
        "rating": lambda: booking.rating,
        "length": lambda: booking.minutes,
        "paid": paid,
    }
