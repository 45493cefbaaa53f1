"""Reads the query of a list of bookings: filters, sort order and page.

Source: Cal.com API v2, bookings: list.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import NotRequired, TypedDict

import msgspec

from mock_server.bookings.hints import UNKNOWN_EVENT_TYPES, UNKNOWN_USERS, USER_OUTSIDE_ORGANIZATION
from mock_server.bookings.model import ATTENDEES, Booking
from mock_server.bookings.visibility import Viewer, team_event_types, with_children
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.addresses import managed_address
from mock_server.identity.model import MANAGED_USER_LINKS, USERS, User
from mock_server.runtime.errors import shared_library_error
from mock_server.runtime.instants import moment_of
from mock_server.slots.queries import read_instant
from mock_server.state.transaction import Transaction

_LATEST_FIRST = {"past", "cancelled"}
DEFAULT_TAKE = 100


class BookingsQuery(TypedDict):
    """The query of a list of bookings, as the description has validated it."""

    skip: NotRequired[int]
    take: NotRequired[int]
    limit: NotRequired[int]
    cursor: NotRequired[str]
    status: NotRequired[list[str]]
    bookingUid: NotRequired[str]
    attendeeEmail: NotRequired[str]
    attendeeName: NotRequired[str]
    eventTypeId: NotRequired[int]
    eventTypeIds: NotRequired[list[int]]
    teamId: NotRequired[int]
    teamsIds: NotRequired[list[int]]
    userIds: NotRequired[list[int]]
    afterStart: NotRequired[str]
    beforeEnd: NotRequired[str]
    afterCreatedAt: NotRequired[str]
    beforeCreatedAt: NotRequired[str]
    afterUpdatedAt: NotRequired[str]
    beforeUpdatedAt: NotRequired[str]
    sortStart: NotRequired[str]
    sortEnd: NotRequired[str]
    sortCreated: NotRequired[str]
    sortUpdatedAt: NotRequired[str]


class TimeRange(msgspec.Struct, frozen=True):
    """A range of time with both bounds included; None leaves a side open."""

    low: datetime | None = None
    high: datetime | None = None

    def contains(self, moment: datetime) -> bool:
        """Whether `moment` lies within the range."""
        return (self.low is None or self.low <= moment) and (self.high is None or moment <= self.high)


class BookingFilters(msgspec.Struct, frozen=True):
    """Filters that all apply, the sort order and the page. `users` maps user ids to e-mail addresses.

    Bookings that one of `without_users` organizes or attends are left out.
    """

    statuses: tuple[str, ...] = ()
    uid: str | None = None
    attendee_email: str | None = None
    attendee_name: str | None = None
    event_type_ids: tuple[frozenset[int], ...] = ()
    users: dict[int, str] | None = None
    after_start: datetime | None = None
    before_end: datetime | None = None
    before_start: datetime | None = None
    created: TimeRange = TimeRange()
    updated: TimeRange = TimeRange()
    without_users: tuple[User, ...] = ()
    order: str = "start"
    is_descending: bool = False
    skip: int = 0
    take: int = DEFAULT_TAKE

    def matches(self, tx: Transaction, booking: Booking) -> bool:
        """Whether a booking passes all filters except the status filter."""
        return (
            (self.after_start is None or booking.start >= self.after_start)
            and (self.before_end is None or booking.end <= self.before_end)
            and (self.before_start is None or booking.start <= self.before_start)
            and self.created.contains(booking.created_at)
            and self.updated.contains(booking.updated_at)
            and self.uid in (None, booking.uid)
            and all(booking.event_type_id in each for each in self.event_type_ids)
            and self._matches_participants(tx, booking)
            and not any(participates(tx, each, booking) for each in self.without_users)
        )

    def _matches_participants(self, tx: Transaction, booking: Booking) -> bool:
        if self.attendee_email is None and self.attendee_name is None and self.users is None:
            return True
        attendees = tx[ATTENDEES].find(booking_id=booking.id)
        if self.attendee_email is not None and all(each.email != self.attendee_email for each in attendees):
            return False
        if self.attendee_name is not None and all(each.name != self.attendee_name for each in attendees):
            return False
        if self.users is None or booking.user_id in self.users:
            return True
        return any(each.email in self.users.values() for each in attendees)


def participates(tx: Transaction, user: User, booking: Booking) -> bool:
    """Whether the user organizes or attends the booking."""
    attendees = tx[ATTENDEES].find(booking_id=booking.id)
    return booking.user_id == user.id or any(each.email == user.email for each in attendees)


def read_filters(tx: Transaction, query: BookingsQuery, viewer: Viewer, client_id: str | None) -> BookingFilters:
    """The filters of a query. `client_id` is the OAuth client of the credentials, if any.

    Raises shared library errors for event types and users that do not exist, BadRequest for impossible dates.
    """
    statuses = tuple(query.get("status") or ())
    order, direction = _order(query, statuses)
    email, name = query.get("attendeeEmail"), query.get("attendeeName")
    return BookingFilters(
        statuses=statuses,
        uid=query.get("bookingUid"),
        attendee_email=None if email is None else _stored_email(tx, email, viewer, client_id),
        attendee_name=None if name is None else name.strip(),
        event_type_ids=_event_types(tx, query),
        users=_users(tx, query.get("userIds"), viewer),
        after_start=_moment("afterStart", query.get("afterStart")),
        before_end=_moment("beforeEnd", query.get("beforeEnd")),
        created=TimeRange(
            _moment("afterCreatedAt", query.get("afterCreatedAt")),
            _moment("beforeCreatedAt", query.get("beforeCreatedAt")),
        ),
        updated=TimeRange(
            _moment("afterUpdatedAt", query.get("afterUpdatedAt")),
            _moment("beforeUpdatedAt", query.get("beforeUpdatedAt")),
        ),
        order=order,
        is_descending=direction == "desc",
        skip=query.get("skip", 0),
        take=query.get("take", DEFAULT_TAKE),
    )


def _order(query: BookingsQuery, statuses: tuple[str, ...]) -> tuple[str, str]:
    """The field to sort by and the direction. The first sort parameter counts."""
    sorts = (
        ("start", query.get("sortStart")),
        ("end", query.get("sortEnd")),
        ("created_at", query.get("sortCreated")),
        ("updated_at", query.get("sortUpdatedAt")),
    )
    for field, direction in sorts:
        if direction is not None:
            return field, direction
    return "start", "desc" if len(statuses) == 1 and statuses[0] in _LATEST_FIRST else "asc"


def _moment(name: str, text: str | None) -> datetime | None:
    return None if text is None else moment_of(read_instant(text.upper(), name))


def _stored_email(tx: Transaction, text: str, viewer: Viewer, client_id: str | None) -> str:
    """Turns blanks back into plus signs. Callers of an OAuth client may give a managed user's plain address."""
    email = re.sub(r"\s", "+", text.strip())
    link = tx[MANAGED_USER_LINKS].first(user_id=viewer.user.id)
    client = client_id or (link.client_id if link else None)
    if client is not None and "@" in email and tx[USERS].first(email=email) is None:
        managed = managed_address(email, client)
        return managed if tx[USERS].first(email=managed) is not None else email
    return email


def _event_types(tx: Transaction, query: BookingsQuery) -> tuple[frozenset[int], ...]:
    """Sets of event type ids to intersect: by id, and by team. Teams without event types do not filter."""
    found: list[frozenset[int]] = []
    ids = _ids(query.get("eventTypeIds"), query.get("eventTypeId"))
    if ids is not None:
        known = [each for each in ids if tx[EVENT_TYPES].get(each) is not None]
        if not known:
            raise shared_library_error("BAD_REQUEST", hint=UNKNOWN_EVENT_TYPES)
        found.append(with_children(tx, known))
    of_teams = team_event_types(tx, _ids(query.get("teamsIds"), query.get("teamId")) or ())
    return (*found, of_teams) if of_teams else tuple(found)


def _ids(many: list[int] | None, one: int | None) -> list[int] | None:
    """The ids of the plural parameter, else that of the singular one."""
    if many is not None:
        return many
    return None if one is None else [one]


def _users(tx: Transaction, ids: list[int] | None, viewer: Viewer) -> dict[int, str] | None:
    if ids is None:
        return None
    users = [user for each in ids if (user := tx[USERS].get(each)) is not None]
    if not users:
        raise shared_library_error("BAD_REQUEST", hint=UNKNOWN_USERS)
    if any(each.id not in viewer.users for each in users):
        raise shared_library_error("FORBIDDEN", hint=USER_OUTSIDE_ORGANIZATION)
    return {each.id: each.email for each in users}
