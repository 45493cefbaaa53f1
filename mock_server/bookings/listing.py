"""Lists bookings: walks over indexes that are in the list's order, and stops where the page is full.

Source: Cal.com API v2, bookings: list, status filters.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from heapq import merge
from itertools import groupby, islice, product
from typing import Any, Literal, get_args

import msgspec

from mock_server.bookings.filters import Bounds, Filters
from mock_server.bookings.model import ATTENDEES, BOOKINGS, LONG, Attendee, Booking, Category, Status
from mock_server.bookings.visibility import Viewer
from mock_server.state.transaction import Transaction

_LIVE: tuple[Status, ...] = ("accepted", "pending", "awaiting_host")
_ENDED: tuple[Status, ...] = ("cancelled", "rejected")
_BOTH = (False, True)
_CATEGORIES = tuple(Category(*each) for each in product(get_args(Status), _BOTH, _BOTH))
_JUST_AFTER = timedelta(microseconds=1)


class Kind(msgspec.Struct, frozen=True):
    """A value of the status filter: pairs of status and whether it is in a series, and when the booking is."""

    of: frozenset[tuple[Status, bool]]
    when: Literal["coming", "over", "ever"]

    def has(self, booking: Booking, now: datetime) -> bool:
        """Whether the booking is of this kind now."""
        if (booking.status, booking.recurring_event_id is not None) not in self.of:
            return False
        return self.when == "ever" or (booking.end >= now if self.when == "coming" else booking.end <= now)


KINDS: dict[str, Kind] = {
    "upcoming": Kind(frozenset({("accepted", True), *product(_LIVE, (False,))}), "coming"),
    "recurring": Kind(frozenset(product(_LIVE, (True,))), "coming"),
    "past": Kind(frozenset(product(_LIVE, _BOTH)), "over"),
    "cancelled": Kind(frozenset(product(_ENDED, _BOTH)), "ever"),
    "unconfirmed": Kind(frozenset(product(("pending",), _BOTH)), "coming"),
}


class Way(msgspec.Struct, frozen=True):
    """Where to look: bookings by an owner's field and value, and bookings of attendees by a field and value."""

    owners: tuple[tuple[str, int], ...] = ()
    attendees: tuple[tuple[str, str], ...] = ()

    def size(self, tx: Transaction) -> int:
        """How many bookings there are on the way, some of them more than once."""
        owned = sum(tx[BOOKINGS].count(**{field: value}) for field, value in self.owners)
        return owned + sum(tx[ATTENDEES].count(**{field: value}) for field, value in self.attendees)


def list_of_bookings(tx: Transaction, viewer: Viewer, filters: Filters) -> list[Booking]:
    """The page of what the viewer sees and the filters ask for."""
    way = min(_ways(viewer, filters), key=lambda each: each.size(tx))
    streams = [*_owned(tx, way, filters), *(_attended(tx, each, filters) for each in way.attendees)]
    order = filters.order
    merged = merge(*streams, key=lambda each: (getattr(each, order), each.id), reverse=filters.is_descending)
    kinds = [KINDS[each] for each in filters.kinds]
    found = (
        booking
        for _, (booking, *_) in groupby(merged, key=lambda each: each.id)
        if filters.fit(tx, booking)
        and (not kinds or any(kind.has(booking, tx.now) for kind in kinds))
        and viewer.sees(tx, booking)
    )
    return list(islice(found, filters.skip, filters.skip + filters.take))


def _ways(viewer: Viewer, filters: Filters) -> Iterator[Way]:
    """Each of the ways leads to all bookings that can be in the list."""
    seen_types = tuple([("event_type_id", each) for each in sorted(viewer.event_type_ids)])
    yield _way_to(viewer.people, seen_types)
    for event_type_ids in filters.event_type_ids:
        yield Way(tuple([("event_type_id", each) for each in sorted(event_type_ids)]))
    if filters.people is not None:
        yield _way_to(filters.people)
    if filters.attendee_email is not None:
        yield Way(attendees=(("email", filters.attendee_email),))
    if filters.attendee_name is not None:
        yield Way(attendees=(("name", filters.attendee_name),))


def _way_to(people: dict[int, str], more: tuple[tuple[str, int], ...] = ()) -> Way:
    owners = tuple([("user_id", each) for each in people])
    return Way(owners + more, tuple([("email", each) for each in people.values()]))


def _owned(tx: Transaction, way: Way, filters: Filters) -> Iterator[Iterator[Booking]]:
    """A stream for each owner; where only some kinds are asked for in the order of their start, one per category."""
    kinds = [KINDS[each] for each in filters.kinds]
    for field, value in way.owners:
        if filters.order != "start" or not kinds:
            yield _walk(tx, filters, _bounds(filters, kinds, tx.now, is_long=True), {field: value})
            continue
        for category in _CATEGORIES:
            of_these = [each for each in kinds if category[:2] in each.of]
            if of_these:
                bounds = _bounds(filters, of_these, tx.now, is_long=category.is_long)
                yield _walk(tx, filters, bounds, {field: value, "category": category})


def _walk(tx: Transaction, filters: Filters, bounds: Bounds, values: dict[str, Any]) -> Iterator[Booking]:
    low, high = _items(bounds)
    return tx[BOOKINGS].walk((filters.order,), low, high, descending=filters.is_descending, **values)


def _attended(tx: Transaction, attendee: tuple[str, str], filters: Filters) -> Iterator[Booking]:
    field, value = attendee
    low, high = _items(Bounds(filters.after_start, filters.before_end))
    attending = tx[ATTENDEES].walk(("start",), low, high, descending=filters.is_descending, **{field: value})
    if filters.order == "start":
        return _in_order_of_ids(tx, attending, filters)
    bookings = [tx[BOOKINGS].require(each.booking_id) for each in attending]
    bookings.sort(key=lambda each: (getattr(each, filters.order), each.id), reverse=filters.is_descending)
    return iter(bookings)


def _in_order_of_ids(tx: Transaction, attending: Iterator[Attendee], filters: Filters) -> Iterator[Booking]:
    """The bookings of attendees, who are in the order of their start, with ids in order where starts are equal."""
    for _, group in groupby(attending, key=lambda each: each.start):
        for booking_id in sorted((each.booking_id for each in group), reverse=filters.is_descending):
            yield tx[BOOKINGS].require(booking_id)


def _bounds(filters: Filters, kinds: list[Kind], now: datetime, *, is_long: bool) -> Bounds:
    """Between what times the field of the list's order can lie. A booking that is not long started lately."""
    if filters.order == "created_at":
        return filters.created
    if filters.order == "updated_at":
        return filters.updated
    lows, highs = [filters.after_start], [filters.before_end]
    if kinds and all(each.when == "over" for each in kinds):
        highs.append(now)
    if kinds and all(each.when == "coming" for each in kinds):
        if filters.order == "end":
            lows.append(now)
        elif not is_long:
            lows.append(now - LONG)
    known_lows = [each for each in lows if each is not None]
    known_highs = [each for each in highs if each is not None]
    return Bounds(max(known_lows, default=None), min(known_highs, default=None))


def _items(bounds: Bounds) -> tuple[tuple[datetime] | None, tuple[datetime] | None]:
    """The bounds as parts of items of an index. The end of time is no bound."""
    low = None if bounds.low is None else (bounds.low,)
    if bounds.high is None or bounds.high.year == datetime.max.year:
        return low, None
    return low, (bounds.high + _JUST_AFTER,)
