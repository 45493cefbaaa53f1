"""Lists bookings by walking indexes that are in the sort order, and stops when the page is full.

Source: Cal.com API v2, bookings: list, status filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import groupby, islice, product
from typing import Any, Literal, get_args

import msgspec

from mock_server.bookings.cursors import SortKey, sort_key
from mock_server.bookings.filters import BookingFilters, TimeRange
from mock_server.bookings.model import ATTENDEES, BOOKINGS, LONG_BOOKING, Attendee, Booking, Category, Status
from mock_server.bookings.visibility import Viewer
from mock_server.state.transaction import Transaction

_ACTIVE: tuple[Status, ...] = ("accepted", "pending", "awaiting_host")
_ENDED: tuple[Status, ...] = ("cancelled", "rejected")
_BOTH = (False, True)
_CATEGORIES = tuple(Category(*each) for each in product(get_args(Status), _BOTH, _BOTH))
_JUST_AFTER = timedelta(microseconds=1)
_FIRST_MOMENT = datetime.min.replace(tzinfo=UTC)
_EARLIEST_FIRST = {"upcoming", "recurring", "unconfirmed"}
"""The statuses whose lists with a cursor begin with the earliest booking; the other lists begin with the latest."""
_LEAD = timedelta(hours=1)
"""How long before now lists that begin with the earliest booking start."""
_LAST_LISTED_START = datetime(2100, 1, 1, tzinfo=UTC)
"""Where lists that begin with the latest booking start."""


class StatusFilter(msgspec.Struct, frozen=True):
    """A value of the `status` parameter: the statuses, each outside or within a series, and the time of the booking."""

    statuses: frozenset[tuple[Status, bool]]
    time: Literal["upcoming", "past", "any"]

    def matches(self, booking: Booking, now: datetime) -> bool:
        """Whether the booking passes the filter at `now`."""
        if (booking.status, booking.recurring_event_id is not None) not in self.statuses:
            return False
        return self.time == "any" or (booking.end >= now if self.time == "upcoming" else booking.end <= now)


STATUS_FILTERS: dict[str, StatusFilter] = {
    "upcoming": StatusFilter(frozenset({("accepted", True), *product(_ACTIVE, (False,))}), "upcoming"),
    "recurring": StatusFilter(frozenset(product(_ACTIVE, (True,))), "upcoming"),
    "past": StatusFilter(frozenset(product(_ACTIVE, _BOTH)), "past"),
    "cancelled": StatusFilter(frozenset(product(_ENDED, _BOTH)), "any"),
    "unconfirmed": StatusFilter(frozenset(product(("pending",), _BOTH)), "upcoming"),
}


class IndexScan(msgspec.Struct, frozen=True):
    """The index entries to walk: bookings by owner field and value or by uid, and attendees by field and value."""

    owners: tuple[tuple[str, int], ...] = ()
    attendees: tuple[tuple[str, str], ...] = ()
    uids: tuple[str, ...] = ()

    def size(self, tx: Transaction) -> int:
        """The number of entries, in which a booking may occur more than once."""
        owned = sum(tx[BOOKINGS].count(**{field: value}) for field, value in self.owners)
        return len(self.uids) + owned + sum(tx[ATTENDEES].count(**{field: value}) for field, value in self.attendees)


def find_page(tx: Transaction, viewer: Viewer, filters: BookingFilters) -> list[Booking]:
    """The page of the bookings that the viewer sees and that pass the filters."""
    return list(islice(_matches(tx, viewer, filters), filters.skip, filters.skip + filters.take))


def find_cursor_page(
    tx: Transaction, viewer: Viewer, filters: BookingFilters, after: SortKey | None
) -> tuple[list[Booking], bool]:
    """The page of matches that follows the place `after`, or the first page, and whether there are further pages."""
    filters = _from_anchor(filters, tx.now, after)
    matches = _matches(tx, viewer, filters)
    if after is not None:
        matches = (each for each in matches if _follows(sort_key(each), after, descending=filters.is_descending))
    found = list(islice(matches, filters.take + 1))
    return found[: filters.take], len(found) > filters.take


def _from_anchor(filters: BookingFilters, now: datetime, after: SortKey | None) -> BookingFilters:
    """The filters of a list with a cursor, whose order and beginning depend on the status."""
    [status] = filters.statuses or (None,)
    if status in _EARLIEST_FIRST:
        low = max(filter(None, (filters.after_start, now - _LEAD, after and after.start)))
        return msgspec.structs.replace(filters, order="start", is_descending=False, after_start=low)
    high = min(now if status == "past" else _LAST_LISTED_START, after.start if after else _LAST_LISTED_START)
    return msgspec.structs.replace(filters, order="start", is_descending=True, before_start=high)


def _follows(place: SortKey, after: SortKey, *, descending: bool) -> bool:
    return place < after if descending else place > after


def count_matches(tx: Transaction, viewer: Viewer, filters: BookingFilters) -> int:
    """The number of bookings on all pages. The live service counts them before the filters by creation and change."""
    counted = msgspec.structs.replace(filters, created=TimeRange(), updated=TimeRange())
    countable = BookingFilters(
        filters.statuses,
        event_type_ids=filters.event_type_ids,
        after_start=filters.after_start,
        skip=filters.skip,
        take=filters.take,
    )
    if msgspec.structs.replace(counted, order="start", is_descending=False) != countable:
        return sum(1 for _ in _matches(tx, viewer, counted))
    status_filters = [STATUS_FILTERS[each] for each in filters.statuses]
    if not filters.event_type_ids:
        owned = _count_visible(tx, viewer, status_filters, filters.after_start)
    elif not status_filters and filters.after_start is None:
        first, *others = filters.event_type_ids
        owned = _count_of_types(tx, viewer, first.intersection(*others))
    else:
        return sum(1 for _ in _matches(tx, viewer, counted))
    attended = {each.booking_id for email in viewer.emails for each in tx[ATTENDEES].find(email=email)}
    return owned + sum(
        not viewer.owns(booking) and counted.matches(tx, booking) and _has_status(booking, status_filters, tx.now)
        for booking in map(tx[BOOKINGS].require, attended)
    )


def _count_visible(tx: Transaction, viewer: Viewer, status_filters: list[StatusFilter], after: datetime | None) -> int:
    """The number of bookings that the viewer sees without attending, counted by index as far as possible."""
    total = sum(_count_owned(tx, each, status_filters, after) for each in viewer.users)
    if not status_filters and after is None:
        return total + sum(
            tx[BOOKINGS].count(event_type_id=each)
            - sum(tx[BOOKINGS].count(event_type_id=each, user_id=user_id) for user_id in viewer.users)
            for each in viewer.event_type_ids
        )
    low = None if after is None else (after,)
    return total + sum(
        booking.user_id not in viewer.users and _has_status(booking, status_filters, tx.now)
        for each in viewer.event_type_ids
        for booking in tx[BOOKINGS].walk(("start",), low, event_type_id=each)
    )


def _count_of_types(tx: Transaction, viewer: Viewer, event_type_ids: Iterable[int]) -> int:
    """The number of bookings of these event types that the viewer sees without attending."""
    return sum(
        tx[BOOKINGS].count(event_type_id=each)
        if each in viewer.event_type_ids
        else sum(tx[BOOKINGS].count(event_type_id=each, user_id=user_id) for user_id in viewer.users)
        for each in event_type_ids
    )


def _has_status(booking: Booking, status_filters: list[StatusFilter], now: datetime) -> bool:
    return not status_filters or any(each.matches(booking, now) for each in status_filters)


def _count_owned(tx: Transaction, user_id: int, status_filters: list[StatusFilter], after: datetime | None) -> int:
    """The number of bookings that the user organizes, counted by index as far as possible."""
    if not status_filters:
        return tx[BOOKINGS].count_between(("start",), None if after is None else (after,), user_id=user_id)
    return sum(
        _count_category(tx, user_id, each, relevant, after or _FIRST_MOMENT)
        for each in _CATEGORIES
        if (relevant := [status for status in status_filters if each[:2] in status.statuses])
    )


def _count_category(
    tx: Transaction, user_id: int, category: Category, relevant: list[StatusFilter], after: datetime
) -> int:
    """The same for one category. Bookings that start shortly before now are checked one by one."""
    bookings = tx[BOOKINGS]
    values: dict[str, Any] = {"user_id": user_id, "category": category}
    times = {each.time for each in relevant}
    if "any" in times or len(times) > 1:
        return bookings.count_between(("start",), (after,), **values)
    earliest_unsure = _FIRST_MOMENT if category.is_long else tx.now - LONG_BOOKING
    after_now = (tx.now + _JUST_AFTER,)
    unsure = bookings.walk(("start",), (max(after, earliest_unsure),), after_now, **values)
    matching = sum(any(status.matches(each, tx.now) for status in relevant) for each in unsure)
    if times == {"upcoming"}:
        return matching + bookings.count_between(("start",), max((after,), after_now), **values)
    return matching + bookings.count_between(("start",), (after,), (earliest_unsure,), **values)


def _matches(tx: Transaction, viewer: Viewer, filters: BookingFilters) -> Iterator[Booking]:
    scan = min(_candidate_scans(viewer, filters), key=lambda each: each.size(tx))
    streams = [*_owned(tx, scan, filters), *(_attended(tx, each, filters) for each in scan.attendees)]
    streams += [iter(tx[BOOKINGS].find(uid=each)) for each in scan.uids]
    order = filters.order
    merged = merge(*streams, key=lambda each: (getattr(each, order), each.id), reverse=filters.is_descending)
    status_filters = [STATUS_FILTERS[each] for each in filters.statuses]
    return (
        booking
        for _, (booking, *_) in groupby(merged, key=lambda each: each.id)
        if filters.matches(tx, booking) and _has_status(booking, status_filters, tx.now) and viewer.sees(tx, booking)
    )


def _candidate_scans(viewer: Viewer, filters: BookingFilters) -> Iterator[IndexScan]:
    """Scans that each find every booking that can be in the list."""
    visible_types = tuple([("event_type_id", each) for each in sorted(viewer.event_type_ids)])
    yield _scan_of_users(viewer.users, visible_types)
    if filters.uid is not None:
        yield IndexScan(uids=(filters.uid,))
    for event_type_ids in filters.event_type_ids:
        yield IndexScan(tuple([("event_type_id", each) for each in sorted(event_type_ids)]))
    if filters.users is not None:
        yield _scan_of_users(filters.users)
    if filters.attendee_email is not None:
        yield IndexScan(attendees=(("email", filters.attendee_email),))
    if filters.attendee_name is not None:
        yield IndexScan(attendees=(("name", filters.attendee_name),))


def _scan_of_users(users: dict[int, str], further_owners: tuple[tuple[str, int], ...] = ()) -> IndexScan:
    owners = tuple([("user_id", each) for each in users])
    return IndexScan(owners + further_owners, tuple([("email", each) for each in users.values()]))


def _owned(tx: Transaction, scan: IndexScan, filters: BookingFilters) -> Iterator[Iterator[Booking]]:
    """A stream of bookings for each owner; sorted by start under a status filter, one per owner and category."""
    status_filters = [STATUS_FILTERS[each] for each in filters.statuses]
    for field, value in scan.owners:
        if filters.order != "start" or not status_filters:
            yield _walk(tx, filters, _time_range(filters, status_filters, tx.now, is_long=True), {field: value})
            continue
        for category in _CATEGORIES:
            relevant = [each for each in status_filters if category[:2] in each.statuses]
            if relevant:
                time_range = _time_range(filters, relevant, tx.now, is_long=category.is_long)
                yield _walk(tx, filters, time_range, {field: value, "category": category})


def _walk(tx: Transaction, filters: BookingFilters, time_range: TimeRange, values: dict[str, Any]) -> Iterator[Booking]:
    low, high = _index_bounds(time_range)
    return tx[BOOKINGS].walk((filters.order,), low, high, descending=filters.is_descending, **values)


def _attended(tx: Transaction, attendee: tuple[str, str], filters: BookingFilters) -> Iterator[Booking]:
    """A stream of the bookings whose attendees have a field with a value."""
    field, value = attendee
    latest = min(filter(None, (filters.before_end, filters.before_start)), default=None)
    low, high = _index_bounds(TimeRange(filters.after_start, latest))
    attending = tx[ATTENDEES].walk(("start",), low, high, descending=filters.is_descending, **{field: value})
    if filters.order == "start":
        return _by_start_and_id(tx, attending, filters)
    bookings = [tx[BOOKINGS].require(each.booking_id) for each in attending]
    bookings.sort(key=lambda each: (getattr(each, filters.order), each.id), reverse=filters.is_descending)
    return iter(bookings)


def _by_start_and_id(tx: Transaction, attending: Iterator[Attendee], filters: BookingFilters) -> Iterator[Booking]:
    """The bookings of attendees, who are sorted by start, with equal starts sorted by booking id."""
    for _, group in groupby(attending, key=lambda each: each.start):
        for booking_id in sorted((each.booking_id for each in group), reverse=filters.is_descending):
            yield tx[BOOKINGS].require(booking_id)


def _time_range(
    filters: BookingFilters, status_filters: list[StatusFilter], now: datetime, *, is_long: bool
) -> TimeRange:
    """Bounds on the field of the sort order. Ongoing bookings that are not long started within the last day."""
    if filters.order == "created_at":
        return filters.created
    if filters.order == "updated_at":
        return filters.updated
    lows, highs = [filters.after_start], [filters.before_end, filters.before_start]
    if status_filters and all(each.time == "past" for each in status_filters):
        highs.append(now)
    if status_filters and all(each.time == "upcoming" for each in status_filters):
        if filters.order == "end":
            lows.append(now)
        elif not is_long:
            lows.append(now - LONG_BOOKING)
    known_lows = [each for each in lows if each is not None]
    known_highs = [each for each in highs if each is not None]
    return TimeRange(max(known_lows, default=None), min(known_highs, default=None))


def _index_bounds(time_range: TimeRange) -> tuple[tuple[datetime] | None, tuple[datetime] | None]:
    """The range as keys of an index. A bound in the last year of the calendar is left out."""
    low = None if time_range.low is None else (time_range.low,)
    if time_range.high is None or time_range.high.year == datetime.max.year:
        return low, None
    return low, (time_range.high + _JUST_AFTER,)
