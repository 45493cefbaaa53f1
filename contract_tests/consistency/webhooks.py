"""Webhooks: payloads of every trigger with times, attendees and reasons, signatures and subscriptions."""

from __future__ import annotations

import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from contract_tests.clients import BOOKINGS, BOOKINGS_2026
from contract_tests.consistency.clocks import SLACK
from contract_tests.consistency.host import ANONYMOUS, BOOKING, Host, attendee, host
from contract_tests.consistency.inbox import Inbox, advance
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session, differing
from contract_tests.editions import in_force
from mock_server.runtime.json_values import is_object

REPORTED = "webhooks_report_events"
TRIGGERS = [
    "BOOKING_CREATED", "BOOKING_REQUESTED", "BOOKING_REJECTED", "BOOKING_RESCHEDULED", "BOOKING_CANCELLED",
    "BOOKING_NO_SHOW_UPDATED", "MEETING_STARTED", "MEETING_ENDED",
]  # fmt: skip
TIMES = ("startTime", "endTime", "rescheduleStartTime", "rescheduleEndTime")
SECRET = "Geheimnis 秘密"


class Subscriber:
    """A webhook of the host and its inbox. `expect` reads one delivery after the other."""

    def __init__(self, here: Host, *triggers: str, **fields: Any) -> None:
        self.here = here
        self.inbox = Inbox(here.session)
        body = {"subscriberUrl": self.inbox.url, "triggers": list(triggers), "active": True, **fields}
        self.reply = here.session.succeed("POST", "/v2/webhooks", here.headers, body=body)
        self.read = 0

    def expect(self, trigger: str, booking: Fields, **shown: Any) -> Fields:
        """Checks that the next delivery has this trigger and booking; `shown` are further fields of its payload."""
        self.read += 1
        received = self.inbox.received(self.read)
        body = received[self.read - 1]["json"] if len(received) >= self.read else None
        found: Fields = body if is_object(body) else {}
        session, reply = self.here.session, self.reply
        event = found.get("triggerEvent")
        session.check(REPORTED, event == trigger, reply, f"{event}, not {trigger}")
        payload = found.get("payload", found)
        expected = {"uid": booking["uid"], "startTime": booking["start"], "endTime": booking["end"], **shown}
        seen = {name: _plain(name, payload.get(name)) for name in expected}
        wrong = differing({name: _plain(name, value) for name, value in expected.items()}, seen)
        session.check(REPORTED, not wrong, reply, f"{trigger} has a wrong payload: {wrong}")
        return payload

    def expect_silence(self, why: str) -> None:
        """Checks that there are no further deliveries. A late one would be read in place of the next."""
        received = self.inbox.received(self.read)
        text = f"{why}: {[each['json'] for each in received[self.read :]]}"
        self.here.session.check(REPORTED, len(received) <= self.read, self.reply, text)

    def end(self) -> None:
        """Deletes the webhook."""
        session, ids = self.here.session, {"webhookId": self.reply.data["id"]}
        session.call("DELETE", "/v2/webhooks/{webhookId}", self.here.headers, ids=ids)


def _plain(name: str, value: Any) -> Any:
    """Whether two ISO 8601 texts are the same time."""
    if name in TIMES and isinstance(value, str):
        try:
            return datetime.fromisoformat(value).timestamp()
        except ValueError:
            return value
    return value


def _part(payload: Fields, name: str) -> Fields:
    """An object in a payload; empty if it is missing."""
    part = payload.get(name)
    return part if is_object(part) else {}


def _people(here: Host, payload: Fields, booking: Fields, trigger: str) -> None:
    """Checks the organizer and the attendees of a payload."""
    attendees: list[Fields] = payload.get("attendees") or []
    emails = [each.get("email") for each in attendees]
    known = [each["email"] for each in booking["attendees"]]
    organizer = _part(payload, "organizer").get("email")
    session = here.session
    reply = here.read(booking)
    session.check(REPORTED, emails == known, reply, f"{trigger} names {emails}, not {known}")
    session.check(REPORTED, organizer == here.user["email"], reply, f"{trigger} names {organizer} as the organizer")
    zones = [each.get("timeZone") for each in attendees]
    shown = [each["timeZone"] for each in booking["attendees"]]
    session.check(REPORTED, zones == shown, reply, f"{trigger} names the zones {zones}, not {shown}")
    answer = _part(_part(payload, "responses"), "email").get("value")
    session.check(REPORTED, answer == known[0], reply, f"{trigger} has the answer {answer}, not {known[0]}")


def _topic(heard: Subscriber, payload: Fields, trigger: str) -> None:
    """Checks that the answer to the event type's own question is among all answers, and among those to such ones."""
    for part in ("responses", "userFieldsResponses"):
        answer = _part(_part(payload, part), "topic").get("value")
        right = answer == "The weather"
        heard.here.session.check(REPORTED, right, heard.reply, f"{trigger}: the topic in {part} is {answer}")


def triggers_of_bookings(session: Session) -> None:
    """The triggers of a booking from creation to cancellation."""
    with host(session) as here:
        question = {"type": "text", "slug": "topic", "label": "Topic", "required": False}
        event_type = here.offer(
            description="All about it", bookingFields=[question], lengthInMinutesOptions=[60, 90]
        )  # fmt: skip
        heard = Subscriber(here, *TRIGGERS)
        guests = [f"{session.unique('guest')}@example.com"]
        metadata = {"a": "1", "b": "2"}
        responses = {"notes": "Umbrella", "topic": "The weather"}
        made = here.book(
            event_type, here.at(10), metadata=metadata, guests=guests, bookingFieldsResponses=responses,
            lengthInMinutes=90,
        )  # fmt: skip
        common = {"eventTypeId": event_type["id"], "type": event_type["slug"], "title": made["title"]}
        payload = heard.expect(
            "BOOKING_CREATED",
            made,
            status="ACCEPTED",
            bookingId=made["id"],
            additionalNotes="Umbrella",
            length=90,
            **common,
        )
        _people(here, payload, made, "BOOKING_CREATED")
        _topic(heard, payload, "BOOKING_CREATED")
        session.check(
            REPORTED,
            metadata.items() <= _part(payload, "metadata").items(),
            here.read(made),
            "BOOKING_CREATED has other metadata",
        )
        moved = here.act(made, "reschedule", ANONYMOUS, start=here.at(13), reschedulingReason="Too early")
        before = {
            "rescheduleUid": made["uid"],
            "rescheduleId": made["id"],
            "rescheduleStartTime": made["start"],
            "rescheduleEndTime": made["end"],
        }
        payload = heard.expect(
            "BOOKING_RESCHEDULED",
            moved,
            status="ACCEPTED",
            bookingId=moved["id"],
            length=moved["duration"],
            **before,
            **common,
        )
        _people(here, payload, moved, "BOOKING_RESCHEDULED")
        _topic(heard, payload, "BOOKING_RESCHEDULED")
        here.act(moved, "cancel", ANONYMOUS, cancellationReason="Nobody has time")
        shown = {"status": "CANCELLED", "cancellationReason": "Nobody has time", "bookingId": moved["id"]}
        payload = heard.expect("BOOKING_CANCELLED", moved, **shown, eventTypeId=event_type["id"])
        _people(here, payload, moved, "BOOKING_CANCELLED")
        _topic(heard, payload, "BOOKING_CANCELLED")
        heard.end()
        if in_force("one-booking-payload"):
            _since_2026_09(here, event_type)


def _since_2026_09(here: Host, event_type: Fields) -> None:
    """Another location, and the request to choose another time."""
    heard = Subscriber(here, "BOOKING_LOCATION_UPDATED", "BOOKING_CANCELLED")
    made, session = here.book(event_type, here.at(15)), here.session
    path, ids = "/v2/bookings/{bookingUid}/location", {"bookingUid": made["uid"]}
    body = {"location": {"type": "link", "link": "https://example.com/elsewhere"}}
    session.succeed("PATCH", path, here.headers, ids=ids, body=body, version=BOOKINGS)
    places = {"previousLocation": made["location"], "location": "https://example.com/elsewhere"}
    heard.expect("BOOKING_LOCATION_UPDATED", made, **places)
    path, body = "/v2/bookings/{bookingUid}/request-reschedule", {"rescheduleReason": "Another time"}
    session.succeed("POST", path, here.headers, ids=ids, body=body, version=BOOKINGS_2026)
    heard.expect("BOOKING_CANCELLED", made, requestReschedule=True)
    heard.end()


def triggers_of_requests(session: Session) -> None:
    """The triggers of bookings that need confirmation."""
    with host(session) as here:
        asked = here.offer(confirmationPolicy={"type": "always", "blockUnconfirmedBookingsInBooker": False})
        heard = Subscriber(here, *TRIGGERS)
        first, second = here.book(asked, here.at(10)), here.book(asked, here.at(13))
        for each in (first, second):
            payload = heard.expect("BOOKING_REQUESTED", each, status="PENDING", bookingId=each["id"])
            _people(here, payload, each, "BOOKING_REQUESTED")
        here.act(first, "confirm")
        payload = heard.expect("BOOKING_CREATED", first, status="ACCEPTED", bookingId=first["id"])
        _people(here, payload, first, "BOOKING_CREATED")
        here.act(second, "decline", reason="No time for it")
        shown = {"status": "REJECTED", "rejectionReason": "No time for it", "bookingId": second["id"]}
        payload = heard.expect("BOOKING_REJECTED", second, **shown)
        _people(here, payload, second, "BOOKING_REJECTED")
        course = here.offer(seats={"seatsPerTimeSlot": 3, "showAttendeeInfo": True, "showAvailabilityCount": True})
        for turn in range(2):
            who = attendee(session, f"Ann {turn}")
            seated = here.book(course, here.at(15), attendee=who)
            payload = heard.expect("BOOKING_CREATED", seated, attendeeSeatId=seated["seatUid"], seatsPerTimeSlot=3)
            attendees: list[Fields] = payload.get("attendees") or []
            emails = [each["email"] for each in attendees]
            session.check(REPORTED, who["email"] in emails, here.read(seated), f"the seat of {emails}")
        heard.end()


def subscriptions(session: Session) -> None:
    """Only active webhooks of the trigger are called, signed with their secret, with their template."""
    with host(session) as here:
        event_type = here.offer()
        silent = Subscriber(here, "BOOKING_CREATED", active=False)
        other = Subscriber(here, "BOOKING_CANCELLED")
        signed = Subscriber(here, "BOOKING_CREATED", secret=SECRET)
        plain = Subscriber(here, "BOOKING_CREATED")
        template = '{"what": "{{triggerEvent}}", "whom": "{{attendees.0.name}}"}'
        shaped = Subscriber(here, "BOOKING_CREATED", payloadTemplate=template)
        ids = {"eventTypeId": event_type["id"]}
        own, foreign = Inbox(session), Inbox(session)
        path = "/v2/event-types/{eventTypeId}/webhooks"
        body = {"subscriberUrl": own.url, "triggers": ["BOOKING_CREATED"], "active": True}
        session.succeed("POST", path, here.headers, ids=ids, body=body)
        elsewhere = {"eventTypeId": here.offer()["id"]}
        session.succeed("POST", path, here.headers, ids=elsewhere, body={**body, "subscriberUrl": foreign.url})
        made = here.book(event_type, here.at(10))
        signed.expect("BOOKING_CREATED", made)
        plain.expect("BOOKING_CREATED", made)
        _judge_signature(signed, SECRET)
        _judge_signature(plain, None)
        bodies = [each["json"] for each in shaped.inbox.received(1)]
        right = bodies == [{"what": "BOOKING_CREATED", "whom": "Ann"}]
        session.check(REPORTED, right, shaped.reply, f"the template gives {bodies}")
        seen = _uids(own)
        session.check(REPORTED, seen == [made["uid"]], plain.reply, f"the event type's own webhook hears of {seen}")
        for each in (silent, other):
            each.expect_silence("should not hear of it")
        session.check(REPORTED, foreign.received(0) == [], plain.reply, "the webhook of another event type hears of it")
        here.act(made, "cancel", cancellationReason="over")
        other.expect("BOOKING_CANCELLED", made)
        _changed_subscription(here, event_type, plain, silent)
        _changed_secret(here, event_type)
        for each in (silent, other, signed, plain, shaped):
            each.end()


def _changed_secret(here: Host, event_type: Fields) -> None:
    """A new secret signs the deliveries that follow."""
    signed, secret = Subscriber(here, "BOOKING_CREATED", secret=SECRET), f"{SECRET} 2"
    signed.expect("BOOKING_CREATED", here.book(event_type, here.at(15)))
    ids = {"webhookId": signed.reply.data["id"]}
    here.session.succeed("PATCH", "/v2/webhooks/{webhookId}", here.headers, ids=ids, body={"secret": secret})
    signed.expect("BOOKING_CREATED", here.book(event_type, here.at(14)))
    _judge_signature(signed, secret)
    signed.end()


def _changed_subscription(here: Host, event_type: Fields, plain: Subscriber, silent: Subscriber) -> None:
    """Deactivated webhooks are not called any more, and activated ones are."""
    for each, active in ((plain, False), (silent, True)):
        ids = {"webhookId": each.reply.data["id"]}
        here.session.succeed("PATCH", "/v2/webhooks/{webhookId}", here.headers, ids=ids, body={"active": active})
    made = here.book(event_type, here.at(12))
    silent.expect("BOOKING_CREATED", made)
    plain.expect_silence("was switched off")


def _uids(inbox: Inbox) -> list[Any]:
    """The bookings in an inbox's deliveries."""
    bodies = [each["json"] for each in inbox.received(1)]
    return [_part(each, "payload").get("uid") for each in bodies if is_object(each)]


def _judge_signature(subscriber: Subscriber, secret: str | None) -> None:
    """Checks the signature of the last delivery that was expected."""
    received = subscriber.inbox.received(subscriber.read)
    if len(received) < subscriber.read:
        return  # That nothing came was complained of before.
    got = received[subscriber.read - 1]
    expected = "no-secret-provided"
    if secret is not None:
        expected = hmac.new(secret.encode(), got["body"].encode(), hashlib.sha256).hexdigest()
    shown = got["headers"].get("x-cal-signature-256")
    session = subscriber.here.session
    session.check(REPORTED, shown == expected, subscriber.reply, f"the signature is {shown}")
    when = got["json"].get("createdAt") if is_object(got["json"]) else None
    right = re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", str(when)) is not None
    session.check(REPORTED, right, subscriber.reply, f"createdAt is {when!r}")


def client_subscriptions(session: Session) -> None:
    """Webhooks of an OAuth client and of an organization are called for bookings of their users."""
    client, ids = session.actors.client, {"clientId": session.actors.client_id, "orgId": session.actors.organization_id}
    path = "/v2/oauth-clients/{clientId}/webhooks"
    inbox = Inbox(session)
    body = {"subscriberUrl": inbox.url, "triggers": ["BOOKING_CREATED"], "active": True}
    with host(session) as here:
        hook = session.succeed("POST", path, client, ids=ids, body=body)
        try:
            made = here.book(here.offer(), here.at(10))
            seen = _uids(inbox)
            session.check(REPORTED, made["uid"] in seen, hook, f"the client's webhook hears of {seen}")
        finally:
            known = {**ids, "webhookId": hook.data["id"]}
            session.call("DELETE", f"{path}/{{webhookId}}", client, ids=known)
        here.book(here.offer(), here.at(12))
        seen = _uids(inbox)
        session.check(REPORTED, len(seen) == 1, hook, "a webhook that was deleted still hears of bookings")


def _no_shows(session: Session) -> None:
    """Absences at a meeting that has begun during the run."""
    meeting, user = session.actors.meeting, session.actors.personal
    if meeting is None:
        session.leave_out("needs a sandbox, whose clock can be moved")
        return
    ids, absent = {"bookingUid": meeting.uid}, [{"email": meeting.attendee, "absent": True}]
    for body in ({"host": True}, {"attendees": absent}):
        marked = session.call("POST", f"{BOOKING}/mark-absent", user, ids=ids, body=body, version=BOOKINGS)
        if marked.status == 400 and meeting.start > datetime.now(UTC) - timedelta(seconds=SLACK):
            session.leave_out("the meeting that was booked for it has not begun yet")
            return
        if not session.check("valid_requests_succeed", marked.succeeded, marked, "a valid request is refused"):
            return
        shown = session.succeed("GET", BOOKING, user, ids=ids, version=BOOKINGS)
        for reply in (marked, shown):
            seen = (reply.data["absentHost"], [each["absent"] for each in reply.data["attendees"]])
            expected = (True, ["attendees" in body])
            session.check("reads_return_what_was_written", seen == expected, reply, f"absent are {seen}")


def meetings(session: Session) -> None:
    """Triggers of meetings that start and end, and of no-shows; without a clock that can be moved, only no-shows."""
    if session.actors.control is None:
        _no_shows(session)
        return
    with host(session) as here:
        event_type = here.offer()
        heard = Subscriber(here, *TRIGGERS)
        made = here.book(event_type, here.at(10))
        heard.expect("BOOKING_CREATED", made)
        late = here.try_to(made, "mark-absent", attendees=[{"email": made["attendees"][0]["email"], "absent": True}])
        session.check("invalid_bodies_are_refused", not late.succeeded, late, "the meeting has not begun yet")
        email = made["attendees"][0]["email"]
        ahead = datetime.fromisoformat(made["start"]) - datetime.now(UTC)
        for trigger, step in (("MEETING_STARTED", ahead + timedelta(minutes=1)), ("MEETING_ENDED", timedelta(hours=1))):
            advance(session, seconds=int(step.total_seconds()))
            payload = heard.expect(trigger, made)
            attendees: list[Fields] = payload.get("attendees") or []
            seen = [each.get("email") for each in attendees]
            session.check(REPORTED, seen == [email], heard.reply, f"{trigger} names {seen}, not {[email]}")
            heard.expect_silence(f"only {trigger} is due")
        advance(session, days=2)
        fresh = session.succeed(
            "POST",
            "/v2/oauth-clients/{clientId}/users/{userId}/force-refresh",
            session.actors.client,
            ids={"clientId": session.actors.client_id, "userId": here.user["id"]},
        )
        here.headers = {"Authorization": f"Bearer {fresh.data['accessToken']}"}
        for absent in (True, False):
            shown = here.act(made, "mark-absent", attendees=[{"email": email, "absent": absent}])
            seen = [each["absent"] for each in shown["attendees"]]
            session.check("replies_echo_the_request", seen == [absent], here.read(made), f"absent is {seen}")
            read = [each["absent"] for each in here.read(made).data["attendees"]]
            session.check("reads_return_what_was_written", read == [absent], here.read(made), f"absent is {read}")
            listed = here.listed()
            seen = [who["absent"] for each in listed.data for who in each["attendees"]]
            session.check("lists_show_what_was_written", seen == [absent], listed, f"absent is {seen} in the list")
        past = here.listed(status="past")
        uids = [each["uid"] for each in past.data]
        session.check("filters_and_pages_are_applied", uids == [made["uid"]], past, f"past are {uids}")
        upcoming = here.listed(status="upcoming")
        session.check("filters_and_pages_are_applied", upcoming.data == [], upcoming, "nothing is to come")
        for absent in (True, False):
            heard.read += 1
            received = heard.inbox.received(heard.read)
            payload = _part(received[heard.read - 1]["json"], "payload") if len(received) >= heard.read else {}
            expected = {"bookingUid": made["uid"], "attendees": [{"email": email, "noShow": absent}]}
            wrong = differing(expected, payload) or expected.keys() - payload.keys()
            session.check(REPORTED, not wrong, heard.reply, f"BOOKING_NO_SHOW_UPDATED has the payload {payload}")
        shown = here.act(made, "mark-absent", host=True)
        session.check("replies_echo_the_request", shown["absentHost"], here.read(made), "the host was absent")
