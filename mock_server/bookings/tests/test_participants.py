"""Guests and attendees who are added to bookings: who may add them, how many, and what they become."""

from __future__ import annotations

import pytest

from mock_server.bookings.model import ATTENDEES, BOOKINGS, Attendee, Booking
from mock_server.bookings.participants import NewParticipant, add_attendee_to, add_guests_to
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
    later,
)
from mock_server.event_types.booking_fields import DEFAULT_FIELDS, with_guests
from mock_server.event_types.model import EVENT_TYPES, Seats
from mock_server.identity.model import USERS
from mock_server.runtime.errors import ApiError
from mock_server.state.transaction import Transaction

MARCH, SEPTEMBER = "2026-03", "2026-09"
ALL_PRESENT = {
    MARCH: (400, "Bad request: Please check your request data and try again"),
    SEPTEMBER: (400, "Emails must be unique and valid"),
}


def guests(*emails: str) -> list[NewParticipant]:
    return [NewParticipant(email=email) for email in emails]


def refusal(tx: Transaction, booking: Booking, caller: int, *emails: str) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        add_guests_to(tx, booking, caller, guests(*emails))
    with pytest.raises(ApiError) as same:
        add_attendee_to(tx, booking, caller, NewParticipant(email=emails[0], name="Bob"))
    assert same.value.status == refused.value.status
    return refused.value.status, refused.value.message


def emails(tx: Transaction, booking: Booking) -> list[str]:
    return [attendee.email for attendee in tx[ATTENDEES].find(booking_id=booking.id)]


def test_guests_get_the_organizers_time_zone_and_language() -> None:
    tx = begin()
    tx[USERS].update(SOLO, locale="it")
    booking = book(tx, add_event_type(tx), at(10), guests=["eve@example.com"])
    tx = later(tx, at(9))
    given = NewParticipant(
        email="zoe@example.com", name="Zoe", time_zone="Asia/Tokyo", language="ja", phone_number="+37120993151"
    )
    changed = add_guests_to(tx, booking, SOLO, [*guests("bob@example.com"), given])
    *_, bob, zoe = tx[ATTENDEES].find(booking_id=booking.id)
    assert bob == Attendee(
        id=bob.id,
        booking_id=booking.id,
        name="",
        email="bob@example.com",
        time_zone=tx[USERS].require(SOLO).time_zone,
        start=booking.start,
        locale="it",
    )
    assert (zoe.name, zoe.time_zone, zoe.locale, zoe.phone_number) == ("Zoe", "Asia/Tokyo", "ja", "+37120993151")
    assert changed == tx[BOOKINGS].require(booking.id)
    assert changed.updated_at == at(9)
    assert changed.responses is not None
    assert changed.responses["guests"] == ["eve@example.com", "bob@example.com", "zoe@example.com"]
    assert changed.responses["name"] == "Ann Lee"


@pytest.mark.parametrize(("locale", "language"), [("it", "it"), (None, "en")])
def test_an_attendee_is_also_a_guest_and_has_a_language(locale: str | None, language: str) -> None:
    tx = begin()
    tx[USERS].update(SOLO, locale=locale)
    booking = book(tx, add_event_type(tx), at(10))
    added = add_attendee_to(tx, booking, SOLO, NewParticipant(email="bob@example.com", name="Bob"))
    assert (added.name, added.locale) == ("Bob", language)
    responses = tx[BOOKINGS].require(booking.id).responses
    assert responses is not None
    assert responses["guests"] == ["bob@example.com"]
    french = NewParticipant(email="zoe@example.com", name="Zoe", language="fr")
    assert add_attendee_to(tx, tx[BOOKINGS].require(booking.id), SOLO, french).locale == "fr"


def test_a_booking_without_answers_gets_none() -> None:
    tx = begin()
    booking = add_booking(tx, at(10), at(11), event_type_id=add_event_type(tx).id)
    assert add_guests_to(tx, booking, SOLO, guests("bob@example.com")).responses is None


@pytest.mark.parametrize("edition", [MARCH, SEPTEMBER])
def test_who_attends_already_is_not_added_again(edition: str) -> None:
    tx = begin(edition=edition)
    booking = book(tx, add_event_type(tx), at(10))
    present = ("Ann+work@EXAMPLE.com", "solo+x@example.com")
    assert refusal(tx, booking, SOLO, *present) == ALL_PRESENT[edition]
    add_guests_to(tx, booking, SOLO, guests(*present, "bob@example.com", "BOB+1@example.com", "bob@other.example"))
    assert emails(tx, booking)[1:] == ["bob@example.com", "bob@other.example"]


def test_a_booking_has_thirty_attendees_at_most() -> None:
    tx = begin()
    booking = book(tx, add_event_type(tx), at(10))
    many = [f"guest{number}@example.com" for number in range(30)]
    assert refusal_of_many(tx, booking, many) == (
        "Cannot add 30 guests. This booking already has 1 attendees. Maximum total guests allowed is 30. You can add "
        "up to 29 more guests."
    )
    add_guests_to(tx, booking, SOLO, guests(*many[:29]))
    assert refusal_of_many(tx, booking, many[29:]) == (
        "Cannot add 1 guests. This booking already has 30 attendees. Maximum total guests allowed is 30. You can add "
        "up to 0 more guests."
    )
    with pytest.raises(ApiError, match="Cannot add 1 guests"):
        add_attendee_to(tx, booking, SOLO, NewParticipant(email=many[29]))


def refusal_of_many(tx: Transaction, booking: Booking, addresses: list[str]) -> str:
    with pytest.raises(ApiError) as refused:
        add_guests_to(tx, booking, SOLO, guests(*addresses))
    return refused.value.message


def test_the_number_of_attendees_is_never_negative() -> None:
    tx = begin()
    booking = book(tx, add_event_type(tx), at(10))
    for number in range(31):
        tx[ATTENDEES].create(
            booking_id=booking.id, name="", email=f"{number}@example.com", time_zone="UTC", start=booking.start
        )
    assert refusal_of_many(tx, booking, ["bob@example.com"]).endswith("You can add up to 0 more guests.")


@pytest.mark.parametrize(("caller", "is_allowed"), [(OWNER, True), (ADMIN, True), (MEMBER, True), (SOLO, False)])
def test_organizer_attendees_and_leaders_of_the_team_add_guests(caller: int, is_allowed: bool) -> None:
    """The member organizes, the owner leads the team, and the admin attends."""
    tx = begin()
    booking = book(tx, add_team_event_type(tx, {MEMBER: {}}), at(10))
    admin = tx[USERS].require(ADMIN)
    tx[ATTENDEES].create(booking_id=booking.id, name="", email=admin.email, time_zone="UTC", start=booking.start)
    if is_allowed:
        add_guests_to(tx, booking, caller, guests("bob@example.com"))
    else:
        assert refusal(tx, booking, caller, "bob@example.com")[0] == 403
        add_member(tx, caller, SALES, "MEMBER")
        assert refusal(tx, booking, caller, "bob@example.com")[0] == 403


def test_others_do_not_add_guests_to_personal_bookings() -> None:
    tx = begin()
    booking = book(tx, add_event_type(tx), at(10))
    assert refusal(tx, booking, OWNER, "bob@example.com")[0] == 403
    assert refusal(tx, tx[BOOKINGS].update(booking.id, event_type_id=None), OWNER, "bob@example.com")[0] == 403


def test_a_booking_needs_an_organizer_and_an_event_type() -> None:
    tx = begin()
    booking = book(tx, add_event_type(tx), at(10))
    alone = tx[BOOKINGS].update(booking.id, event_type_id=None)
    assert refusal(tx, alone, SOLO, "bob@example.com") == (400, " - Required, ")
    without_organizer = tx[BOOKINGS].update(booking.id, user_id=None)
    assert refusal(tx, without_organizer, SOLO, "bob@example.com")[0] == 404


def test_an_event_type_may_hide_the_field_for_guests() -> None:
    tx = begin()
    event_type = add_event_type(tx)
    booking = book(tx, event_type, at(10))
    tx[EVENT_TYPES].update(event_type.id, booking_fields=with_guests(DEFAULT_FIELDS, hidden=True))
    assert refusal(tx, booking, SOLO, "bob@example.com") == (
        400,
        "Bad request: Please check your request data and try again",
    )


@pytest.mark.parametrize("edition", [MARCH, SEPTEMBER])
def test_seated_bookings_take_no_guests_since_2026_09(edition: str) -> None:
    tx = begin(edition=edition)
    booking = book(tx, add_event_type(tx, seats=Seats(per_time_slot=9)), at(10))
    if edition == SEPTEMBER:
        assert refusal(tx, booking, SOLO, "bob@example.com") == (
            400,
            "Cannot add attendees to a seated event, where each attendee takes a seat. Book a seat instead.",
        )
    else:
        add_guests_to(tx, booking, SOLO, guests("bob@example.com"))
