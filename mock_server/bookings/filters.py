"""What a list of bookings asks for: filters, order and page, read from the query.

Source: Cal.com API v2, bookings: list.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import msgspec

from mock_server.bookings.model import ATTENDEES, Booking
from mock_server.bookings.visibility import Viewer, team_event_types, with_children
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.addresses import managed_address
from mock_server.identity.model import MANAGED_USER_LINKS, USERS
from mock_server.runtime.errors import shared_library_error
from mock_server.runtime.instants import moment_of
from mock_server.slots.queries import read_instant
from mock_server.state.transaction import Transaction

_SORTS = {"sortStart": "start", "sortEnd": "end", "sortCreated": "created_at", "sortUpdatedAt": "updated_at"}
_LATEST_FIRST = {"past", "cancelled"}


class Bounds(msgspec.Struct, frozen=True):
    """Two times that a third one lies between, both included; None leaves a side open."""

    low: datetime | None = None
    high: datetime | None = None

    def hold(self, moment: datetime) -> bool:
        """Whether `moment` lies within."""
        return (self.low is None or self.low <= moment) and (self.high is None or moment <= self.high)


class Filters(msgspec.Struct, frozen=True):
    """All of what is set has to apply. Event types and people are given by id, people with their addresses."""

    kinds: tuple[str, ...] = ()
    attendee_email: str | None = None
    attendee_name: str | None = None
    event_type_ids: tuple[frozenset[int], ...] = ()
    people: dict[int, str] | None = None
    after_start: datetime | None = None
    before_end: datetime | None = None
    created: Bounds = Bounds()
    updated: Bounds = Bounds()
    order: str = "start"
    is_descending: bool = False
    skip: int = 0
    take: int = 100

    def fit(self, tx: Transaction, booking: Booking) -> bool:
        """Whether a booking is what is asked for, but for its kind."""
        return (
            (self.after_start is None or booking.start >= self.after_start)
            and (self.before_end is None or booking.end <= self.before_end)
            and self.created.hold(booking.created_at)
            and self.updated.hold(booking.updated_at)
            and all(booking.event_type_id in each for each in self.event_type_ids)
            and self._fit_people(tx, booking)
        )

    def _fit_people(self, tx: Transaction, booking: Booking) -> bool:
        if self.attendee_email is None and self.attendee_name is None and self.people is None:
            return True
        attendees = tx[ATTENDEES].find(booking_id=booking.id)
        if self.attendee_email is not None and all(each.email != self.attendee_email for each in attendees):
            return False
        if self.attendee_name is not None and all(each.name != self.attendee_name for each in attendees):
            return False
        if self.people is None or booking.user_id in self.people:
            return True
        return any(each.email in self.people.values() for each in attendees)


def read_filters(tx: Transaction, query: dict[str, Any], viewer: Viewer, client_id: str | None) -> Filters:
    """The filters of a query. `client_id` is the OAuth client of the credentials, if any.

    Raises shared library errors for event types and users that do not exist, BadRequest for impossible dates.
    """
    kinds = tuple(query.get("status") or ())
    order, direction = _order(query, kinds)
    email, name = query.get("attendeeEmail"), query.get("attendeeName")
    return Filters(
        kinds=kinds,
        attendee_email=None if email is None else _address(tx, email, viewer, client_id),
        attendee_name=None if name is None else name.strip(),
        event_type_ids=_event_types(tx, query),
        people=_people(tx, query.get("userIds"), viewer),
        after_start=_moment(query, "afterStart"),
        before_end=_moment(query, "beforeEnd"),
        created=Bounds(_moment(query, "afterCreatedAt"), _moment(query, "beforeCreatedAt")),
        updated=Bounds(_moment(query, "afterUpdatedAt"), _moment(query, "beforeUpdatedAt")),
        order=order,
        is_descending=direction == "desc",
        skip=query["skip"],
        take=query["take"],
    )


def _order(query: dict[str, Any], kinds: tuple[str, ...]) -> tuple[str, str]:
    for name, field in _SORTS.items():
        if query.get(name) is not None:
            return field, query[name]
    return "start", "desc" if len(kinds) == 1 and kinds[0] in _LATEST_FIRST else "asc"


def _moment(query: dict[str, Any], name: str) -> datetime | None:
    text = query.get(name)
    return None if text is None else moment_of(read_instant(text.upper(), name))


def _address(tx: Transaction, given: str, viewer: Viewer, client_id: str | None) -> str:
    """Blanks were plus signs once. Callers of an OAuth client may name its users by their plain addresses."""
    email = re.sub(r"\s", "+", given.strip())
    link = tx[MANAGED_USER_LINKS].first(user_id=viewer.user.id)
    client = client_id or (link.client_id if link else None)
    if client is not None and "@" in email and tx[USERS].first(email=email) is None:
        managed = managed_address(email, client)
        return managed if tx[USERS].first(email=managed) is not None else email
    return email


def _event_types(tx: Transaction, query: dict[str, Any]) -> tuple[frozenset[int], ...]:
    """By id, and by team: a team without event types does not filter."""
    found: list[frozenset[int]] = []
    ids = _several(query, "eventTypeIds", "eventTypeId")
    if ids is not None:
        known = [each for each in ids if tx[EVENT_TYPES].get(each) is not None]
        if not known:
            raise shared_library_error("BAD_REQUEST", hint="None of these event types exists.")
        found.append(with_children(tx, known))
    of_teams = team_event_types(tx, _several(query, "teamsIds", "teamId") or ())
    return (*found, of_teams) if of_teams else tuple(found)


def _several(query: dict[str, Any], many: str, one: str) -> list[int] | None:
    if query.get(many) is not None:
        return query[many]
    return None if query.get(one) is None else [query[one]]


def _people(tx: Transaction, ids: list[int] | None, viewer: Viewer) -> dict[int, str] | None:
    if ids is None:
        return None
    users = [user for each in ids if (user := tx[USERS].get(each)) is not None]
    if not users:
        raise shared_library_error("BAD_REQUEST", hint="None of these users exists.")
    if any(each.id not in viewer.people for each in users):
        raise shared_library_error("FORBIDDEN", hint="One of these users is not in the organization.")
    return {each.id: each.email for each in users}
