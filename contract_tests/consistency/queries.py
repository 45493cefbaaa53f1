"""Query parameters of lists: each by itself, with several values, and in pairs."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import combinations
from typing import Any

from contract_tests.clients import BOOKING_CURSORS, BOOKINGS, EVENT_TYPES, EVENT_TYPES_2026, SLOTS
from contract_tests.consistency.actors import Headers
from contract_tests.consistency.host import (
    ANONYMOUS,
    MANAGED_USERS,
    Host,
    ManagedUser,
    attendee,
    host,
    hosting,
    in_utc,
    managed_user,
    starts,
    whole_hours,
)
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.resources import A_TEAM_OF_THE_CLIENT
from contract_tests.consistency.session import Session
from contract_tests.http import Reply
from contract_tests.nonexistent import NO_NUMBER

APPLIED = "filters_and_pages_are_applied"
Fits = Callable[[Fields], bool]
Narrowing = tuple[Fields, Fits]
"""A query, and which bookings it leaves."""
SORTS = {"sortStart": "start", "sortEnd": "end", "sortCreated": "createdAt", "sortUpdatedAt": "updatedAt"}
BOUNDS = {
    "afterStart": ("start", "after"), "beforeEnd": ("end", "before"),
    "afterCreatedAt": ("createdAt", "after"), "beforeCreatedAt": ("createdAt", "before"),
    "afterUpdatedAt": ("updatedAt", "after"), "beforeUpdatedAt": ("updatedAt", "before"),
}  # fmt: skip
STATUSES: dict[str, Fits] = {
    "upcoming": lambda each: each["status"] in ("accepted", "pending"),
    "cancelled": lambda each: each["status"] in ("cancelled", "rejected"),
    "unconfirmed": lambda each: each["status"] == "pending",
    "past": lambda _: False,
    "recurring": lambda _: False,
}
ATTENDEE = {"email": "attendeeEmail", "name": "attendeeName"}
"""The filter for each field of an attendee. Both compare whole texts."""
PAIRS = 10
LONGEST_PAGE = 250
GROUP = 0
"""The id of a dynamic group's event type."""


@dataclass
class BookingList:
    """A list of bookings; `known` are all of its bookings of their event types."""

    session: Session
    path: str
    headers: Fields
    scope: Fields
    known: list[Fields]
    version: str = BOOKINGS

    @cached_property
    def names(self) -> frozenset[str]:
        """The parameters of the query."""
        operations = (each for each in self.session.description if (each.method, each.path) == ("GET", self.path))
        served = next(each for each in operations if self.session.description.serves(each, self.version))
        return frozenset(served.query_types)

    def ask(self, **query: Any) -> Reply:
        """The list with a query."""
        types = {} if "eventTypeId" in query else {"eventTypeIds": self._types(self.known)}
        query = {"limit" if "cursor" in self.names else "take": 100, **types, **query}
        return self.session.succeed(
            "GET", self.path, self.headers, ids=self.scope, query=query, version=self.version
        )  # fmt: skip

    def by_cursor(self) -> BookingList | None:
        """The same list in pages that begin after a cursor; None if it has none."""
        paths = {each.path for each in self.session.description if BOOKING_CURSORS in (each.versions or ())}
        return replace(self, version=BOOKING_CURSORS) if self.path in paths else None

    def _types(self, bookings: list[Fields]) -> str:
        return ",".join(sorted({str(each["eventTypeId"]) for each in bookings}))

    def expect(self, query: Fields, fits: Fits) -> None:
        """Checks that the list has exactly the matching bookings."""
        reply = self.ask(**query)
        seen = sorted(each["uid"] for each in reply.data)
        expected = sorted(each["uid"] for each in self.known if fits(each))
        text = f"{query}: {len(seen)} bookings, {len(set(seen) ^ set(expected))} of them wrong or missing"
        self.session.check(APPLIED, seen == expected, reply, text)

    def expect_order(self, query: Fields, key: str, descending: bool) -> None:
        """Checks that the list is sorted by a field."""
        reply = self.ask(**query)
        seen = [each[key] for each in reply.data]
        self.session.check(APPLIED, seen == sorted(seen, reverse=descending), reply, f"{query}: not in order: {seen}")
        self.session.check(APPLIED, len(seen) == len(self.known), reply, f"{query}: {len(seen)} of {len(self.known)}")

    def narrowings(self) -> list[Narrowing]:
        """Queries with one parameter, each with its predicate."""
        found: list[Narrowing] = []
        for name in self.names & BOUNDS.keys():
            field, side = BOUNDS[name]
            values = sorted(each[field] for each in self.known)
            bounds = (values[1], values[len(values) // 2])
            found += [({name: bound}, _beyond(field, bound, after=side == "after")) for bound in bounds]
        found += [({"status": name}, fits) for name, fits in STATUSES.items()]
        attendees = [each["attendees"][0] for each in self.known]
        for one in attendees[:2]:
            for name in ("email", "name"):
                found.append(({ATTENDEE[name]: one[name]}, _has(**{name: one[name]})))
        types = sorted({each["eventTypeId"] for each in self.known})
        found += [({"eventTypeId": each}, _of({each})) for each in types[:2]]
        found += [
            ({"eventTypeIds": f"{types[0]}"}, _of({types[0]})),
            ({"eventTypeIds": _some(types[1:])}, _of(set(types[1:]))),
        ]
        return found

    def check_all(self, *, all_pairs: bool = False) -> None:
        """Checks all parameters by themselves, then pairs of them: one pair of any two parameters, or only some."""
        self.compare()
        narrowings = self.narrowings()
        for shown in filter(None, (self, self.by_cursor())):
            for query, fits in (*narrowings, *self._similar()):
                shown.expect(query, fits)
        for query in ("upcoming,cancelled", "unconfirmed,cancelled", "past,unconfirmed"):
            names = query.split(",")
            self.expect({"status": query}, lambda each, names=names: any(STATUSES[name](each) for name in names))
        for name in sorted(self.names & SORTS.keys()):
            for way in ("asc", "desc"):
                self.expect_order({name: way}, SORTS[name], way == "desc")
        self._page()
        pairs = _pairs(self.session.random.sample(narrowings, len(narrowings)))
        for (one, fits), (other, also) in pairs if all_pairs else self.session.random.sample(pairs, PAIRS):
            self.expect({**one, **other}, lambda each, fits=fits, also=also: fits(each) and also(each))

    def _similar(self) -> list[Narrowing]:
        """Queries with values that are nearly those of a booking: within a long one, and parts of addresses."""
        longest = max(self.known, key=lambda each: each["duration"])
        inside = in_utc(datetime.fromisoformat(longest["start"]) + timedelta(minutes=1))
        found: list[Narrowing] = [
            ({name: inside}, _beyond(BOUNDS[name][0], inside, after=BOUNDS[name][1] == "after"))
            for name in ("afterStart", "beforeEnd")
        ]
        attendees = [each["attendees"][0] for each in self.known]
        who = next((each for each in attendees if "+" in each["email"]), attendees[0])
        local, _, domain = who["email"].partition("@")
        near = {
            "email": [f"{local.partition('+')[0]}@{domain}", who["email"][1:], who["email"][:-1], f"x{who['email']}"],
            "name": [who["name"][:-1], who["name"][1:], f"{who['name']}e"],
        }
        for field, texts in near.items():
            found += [({ATTENDEE[field]: text}, _has(**{field: text})) for text in texts]
        return found

    def compare(self) -> None:
        """Checks that the list shows all fields of each booking."""
        reply = self.ask()
        shown = {each["uid"]: each for each in reply.data}
        for each in self.known:
            listed = shown.get(each["uid"], {})
            wrong = {name: (value, listed.get(name)) for name, value in each.items() if listed.get(name) != value}
            self.session.check("lists_show_what_was_written", not wrong, reply, f"differs: {wrong}")

    def _page(self) -> None:
        whole = [each["uid"] for each in self.ask(sortStart="asc").data]
        for take, skip in ((2, 1), (3, 2), (1, 3), (100, 4), (2, len(whole) - 1), (2, len(whole))):
            reply = self.ask(sortStart="asc", take=take, skip=skip)
            seen = [each["uid"] for each in reply.data]
            text = f"{take} from {skip} on are not that part of the whole list"
            self.session.check("pages_fit_together", seen == whole[skip : skip + take], reply, text)


def _beyond(field: str, bound: str, *, after: bool) -> Fits:
    return (lambda each: each[field] >= bound) if after else (lambda each: each[field] <= bound)


def _pairs(narrowings: list[Narrowing]) -> list[tuple[Narrowing, Narrowing]]:
    """A pair of queries for any two parameters that exist beside each other."""
    found: dict[frozenset[str], tuple[Narrowing, Narrowing]] = {}
    for one, other in combinations(narrowings, 2):
        names = frozenset(one[0].keys() | other[0].keys())
        if len(names) > 1 and not {"eventTypeId", "eventTypeIds"} <= names:
            found.setdefault(names, (one, other))
    return list(found.values())


def _has(**fields: str) -> Fits:
    return lambda each: any(
        all(who[name] == value for name, value in fields.items()) for who in each["attendees"]
    )  # fmt: skip


def _of(types: set[int]) -> Fits:
    return lambda each: each["eventTypeId"] in types


def _some(values: list[int]) -> str:
    return ",".join(map(str, values))


def booking_queries(session: Session) -> None:
    """The caller's bookings."""
    with host(session) as here:
        known = _varied(here, here.offer)
        BookingList(session, "/v2/bookings", here.headers, {}, known).check_all(all_pairs=True)


def organization_booking_queries(session: Session) -> None:
    """Bookings of an organization, of one of its users, and of one of its teams."""
    owner, base = session.actors.organization, "/v2/organizations/{orgId}"
    with managed_user(session, "host") as made, hosting(session, made) as here, A_TEAM_OF_THE_CLIENT(session) as team:
        own = [here.read(here.book(here.offer(), here.at(hour, days=3))).data for hour in (9, 11)]
        with _offered_by_team(here, team, made.id) as offer:
            shared = _varied(here, offer)
            scope = {**team, "userId": made.id}
            lists = [
                (f"{base}/bookings", [*own, *shared]), (f"{base}/users/{{userId}}/bookings", [*own, *shared]),
                (f"{base}/teams/{{teamId}}/bookings", shared),
            ]  # fmt: skip
            for path, known in lists:
                whole = BookingList(session, path, owner, scope, known)
                whole.check_all()
                for shown in filter(None, (whole, whole.by_cursor())):
                    if "teamsIds" in shown.names:
                        _of_teams(shown, team["teamId"], shared)
                    if "userIds" in shown.names:
                        _of_users(shown, made.id)
            mine = BookingList(session, "/v2/bookings", made.headers, {}, [*own, *shared])
            _of_teams(mine, team["teamId"], shared)
            _of_all_teams(session, team["teamId"])


def _of_teams(shown: BookingList, team: int, shared: list[Fields]) -> None:
    uids = {each["uid"] for each in shared}
    for query in ({"teamId": team}, {"teamsIds": f"{team}"}, {"teamsIds": f"{NO_NUMBER},{team}"}):
        shown.expect(query, lambda each: each["uid"] in uids)


def _of_all_teams(session: Session, team: int) -> None:
    """Pages of the event types of all teams fit together, in each order and in each version of the list."""
    owner, ids = session.actors.organization, {"orgId": session.actors.organization_id}
    path = "/v2/organizations/{orgId}/teams/event-types"
    known = session.succeed(
        "GET", "/v2/organizations/{orgId}/teams/{teamId}/event-types", owner, ids={**ids, "teamId": team}
    )
    for version in (None, EVENT_TYPES_2026) if EVENT_TYPES_2026 in session.description.known_versions else (None,):

        def numbers(version: str | None = version, **query: Any) -> tuple[list[int], Reply]:
            reply = session.succeed("GET", path, owner, ids=ids, query=query, version=version)
            return [each["id"] for each in reply.data], reply

        whole, reply = numbers(take=LONGEST_PAGE)
        if len(whole) == LONGEST_PAGE:
            session.leave_out("the organization's teams have more event types than a page shows")
            return
        complete = {each["id"] for each in known.data} <= set(whole)
        session.check("lists_are_complete", complete, known, "the list of all teams lacks event types of this one")
        for way in ("asc", "desc") if "sortCreatedAt" in reply.operation.query_types else ():
            seen, reply = numbers(take=LONGEST_PAGE, sortCreatedAt=way)
            right = seen == sorted(whole, reverse=way == "desc")
            session.check(APPLIED, right, reply, f"sortCreatedAt {way}: {seen}")
        for take, skip in ((1, 0), (1, 1), (2, 1), (3, 0), (2, len(whole))):
            seen, reply = numbers(take=take, skip=skip)
            right = seen == whole[skip : skip + take]
            session.check("pages_fit_together", right, reply, f"{take} from {skip} on: {seen}")


def _of_users(shown: BookingList, user: int) -> None:
    with managed_user(shown.session, "idle") as idle:
        shown.expect({"userIds": f"{user}"}, lambda _: True)
        shown.expect({"userIds": f"{idle.id}"}, lambda _: False)
        shown.expect({"userIds": f"{idle.id},{user}"}, lambda _: True)


Offer = Callable[..., Fields]


@contextmanager
def _offered_by_team(here: Host, team: Fields, user: int) -> Generator[Offer]:
    """Creates event types of a team with this host only."""
    session, owner = here.session, here.session.actors.organization
    path = "/v2/organizations/{orgId}/teams/{teamId}"
    here.reschedule_hours(isDefault=True)
    body = {"userId": user, "accepted": True, "role": "MEMBER"}
    session.succeed("POST", f"{path}/memberships", owner, ids=team, body=body)
    made: list[int] = []

    def offer(**fields: Any) -> Fields:
        body = {
            "title": "Call", "slug": session.unique("call"), "lengthInMinutes": 60, "schedulingType": "collective",
            "hosts": [{"userId": user}], "minimumBookingNotice": 0, **fields,
        }  # fmt: skip
        event_type = session.succeed("POST", f"{path}/event-types", owner, ids=team, body=body).data
        made.append(event_type["id"])
        return event_type

    try:
        yield offer
    finally:
        for each in made:
            session.call("DELETE", f"{path}/event-types/{{eventTypeId}}", owner, ids={**team, "eventTypeId": each})


def _varied(here: Host, offer: Offer) -> list[Fields]:
    """Bookings of several event types, attendees and statuses; every sort key gives another order."""
    session = here.session
    long, short = offer(lengthInMinutes=240), offer(lengthInMinutes=30)
    asked = offer(confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": False})
    plan = (
        (short, here.at(14, days=1)), (long, here.at(9)), (short, here.at(10, days=2)), (asked, here.at(15)),
        (short, here.at(14)), (asked, here.at(12, days=2)), (long, here.at(9, days=1)),
    )  # fmt: skip
    made = [
        here.book(
            each, start, attendee=attendee(session, f"Ann {turn}"), metadata={"turn": f"{turn}", "more": "x"},
            guests=[f"{session.unique('guest')}@example.com"],
            bookingFieldsResponses={"notes": f"Note {turn}"},
        )
        for turn, (each, start) in enumerate(plan)
    ]  # fmt: skip
    here.act(made[6], "cancel", cancellationReason="no time")
    tagged = f"{session.unique('booker')}+tag@example.com"
    made.append(here.book(short, here.at(10, 30, days=1), attendee=attendee(session, "Zoe", email=tagged)))
    here.act(made[5], "decline", reason="no time")
    here.mark_host_absent(made[0])
    return [here.read(each).data for each in made]


def managed_user_queries(session: Session) -> None:
    """Managed users by e-mail address and page by page."""
    client, ids = session.actors.client, {"clientId": session.actors.client_id}
    with (
        managed_user(session, "one") as one,
        managed_user(session, "two") as two,
        managed_user(session, "three") as three,
    ):
        made = [one, two, three]
        for wanted in ([one], [two, three], [three, one]):
            query = {"emails": ",".join(each.email for each in wanted)}
            reply = session.succeed("GET", MANAGED_USERS, client, ids=ids, query=query)
            seen = {each["id"] for each in reply.data}
            session.check(APPLIED, seen == {each.id for each in wanted}, reply, f"{query}: {seen}")
        _by_email_in_organization(session, made)
        none = session.succeed("GET", MANAGED_USERS, client, ids=ids, query={"emails": "nobody@example.com"})
        session.check(APPLIED, none.data == [], none, "no user has this address")
        whole = _whole(session, MANAGED_USERS, client, ids)
        session.check("lists_are_complete", {each.id for each in made} <= set(whole), none, "some are not listed")
        for limit, offset in ((2, 1), (2, len(whole) - 3), (1, len(whole) - 2), (2, len(whole) - 1)):
            query = {"limit": limit, "offset": max(offset, 0)}
            reply = session.succeed("GET", MANAGED_USERS, client, ids=ids, query=query)
            seen = [each["id"] for each in reply.data]
            expected = whole[query["offset"] : query["offset"] + limit]
            session.check("pages_fit_together", seen == expected, reply, f"{query}: {seen}, not {expected}")


def _by_email_in_organization(session: Session, made: list[ManagedUser]) -> None:
    """The organization finds its managed users by e-mail address."""
    owner, ids = session.actors.organization, {"orgId": session.actors.organization_id}
    path = "/v2/organizations/{orgId}/users"
    if not owner or not session.is_available("GET", path):
        return
    for wanted in (made[:1], made[1:], []):
        addresses = [each.email for each in wanted] or ["unknown@example.com"]
        reply = session.succeed("GET", path, owner, ids=ids, query={"emails": addresses})
        seen = {each["id"] for each in reply.data}
        session.check(APPLIED, seen == {each.id for each in wanted}, reply, f"{addresses}: {seen}")


def _whole(session: Session, path: str, headers: Fields, ids: Fields) -> list[int]:
    found: list[int] = []
    while True:
        reply = session.succeed("GET", path, headers, ids=ids, query={"limit": 100, "offset": len(found)})
        found += [each["id"] for each in reply.data]
        if len(reply.data) < 100:
            return found


def event_type_queries(session: Session) -> None:
    """Event types by one or several usernames, and by slug."""
    with (
        managed_user(session, "one") as one, managed_user(session, "two") as two,
        hosting(session, one) as first, hosting(session, two) as second,
    ):  # fmt: skip
        mine, other, theirs = first.offer(), first.offer(), second.offer()
        organization = first.user["organizationId"]
        within = {"orgId": organization} if organization else {}
        cases: list[tuple[Fields, set[int]]] = [
            ({"username": one.username}, {mine["id"], other["id"]}),
            ({"username": two.username}, {theirs["id"]}),
            ({"username": one.username, "eventSlug": mine["slug"]}, {mine["id"]}),
            ({"username": one.username, "eventSlug": other["slug"]}, {other["id"]}),
            ({"username": two.username, "eventSlug": mine["slug"]}, set()),
            ({"username": one.username, "eventSlug": mine["slug"][:-1]}, set()),
            ({"username": one.username, "eventSlug": mine["slug"][1:]}, set()),
            ({"usernames": f"{one.username},{two.username}"}, {GROUP}),
        ]
        for query, expected in cases:
            reply = session.succeed("GET", "/v2/event-types", ANONYMOUS, query={**query, **within}, version=EVENT_TYPES)
            seen = {each["id"] for each in reply.data}
            session.check(APPLIED, seen == expected, reply, f"{query}: {seen}, not {expected}")
            if expected == {GROUP}:
                names = {user["username"] for each in reply.data for user in each["users"]}
                session.check(APPLIED, names == {one.username, two.username}, reply, f"the group is {names}")
        for elsewhere in ({"orgId": NO_NUMBER}, {"orgSlug": session.unique("nowhere")}):
            query = {"username": one.username, **elsewhere}
            reply = session.call("GET", "/v2/event-types", ANONYMOUS, query=query, version=EVENT_TYPES)
            session.check(APPLIED, not reply.data, reply, f"{query}: no user has this name")


def slot_queries(session: Session) -> None:
    """Slots by range, time zone, duration and format."""
    with host(session) as here:
        event_type = here.offer()
        for first, last, hours in (
            (here.at(10, 30), here.at(13, 30), (11, 12)),
            (here.at(11), here.at(14), (11, 12, 13)),
            (here.at(0), here.at(9, 59), ()),
            (here.at(16), here.at(23), (16,)),
        ):
            reply = _slots(here, event_type, start=first, end=last)
            seen = set(starts(reply))
            session.check(APPLIED, seen == here.hours(*hours), reply, f"from {first} to {last}: {sorted(seen)}")
        two = here.search(event_type, here.day, _later(here, 1))
        session.check(APPLIED, list(two.data) == [f"{here.day}", f"{_later(here, 1)}"], two, "not these two days")
        ranges = here.search(event_type, format="range")
        lengths = {(slot["start"], slot.get("end")) for slots in ranges.data.values() for slot in slots}
        expected = {(here.at(hour), here.at(hour + 1)) for hour in whole_hours()}
        session.check(APPLIED, lengths == expected, ranges, "a range has a start and an end an hour later")
        plain = here.search(event_type, format="time")
        bare = all("end" not in slot for slots in plain.data.values() for slot in slots)
        session.check(APPLIED, bare, plain, "only starts were asked for")
        for duration, hours in ((120, (9, 11, 13, 15)), (240, (9, 13)), (480, (9,))):
            reply = here.search(event_type, duration=duration)
            session.check(APPLIED, set(starts(reply)) == here.hours(*hours), reply, f"slots of {duration} minutes")


def _later(here: Host, days: int) -> Any:
    return here.day + timedelta(days=days)


def _slots(here: Host, event_type: Fields, **query: Any) -> Reply:
    known = {"eventTypeId": event_type["id"], **query}
    return here.session.succeed("GET", "/v2/slots", ANONYMOUS, query=known, version=SLOTS)


OUT_OF_OFFICE = "/v2/organizations/{orgId}/users/{userId}/ooo"


def absence_queries(session: Session) -> None:
    """Out-of-office entries sorted by start and end, and by e-mail address."""
    owner, own = session.actors.organization, "/v2/me/ooo"
    has_own = any(each.path == own for each in session.description)
    with managed_user(session, "away") as one, managed_user(session, "far") as two:
        ids = {"orgId": session.actors.organization_id, "userId": one.id}
        plan = (("2049-03-01", "2049-03-04"), ("2049-01-01", "2049-02-27"), ("2049-05-01", "2049-05-02"))
        known: list[int] = []
        try:
            for start, end in plan:
                known.append(_away(session, ids, start, end))
            ids_of_two = {**ids, "userId": two.id}
            other = _away(session, ids_of_two, "2049-02-01", "2049-02-02")
            everyone = "/v2/organizations/{orgId}/ooo"
            lists: list[tuple[str, Headers, Fields]] = [
                (OUT_OF_OFFICE, owner, {}), (everyone, owner, {"email": one.email}),
                *([(own, one.headers, Fields())] if has_own else []),
            ]  # fmt: skip
            for path, headers, more in lists:
                _absences_of_one(session, path, headers, ids, more, len(plan))
            _overlapping(session, everyone, ids, [*known, other])
            reply = session.call("GET", everyone, owner, ids=ids, query={"email": f"no-{two.email}"})
            session.check(APPLIED, not reply.data, reply, "no user has this address")
            reply = session.succeed("GET", everyone, owner, ids=ids, query={"email": two.email})
            seen = [each["id"] for each in reply.data]
            session.check(APPLIED, seen == [other], reply, f"absences of {two.email}: {seen}")
            _fresh_absences(session, everyone, {**ids_of_two, "oooId": other}, two.email)
        finally:
            for number in known:
                session.call("DELETE", f"{OUT_OF_OFFICE}/{{oooId}}", owner, ids={**ids, "oooId": number})


def _absences_of_one(session: Session, path: str, headers: Headers, ids: Fields, more: Fields, count: int) -> None:
    """All entries of one user: sorted by start and end, and page by page."""
    for name, field in (("sortStart", "start"), ("sortEnd", "end")):
        for way in ("asc", "desc"):
            reply = session.succeed("GET", path, headers, ids=ids, query={name: way, **more})
            seen = [each[field] for each in reply.data]
            right = seen == sorted(seen, reverse=way == "desc") and len(seen) == count
            session.check(APPLIED, right, reply, f"{name} {way}: {seen}")
    for order in ({}, {"sortStart": "asc"}, {"sortEnd": "desc"}):
        query = {**more, **order}
        whole = [each["id"] for each in session.succeed("GET", path, headers, ids=ids, query=query).data]
        for take, skip in ((2, 1), (count, 0)):
            reply = session.succeed("GET", path, headers, ids=ids, query={"take": take, "skip": skip, **query})
            seen = [each["id"] for each in reply.data]
            text = f"{order}: {take} from {skip} on"
            session.check("pages_fit_together", seen == whole[skip : skip + take], reply, text)


def _fresh_absences(session: Session, everyone: str, ids: Fields, email: str) -> None:
    """A changed and a deleted entry are at once so in the list, which was read before."""
    owner, one, notes = session.actors.organization, f"{OUT_OF_OFFICE}/{{oooId}}", session.title("Back soon")
    session.succeed("PATCH", one, owner, ids=ids, body={"notes": notes})
    reply = session.succeed("GET", everyone, owner, ids=ids, query={"email": email})
    seen = [each["notes"] for each in reply.data]
    session.check("reads_are_fresh", seen == [notes], reply, f"the notes are {seen}, changed to {notes} just now")
    session.succeed("DELETE", one, owner, ids=ids)
    reply = session.succeed("GET", everyone, owner, ids=ids, query={"email": email})
    session.check("reads_are_fresh", reply.data == [], reply, "the entry was deleted just now")


def _overlapping(session: Session, path: str, ids: Fields, known: list[int]) -> None:
    """Entries of several users, whose order by end differs from that by start."""
    for name, field in (("sortStart", "start"), ("sortEnd", "end")):
        for way in ("asc", "desc"):
            query = {name: way, "take": 250}
            reply = session.succeed("GET", path, session.actors.organization, ids=ids, query=query)
            seen = [each[field] for each in reply.data if each["id"] in known]
            right = seen == sorted(seen, reverse=way == "desc") and len(seen) == len(known)
            session.check(APPLIED, right, reply, f"{name} {way}: {seen}")


def _away(session: Session, ids: Fields, start: str, end: str) -> int:
    body = {"start": f"{start}T00:00:00.000Z", "end": f"{end}T23:59:59.999Z", "reason": "vacation", "notes": "Gone"}
    return session.succeed("POST", OUT_OF_OFFICE, session.actors.organization, ids=ids, body=body).data["id"]
