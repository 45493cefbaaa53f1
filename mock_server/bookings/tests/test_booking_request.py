"""How a booking request is read: answers, guests, the addresses of managed users, chosen hosts and overrides."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from mock_server.bookings.blocklist import block
from mock_server.bookings.booking_request import BookingRequest, read_booking_request
from mock_server.bookings.overrides import NO_OVERRIDES, Overrides
from mock_server.bookings.tests.builders import (
    ACME,
    ADMIN,
    MEMBER,
    ORGANIZER_EMAIL,
    OWNER,
    SALES,
    SOLO,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    booking_body,
)
from mock_server.event_types.booking_fields import ATTENDEE_PHONE, DEFAULT_FIELDS, with_guests
from mock_server.event_types.model import BookingField, EventType, Recurrence
from mock_server.identity.addresses import managed_address
from mock_server.identity.model import MANAGED_USER_LINKS, USERS
from mock_server.runtime.errors import ApiError, BadRequest, Forbidden, Unauthorized
from mock_server.state.transaction import Transaction
from mock_server.workflows.model import WORKFLOW_EVENT_TYPES, WORKFLOW_STEPS, WORKFLOWS

CLIENT = "sandbox-client"
SIZE = BookingField(type="select", slug="size", required=True, label="Size", options=("S", "M"))


def read(tx: Transaction, event_type: EventType, *, is_older_form: bool = False, **fields: Any) -> BookingRequest:
    return read_booking_request(tx, booking_body(event_type, at(10), **fields), is_older_form=is_older_form)


def test_the_request_has_what_was_sent() -> None:
    tx = begin()
    event_type = add_event_type(tx)
    routing = {"responseId": 7, "teamMemberIds": []}
    request = read(
        tx, event_type, guests=["bob@example.com"], metadata={"a": "b"}, routing=routing, emailVerificationCode="1"
    )
    assert (request.event_type, [host.user.id for host in request.hosts]) == (event_type, [SOLO])
    assert (request.start, request.end, request.length, request.occurrences) == (at(10), at(11), 60, 1)
    assert (request.email, request.guests, request.metadata) == ("ann@example.com", ("bob@example.com",), {"a": "b"})
    assert (request.form_response_id, request.verification_code, request.caller_id) == (7, "1", None)
    assert (request.is_instant, request.is_single, request.notes) == (False, False, "")
    answers = {"name": "Ann Lee", "email": "ann@example.com", "guests": ["bob@example.com"]}
    assert {name: request.answers[name] for name in answers} == answers
    assert "location" not in request.answers
    named = read(tx, event_type, location={"type": "integration", "integration": "cal-video"})
    assert (named.location, named.answers["location"]["value"]) == ("integrations:daily", "integrations:daily")


def test_managed_users_of_the_client_are_booked_by_their_plain_addresses() -> None:
    tx = begin()
    tx[MANAGED_USER_LINKS].create(user_id=SOLO, client_id=CLIENT)
    ann, bob = (managed_address(f"{name}@example.com", CLIENT) for name in ("ann", "bob"))
    for email in (ann, bob):
        tx[USERS].create(email=email, created_date=tx.now)
    guests = ["bob@example.com", "eve@example.com"]
    request = read(tx, add_event_type(tx), guests=guests)
    assert (request.email, request.answers["email"]) == (ann, ann)
    assert request.guests == tuple(request.answers["guests"]) == (bob, "eve@example.com")
    other = read(tx, add_event_type(tx, user_id=MEMBER), guests=guests)
    assert (other.email, list(other.guests)) == ("ann@example.com", guests)


def test_a_booker_with_a_phone_number_only_gets_an_address_made_of_it() -> None:
    tx = begin()
    phone = BookingField(type="phone", slug=ATTENDEE_PHONE, required=True, is_default=True)
    optional = tuple(
        msgspec.structs.replace(field, required=False) if field.slug == "email" else field for field in DEFAULT_FIELDS
    )
    event_type = add_event_type(tx, booking_fields=(*optional, phone))
    request = read(tx, event_type, attendee={"email": None, "phoneNumber": "+390612345678"})
    assert request.email == request.answers["email"] == "390612345678@sms.cal.com"
    assert (request.answers[ATTENDEE_PHONE], request.booker.phone_number) == ("+390612345678", "+390612345678")
    assert ATTENDEE_PHONE not in read(tx, add_event_type(tx)).answers


def test_hosts_and_blocked_addresses_are_no_guests_of_a_team() -> None:
    tx = begin()
    block(tx, ACME, "DOMAIN", "spam.example", OWNER)
    member = tx[USERS].require(MEMBER).email
    guests = ["bob@example.com", member, "eve@spam.example"]
    of_team = read(tx, add_team_event_type(tx, {MEMBER: {}}), guests=guests)
    assert of_team.guests == tuple(of_team.answers["guests"]) == ("bob@example.com",)
    personal = read(tx, add_event_type(tx), guests=[*guests, ORGANIZER_EMAIL])
    assert personal.guests == (*guests, ORGANIZER_EMAIL)
    hidden = add_event_type(tx, booking_fields=with_guests(DEFAULT_FIELDS, hidden=True))
    assert read(tx, hidden, guests=["bob@example.com"]).guests == ()
    without = read(tx, add_event_type(tx))
    assert (without.guests, "guests" in without.answers) == ((), False)
    assert read(tx, add_event_type(tx), guests=[]).answers["guests"] == []


@pytest.mark.parametrize(
    ("routing", "subset", "is_enabled", "expected"),
    [
        (None, None, True, [OWNER, ADMIN, MEMBER]),
        ([ADMIN], None, True, [OWNER, ADMIN]),
        ([ADMIN], [MEMBER], True, [OWNER, MEMBER]),
        ([ADMIN], [MEMBER], False, [OWNER, ADMIN]),
        (None, [MEMBER], True, [OWNER, MEMBER]),
        (None, [MEMBER], False, [OWNER, ADMIN, MEMBER]),
        ([ADMIN], [], True, [OWNER, ADMIN]),
    ],
)
def test_a_request_chooses_among_round_robin_hosts(
    routing: list[int] | None, subset: list[int] | None, is_enabled: bool, expected: list[int]
) -> None:
    tx = begin(edition="2026-09")
    hosts: dict[int, dict[str, Any]] = {OWNER: {"is_fixed": True}, ADMIN: {}, MEMBER: {}}
    demo = add_team_event_type(tx, hosts, rr_host_subset_enabled=is_enabled)
    fields: dict[str, Any] = {} if subset is None else {"rrHostSubsetIds": subset}
    if routing is not None:
        fields["routing"] = {"responseId": None, "teamMemberIds": routing}
    assert [host.user.id for host in read(tx, demo, **fields).hosts] == expected


def test_overrides_are_those_of_the_version() -> None:
    tx = begin()
    body = booking_body(add_event_type(tx), at(10), allowConflicts=True, skipBookingLimits=True)
    assert read_booking_request(tx, body, SOLO, "2026-02-25").overrides == Overrides(conflicts=True, limits=True)
    assert read_booking_request(tx, body, SOLO, "2024-08-13").overrides == Overrides(conflicts=True)
    assert read_booking_request(tx, body, None, "2026-02-25").overrides == NO_OVERRIDES


@pytest.mark.parametrize(
    ("edition", "is_older_form", "responses", "expected"),
    [
        ("2025-04", False, None, {}),
        ("2025-04", False, {"size": "XL"}, {"size": "XL"}),
        ("2025-04", False, {}, "Missing required booking field response: size"),
        ("2026-03", True, None, {}),
        ("2026-03", True, {"size": "XL"}, {"size": "XL"}),
        ("2026-03", True, {}, "Missing required booking field response: size"),
        ("2026-03", False, None, "Missing required booking field response: size"),
        ("2026-03", False, {"size": "XL"}, "size"),
        ("2026-03", False, {"size": "M", "notes": None}, {"size": "M"}),
    ],
)
def test_answers_are_checked_since_2026_03_but_in_older_forms(
    edition: str, is_older_form: bool, responses: dict[str, Any] | None, expected: Any
) -> None:
    tx = begin(edition=edition)
    sized = add_event_type(tx, booking_fields=(*DEFAULT_FIELDS, SIZE))
    if responses is None and isinstance(expected, dict):
        sized = add_event_type(tx)
    fields = {} if responses is None else {"bookingFieldsResponses": responses}
    if isinstance(expected, str):
        with pytest.raises(BadRequest, match=expected):
            read(tx, sized, is_older_form=is_older_form, **fields)
        return
    answers = read(tx, sized, is_older_form=is_older_form, **fields).answers
    assert answers.get("size") == expected.get("size")
    assert answers.get("notes") in (None, "")


def test_an_event_type_that_cannot_be_booked_is_refused_before_its_answers_are_read() -> None:
    tx = begin(edition="2026-03")
    empty = add_team_event_type(tx, {}, booking_fields=(*DEFAULT_FIELDS, SIZE))
    with pytest.raises(ApiError, match="it has no hosts"):
        read(tx, empty)
    older = begin(edition="2025-04")
    assert read(older, add_team_event_type(older, {})).hosts == ()
    with pytest.raises(ApiError, match="Instant bookings are only"):
        read(tx, add_event_type(tx), instant=True)
    assert read(tx, add_team_event_type(tx, {MEMBER: {}}), instant=True).is_instant


def test_answers_are_checked_unless_a_request_is_of_an_older_form() -> None:
    tx = begin(edition="2026-03")
    sized = add_event_type(tx, booking_fields=(*DEFAULT_FIELDS, SIZE))
    with pytest.raises(BadRequest, match="Missing required booking field response: size"):
        read_booking_request(tx, booking_body(sized, at(10)))


def test_an_event_type_may_be_booked_by_those_who_run_it_only() -> None:
    tx = begin(edition="2026-09")
    closed = add_event_type(tx, booking_requires_authentication=True)
    body = booking_body(closed, at(10))
    with pytest.raises(Unauthorized):
        read_booking_request(tx, body)
    with pytest.raises(Forbidden):
        read_booking_request(tx, body, MEMBER)
    assert read_booking_request(tx, body, SOLO).caller_id == SOLO


def test_a_workflow_that_sends_texts_needs_a_phone_number() -> None:
    tx = begin(edition="2026-09")
    event_type = add_team_event_type(tx, {MEMBER: {}})
    texts = tx[WORKFLOWS].create(team_id=SALES, kind="event-type", name="w", trigger="newEvent")
    step: dict[str, Any] = {"number": 0, "action": "sms_attendee", "phone_required": True}
    tx[WORKFLOW_STEPS].create(workflow_id=texts.id, sender="Acme", subject="", text="", **step)
    tx[WORKFLOW_EVENT_TYPES].create(workflow_id=texts.id, event_type_id=event_type.id)
    with pytest.raises(BadRequest):
        read(tx, event_type)
    number = "+390612345678"
    assert read(tx, event_type, attendee={"phoneNumber": number}).booker.phone_number == number
    answers = {"smsReminderNumber": number}
    assert read(tx, event_type, bookingFieldsResponses=answers).answers["smsReminderNumber"] == number


def test_a_series_has_the_length_that_was_chosen_since_2026_03() -> None:
    weekly = Recurrence(interval=1, occurrences=2, frequency="weekly")
    for edition, length in (("2025-04", 60), ("2026-03", 30)):
        tx = begin(edition=edition)
        event_type = add_event_type(tx, length_options=(30, 60), recurrence=weekly)
        request = read(tx, event_type, lengthInMinutes=30, recurrenceCount=1)
        assert (request.length, request.occurrences) == (length, 1)


def test_a_booking_takes_place_in_the_organizer_s_default_app_or_at_the_address_that_was_sent() -> None:
    tx = begin()
    tx[USERS].update(SOLO, metadata={"defaultConferencingApp": {"appSlug": "zoom"}})
    nowhere = add_event_type(tx, locations=())
    assert read(tx, nowhere).location == "integrations:zoom"
    assert read(tx, nowhere, meetingUrl="https://meet.example").location == "https://meet.example"
    assert read(tx, add_team_event_type(tx, {SOLO: {}}, locations=())).location == "integrations:zoom"


def test_a_client_s_users_are_booked_by_phone_as_well() -> None:
    tx = begin(edition="2025-04")
    tx[MANAGED_USER_LINKS].create(user_id=SOLO, client_id=CLIENT)
    optional = tuple(
        msgspec.structs.replace(field, required=False) if field.slug == "email" else field for field in DEFAULT_FIELDS
    )
    event_type = add_event_type(tx, booking_fields=optional)
    by_phone = read(tx, event_type, attendee={"email": None, "phoneNumber": "+390612345678"})
    assert by_phone.email == "390612345678@sms.cal.com"
    assert read(tx, event_type, attendee={"email": None}).email == "@sms.cal.com", "neither was asked for"
