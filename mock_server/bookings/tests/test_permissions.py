"""Who manages a booking, by the user's relation to it, in both editions."""

from __future__ import annotations

import pytest

from mock_server.bookings.model import ATTENDEES, Booking
from mock_server.bookings.permissions import can_manage, require_manageable_booking
from mock_server.bookings.tests.builders import (
    ACME,
    ADMIN,
    MEMBER,
    OWNER,
    SALES,
    SOLO,
    add_booking,
    add_event_type,
    add_team_event_type,
    at,
    begin,
)
from mock_server.event_types.model import EventType
from mock_server.identity.model import USERS
from mock_server.runtime.errors import CodeError, NotFound
from mock_server.state.transaction import Transaction
from mock_server.teams.memberships import add_membership

APRIL, MARCH = "2025-04", "2026-03"


def booked(tx: Transaction, event_type: EventType | None, organizer: int | None = SOLO, *emails: str) -> Booking:
    """Adds a booking of an hour with these attendees."""
    fields = {"event_type_id": event_type and event_type.id, "user_id": organizer}
    booking = add_booking(tx, at(9), at(10), **fields)
    for email in emails:
        tx[ATTENDEES].create(booking_id=booking.id, name="A", email=email, time_zone="UTC", start=booking.start)
    return booking


def managers(tx: Transaction, booking: Booking) -> set[int]:
    return {user_id for user_id in (OWNER, ADMIN, MEMBER, SOLO) if can_manage(tx, booking, user_id)}


@pytest.mark.parametrize(
    ("organizer", "attendee", "expected"),
    [
        # Acme's owner owns the sales team; the admin of Acme leads it from above, since 2026-03.
        (SOLO, "ann@example.com", {APRIL: {OWNER, SOLO, MEMBER}, MARCH: {OWNER, ADMIN, SOLO}}),
        (SOLO, "member@acme.example", {APRIL: {OWNER, SOLO, MEMBER}, MARCH: {OWNER, ADMIN, SOLO, MEMBER}}),
        (MEMBER, "ann@example.com", {APRIL: {OWNER, MEMBER}, MARCH: {OWNER, ADMIN, MEMBER}}),
        (None, "ann@example.com", {APRIL: {OWNER, MEMBER}, MARCH: {OWNER, ADMIN}}),
    ],
)
@pytest.mark.parametrize("edition", [APRIL, MARCH])
def test_the_leaders_of_a_team_manage_its_bookings_and_hosts_their_own(
    edition: str, organizer: int | None, attendee: str, expected: dict[str, set[int]]
) -> None:
    """The member is a host of the team's event type."""
    tx = begin(edition=edition)
    event_type = add_team_event_type(tx, {MEMBER: {}})
    assert managers(tx, booked(tx, event_type, organizer, attendee)) == expected[edition]


@pytest.mark.parametrize("edition", [APRIL, MARCH])
def test_the_leaders_of_the_team_of_a_managed_event_type_manage_bookings_of_its_children(edition: str) -> None:
    tx = begin(edition=edition)
    parent = add_event_type(tx, user_id=None, team_id=SALES, scheduling_type="managed")
    child = add_event_type(tx, user_id=SOLO, parent_id=parent.id)
    expected = {APRIL: {OWNER, SOLO}, MARCH: {OWNER, ADMIN, SOLO}}
    assert managers(tx, booked(tx, child)) == expected[edition]


@pytest.mark.parametrize("edition", [APRIL, MARCH])
def test_the_leaders_of_the_organizers_groups_manage_personal_bookings_since_2026_03(edition: str) -> None:
    tx = begin(edition=edition)
    personal = add_event_type(tx, user_id=MEMBER)
    assert managers(tx, booked(tx, personal, MEMBER)) == ({MEMBER} if edition == APRIL else {OWNER, ADMIN, MEMBER})
    assert managers(tx, booked(tx, None, MEMBER)) == ({MEMBER} if edition == APRIL else {OWNER, ADMIN, MEMBER})
    assert managers(tx, booked(tx, None, None)) == set()


@pytest.mark.parametrize("edition", [APRIL, MARCH])
def test_a_plain_member_of_the_organizers_group_does_not_manage_the_booking(edition: str) -> None:
    tx = begin(edition=edition)
    add_membership(tx, SOLO, ACME, role="MEMBER", accepted=True)
    assert SOLO not in managers(tx, booked(tx, add_event_type(tx, user_id=MEMBER), MEMBER))


@pytest.mark.parametrize("edition", [APRIL, MARCH])
def test_a_host_of_another_event_type_does_not_manage_the_booking_they_attend(edition: str) -> None:
    tx = begin(edition=edition)
    add_team_event_type(tx, {MEMBER: {}})
    event_type = add_team_event_type(tx, {OWNER: {}})
    assert MEMBER not in managers(tx, booked(tx, event_type, OWNER, "member@acme.example"))


@pytest.mark.parametrize("edition", [APRIL, MARCH])
def test_the_owner_of_the_event_type_and_a_system_administrator_manage_every_booking(edition: str) -> None:
    tx = begin(edition=edition)
    booking = booked(tx, add_event_type(tx, user_id=SOLO), OWNER)
    assert SOLO in managers(tx, booking) and MEMBER not in managers(tx, booking)
    tx[USERS].update(MEMBER, role="ADMIN")
    assert MEMBER in managers(tx, booking)


def test_others_are_refused_and_unknown_bookings_are_not_found() -> None:
    tx = begin(edition=MARCH)
    booking = booked(tx, add_event_type(tx))
    assert require_manageable_booking(tx, booking.uid, SOLO) == booking
    with pytest.raises(CodeError) as refused:
        require_manageable_booking(tx, booking.uid, MEMBER)
    assert refused.value.status == 401
    with pytest.raises(NotFound):
        require_manageable_booking(tx, "unknown", SOLO)
