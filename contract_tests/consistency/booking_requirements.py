"""Requirements for bookers: answers to booking fields, which are a resource of their own, and verified addresses."""

from __future__ import annotations

from contract_tests.clients import EVENT_TYPES_2026
from contract_tests.consistency.host import ANONYMOUS, Host, host
from contract_tests.consistency.resource import Fields
from contract_tests.consistency.session import Session
from contract_tests.http import Reply

EFFECT = "settings_take_effect"
BOOKING_FIELDS = "/v2/event-types/{eventTypeId}/booking-fields"
VERIFICATION = "/v2/bookings/verification/email"
NO_CODE = "1ABG2C"
"""Codes have digits only."""


def booking_fields(session: Session) -> None:
    """A field that is added to the form of an event type has to be answered until it is optional or deleted."""
    if session.lacks(BOOKING_FIELDS):
        return
    with host(session) as here:
        talk, other = here.offer(), here.offer()
        before = _fields(here, talk)
        field = {"field": "custom", "slug": "topic", "label": "Topic", "type": "shortText", "required": True}
        added = _change(here, talk, "POST", field)
        names = [each["slug"] for each in added.data["bookingFields"]]
        expected = [*(each["slug"] for each in before), "topic"]
        session.check("replies_echo_the_request", names == expected, added, f"{names} in place of {expected}")
        _compare(here, talk, added)
        session.check(EFFECT, _fields(here, other) == before, added, "the form of another event type has changed")

        here.refuse(talk, here.at(10), "a booking without the answer")
        here.book(other, here.at(10))
        answers = {"topic": "Tea"}
        shown = here.read(here.book(talk, here.at(11), bookingFieldsResponses=answers))
        kept = shown.data["bookingFieldsResponses"].get("topic") == "Tea"
        session.check("reads_return_what_was_written", kept, shown, "the answer is not read back")

        _compare(here, talk, _change(here, talk, "PATCH", {"slug": "topic", "required": False}))
        here.book(talk, here.at(12))
        _change(here, talk, "PATCH", {"slug": "topic", "required": True})
        here.refuse(talk, here.at(13), "a booking without the answer")
        ids = {"eventTypeId": talk["id"], "slug": "topic"}
        one = f"{BOOKING_FIELDS}/{{slug}}"
        _compare(here, talk, session.succeed("DELETE", one, here.headers, ids=ids, version=EVENT_TYPES_2026))
        again = session.call("DELETE", one, here.headers, ids=ids, version=EVENT_TYPES_2026)
        session.check("deleted_things_are_gone", again.status == 404, again, "can be deleted again")
        session.check(EFFECT, _fields(here, talk) == before, again, "the form is not as it was")
        here.book(talk, here.at(13))


def _change(here: Host, event_type: Fields, method: str, field: Fields) -> Reply:
    ids, body = {"eventTypeId": event_type["id"]}, {"bookingFields": [field]}
    return here.session.succeed(method, BOOKING_FIELDS, here.headers, ids=ids, body=body, version=EVENT_TYPES_2026)


def _fields(here: Host, event_type: Fields) -> list[Fields]:
    ids = {"eventTypeId": event_type["id"]}
    reply = here.session.succeed("GET", BOOKING_FIELDS, here.headers, ids=ids, version=EVENT_TYPES_2026)
    return reply.data["bookingFields"]


def _compare(here: Host, event_type: Fields, written: Reply) -> None:
    read = _fields(here, event_type)
    right = read == written.data["bookingFields"]
    here.session.check("reads_return_what_was_written", right, written, "the form read is not the one of the reply")


def verified_bookers(session: Session) -> None:
    """Where bookers have to verify their address, nothing is booked without the code, which no reply shows."""
    if session.lacks(f"{VERIFICATION}/send-code"):
        return
    with host(session) as here:
        email = f"{session.unique('booker')}@example.com"
        booker = {"name": "Ann", "email": email, "timeZone": "Europe/Rome"}
        talk = here.offer(requiresBookerEmailVerification=True)
        here.refuse(talk, here.at(10), "a booking by an unverified address", attendee=booker)
        sent = session.succeed("POST", f"{VERIFICATION}/send-code", ANONYMOUS, body={"email": email})
        session.check("replies_leak_nothing", sent.data == {"sent": True}, sent, "more than that a code was sent")
        for body in ({"email": email, "code": NO_CODE}, {"email": email}, {"code": NO_CODE}):
            wrong = session.call("POST", f"{VERIFICATION}/verify-code", ANONYMOUS, body=body)
            session.check("invalid_bodies_are_refused", wrong.status == 400, wrong, "a wrong code verifies an address")
        here.refuse(talk, here.at(10), "a wrong code", attendee=booker, emailVerificationCode=NO_CODE)
        here.expect(talk, here.hours(*range(9, 17)), "nothing was booked")
        here.change(talk, requiresBookerEmailVerification=False)
        here.book(talk, here.at(10), attendee=booker)
