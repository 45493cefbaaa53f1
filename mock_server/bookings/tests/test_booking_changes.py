"""Webhook events, e-mails and refusals of changes of bookings."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mock_server.bookings.attendees import add_host
from mock_server.bookings.cancellation import cancel, cancel_silently
from mock_server.bookings.confirmation import confirm, decline
from mock_server.bookings.host_assignment import NOT_AVAILABLE
from mock_server.bookings.lifecycle import check_may_be_rescheduled
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, Booking
from mock_server.bookings.no_shows import mark_absent
from mock_server.bookings.participants import NewParticipant, add_attendee_to, add_guests_to
from mock_server.bookings.reassignment import NO_OTHER_HOST, reassign, reassign_to
from mock_server.bookings.reschedule_requests import request_reschedule
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    OWNER,
    SALES,
    SOLO,
    add_booking,
    add_event_type,
    add_member,
    add_team_event_type,
    at,
    begin,
    book,
    create_bookings,
    later,
    text,
    write_to_google,
)
from mock_server.calendars.model import CALENDAR_EVENTS
from mock_server.event_types.booking_fields import DEFAULT_FIELDS, with_guests
from mock_server.event_types.model import EVENT_TYPES, Recurrence, Seats
from mock_server.identity.addresses import managed_address
from mock_server.identity.model import MANAGED_USER_LINKS, USERS
from mock_server.runtime.errors import ApiError, BadRequest, Forbidden, TranslatedError
from mock_server.runtime.outbox import POSTED, Content, Message
from mock_server.state.transaction import Transaction
from mock_server.workflows.model import WORKFLOW_EVENT_TYPES, WORKFLOW_STEPS, WORKFLOWS

APRIL, MARCH, SEPTEMBER = "2025-04", "2026-03", "2026-09"


def refusal(action: Callable[..., object], *arguments: Any) -> ApiError:
    with pytest.raises(ApiError) as refused:
        action(*arguments)
    return refused.value


def emitted(tx: Transaction) -> list[tuple[str, dict[str, Any]]]:
    """The webhook events since the outbox was cleared, with their payloads."""
    return [(each.name, dict(each.payload["event"].payload)) for each in tx.outbox if "event" in each.payload]


def mails(tx: Transaction) -> dict[str, str]:
    """The texts of the e-mails since the outbox was cleared, by the addresses of the receivers."""
    found: dict[str, str] = {}
    messages: list[Message] = [
        each for event in tx.outbox if event.name == POSTED for each in event.payload["messages"]
    ]
    for message in messages:
        content = message.content if isinstance(message.content, Content) else message.content()
        found[str(message.to)] = f"{content.subject}\\n{content.text}"
    return found


def weekly(tx: Transaction) -> list[Booking]:
    event_type = add_event_type(tx, recurrence=Recurrence(interval=1, occurrences=3, frequency="weekly"))
    return [each.booking for each in create_bookings(tx, event_type, at(10))]


def seats_of(tx: Transaction, *names: str, **settings: Any) -> list[tuple[Booking, str]]:
    """The seats of these attendees in one booking."""
    yoga = add_event_type(tx, seats=Seats(per_time_slot=3), **settings)
    found = [create_bookings(tx, yoga, at(10), attendee={"email": f"{name}@example.com"})[0] for name in names]
    return [(each.booking, each.seat_uid or "") for each in found]


# -- seats ------------------------------------------------------------------------------------------------------------


def receivers(tx: Transaction) -> set[tuple[str, str]]:
    """The receivers of mails, and the seats that these are about."""
    posted = (event.payload["messages"] for event in tx.outbox if event.name == POSTED)
    return {(str(each.to), str(each.about.get("seatUid"))) for batch in posted for each in batch}


def test_mails_about_a_seat_go_to_its_attendee_and_the_host() -> None:
    tx = begin(edition=SEPTEMBER)
    [(booking, ann)] = seats_of(tx, "ann")
    event_type = tx[EVENT_TYPES].require(booking.event_type_id)
    host = "solo@example.com"
    tx.outbox.clear()
    [second] = create_bookings(tx, event_type, at(10), attendee={"email": "bob@example.com"})
    bob = str(second.seat_uid)
    assert receivers(tx) == {("bob@example.com", bob), (host, bob)}
    posted = next(event.payload["messages"] for event in tx.outbox if event.name == POSTED)
    assert {str(each.to): each.kind for each in posted} == {
        "bob@example.com": "bookingConfirmed",
        host: "seatBooked",
    }
    create_bookings(tx, event_type, at(14), attendee={"email": "eve@example.com"})
    tx.outbox.clear()
    reschedule(tx, booking.uid, {"start": text(at(14)), "seatUid": ann})
    assert receivers(tx) == {("ann@example.com", ann), (host, ann)}


# -- cancellations ----------------------------------------------------------------------------------------------------


def test_only_the_event_about_a_whole_series_names_its_recurrence() -> None:
    for whole in (True, False):
        tx = begin(edition=APRIL)
        series = weekly(tx)
        tx.outbox.clear()
        uid = series[0].recurring_event_id if whole else series[0].uid
        assert uid is not None
        cancel(tx, uid, {"cancellationReason": "ill"}, SOLO)
        [(name, payload)] = emitted(tx)
        assert (name, payload["bookingId"], "recurringEvent" in payload) == ("BOOKING_CANCELLED", series[0].id, whole)
        assert [each["email"] for each in payload["attendees"]] == ["ann@example.com"]
        assert any("ann@example.com" in receiver for receiver in mails(tx))
        posted = next(event.payload["messages"] for event in tx.outbox if event.name == POSTED)
        contents = [each.content if isinstance(each.content, Content) else each.content() for each in posted]
        assert ["RRULE" in str(each.attachments) for each in contents] == [whole] * len(contents)


def test_a_series_that_is_over_is_cancelled_without_an_event() -> None:
    tx = begin(edition=APRIL)
    series = weekly(tx)
    after = later(tx, at(12, days=28))
    assert series[0].recurring_event_id is not None
    cancel(after, series[0].recurring_event_id, {"cancellationReason": "ill"}, SOLO)
    assert emitted(after) == []


@pytest.mark.parametrize("edition", [APRIL, MARCH])
def test_the_event_about_a_seat_has_its_attendee_and_later_its_reason(edition: str) -> None:
    tx = begin(edition=edition)
    (booking, seat_uid), _ = seats_of(tx, "ann", "bob")
    tx.outbox.clear()
    cancel(tx, booking.uid, {"seatUid": seat_uid, "cancellationReason": "ill"}, None)
    [(name, payload)] = emitted(tx)
    assert (name, payload["cancellationReason"]) == ("BOOKING_CANCELLED", None if edition == APRIL else "ill")
    assert [each["email"] for each in payload["attendees"]] == ["ann@example.com"]
    assert any("ill" in text for receiver, text in mails(tx).items() if "ann@example.com" in receiver)
    assert receivers(tx) == {("ann@example.com", seat_uid), ("solo@example.com", seat_uid)}


def test_attendees_of_a_shared_booking_are_mailed_about_its_end() -> None:
    tx = begin(edition=APRIL)
    (booking, _), _ = seats_of(tx, "ann", "bob")
    tx.outbox.clear()
    cancel(tx, booking.uid, {"cancellationReason": "ill"}, SOLO)
    assert {receiver for receiver, _ in receivers(tx)} == {"ann@example.com", "bob@example.com", "solo@example.com"}


def test_a_seat_of_a_client_s_event_type_needs_no_reason() -> None:
    for is_managed in (False, True):
        tx = begin(edition=MARCH)
        if is_managed:
            tx[MANAGED_USER_LINKS].create(user_id=SOLO, client_id="sandbox-client")
        (booking, seat_uid), _ = seats_of(tx, "ann", "bob")
        single = book(tx, add_event_type(tx), at(14))
        if is_managed:
            cancel(tx, booking.uid, {"seatUid": seat_uid}, SOLO)
            cancel(tx, single.uid, {}, SOLO)
        else:
            refusal(cancel, tx, booking.uid, {"seatUid": seat_uid}, SOLO)
            refusal(cancel, tx, single.uid, {}, SOLO)
            cancel(tx, booking.uid, {"seatUid": seat_uid, "cancellationReason": "ill"}, SOLO)
            cancel(tx, single.uid, {"cancellationReason": "ill"}, SOLO)
        assert tx[BOOKINGS].require(single.id).status == "cancelled"
        assert tx[BOOKING_SEATS].count(booking_id=booking.id) == 1


@pytest.mark.parametrize("edition", [MARCH, SEPTEMBER])
def test_a_silent_cancellation_has_events_but_no_mails(edition: str) -> None:
    tx = begin(edition=edition)
    (booking, seat_uid), _ = seats_of(tx, "ann", "bob")
    seat = tx[BOOKING_SEATS].first(reference_uid=seat_uid)
    assert seat is not None
    single = book(tx, add_event_type(tx), at(14))
    for event_type_id in (booking.event_type_id, single.event_type_id):
        workflow = tx[WORKFLOWS].create(user_id=SOLO, kind="event-type", name="w", trigger="eventCancelled")
        step: dict[str, Any] = {"number": 0, "action": "email_attendee", "subject": "Gone", "text": "Gone"}
        tx[WORKFLOW_STEPS].create(workflow_id=workflow.id, sender="Acme", **step)
        tx[WORKFLOW_EVENT_TYPES].create(workflow_id=workflow.id, event_type_id=event_type_id)
    tx.outbox.clear()
    assert cancel_silently(tx, booking, [seat], OWNER)
    assert cancel_silently(tx, single, [], OWNER)
    events = emitted(tx)
    assert events[0][1].get("attendeeSeatId") == (seat_uid if edition == SEPTEMBER else None)
    assert [name for name, _ in events] == ["BOOKING_CANCELLED"] * 2
    assert [[each["email"] for each in payload["attendees"]] for _, payload in events] == [["ann@example.com"]] * 2
    assert mails(tx) == {}


# -- confirmations and refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("action", "status"), [(confirm, "accepted"), (decline, "rejected")])
def test_a_decision_about_a_rescheduled_booking_makes_it_one_of_its_own(action: Any, status: str) -> None:
    tx = begin()
    booking = add_booking(tx, at(10), at(11), status="cancelled", rescheduled=True)
    changed = action(tx, booking.uid, SOLO, *(("full",) if action is decline else ()))
    assert (changed.status, changed.rescheduled, changed.meeting_url) == (status, False, None)


def test_refusals_of_decisions_have_hints() -> None:
    tx = begin(edition=MARCH)
    accepted = book(tx, add_event_type(tx), at(10))
    assert refusal(confirm, tx, accepted.uid, SOLO).hint == "The booking is already accepted."
    instant = book(tx, add_team_event_type(tx, {MEMBER: {}}), at(12), instant=True)
    assert refusal(confirm, tx, instant.uid, OWNER).hint == "The booking has no organizer yet."


@pytest.mark.parametrize(
    ("status", "why"), [("rejected", "has been rejected"), ("awaiting_host", "is awaiting a host")]
)
def test_only_accepted_and_pending_bookings_are_rescheduled_since_2026_09(status: str, why: str) -> None:
    for edition in (MARCH, SEPTEMBER):
        tx = begin(edition=edition)
        booking = add_booking(tx, at(10), at(11), status=status)
        if edition == MARCH:
            check_may_be_rescheduled(tx, booking)
        else:
            expected = (
                f"Can't reschedule booking with uid={booking.uid} because it {why}. Please provide uid of a booking "
                "that is accepted or pending."
            )
            assert refusal(check_may_be_rescheduled, tx, booking).message == expected


def test_a_booking_that_was_rescheduled_names_its_last_successor() -> None:
    tx = begin(edition=MARCH)
    booking = add_booking(tx, at(10), at(11), status="cancelled", rescheduled=True)
    alone = f"Can't reschedule booking with uid={booking.uid} because it has been cancelled"
    none = f"{alone}. Please provide uid of a booking that is not cancelled."
    assert refusal(check_may_be_rescheduled, tx, booking).message == none
    add_booking(tx, at(12), at(13), from_reschedule=booking.uid, status="cancelled")
    last = add_booking(tx, at(14), at(15), from_reschedule=booking.uid)
    found = refusal(check_may_be_rescheduled, tx, booking).message
    assert found == (
        f"{alone} and rescheduled already to booking with uid={last.uid}. You probably want to reschedule {last.uid} "
        "instead by passing it within the request URL."
    )
    plain = tx[BOOKINGS].update(booking.id, rescheduled=False)
    assert refusal(check_may_be_rescheduled, tx, plain).message == none


@pytest.mark.parametrize("hour", [9, 11])
def test_unknown_attendees_and_those_of_later_bookings_are_not_marked(hour: int) -> None:
    tx = begin()
    booking = book(tx, add_event_type(tx), at(10))
    tx = later(tx, at(hour))
    email = "ann@example.com" if hour == 9 else "eve@example.com"
    body: Any = {"attendees": [{"email": email, "absent": True}]}
    refused = refusal(mark_absent, tx, booking.uid, body, SOLO)
    assert (refused.status, refused.message) == (400, "Failed to update no-show status")


# -- requests to reschedule -------------------------------------------------------------------------------------------


def test_a_request_to_reschedule_notifies_the_attendees() -> None:
    tx = begin(edition=SEPTEMBER)
    booking = book(tx, add_event_type(tx), at(10))
    refused = refusal(request_reschedule, tx, booking.uid, None, MEMBER)
    assert refused.hint == "Only the organizer, and admins and owners of the team, may do this."
    tx.outbox.clear()
    request_reschedule(tx, booking.uid, "ill", SOLO)
    [(_, payload)] = emitted(tx)
    assert (payload["requestReschedule"], payload["cancellationReason"]) == (True, "Please reschedule. ill")
    assert [each["email"] for each in payload["attendees"]] == ["ann@example.com"]
    assert refusal(request_reschedule, tx, booking.uid, "ill", SOLO).hint == "The booking is already cancelled."


# -- participants -----------------------------------------------------------------------------------------------------


def test_guests_are_stored_with_the_addresses_of_managed_users() -> None:
    tx = begin(edition=MARCH)
    tx[MANAGED_USER_LINKS].create(user_id=SOLO, client_id="sandbox-client")
    managed = managed_address("bob@example.com", "sandbox-client")
    tx[USERS].create(email=managed, created_date=tx.now)
    booking = book(tx, add_event_type(tx), at(10))
    add_guests_to(tx, booking, SOLO, [NewParticipant(email="bob@example.com")])
    assert [each.email for each in tx[ATTENDEES].find(booking_id=booking.id)] == ["ann@example.com", managed]


def test_addresses_of_guests_are_compared_without_case_and_tag() -> None:
    tx = begin(edition=SEPTEMBER)
    booking = book(tx, add_event_type(tx), at(10), guests=["bob@example.com"])
    people = [NewParticipant(email=each) for each in ("BOB+x@Example.com", "eve+1@example.com", "Eve@example.com")]
    tx.outbox.clear()
    add_guests_to(tx, booking, SOLO, people)
    found = [each.email for each in tx[ATTENDEES].find(booking_id=booking.id)]
    assert found == ["ann@example.com", "bob@example.com", "eve+1@example.com"]
    receivers = " ".join(mails(tx))
    assert all(name in receivers for name in ("ann@", "bob@", "eve+1@"))


def test_refusals_of_guests_have_hints() -> None:
    tx = begin(edition=MARCH)
    booking = book(tx, event_type := add_event_type(tx), at(10))
    ann = NewParticipant(email="ann@example.com")
    assert refusal(add_attendee_to, tx, booking, SOLO, ann).hint == "All of them already attend."
    tx[EVENT_TYPES].update(event_type.id, booking_fields=with_guests(DEFAULT_FIELDS, hidden=True))
    assert refusal(add_attendee_to, tx, booking, SOLO, ann).hint == "The event type hides the field for guests."
    tx = begin(edition=SEPTEMBER)
    refused = refusal(add_guests_to, tx, book(tx, add_event_type(tx), at(10)), SOLO, [ann])
    assert isinstance(refused, TranslatedError) and refused.key == "emails_must_be_unique_valid"


def test_a_host_attends_with_name_and_language() -> None:
    tx = begin()
    booking = add_booking(tx, at(10), at(11))
    user = tx[USERS].update(MEMBER, name="Mia", locale="it", time_zone="Asia/Tokyo")
    found = add_host(tx, booking, user)
    assert (found.name, found.email, found.locale, found.time_zone) == ("Mia", user.email, "it", "Asia/Tokyo")
    assert add_host(tx, booking, tx[USERS].update(OWNER, name=None)).name == ""


# -- reassignments ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("edition", [APRIL, SEPTEMBER])
def test_a_reassigned_booking_is_the_new_host_s(edition: str) -> None:
    tx = begin(edition=edition)
    write_to_google(tx)
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, custom_name="{Scheduler} and {Organiser} at {Location}|")
    booking = book(tx, demo, at(10))
    tx = later(tx, tx.now + timedelta(hours=1))
    changed, new = reassign(tx, booking.uid, OWNER)
    assert (booking.user_id, changed.user_id, new.id, changed.updated_at) == (OWNER, MEMBER, MEMBER, tx.now)
    assert changed.title == f"Ann Lee and {new.name} at integrations:daily|"
    events = [(each, payload["addedHostUserIds"], payload["removedHostUserIds"]) for each, payload in emitted(tx)]
    assert events == ([] if edition == APRIL else [("BOOKING_REASSIGNED", [MEMBER], [OWNER])])
    tx[BOOKINGS].update(booking.id, location=None)
    for attendee in tx[ATTENDEES].find(booking_id=booking.id):
        tx[ATTENDEES].delete(attendee.id)
    again, _ = reassign(tx, booking.uid, OWNER)
    assert again.title == f" and {tx[USERS].require(OWNER).name} at |"


@pytest.mark.parametrize("edition", [APRIL, SEPTEMBER])
def test_beside_a_fixed_host_the_attending_host_is_replaced(edition: str) -> None:
    tx = begin(edition=edition)
    demo = add_team_event_type(tx, {OWNER: {"is_fixed": True}, ADMIN: {}, MEMBER: {}})
    booking = book(tx, demo, at(10))
    admin, member = (tx[USERS].require(user_id).email for user_id in (ADMIN, MEMBER))
    tx = later(tx, tx.now + timedelta(hours=1))
    changed, organizer = reassign(tx, booking.uid, OWNER)
    assert (changed.user_id, organizer.id, changed.updated_at) == (OWNER, OWNER, tx.now)
    emails = {each.email for each in tx[ATTENDEES].find(booking_id=booking.id)}
    assert (admin in emails, member in emails) == (False, True)
    events = [(each, payload["addedHostUserIds"], payload["removedHostUserIds"]) for each, payload in emitted(tx)]
    assert events == ([] if edition == APRIL else [("BOOKING_REASSIGNED", [MEMBER], [ADMIN])])


@pytest.mark.parametrize(("edition", "message"), [(APRIL, NOT_AVAILABLE), (SEPTEMBER, NO_OTHER_HOST)])
def test_a_host_who_attends_or_is_busy_is_not_reassigned(edition: str, message: str) -> None:
    tx = begin(edition=edition)
    demo = add_team_event_type(tx, {OWNER: {"is_fixed": True}, ADMIN: {}, MEMBER: {}})
    booking = book(tx, demo, at(10))
    add_host(tx, booking, tx[USERS].require(MEMBER))
    assert refusal(reassign, tx, booking.uid, OWNER).message == message
    other = book(tx, demo, at(14))
    add_booking(tx, at(14), at(15), user_id=ADMIN)
    add_booking(tx, at(14), at(15), user_id=MEMBER)
    assert refusal(reassign, tx, other.uid, OWNER).message == message


def test_a_host_who_attends_a_pending_booking_is_not_reassigned_to_it() -> None:
    tx = begin(edition=SEPTEMBER)
    hosts: dict[int, dict[str, Any]] = {OWNER: {"is_fixed": True}, ADMIN: {}, MEMBER: {}}
    strict = add_team_event_type(tx, hosts, requires_confirmation=True)
    pending = book(tx, strict, at(10))
    add_booking(tx, at(10), at(11), user_id=MEMBER)
    assert refusal(reassign, tx, pending.uid, OWNER).message == NO_OTHER_HOST


def test_a_host_whose_buffer_is_taken_is_not_reassigned() -> None:
    tx = begin(edition=SEPTEMBER)
    buffered = add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, before_event_buffer=30)
    booking = book(tx, buffered, at(10))
    add_booking(tx, at(9), at(10), user_id=MEMBER)
    assert refusal(reassign, tx, booking.uid, OWNER).message == NO_OTHER_HOST


def test_beside_a_fixed_host_the_one_who_attended_least_recently_is_next() -> None:
    tx = begin(edition=SEPTEMBER)
    add_member(tx, SOLO, SALES, "MEMBER")
    hosts: dict[int, dict[str, Any]] = {OWNER: {"is_fixed": True}, ADMIN: {}, MEMBER: {}, SOLO: {}}
    demo = add_team_event_type(tx, hosts)
    third = [book(tx, demo, at(hour)) for hour in (9, 10, 11, 12)][2]
    emails = {user_id: tx[USERS].require(user_id).email for user_id in (ADMIN, MEMBER, SOLO)}
    reassign(tx, third.uid, OWNER)
    attending = {each.email for each in tx[ATTENDEES].find(booking_id=third.id)}
    assert attending == {"ann@example.com", emails[MEMBER]}, "the admin attended the last booking"


def test_a_booking_is_reassigned_to_hosts_who_take_turns() -> None:
    for edition in (APRIL, SEPTEMBER):
        tx = begin(edition=edition)
        booking = book(tx, add_team_event_type(tx, {OWNER: {"is_fixed": True}, MEMBER: {}}), at(10))
        for user_id in (SOLO, OWNER):
            message = refusal(reassign_to, tx, booking.uid, user_id, None, OWNER).message
            if edition == APRIL:
                assert message == f"User with id={user_id} is not a host of the event type who can take its bookings."
            else:
                assert message.startswith(f"User with id={user_id} is not a valid Round Robin host - the user to which")
        changed, _ = reassign_to(tx, booking.uid, MEMBER, "ill", OWNER)
        assert (changed.reassign_reason, changed.reassign_by_id) == ("ill", OWNER)


def test_a_booking_is_reassigned_by_hosts_and_admins_since_2026_09() -> None:
    tx = begin(edition=SEPTEMBER)
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {}})
    booking = book(tx, demo, at(10))
    refused = refusal(reassign, tx, booking.uid, SOLO)
    assert isinstance(refused, Forbidden)
    assert refused.message == "You do not have permission to reassign this booking"
    assert reassign(tx, booking.uid, MEMBER)[0].user_id == MEMBER
    assert refusal(reassign, tx, "x", OWNER).message == "Booking with uid=x was not found in the database"
    lost = add_booking(tx, at(12), at(13), event_type_id=None)
    missing = refusal(reassign, tx, lost.uid, OWNER)
    assert isinstance(missing, BadRequest)
    assert missing.message == "Event type with id=null was not found in the database"
    without_host = add_booking(tx, at(14), at(15), event_type_id=demo.id, user_id=None)
    expected = f"Booking with uid={without_host.uid} has no event type whose hosts could take it."
    assert refusal(reassign, tx, without_host.uid, OWNER).message == expected
    older = begin(edition=APRIL)
    lost = add_booking(older, at(12), at(13), event_type_id=None)
    expected = f"Booking with uid={lost.uid} has no event type whose hosts could take it."
    assert refusal(reassign, older, lost.uid, SOLO).message == expected


def test_a_host_who_replaces_another_is_in_the_calendar() -> None:
    tx = begin(edition=SEPTEMBER)
    write_to_google(tx)
    demo = add_team_event_type(tx, {SOLO: {"is_fixed": True}, ADMIN: {}, MEMBER: {}})
    booking = book(tx, demo, at(10))
    reassign(tx, booking.uid, OWNER)
    [event] = tx.table(CALENDAR_EVENTS).rows.values()
    emails = {each.email for each in event.attendees}
    assert tx[USERS].require(MEMBER).email in emails and tx[USERS].require(ADMIN).email not in emails
