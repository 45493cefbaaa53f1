"""Slots, reservations and bookings of the story's own event type."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import Any, Unpack

from contract_tests.clients import BOOKINGS, BOOKINGS_2026, EVENT_TYPES, MAY_BE_BUSY, SCHEDULES, SLOTS
from contract_tests.coming_days import A_WEEK, coming_monday
from contract_tests.consistency.crud_lifecycle import NO_KEY, NO_TOKEN, RECENTLY
from contract_tests.consistency.findings import StoryEnds
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.resources import DAYS
from contract_tests.consistency.session import Session, differing
from contract_tests.editions import in_force
from contract_tests.http import Reply, RequestOptions
from contract_tests.nonexistent import NO_NUMBER

BOOKING = "/v2/bookings/{bookingUid}"
RESERVATIONS = "/v2/slots/reservations"
ANONYMOUS: Fields = {}
MONDAYS = 12
HOURS_OF_TWO_DAYS = 16


class Offer:
    """An event type of an hour, available on weekdays from nine to five in UTC."""

    def __init__(self, session: Session, event_type: Fields) -> None:
        self.session = session
        self.event_type = event_type
        self.monday = self._free_monday()

    def _free_monday(self) -> date:
        """A coming Monday that is free, as is its Tuesday. Without one, the story is left out."""
        self.monday = coming_monday(A_WEEK * (2 + self.session.random.randrange(4)))
        for _ in range(MONDAYS):
            if sum(map(len, self.slots().data.values())) == HOURS_OF_TWO_DAYS:
                return self.monday
            self.monday += timedelta(days=7)
        self.session.leave_out(MAY_BE_BUSY)
        raise StoryEnds

    def at(self, hour: int, days: int = 0) -> str:
        """An hour of the Monday, or of a later day."""
        return f"{self.monday + timedelta(days=days)}T{hour:02}:00:00.000Z"

    def slots(self, **more: Any) -> Reply:
        """The slots of Monday and Tuesday."""
        end = str(self.monday + timedelta(days=1))
        query = {"eventTypeId": self.event_type["id"], "start": str(self.monday), "end": end, **more}
        return self.session.succeed("GET", "/v2/slots", ANONYMOUS, query=query, version=SLOTS)

    def expect_slots(self, *taken: str) -> None:
        """Checks that all slots are there except the taken ones."""
        reply = self.slots()
        seen = {slot["start"] for day in reply.data.values() for slot in day}
        whole = {self.at(hour, days) for days in range(2) for hour in range(9, 17)}
        self.session.check("slots_are_the_free_ones", seen == whole - set(taken), reply, f"{taken} are taken")

    def book(self, hour: int, days: int = 0) -> Fields:
        """Books an hour for a new attendee."""
        name = self.session.title("Ann")
        attendee = {"name": name, "email": f"{self.session.unique('ann')}@example.com", "timeZone": "Europe/Rome"}
        body = {"start": self.at(hour, days), "eventTypeId": self.event_type["id"], "attendee": attendee}
        reply = self.session.succeed("POST", "/v2/bookings", ANONYMOUS, body=body, version=BOOKINGS)
        expected = {"start": body["start"], "end": self.at(hour + 1, days), "duration": 60}
        seen = {**reply.data, **reply.data["attendees"][0]}
        wrong = differing({**expected, **attendee, "eventTypeId": body["eventTypeId"]}, seen)
        self.session.check("replies_echo_the_request", not wrong, reply, f"differs from what was sent: {wrong}")
        return reply.data

    def call(
        self,
        method: str,
        booking: Fields,
        action: str = "",
        headers: Fields | None = None,
        **more: Unpack[RequestOptions],
    ) -> Reply:
        """A request on a booking, with its version, as its host."""
        as_ = self.session.actors.personal if headers is None else headers
        options: RequestOptions = {"ids": {"bookingUid": booking["uid"]}, "version": BOOKINGS, **more}
        return self.session.call(method, BOOKING + action, as_, **options)

    def act(self, booking: Fields, action: str, status: str, **more: Any) -> Fields:
        """Sends an action on a booking and checks its status."""
        reply = self.call("POST", booking, action, **more)
        self.session.check("valid_requests_succeed", reply.succeeded, reply, "a valid request is refused")
        self.session.check("bookings_have_their_status", reply.data["status"] == status, reply, f"is not {status}")
        self._judge_update(reply)
        self.read(reply.data, without=("updatedAt",))
        return reply.data

    def _judge_update(self, reply: Reply) -> None:
        """Checks that the change time is recent, by the server's own clock."""
        updated, clock = reply.data.get("updatedAt"), self.session.clock
        if updated is not None and clock is not None:
            seconds = abs((clock - datetime.fromisoformat(updated)).total_seconds())
            self.session.check(
                "timestamps_are_correct", seconds < RECENTLY, reply, f"updatedAt is {seconds:.0f} seconds off"
            )

    def read(self, booking: Fields, *, without: tuple[str, ...] = ()) -> None:
        """Checks that a booking is read as it was answered."""
        reply = self.call("GET", booking)
        known = {name: value for name, value in booking.items() if name not in without}
        wrong = differing(known, reply.data)
        self.session.check("reads_return_what_was_written", not wrong, reply, f"differs: {wrong}")

    def listed(self, *expected: Fields, **query: Any) -> None:
        """Checks that the event type's list has exactly these bookings in this order."""
        filters = {"eventTypeId": self.event_type["id"], **query}
        reply = self.session.succeed(
            "GET", "/v2/bookings", self.session.actors.personal, query=filters, version=BOOKINGS
        )  # fmt: skip
        seen, known = [each["uid"] for each in reply.data], [each["uid"] for each in expected]
        self.session.check("filters_and_pages_are_applied", seen == known, reply, f"{query}: {seen}, not {known}")
        for each in expected:
            found = next((item for item in reply.data if item["uid"] == each["uid"]), each)
            wrong = differing(each, found)
            self.session.check("lists_show_what_was_written", not wrong, reply, f"differs: {wrong}")


@contextmanager
def offer(session: Session, **more: Any) -> Generator[Offer]:
    """Creates the schedule and the event type, deleted at the end."""
    mine = session.actors.personal
    hours = {"days": DAYS, "startTime": "09:00", "endTime": "17:00"}
    body = {"name": session.title("Hours"), "timeZone": "UTC", "isDefault": False, "availability": [hours]}
    schedule = session.succeed("POST", "/v2/schedules", mine, body=body, version=SCHEDULES).data["id"]
    try:
        body = {"title": session.title("Talk"), "slug": session.unique("talk"), "lengthInMinutes": 60}
        body |= {
            "scheduleId": schedule,
            "locations": [{"type": "link", "link": "https://example.com/room", "public": True}],
            **more,
        }
        made = session.succeed("POST", "/v2/event-types", mine, body=body, version=EVENT_TYPES).data
        try:
            yield Offer(session, made)
        finally:
            ids = {"eventTypeId": made["id"]}
            session.call("DELETE", "/v2/event-types/{eventTypeId}", mine, ids=ids, version=EVENT_TYPES)
    finally:
        session.call("DELETE", "/v2/schedules/{scheduleId}", mine, ids={"scheduleId": schedule}, version=SCHEDULES)


def bookings(session: Session) -> None:
    """Bookings block their slots, are listed by queries, rescheduled and cancelled."""
    with offer(session) as offered:
        offered.expect_slots()
        first, second = offered.book(10), offered.book(14, 1)
        offered.expect_slots(first["start"], second["start"])
        for _ in range(3):
            offered.read(first)
        _find(offered, first, second)
        _refuse_bookings(offered, first, second)
        links = [offered.call("GET", first, "/calendar-links") for _ in range(2)]
        session.check("reads_repeat", links[0].data == links[1].data, links[1], "differs from an earlier reply")
        moved = _move(offered, first)
        offered.read(second)
        if not in_force("absences-after-start"):
            absent = offered.act(second, "/mark-absent", "accepted", body={"host": True})
            shown = offered.call("GET", second)
            marked = absent["absentHost"] and shown.data["absentHost"]
            session.check("reads_return_what_was_written", marked, shown, "the host is not marked absent")
        _cancel(offered, moved, second)


def _find(offered: Offer, first: Fields, second: Fields) -> None:
    offered.listed(first, second)
    offered.listed(second, first, sortStart="desc")
    offered.listed(first, take=1)
    offered.listed(second, take=1, skip=1)
    offered.listed(first, attendeeEmail=first["attendees"][0]["email"])
    offered.listed(second, attendeeName=second["attendees"][0]["name"])
    offered.listed(second, afterStart=offered.at(0, 1))
    offered.listed(first, beforeEnd=offered.at(0, 1))
    offered.listed(first, second, status="upcoming")
    offered.listed(status="cancelled")
    offered.listed(status="past")


def _refuse_bookings(offered: Offer, first: Fields, second: Fields) -> None:
    session = offered.session
    attendee = {"name": "Eve", "email": "eve@example.com", "timeZone": "Europe/Rome"}
    good = {"start": first["start"], "eventTypeId": offered.event_type["id"], "attendee": attendee}
    for body in (
        good,
        {**good, "start": 17},
        {**good, "attendee": {"name": "Eve"}},
        {**good, "eventTypeId": NO_NUMBER},
    ):
        reply = session.call("POST", "/v2/bookings", ANONYMOUS, body=body, version=BOOKINGS)
        session.check("invalid_bodies_are_refused", reply.status in (400, 404, 409), reply, "is not refused")
    free = {**good, "start": offered.at(12)}
    session.require_versions("POST", "/v2/bookings", ANONYMOUS, body=free)
    session.require_versions("GET", BOOKING, session.actors.personal, ids={"bookingUid": first["uid"]})
    for headers in ({}, NO_KEY, NO_TOKEN, session.actors.stranger_to_personal):
        for action in ("/confirm", "/decline", "/mark-absent", "/calendar-links"):
            if action == "/mark-absent" and headers not in ({}, NO_KEY, NO_TOKEN):
                continue  # Whoever has good credentials may.
            method = "GET" if action == "/calendar-links" else "POST"
            body = None if method == "GET" else {"host": True} if action == "/mark-absent" else {}
            reply = offered.call(method, first, action, headers, body=body)
            name = "credentials_are_needed" if not headers else "other_users_are_refused"
            if headers in ({}, NO_KEY, NO_TOKEN) or (headers and action in ("/confirm", "/decline")):
                session.check(name, not reply.succeeded, reply, "is not refused")
        if headers in ({}, NO_KEY, NO_TOKEN):
            reply = session.call("GET", "/v2/bookings", headers, version=BOOKINGS)
            session.check("credentials_are_needed", reply.status in (401, 403), reply, "is not refused")
        elif headers:
            reply = session.call("GET", "/v2/bookings", headers, version=BOOKINGS)
            listed: list[Fields] = reply.data or []
            shown = [each for each in listed if each["uid"] == first["uid"]]
            session.check("other_users_are_refused", not shown, reply, "another user sees the items of another user")
    reply = offered.call("GET", {"uid": session.unique("none")})
    session.check("unknown_things_are_not_found", reply.status == 404, reply, "is not a 404")
    offered.listed(first, second)
    offered.expect_slots(first["start"], second["start"])


def _move(offered: Offer, first: Fields) -> Fields:
    session = offered.session
    wrong = offered.call("POST", first, "/reschedule", body={"start": "at noon"})
    session.check("invalid_bodies_are_refused", wrong.status == 400, wrong, "is not refused")
    offered.read(first)
    body = {"start": offered.at(11), "reschedulingReason": session.title("late")}
    moved = offered.act(first, "/reschedule", "accepted", body=body)
    reply = offered.call("GET", moved)
    wrong = differing({"start": offered.at(11), "end": offered.at(12)}, moved)
    session.check("replies_echo_the_request", not wrong, reply, f"differs from what was sent: {wrong}")
    offered.read(moved)
    old = offered.call("GET", first)
    session.check("bookings_have_their_status", old.data["status"] == "cancelled", old, "the old one is not cancelled")
    offered.expect_slots(moved["start"], offered.at(14, 1))
    return moved


def _cancel(offered: Offer, moved: Fields, second: Fields) -> None:
    session = offered.session
    reason = session.title("ill")
    for booking, left in ((moved, (second["start"],)), (second, ())):
        ended = offered.act(booking, "/cancel", "cancelled", body={"cancellationReason": reason})
        shown = offered.call("GET", booking)
        right = shown.data["status"] == "cancelled" and shown.data.get("cancellationReason") == reason
        session.check(
            "reads_return_what_was_written", right and ended["uid"] == booking["uid"], shown, "is not cancelled"
        )
        again = offered.call("POST", booking, "/cancel", body={"cancellationReason": reason})
        if in_force("ended-bookings-not-cancelled"):
            session.check("invalid_bodies_are_refused", again.status == 400, again, "is cancelled again")
        else:
            session.check("updates_may_be_repeated", again.succeeded, again, "cannot be cancelled again")
        offered.expect_slots(*left)


def reschedule_requests(session: Session) -> None:
    """A request for another time cancels the booking for its reason, and frees its slot."""
    request = f"{BOOKING}/request-reschedule"
    if session.lacks(request):
        return
    with offer(session) as offered:
        booking, other = offered.book(10), offered.book(12)
        body = {"rescheduleReason": session.title("away")}

        def ask(headers: Fields) -> Reply:
            ids = {"bookingUid": booking["uid"]}
            return session.call("POST", request, headers, ids=ids, body=body, version=BOOKINGS_2026)

        for headers in (ANONYMOUS, session.actors.stranger_to_personal):
            reply = ask(headers)
            session.check("other_users_are_refused", reply.status in (401, 403), reply, "is not refused")
        offered.read(booking)
        asked = ask(session.actors.personal)
        session.check("valid_requests_succeed", asked.succeeded, asked, "a valid request is refused")
        shown = offered.call("GET", booking)
        ended = (shown.data["status"], shown.data["cancellationReason"]) == ("cancelled", body["rescheduleReason"])
        session.check("bookings_have_their_status", ended, shown, "is not cancelled for the reason")
        offered.expect_slots(other["start"])
        again = ask(session.actors.personal)
        session.check("invalid_bodies_are_refused", again.status == 400, again, "is asked for again")
        moved = offered.call("POST", booking, "/reschedule", body={"start": offered.at(15)})
        session.check("invalid_bodies_are_refused", moved.status == 400, moved, "a cancelled booking is moved")
        offered.read(other)


def confirmations(session: Session) -> None:
    """Bookings that need confirmation wait until they are confirmed or declined."""
    with offer(session, confirmationPolicy={"type": "always", "blockUnavailability": True}) as offered:
        for hour, action, status in (
            (10, "/confirm", "accepted"),
            (13, "/decline", "rejected"),
            (15, "/confirm", "accepted"),
        ):
            waiting = offered.book(hour)
            session.check(
                "bookings_have_their_status",
                waiting["status"] == "pending",
                offered.call("GET", waiting),
                "is not pending",
            )
            for headers in ({}, NO_KEY, NO_TOKEN, session.actors.stranger_to_personal):
                reply = offered.call("POST", waiting, action, headers, body={})
                session.check("credentials_are_needed", not reply.succeeded, reply, "is not refused")
            offered.read(waiting)
            offered.listed(waiting, status="unconfirmed")
            body = {} if action == "/confirm" else {"reason": session.title("busy")}
            offered.read(offered.act(waiting, action, status, body=body), without=("updatedAt",))
            again = offered.call("POST", waiting, action, body={})
            if status == "accepted":
                session.check("invalid_bodies_are_refused", again.status == 400, again, "can be confirmed again")
                offered.act(waiting, "/cancel", "cancelled", body={"cancellationReason": "over"})
        offered.expect_slots()


def reservations(session: Session) -> None:
    """A reserved slot is hidden from others until it is released."""
    with offer(session) as offered:
        event_type = offered.event_type["id"]
        ids: Fields = {}
        body = {"eventTypeId": event_type, "slotStart": offered.at(10)}
        for wrong in ({"slotStart": "at noon"}, {"eventTypeId": "one"}):
            reply = session.call("POST", RESERVATIONS, ANONYMOUS, body={**body, **wrong}, version=SLOTS)
            session.check("invalid_bodies_are_refused", reply.status == 400, reply, "is not refused")
        session.require_versions("POST", RESERVATIONS, ANONYMOUS, body=body)
        offered.expect_slots()
        for hour in (10, 12):
            made = _reserved(session, "POST", RESERVATIONS, ids, {**body, "slotStart": offered.at(hour)}, hour, offered)
            offered.expect_slots(offered.at(hour))
            ids = {"uid": made["reservationUid"]}
            one = f"{RESERVATIONS}/{{uid}}"
            _read_reservation(session, one, ids, made)
            change = {**body, "slotStart": offered.at(hour + 1), "reservationDuration": 30}
            moved = _reserved(session, "PATCH", one, ids, change, hour + 1, offered)
            _read_reservation(session, one, ids, moved)
            offered.expect_slots(offered.at(hour + 1))
            session.succeed("DELETE", one, ANONYMOUS, ids=ids, version=SLOTS)
            gone = session.call("GET", one, ANONYMOUS, ids=ids, version=SLOTS)
            session.check("deleted_things_are_gone", gone.data is None, gone, "is still there")
            offered.expect_slots()
        offered.book(15)
        taken = session.call("POST", RESERVATIONS, ANONYMOUS, body={**body, "slotStart": offered.at(15)}, version=SLOTS)
        session.check("unavailable_times_are_refused", taken.status == 422, taken, "a booked slot can be reserved")
        _judge_queries(session, offered)


def _reserved(
    session: Session, method: str, path: str, ids: Fields, body: Fields, hour: int, offered: Offer
) -> Fields:  # fmt: skip
    reply = session.succeed(method, path, ANONYMOUS, ids=ids, body=body, version=SLOTS)
    wrong = differing({**body, "slotEnd": offered.at(hour + 1), "slotDuration": 60}, reply.data)
    session.check("replies_echo_the_request", not wrong, reply, f"differs from what was sent: {wrong}")
    return reply.data


def _read_reservation(session: Session, path: str, ids: Fields, known: Fields) -> None:
    for _ in range(2):
        reply = session.succeed("GET", path, ANONYMOUS, ids=ids, version=SLOTS)
        wrong = differing(known, reply.data)
        session.check("reads_return_what_was_written", not wrong, reply, f"differs: {wrong}")


def _judge_queries(session: Session, offered: Offer) -> None:
    one = offered.slots(end=str(offered.monday))
    session.check("filters_and_pages_are_applied", set(one.data) == {str(offered.monday)}, one, "not that day alone")
    bounds = {"start": str(offered.monday), "end": str(offered.monday)}
    for query in ({**bounds, "eventTypeId": "one"}, {"eventTypeId": offered.event_type["id"]}):
        reply = session.call("GET", "/v2/slots", ANONYMOUS, query=query, version=SLOTS)
        session.check("invalid_queries_are_refused", reply.status == 400, reply, "is not refused")
    query = {**bounds, "eventTypeId": offered.event_type["id"]}
    session.require_versions("GET", "/v2/slots", ANONYMOUS, query=query)
