"""Managed users of a story, and a host with known hours: every day, nine to five in UTC."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from contract_tests.clients import BOOKINGS, EVENT_TYPES, MAY_BE_BUSY, SCHEDULES, SLOTS
from contract_tests.coming_days import coming_monday
from contract_tests.consistency.actors import Headers, bearer
from contract_tests.consistency.findings import StoryEnds
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session, differing
from contract_tests.editions import in_force
from contract_tests.http import Reply
from mock_server.runtime.json_values import is_object

WEEK = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
BOOKING = "/v2/bookings/{bookingUid}"
MANAGED_USERS = "/v2/oauth-clients/{clientId}/users"
OPENS, CLOSES = 9, 17
ANONYMOUS: Headers = {}
DAYS_AHEAD = 14
FREE_HOURS = 3 * (CLOSES - OPENS)
MONDAYS = 12


@dataclass(frozen=True)
class ManagedUser:
    """A managed user. `headers` carry the access token."""

    id: int
    email: str
    username: str
    headers: Headers
    refresh_token: str


@contextmanager
def managed_user(session: Session, prefix: str = "user", **fields: Any) -> Generator[ManagedUser]:
    """Creates a managed user, deleted at the end. Ends the story if there is no OAuth client."""
    client, ids = session.actors.client, {"clientId": session.actors.client_id}
    if not client:
        session.leave_out("there are no OAuth client credentials to create users with")
        raise StoryEnds
    body = {"email": f"{session.unique(prefix)}@example.com", "name": f"{prefix.title()} Ångström", **fields}
    made = session.succeed("POST", MANAGED_USERS, client, ids=ids, body=body).data
    user = made["user"]
    try:
        yield ManagedUser(
            user["id"], user["email"], user["username"], bearer(made["accessToken"]), made["refreshToken"]
        )
    finally:
        session.call("DELETE", f"{MANAGED_USERS}/{{userId}}", client, ids={**ids, "userId": user["id"]})


@dataclass
class Host:
    """A user who can be booked, and requests on this user's event types.

    `day` is a coming Monday; it and the two following days are free from nine to five. Whether other times are is known
    of users without other bookings only: see `require_no_other_bookings`.
    """

    session: Session
    headers: Headers
    user: Fields
    schedule: int = 0
    day: date = field(default_factory=lambda: coming_monday(DAYS_AHEAD))
    made: list[int] = field(default_factory=list[int])

    def at(self, hour: int, minute: int = 0, days: int = 0) -> str:
        """A time on the day, or `days` later."""
        return f"{self.day + timedelta(days=days)}T{hour:02}:{minute:02}:00.000Z"

    def hours(self, *hours: int, days: int = 0) -> set[str]:
        """Full hours of the day."""
        return {self.at(hour, days=days) for hour in hours}

    def require_no_other_bookings(self) -> None:
        """Ends the story, which is left out from here on, if the host may have bookings that are not of the story."""
        if not self.session.actors.client:
            self.session.leave_out(MAY_BE_BUSY)
            raise StoryEnds

    def offer(self, **fields: Any) -> Fields:
        """Creates an event type, of an hour by default."""
        body = {
            "title": self.session.title("Meeting"), "slug": self.session.unique("meeting"), "lengthInMinutes": 60,
            "scheduleId": self.schedule, "minimumBookingNotice": 0,
            "locations": [{"type": "link", "link": "https://example.com/room", "public": True}], **fields,
        }  # fmt: skip
        made = self.session.succeed("POST", "/v2/event-types", self.headers, body=body, version=EVENT_TYPES).data
        self.made.append(made["id"])
        return made

    def change(self, event_type: Fields, **fields: Any) -> Fields:
        """Changes an event type."""
        path, ids = "/v2/event-types/{eventTypeId}", {"eventTypeId": event_type["id"]}
        return self.session.succeed("PATCH", path, self.headers, ids=ids, body=fields, version=EVENT_TYPES).data

    def reschedule_hours(self, **fields: Any) -> Fields:
        """Changes the schedule."""
        path, ids = "/v2/schedules/{scheduleId}", {"scheduleId": self.schedule}
        return self.session.succeed("PATCH", path, self.headers, ids=ids, body=fields, version=SCHEDULES).data

    def search(self, event_type: Fields, first: date | None = None, last: date | None = None, **query: Any) -> Reply:
        """The reply to a search for slots from the first day to the last; both are the Monday unless said otherwise."""
        first = first or self.day
        days = {"start": f"{first}", "end": f"{last or first}"}
        return self.session.succeed(
            "GET", "/v2/slots", ANONYMOUS, query={"eventTypeId": event_type["id"], **days, **query}, version=SLOTS
        )  # fmt: skip

    def expect(self, event_type: Fields, expected: set[str], why: str, *, days: int = 0, **query: Any) -> Reply:
        """Checks that the day has exactly these slots, whose starts are given in UTC."""
        reply = self.search(event_type, self.day + timedelta(days=days), **query)
        seen = {in_utc(datetime.fromisoformat(each)) for each in starts(reply)}
        missing, extra = sorted(expected - seen), sorted(seen - expected)
        text = f"{why}: {missing[:4]} are missing, {extra[:4]} should not be there"
        self.session.check("settings_take_effect", seen == expected, reply, text)
        return reply

    def ask(self, event_type: Fields, start: str, headers: Headers | None = None, **fields: Any) -> Reply:
        """The reply to a request for a booking."""
        body = {"eventTypeId": event_type["id"], "start": start, "attendee": attendee(self.session), **fields}
        return self.session.call("POST", "/v2/bookings", headers or ANONYMOUS, body=body, version=BOOKINGS)

    def book(self, event_type: Fields, start: str, **fields: Any) -> Any:
        """Books, which has to succeed, and returns the data."""
        reply = self.ask(event_type, start, **fields)
        if not self.session.check("valid_requests_succeed", reply.succeeded, reply, "a valid booking is refused"):
            raise StoryEnds
        shown = reply.data if is_object(reply.data) else {}
        wrong = differing({"start": start, "eventTypeId": event_type["id"]}, shown)
        self.session.check("replies_echo_the_request", not wrong, reply, f"differs from what was sent: {wrong}")
        return reply.data

    def refuse(self, event_type: Fields, start: str, why: str, **fields: Any) -> None:
        """Checks that a booking is rejected and not created."""
        reply = self.ask(event_type, start, **fields)
        passed = reply.status in (400, 401, 409)
        self.session.check("unavailable_times_are_refused", passed, reply, f"{why} is not refused")
        if reply.succeeded and is_object(reply.data):
            self.session.call(
                "POST", f"{BOOKING}/cancel", self.headers, ids=_uid(reply.data), body=REASON, version=BOOKINGS
            )

    def act(self, booking: Fields, action: str, headers: Headers | None = None, **body: Any) -> Any:
        """Sends an action on a booking, by default as the host, and returns the data."""
        as_ = self.headers if headers is None else headers
        return self.session.succeed(
            "POST", f"{BOOKING}/{action}", as_, ids=_uid(booking), body=body, version=BOOKINGS
        ).data  # fmt: skip

    def mark_host_absent(self, booking: Fields) -> Any:
        """Marks the host of a coming meeting absent and returns the data; None where that is refused, as it should."""
        reply = self.try_to(booking, "mark-absent", host=True)
        if in_force("absences-after-start"):
            early = reply.status == 400
            self.session.check("invalid_bodies_are_refused", early, reply, "the meeting has not begun yet")
            return None
        marked = self.session.check("valid_requests_succeed", reply.succeeded, reply, "a valid request is refused")
        return reply.data if marked else None

    def try_to(self, booking: Fields, action: str, headers: Headers | None = None, **body: Any) -> Reply:
        """The reply to an action on a booking, whether it succeeds or not."""
        as_ = self.headers if headers is None else headers
        return self.session.call("POST", f"{BOOKING}/{action}", as_, ids=_uid(booking), body=body, version=BOOKINGS)

    def read(self, booking: Fields) -> Reply:
        """Reads a booking."""
        return self.session.succeed("GET", BOOKING, ANONYMOUS, ids=_uid(booking), version=BOOKINGS)

    def listed(self, **query: Any) -> Reply:
        """The host's bookings, by default of the story's event types."""
        known = {"eventTypeIds": ",".join(map(str, self.made)), "take": 250, **query}
        return self.session.succeed("GET", "/v2/bookings", self.headers, query=known, version=BOOKINGS)


REASON = {"cancellationReason": "The story is over."}


def _uid(booking: Fields) -> Fields:
    return {"bookingUid": booking["uid"]}


def attendee(session: Session, name: str = "Ann", **fields: Any) -> Fields:
    """An attendee with a unique e-mail address."""
    return {"name": name, "email": f"{session.unique('booker')}@example.com", "timeZone": "Europe/Rome", **fields}


def starts(reply: Reply) -> list[str]:
    """The starts of all slots of a reply, in its order."""
    days = reply.data if is_object(reply.data) else {}
    return [slot["start"] for slots in days.values() for slot in slots]


def in_utc(moment: datetime) -> str:
    """A moment as replies show it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def whole_hours(*, but: tuple[int, ...] = ()) -> tuple[int, ...]:
    """The hours of a free day."""
    return tuple(hour for hour in range(OPENS, CLOSES) if hour not in but)


@contextmanager
def host(session: Session) -> Generator[Host]:
    """A managed user as host; without an OAuth client, the user of the credentials on coming free days."""
    if session.actors.client:
        with managed_user(session, "host") as made, _hosting(session, made.headers) as found:
            yield found
    elif session.actors.personal:
        with _hosting(session, session.actors.personal) as found:
            yield found
    else:
        session.leave_out("there are no credentials of a user, nor of an OAuth client to make one")
        raise StoryEnds


@contextmanager
def hosting(session: Session, user: ManagedUser) -> Generator[Host]:
    """A managed user of the story as host."""
    with _hosting(session, user.headers) as found:
        yield found


@contextmanager
def _hosting(session: Session, headers: Headers) -> Generator[Host]:
    user = session.succeed("GET", "/v2/me", headers).data
    found = Host(session, headers, user)
    body = {
        "name": session.title("Hours"), "timeZone": "UTC", "isDefault": False,
        "availability": [{"days": WEEK, "startTime": "09:00", "endTime": "17:00"}],
    }  # fmt: skip
    found.schedule = session.succeed("POST", "/v2/schedules", headers, body=body, version=SCHEDULES).data["id"]
    try:
        _find_free_days(found)
        yield found
    finally:
        _clear_up(found)


def _find_free_days(found: Host) -> None:
    if found.session.actors.client:
        return
    probe = found.offer()
    for _ in range(MONDAYS):
        if len(starts(found.search(probe, found.day, found.day + timedelta(days=2)))) == FREE_HOURS:
            return
        found.day += timedelta(days=7)
    found.session.leave_out(MAY_BE_BUSY)
    raise StoryEnds


def _clear_up(found: Host) -> None:
    session = found.session
    if not session.actors.client:
        bookings: list[Fields] = found.listed(status="upcoming").data or []
        for booking in bookings:
            session.call("POST", f"{BOOKING}/cancel", found.headers, ids=_uid(booking), body=REASON, version=BOOKINGS)
    for event_type in reversed(found.made):
        ids = {"eventTypeId": event_type}
        session.call("DELETE", "/v2/event-types/{eventTypeId}", found.headers, ids=ids, version=EVENT_TYPES)
    ids = {"scheduleId": found.schedule}
    session.call("DELETE", "/v2/schedules/{scheduleId}", found.headers, ids=ids, version=SCHEDULES)
