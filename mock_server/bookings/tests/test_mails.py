"""Mails about bookings beyond the recorded scenarios: unusual names, telephone numbers, seats, many guests."""

from __future__ import annotations

from typing import Any

import pytest
from icalendar import Calendar

from mock_server.bookings.booking_request import read_booking_request
from mock_server.bookings.cancellation import cancel
from mock_server.bookings.creation import create
from mock_server.bookings.reassignment import reassign_to
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    MEMBER,
    ORGANIZER_EMAIL,
    OWNER,
    SOLO,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
    text,
)
from mock_server.event_types.booking_fields import ATTENDEE_PHONE, DEFAULT_FIELDS
from mock_server.event_types.model import BookingField, EmailSettings, Seats
from mock_server.identity.model import USERS
from mock_server.runtime.outbox import POSTED, Content, Message
from mock_server.state.transaction import Transaction


@pytest.fixture
def tx() -> Transaction:
    return begin()


def messages(tx: Transaction) -> list[Message]:
    """The messages since the last call."""
    found = [message for event in tx.outbox if event.name == POSTED for message in event.payload["messages"]]
    tx.outbox.clear()
    return found


def content(message: Message) -> Content:
    return message.content if isinstance(message.content, Content) else message.content()


def invitation(message: Message) -> Any:
    [event] = Calendar.from_ical(content(message).attachments[0].content).walk("VEVENT")
    return event


NAMES = [
    'Ann "The" Lee',
    "Ann;Lee,:=",
    "Ann\r\nATTENDEE:mailto:x@example.com",
    "Ann\x00\x1fLee",
    "Änn Лее 李 🙂",
    "{title}",
]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_breaks_a_mail(tx: Transaction, name: str) -> None:
    book(tx, add_event_type(tx), at(10), attendee={"name": name}, bookingFieldsResponses={"notes": name})
    for each in messages(tx):
        assert "\n" not in (content(each).subject or "")
        event = invitation(each)
        assert event["attendee"] == "mailto:ann@example.com"
        assert event["organizer"] == f"mailto:{ORGANIZER_EMAIL}"


def test_times_are_those_of_the_organizer_s_format(tx: Transaction) -> None:
    tx[USERS].update(SOLO, time_format=24)
    booking = book(tx, add_event_type(tx), at(14))
    messages(tx)
    cancel(tx, booking.uid, {"cancellationReason": "ill"}, None)
    between = "between Sam Solo and Ann Lee"
    assert [content(each).subject for each in messages(tx)] == [
        "Canceled: Talk between Sam Solo and Ann Lee at 14:00 - 15:00, Monday, January 7, 2030",
        f"Canceled: Talk between Sam Solo and Ann Lee {between} at 15:00 - 16:00, Monday, January 7, 2030",
    ]


def test_an_attendee_with_only_a_telephone_number_receives_a_text(tx: Transaction) -> None:
    name, _, *others = DEFAULT_FIELDS
    phone = BookingField(type="phone", slug=ATTENDEE_PHONE, required=True, is_default=True)
    fields = (name, BookingField(type="email", slug="email", required=False, hidden=True, is_default=True), phone)
    event_type = add_team_event_type(tx, {OWNER: {}}, booking_fields=(*fields, *others))
    body = {
        "eventTypeId": event_type.id,
        "start": text(at(10)),
        "attendee": {"name": "Ann Lee", "timeZone": "Europe/Rome", "phoneNumber": "+393331234567"},
    }
    [created] = create(tx, read_booking_request(tx, body))
    mail, sms = messages(tx)
    assert (mail.channel, mail.to) == ("email", "owner@acme.example")
    assert (sms.channel, sms.to, sms.kind) == ("sms", "+393331234567", "bookingConfirmed")
    assert content(sms) == Content(
        text="Your event has been scheduled: Talk between Olivia Owner and Ann Lee, 11:00am - 12:00pm, Monday, "
        f"January 7, 2030. https://cal.com/booking/{created.booking.uid}"
    )


def test_a_custom_name_is_the_title_of_all_mails(tx: Transaction) -> None:
    event_type = add_event_type(tx, custom_name="{Scheduler} talks", seats=Seats(per_time_slot=2))
    book(tx, event_type, at(10), attendee={"language": "it"})
    assert {content(each).subject for each in messages(tx)} == {"Ann Lee talks"}


def test_attendees_see_each_other_where_seats_show_them(tx: Transaction) -> None:
    event_type = add_event_type(tx, seats=Seats(per_time_slot=2, show_attendees=True))
    book(tx, event_type, at(10))
    messages(tx)
    book(tx, event_type, at(10), attendee={"name": "Bob", "email": "bob@example.com"})
    for each in messages(tx):
        assert len(invitation(each)["attendee"]) == 2
        assert "ann@example.com" in content(each).text


def test_sequence_numbers_grow_when_all_seats_move(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx, seats=Seats(per_time_slot=2)), at(10))
    for hour, sequence in ((11, 1), (12, 2)):
        messages(tx)
        reschedule(tx, booking.uid, {"start": text(at(hour)), "rescheduledBy": ORGANIZER_EMAIL})
        found = [invitation(each) for each in messages(tx)]
        assert [(each["uid"], each["sequence"]) for each in found] == [(booking.ical_uid, sequence)] * 2


def test_a_reassignment_beside_a_fixed_host_concerns_two_hosts(tx: Transaction) -> None:
    event_type = add_team_event_type(tx, {OWNER: {"is_fixed": True}, MEMBER: {}, SOLO: {}})
    booking = book(tx, event_type, at(10))
    first, second = (MEMBER, SOLO) if any(each.to == "member@acme.example" for each in messages(tx)) else (SOLO, MEMBER)
    reassign_to(tx, booking.uid, second, None, OWNER)
    found = {each.to: (each.kind, invitation(each)["status"]) for each in messages(tx)}
    assert found == {
        tx[USERS].require(second).email: ("bookingConfirmed", "CONFIRMED"),
        tx[USERS].require(first).email: ("bookingReassigned", "CANCELLED"),
    }


def test_messages_share_what_they_are_made_of(tx: Transaction) -> None:
    guests = [f"guest{number}@example.com" for number in range(200)]
    book(tx, add_event_type(tx), at(10), guests=guests)
    found = messages(tx)
    assert len(found) == 202
    assert 200 * 50 < sum(each.size for each in found) < 200 * 500


def test_a_hidden_address_of_the_organizer_is_in_no_mail_to_attendees(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx, hide_organizer_email=True), at(10), guests=["guest@example.com"])
    cancel(tx, booking.uid, {"cancellationReason": "ill"}, None)
    own, *others = sorted(messages(tx), key=lambda each: each.to != ORGANIZER_EMAIL)
    assert ORGANIZER_EMAIL in content(own).text
    attendees = [each for each in others if each.to != ORGANIZER_EMAIL]
    assert len(attendees) == 4
    for each in attendees:
        assert ORGANIZER_EMAIL not in content(each).text
        assert all(ORGANIZER_EMAIL not in file.content for file in content(each).attachments)
        assert invitation(each)["organizer"] == "mailto:no-reply@cal.com"


@pytest.mark.parametrize(
    ("settings", "recipients"),
    [
        (EmailSettings(attendees_disabled=True), {"owner@acme.example"}),
        (EmailSettings(hosts_disabled=True), {"ann@example.com"}),
        (EmailSettings(attendees_disabled=True, hosts_disabled=True), set[str]()),
    ],
)
def test_an_event_type_can_disable_mails(tx: Transaction, settings: EmailSettings, recipients: set[str]) -> None:
    event_type = add_team_event_type(tx, {OWNER: {}}, email_settings=settings)
    booking = book(tx, event_type, at(10))
    moved = reschedule(tx, booking.uid, {"start": text(at(11))}).booking
    cancel(tx, moved.uid, {"cancellationReason": "ill"}, None)
    assert {each.to for each in messages(tx)} == recipients
