"""Freshness: reads follow writes at once, for all callers, and timestamps follow changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SCHEDULES, SLOTS
from contract_tests.consistency.host import (
    ANONYMOUS,
    MANAGED_USERS,
    Host,
    ManagedUser,
    attendee,
    host,
    hosting,
    managed_user,
)
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.resources import A_TEAM_EVENT_TYPE_OF_AN_ORGANIZATION, AN_ATTRIBUTE
from contract_tests.consistency.session import Session
from contract_tests.editions import in_force
from contract_tests.http import Reply
from contract_tests.nonexistent import NO_NUMBER, NO_TEXT
from mock_server.runtime.json_values import is_list, is_object

FRESH = "reads_are_fresh"
TRUE = "timestamps_are_correct"


def change_timestamps(session: Session) -> None:
    """Each change of a booking updates `updatedAt` and keeps `createdAt`."""
    with host(session) as here:
        asked = here.offer(confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": False})
        plain = here.offer()
        cases: list[tuple[Fields, str, Fields]] = [
            (here.book(asked, here.at(9)), "confirm", {}),
            (here.book(asked, here.at(10)), "decline", {"reason": "no time"}),
            (here.book(plain, here.at(12)), "cancel", {"cancellationReason": "no time"}),
        ]
        if not in_force("absences-after-start"):
            cases.append((here.book(plain, here.at(11)), "mark-absent", {"host": True}))
        for booking, action, body in cases:
            _moves_on(
                here, booking, lambda booking=booking, action=action, body=body: here.act(booking, action, **body)
            )
        old = here.book(plain, here.at(13))
        _moves_on(here, old, lambda: here.act(old, "reschedule", ANONYMOUS, start=here.at(14)))
        new = here.listed(sortCreated="desc").data[0]
        session.check(TRUE, new["createdAt"] > old["createdAt"], here.read(new), "the new booking is as old as the old")


def _moves_on(here: Host, booking: Fields, change: Callable[[], Any]) -> None:
    session = here.session
    before = here.read(booking).data
    earliest = _clock(session)
    change()
    latest = _clock(session)
    reply = here.read(booking)
    shown = reply.data["updatedAt"]
    session.check(TRUE, shown > before["updatedAt"], reply, f"updatedAt is still {shown}")
    session.check(TRUE, reply.data["createdAt"] == before["createdAt"], reply, "createdAt has changed")
    between = earliest is None or latest is None or _within(shown, earliest, latest)
    session.check(TRUE, between, reply, f"updatedAt is {shown}, but it was changed from {earliest} to {latest}")


def _clock(session: Session) -> str | None:
    """The server's time, taken from an error reply."""
    reply = session.call("GET", "/v2/me", ANONYMOUS)
    content = reply.content if is_object(reply.content) else {}
    return content.get("timestamp")


SLACK = 5.0
"""Seconds by which the clocks of a server and of its database may differ."""


def _within(shown: str, earliest: str, latest: str) -> bool:
    moment, first, last = (datetime.fromisoformat(each).timestamp() for each in (shown, earliest, latest))
    return first - SLACK <= moment <= last + SLACK


def error_timestamps(session: Session) -> None:
    """Timestamps of error replies advance, and agree with those of new items."""
    with host(session) as here:
        seen: list[str | None] = []
        for turn in range(4):
            before = _clock(session)
            made = here.book(here.offer(), here.at(9 + turn))
            after = _clock(session)
            seen += [before, after]
            if before is not None and after is not None:
                text = f"made at {made['createdAt']}, between {before} and {after}"
                session.check(TRUE, _within(made["createdAt"], before, after), here.read(made), text)
        booker = attendee(session)
        for _ in range(2):
            # Each of these refusals may come from another part of the server; none may be older than the one before.
            session.call("GET", "/v2/slots", ANONYMOUS, query={"eventTypeId": NO_NUMBER}, version=SLOTS)
            session.call("POST", "/v2/bookings", ANONYMOUS, body={"attendee": booker}, version=BOOKINGS)
            session.call("GET", "/v2/schedules", ANONYMOUS, version=SCHEDULES)
            session.call("POST", "/v2/webhooks", ANONYMOUS, body={})
            session.call("GET", "/v2/bookings/{bookingUid}", ANONYMOUS, ids={"bookingUid": NO_TEXT}, version=BOOKINGS)
        reply = session.call("GET", "/v2/me", ANONYMOUS)
        shown = [each for each in seen if each is not None]
        session.check(
            TRUE, shown == sorted(shown) and len(set(shown)) > 1, reply, f"the clock stands or goes back: {shown}"
        )


def fresh_reads(session: Session) -> None:
    """A change is visible to other callers at once."""
    client, ids = session.actors.client, {"clientId": session.actors.client_id}
    with managed_user(session, "fresh") as user:
        known = {**ids, "userId": user.id}
        one, mine = f"{MANAGED_USERS}/{{userId}}", user.headers

        def by_client() -> Reply:
            return session.succeed("GET", one, client, ids=known)

        def listed() -> Reply:
            query = {"emails": user.email}
            return session.succeed("GET", MANAGED_USERS, client, ids=ids, query=query)

        def by_user() -> Reply:
            return session.succeed("GET", "/v2/me", mine)

        for turn, zone in enumerate(("Asia/Tokyo", "Europe/Rome", "America/New_York", "UTC")):
            for read in (by_client, listed, by_user):
                read()
            if turn % 2:
                session.succeed("PATCH", "/v2/me", mine, body={"timeZone": zone, "weekStart": "Tuesday"})
            else:
                session.succeed("PATCH", one, client, ids=known, body={"timeZone": zone, "weekStart": "Friday"})
            day = "Tuesday" if turn % 2 else "Friday"
            for read in (by_client, listed, by_user):
                reply = read()
                data = reply.data[0] if is_list(reply.data) else reply.data
                right = (data["timeZone"], data["weekStart"]) == (zone, day)
                session.check(FRESH, right, reply, f"should show the time zone {zone}, which was just set")
        _renamed_host(session, user)


def _renamed_host(session: Session, user: ManagedUser) -> None:
    """Event types and bookings show the present name of their host."""
    with hosting(session, user) as here:
        event_type = here.offer()
        booking, ids = here.book(event_type, here.at(10)), {"eventTypeId": event_type["id"]}

        def shown() -> list[tuple[Reply, str]]:
            one = "/v2/event-types/{eventTypeId}"
            offer = session.succeed("GET", one, here.headers, ids=ids, version=EVENT_TYPES)
            booked = here.read(booking)
            return [(offer, offer.data["users"][0]["name"]), (booked, booked.data["hosts"][0]["name"])]

        for turn in range(2):
            shown()
            name = session.title(f"Renamed {turn}")
            session.succeed("PATCH", "/v2/me", here.headers, body={"name": name})
            for reply, seen in shown():
                session.check(FRESH, seen == name, reply, f"the host is {seen}, renamed {name} just now")


def fresh_offers(session: Session) -> None:
    """A host's change is public at once."""
    with host(session) as here:
        event_type = here.offer()
        organization = here.user["organizationId"]
        query = {"username": here.user["username"], **({"orgId": organization} if organization else {})}

        def offered() -> Reply:
            return session.succeed("GET", "/v2/event-types", ANONYMOUS, query=query, version=EVENT_TYPES)

        for turn in range(3):
            offered()
            title = session.title(f"Title {turn}")
            here.change(event_type, title=title)
            reply = offered()
            seen = [each["title"] for each in reply.data if each["id"] == event_type["id"]]
            session.check(FRESH, seen == [title], reply, f"the title is {seen}, changed to {title} just now")
        for hour in (10, 12):
            before = here.hours(*range(9, 17)) - here.hours(*range(10, hour, 2))
            here.expect(event_type, before, "before the booking")
            made = here.book(event_type, here.at(hour))
            here.expect(event_type, before - here.hours(hour), "just booked")
            for _ in range(2):
                here.listed()
            marked = here.mark_host_absent(made) is not None
            reply = here.listed()
            seen = [each["absentHost"] for each in reply.data if each["uid"] == made["uid"]]
            session.check(FRESH, seen == [marked], reply, f"whether the host was absent is {seen}, not {marked}")
        number = {"scheduleId": here.schedule}
        session.succeed("GET", "/v2/schedules/{scheduleId}", here.headers, ids=number, version=SCHEDULES)
        here.reschedule_hours(availability=[])
        reply = here.search(event_type)
        session.check(FRESH, reply.data == {}, reply, "the schedule has no hours any more")


def fresh_lists(session: Session) -> None:
    """A change of a team's event type is in the organization's list at once, whatever its tag was before."""
    owner = session.actors.organization
    one = "/v2/organizations/{orgId}/teams/{teamId}/event-types/{eventTypeId}"
    everywhere = "/v2/organizations/{orgId}/teams/event-types"
    with A_TEAM_EVENT_TYPE_OF_AN_ORGANIZATION(session) as ids:
        for turn in range(3):
            title = session.title(f"Title {turn}")
            tag = session.succeed("GET", everywhere, owner, ids=ids).headers.get("etag")
            session.succeed("PATCH", one, owner, ids=ids, body={"title": title})
            listed = session.call("GET", everywhere, {**owner, **({"If-None-Match": tag} if tag else {})}, ids=ids)
            changed = listed.status == 200
            if not session.check("conditional_reads_are_correct", changed, listed, "is said not to have changed"):
                return
            seen = [each["title"] for each in listed.data if each["id"] == ids["eventTypeId"]]
            session.check(FRESH, seen == [title], listed, f"the title is {seen}, changed to {title} just now")


def fresh_attributes(session: Session) -> None:
    """`updatedAt` of an attribute follows its changes only."""
    owner, path = session.actors.organization, "/v2/organizations/{orgId}/attributes/{attributeId}"
    with AN_ATTRIBUTE(session) as ids:
        first = session.succeed("GET", path, owner, ids=ids).data
        again = session.succeed("GET", path, owner, ids=ids)
        session.check(TRUE, again.data["updatedAt"] == first["updatedAt"], again, "a read has changed updatedAt")
        session.succeed("PATCH", path, owner, ids=ids, body={"name": session.title("Renamed")})
        reply = session.succeed("GET", path, owner, ids=ids)
        session.check(TRUE, reply.data["updatedAt"] > first["updatedAt"], reply, "updatedAt has not moved")
        session.check(TRUE, reply.data["createdAt"] == first["createdAt"], reply, "createdAt has changed")
