"""Requests that must be rejected: unavailable times and invalid values."""

from __future__ import annotations

from datetime import timedelta

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SCHEDULES
from contract_tests.coming_days import coming_monday
from contract_tests.consistency.host import ANONYMOUS, Host, attendee, host, hosting, managed_user
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session
from contract_tests.editions import in_force

REFUSED = "invalid_bodies_are_refused"


def unavailable_times(session: Session) -> None:
    """Bookings and moves to unavailable times are rejected."""
    with host(session) as here:
        hour, long, short = here.offer(), here.offer(lengthInMinutes=180), here.offer(lengthInMinutes=15)
        first = here.book(hour, here.at(12))
        for start, why in (
            (here.at(12), "the same hour"),
            (here.at(11, 30), "an hour that ends in another booking"),
            (here.at(12, 30), "an hour that begins in another booking"),
            (here.at(8), "an hour before the day begins"),
            (here.at(8, 30), "an hour that begins before the day does"),
            (here.at(16, 30), "an hour that ends after the day does"),
            (here.at(17), "an hour after the day has ended"),
            (here.at(3), "an hour in the night"),
        ):
            here.refuse(hour, start, why)
        here.refuse(long, here.at(11), "three hours around another booking")
        here.refuse(long, here.at(10), "three hours whose last is taken")
        here.refuse(short, here.at(12, 15), "a quarter of an hour within another booking")
        here.refuse(short, here.at(12, 45), "the last quarter of another booking")
        second = here.book(short, here.at(11, 45))
        here.book(short, here.at(13))
        _not_moved(here, hour, first, second)
        past = f"{coming_monday() - timedelta(weeks=3)}T10:00:00.000Z"
        for when, why in (("2020-01-06T10:00:00.000Z", "a day long ago"), (past, "a day of the past")):
            here.refuse(hour, when, why)
            reply = here.try_to(first, "reschedule", ANONYMOUS, start=when)
            session.check(
                "unavailable_times_are_refused", reply.status == 400, reply, f"moving to {why} is not refused"
            )
        kept = here.read(first)
        right = (kept.data["status"], kept.data["start"]) == ("accepted", first["start"])
        session.check("rejected_writes_change_nothing", right, kept, "the booking has changed")


def _not_moved(here: Host, event_type: Fields, first: Fields, second: Fields) -> None:
    free = {here.at(each) for each in (9, 10, 14, 15, 16)}
    here.expect(event_type, free, "refused bookings take no time")
    for start, why in (
        (second["start"], "a time that is taken"),
        (here.at(8), "an hour before the day begins"),
        (here.at(16, 30), "an hour that ends after the day does"),
    ):
        reply = here.try_to(first, "reschedule", ANONYMOUS, start=start)
        here.session.check(
            "unavailable_times_are_refused", reply.status == 400, reply, f"moving to {why} is not refused"
        )


def invalid_bookings(session: Session) -> None:
    """Bookings with invalid values are rejected."""
    with host(session) as here:
        event_type = here.offer()
        who = attendee(session)
        good = {"start": here.at(10), "eventTypeId": event_type["id"], "attendee": who}
        wrong: list[Fields] = [
            {"attendee": {**who, "timeZone": "Europe/Nowhere"}},
            {"attendee": {**who, "email": "not an address"}},
            {"attendee": {**who, "language": "klingon"}},
            {"attendee": {**who, "name": ""}},
            {"attendee": {**who, "nickname": "Annie"}},
            {"attendee": {name: value for name, value in who.items() if name != "timeZone"}},
            {"guests": ["not an address"]},
            {"guests": ["twice@example.com", "twice@example.com"]},
            {"guests": "one@example.com"},
            {"metadata": {f"key{number}": "x" for number in range(51)}},
            {"metadata": {"k" * 41: "x"}},
            {"metadata": {"key": "x" * 501}},
            {"metadata": {"key": 17}},
            {"lengthInMinutes": 45},
            {"lengthInMinutes": 0},
            {"location": {"type": "phone"}},
            {"recurrenceCount": 0},
            {"instant": False},
            {"start": "tomorrow at ten"},
            {"eventTypeId": str(event_type["id"])},
            {"noFieldOfThisName": "x"},
        ]
        for fields in wrong:
            reply = session.call("POST", "/v2/bookings", ANONYMOUS, body={**good, **fields}, version=BOOKINGS)
            session.check(REFUSED, reply.status == 400, reply, f"{str(fields)[:80]} is not refused with 400")
        listed = here.listed()
        session.check("rejected_writes_change_nothing", listed.data == [], listed, "a refused booking was made")
        at_most = {"metadata": {**{f"key{number}": "x" * 500 for number in range(49)}, "k" * 40: "x"}}
        here.book(event_type, here.at(10), **at_most)
        made = here.listed().data
        for action, body in (("cancel", {"reason": "x"}), ("reschedule", {"start": here.at(11), "who": "me"})):
            reply = here.try_to(made[0], action, ANONYMOUS, **body)
            session.check(REFUSED, reply.status == 400, reply, f"{body} is not refused with 400")


def invalid_settings(session: Session) -> None:
    """Event types and schedules with invalid values are rejected."""
    with host(session) as here:
        made, other = here.offer(), here.offer()
        path, ids = "/v2/event-types/{eventTypeId}", {"eventTypeId": made["id"]}
        refused: list[Fields] = [
            {"lengthInMinutes": 0}, {"lengthInMinutes": -5}, {"minimumBookingNotice": -1}, {"title": None},
            {"bookingLimitsCount": {"day": 3, "week": 2}}, {"bookingLimitsDuration": {"day": 120, "week": 60}},
            {"bookingWindow": {"type": "range", "value": ["2049-01-01"]}}, {"slug": other["slug"]},
            {"seats": {"seatsPerTimeSlot": 0, "showAttendeeInfo": True, "showAvailabilityCount": True}},
            {"locations": []}, {"locations": [{"type": "moon"}]}, {"bookingFields": []}, {"scheduleId": 2147483647},
            {"customName": "{Nobody}"}, {"successRedirectUrl": "nowhere"}, {"recurrence": {"interval": 0}},
        ]  # fmt: skip
        for fields in refused:
            reply = session.call("PATCH", path, here.headers, ids=ids, body=fields, version=EVENT_TYPES)
            session.check(REFUSED, reply.status in (400, 404), reply, f"{fields} is not refused")
        if in_force("recurrence-excludes-seats"):
            course = here.offer(seats={"seatsPerTimeSlot": 2, "showAttendeeInfo": True, "showAvailabilityCount": True})
            weekly = {"recurrence": {"interval": 1, "occurrences": 3, "frequency": "weekly"}}
            known = {"eventTypeId": course["id"]}
            reply = session.call("PATCH", path, here.headers, ids=known, body=weekly, version=EVENT_TYPES)
            session.check(REFUSED, reply.status == 400, reply, "a recurrence beside seats is not refused")
        if session.actors.client:
            with managed_user(session, "other") as user, hosting(session, user) as there:
                fields = {"scheduleId": there.schedule}
                reply = session.call("PATCH", path, here.headers, ids=ids, body=fields, version=EVENT_TYPES)
                session.check(REFUSED, reply.status == 404, reply, "the schedule of another user is not refused")
        reply = session.succeed("GET", path, here.headers, ids=ids, version=EVENT_TYPES)
        changed = [name for name in made if reply.data[name] != made[name]]
        session.check("rejected_writes_change_nothing", not changed, reply, f"changed all the same: {changed}")
        hours = {"days": ["Monday"], "startTime": "09:00", "endTime": "17:00"}
        schedule, number = "/v2/schedules/{scheduleId}", {"scheduleId": here.schedule}
        before = session.succeed("GET", schedule, here.headers, ids=number, version=SCHEDULES)
        for fields in (
            {"timeZone": "Mars/Olympus"}, {"availability": [{**hours, "days": ["Someday"]}]}, {"name": 17},
            {"availability": [{**hours, "startTime": "25:00"}]}, {"availability": [{**hours, "endTime": "9"}]},
            {"overrides": [{"date": "someday", "startTime": "10:00", "endTime": "11:00"}]}, {"isDefault": "yes"},
            {"overrides": [{"date": "2049-01-01", "startTime": "10", "endTime": "11:00"}]},
        ):  # fmt: skip
            reply = session.call("PATCH", schedule, here.headers, ids=number, body=fields, version=SCHEDULES)
            session.check(REFUSED, reply.status == 400, reply, f"{fields} is not refused with 400")
        after = session.succeed("GET", schedule, here.headers, ids=number, version=SCHEDULES)
        session.check("rejected_writes_change_nothing", before.data == after.data, after, "the schedule has changed")


def duplicate_names(session: Session) -> None:
    """Duplicate names, e-mail addresses and slugs are rejected."""
    with managed_user(session, "first") as one, host(session) as here:
        made = here.offer()
        body = {"title": "Again", "slug": made["slug"], "lengthInMinutes": 30}
        _taken(session, "/v2/event-types", here.headers, {}, body, 400, EVENT_TYPES)
        url = f"https://hooks.example.com/{session.unique('hook')}"
        hook: Fields = {"subscriberUrl": url, "triggers": [], "active": False}
        first = session.succeed("POST", "/v2/webhooks", here.headers, body=hook)
        _taken(session, "/v2/webhooks", here.headers, {}, hook, 409)
        session.succeed("DELETE", "/v2/webhooks/{webhookId}", here.headers, ids={"webhookId": first.data["id"]})
        client, ids = session.actors.client, {"clientId": session.actors.client_id}
        plain = one.email.replace(f"+{session.actors.client_id}", "")
        for email in (plain,):
            _taken(session, "/v2/oauth-clients/{clientId}/users", client, ids, {"email": email, "name": "Again"}, 409)


def _taken(
    session: Session, path: str, headers: Fields, ids: Fields, body: Fields, status: int, version: str | None = None
) -> None:  # fmt: skip
    reply = session.call("POST", path, headers, ids=ids, body=body, version=version)
    session.check("names_are_unique", reply.status == status, reply, f"is not refused with {status}")
