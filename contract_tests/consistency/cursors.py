"""Lists of bookings whose pages are found by cursors: those of a user, and those of an organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from contract_tests.clients import BOOKING_CURSORS
from contract_tests.consistency.actors import Headers
from contract_tests.consistency.host import Host, host, hosting, managed_user
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session
from contract_tests.http import Reply

APPLIED = "filters_and_pages_are_applied"
FIT = "pages_fit_together"
OF_USER, OF_ORGANIZATION = "/v2/bookings", "/v2/organizations/{orgId}/bookings"


def booking_pages(session: Session) -> None:
    """Cursors lead through all bookings once, sorted by their start, while others are made and cancelled."""
    if _is_missing(session):
        return
    with host(session) as here:
        _check(CursorList(here, OF_USER, here.headers, {}, here.offer()))


def organization_booking_pages(session: Session) -> None:
    """The same for the bookings of an organization."""
    if _is_missing(session):
        return
    with managed_user(session, "host") as user, hosting(session, user) as here:
        ids = {"orgId": session.actors.organization_id}
        _check(CursorList(here, OF_ORGANIZATION, session.actors.organization, ids, here.offer()))


def _is_missing(session: Session) -> bool:
    if any(BOOKING_CURSORS in (each.versions or ()) for each in session.description):
        return False
    session.leave_out(f"this edition has no version {BOOKING_CURSORS}")
    return True


@dataclass
class CursorList:
    """A list of the bookings of an event type, with the credentials and the ids of its path."""

    here: Host
    path: str
    headers: Headers
    ids: Fields
    event_type: Fields

    def page(self, **query: Any) -> Reply:
        """A page, or the whole list without a limit."""
        query = {"eventTypeId": self.event_type["id"], **query}
        return self.here.session.succeed(
            "GET", self.path, self.headers, ids=self.ids, query=query, version=BOOKING_CURSORS
        )  # fmt: skip

    def expect(self, reply: Reply, *hours: int) -> None:
        """Checks that a page has the bookings of these hours, in this order."""
        seen, expected = [each["start"] for each in reply.data], [self.here.at(hour) for hour in hours]
        self.here.session.check(APPLIED, seen == expected, reply, f"starts {seen} in place of {expected}")

    def walk(self, whole: Reply, size: int) -> None:
        """Checks that the pages of a list are together the whole list."""
        session, cursor = self.here.session, Fields()
        for start in range(0, len(whole.data), size):
            reply = self.page(status="upcoming", limit=size, **cursor)
            fits = reply.data == whole.data[start : start + size]
            session.check(FIT, fits, reply, f"not the {size} from {start} on")
            pagination = reply.content["pagination"]
            more = start + size < len(whole.data)
            right = pagination["hasMore"] is more and (pagination["nextCursor"] is not None) is more
            session.check(FIT, right, reply, f"hasMore should be {more}, with a cursor if so")
            cursor = {"cursor": pagination["nextCursor"]}

    def refuse(self, **query: Any) -> None:
        """Checks that a query is refused."""
        session = self.here.session
        reply = session.call("GET", self.path, self.headers, ids=self.ids, query=query, version=BOOKING_CURSORS)
        session.check("invalid_queries_are_refused", reply.status == 400, reply, f"{query} is not refused")


def _check(bookings: CursorList) -> None:
    here, talk = bookings.here, bookings.event_type
    for hour in (13, 9, 11, 15, 10):
        here.book(talk, here.at(hour))
    whole = bookings.page(status="upcoming")
    bookings.expect(whole, 9, 10, 11, 13, 15)
    for size in (1, 2, 3):
        bookings.walk(whole, size)
    first = bookings.page(status="upcoming", limit=2)
    here.act(first.data[1], "cancel", cancellationReason="rain")
    here.book(talk, here.at(14))
    rest = bookings.page(status="upcoming", cursor=first.content["pagination"]["nextCursor"])
    bookings.expect(rest, 11, 13, 14, 15)
    bookings.expect(bookings.page(), 15, 14, 13, 11, 10, 9)
    bookings.expect(bookings.page(status="cancelled"), 10)
    for query in ({"limit": 0}, {"limit": 101}, {"cursor": "eA=="}, {"status": "upcoming,past"}):
        bookings.refuse(**query)
