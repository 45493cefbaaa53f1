"""Who hosts a booking: who has to be free, and whose turn it is."""

from __future__ import annotations

from datetime import datetime

import pytest

from mock_server.bookings.host_assignment import NOT_AVAILABLE, Party, party_for
from mock_server.bookings.model import ATTENDEES, BOOKINGS
from mock_server.bookings.reassignment import reassign, reassign_to
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    OWNER,
    SOLO,
    at,
    begin,
    book,
    make,
    offer,
    team_offer,
    text,
)
from mock_server.event_types.hosts import hosts_of
from mock_server.event_types.model import EventType, Recurrence
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.state.transaction import Transaction


@pytest.fixture
def tx() -> Transaction:
    return begin()


def party(tx: Transaction, event_type: EventType, start: datetime, end: datetime) -> Party:
    return party_for(tx, event_type, hosts_of(tx, event_type), [(start, end)])


def addresses(tx: Transaction, booking_id: int) -> list[str]:
    return [each.email for each in tx[ATTENDEES].find(booking_id=booking_id)]


def test_hosts_take_turns(tx: Transaction) -> None:
    demo = team_offer(tx, {OWNER: {}, MEMBER: {}})
    assert [book(tx, demo, at(hour)).user_id for hour in (9, 10, 11)] == [OWNER, MEMBER, OWNER]


def test_a_higher_priority_goes_first_as_long_as_that_host_is_free(tx: Transaction) -> None:
    demo = team_offer(tx, {OWNER: {"priority": 1}, MEMBER: {"priority": 4}})
    assert [book(tx, demo, at(hour)).user_id for hour in (9, 10, 10)] == [MEMBER, MEMBER, OWNER]
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        book(tx, demo, at(10))


def test_a_fixed_host_organizes_and_the_one_whose_turn_it_is_attends(tx: Transaction) -> None:
    demo = team_offer(tx, {OWNER: {}, MEMBER: {"is_fixed": True}, ADMIN: {}})
    first, second = book(tx, demo, at(9)), book(tx, demo, at(10))
    assert (first.user_id, second.user_id) == (MEMBER, MEMBER)
    assert addresses(tx, first.id) == ["ann@example.com", "owner@acme.example"]
    assert addresses(tx, second.id) == ["ann@example.com", "admin@acme.example"]


def test_the_same_host_holds_a_whole_series(tx: Transaction) -> None:
    weekly = Recurrence(interval=1, occurrences=3, frequency="weekly")
    demo = team_offer(tx, {OWNER: {}, MEMBER: {}}, recurrence=weekly)
    book(tx, offer(tx, user_id=OWNER), at(9, days=7))
    assert [each.booking.user_id for each in make(tx, demo, at(9))] == [MEMBER] * 3, "the owner is taken a week later"
    assert [each.booking.user_id for each in make(tx, demo, at(11))] == [OWNER] * 3


@pytest.mark.parametrize("busy", [OWNER, MEMBER])
def test_everybody_has_to_be_free_for_a_collective_event(tx: Transaction, busy: int) -> None:
    both = team_offer(tx, {OWNER: {}, MEMBER: {}}, scheduling_type="collective")
    booking = book(tx, both, at(9))
    assert (booking.user_id, addresses(tx, booking.id)) == (OWNER, ["ann@example.com", "member@acme.example"])
    book(tx, offer(tx, user_id=busy), at(11))
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        party(tx, both, at(11), at(12))
    assert party(tx, both, at(10), at(11)).ids() == {OWNER, MEMBER}


def test_whoever_attends_elsewhere_is_not_free(tx: Transaction) -> None:
    own = offer(tx, user_id=OWNER)
    book(tx, own, at(9), attendee={"email": "solo@example.com"})
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        party(tx, offer(tx), at(9), at(10))


def test_a_request_that_waits_takes_no_time_away_unless_it_shall(tx: Transaction) -> None:
    waiting = offer(tx, requires_confirmation=True)
    book(tx, waiting, at(9))
    assert party(tx, waiting, at(9), at(10)).organizer.id == SOLO
    blocking = offer(tx, requires_confirmation=True, unconfirmed_bookings_block=True)
    book(tx, blocking, at(11))
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        party(tx, blocking, at(11), at(12))
    assert party(tx, waiting, at(11), at(12)).organizer.id == SOLO, "other event types do not mind"


def test_both_buffers_keep_bookings_apart(tx: Transaction) -> None:
    book(tx, offer(tx, after_event_buffer=15), at(9))
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        party(tx, offer(tx), at(10), at(11))
    careful = offer(tx, before_event_buffer=15)
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        party(tx, careful, at(10, 20), at(11))
    assert party(tx, careful, at(10, 30), at(11)).organizer.id == SOLO


def test_a_booking_is_not_in_the_way_of_its_own_reschedule(tx: Transaction) -> None:
    booking = book(tx, offer(tx), at(9))
    moved = reschedule(tx, booking.uid, {"start": text(at(9, 30))}).booking
    assert (moved.start, moved.status) == (at(9, 30), "accepted")
    old = tx[BOOKINGS].require(booking.id)
    assert (old.status, old.rescheduled) == ("cancelled", True)


def test_a_reschedule_forgets_a_chosen_length(tx: Transaction) -> None:
    booking = book(tx, offer(tx, length=30, length_options=(30, 90)), at(9), lengthInMinutes=90)
    assert booking.end == at(10, 30)
    assert reschedule(tx, booking.uid, {"start": text(at(12))}).booking.end == at(12, 30)


def test_the_next_host_in_turn_takes_a_booking_over(tx: Transaction) -> None:
    demo = team_offer(tx, {OWNER: {}, MEMBER: {}, ADMIN: {}})
    booking = book(tx, demo, at(9))
    book(tx, offer(tx, user_id=MEMBER), at(9))
    taken, organizer = reassign(tx, booking.uid, OWNER)
    assert (taken.user_id, organizer.id, taken.uid) == (ADMIN, ADMIN, booking.uid)
    assert taken.title == "Talk between Adam Admin and Ann Lee"
    book(tx, offer(tx, user_id=OWNER), at(9))
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        reassign(tx, booking.uid, OWNER)


def test_a_chosen_host_takes_a_booking_over_though_busy(tx: Transaction) -> None:
    demo = team_offer(tx, {OWNER: {}, MEMBER: {}})
    booking = book(tx, demo, at(9))
    book(tx, offer(tx, user_id=MEMBER), at(9))
    taken, _ = reassign_to(tx, booking.uid, MEMBER, "on leave", OWNER)
    assert (taken.user_id, taken.reassign_reason, taken.reassign_by_id) == (MEMBER, "on leave", OWNER)
    with pytest.raises(BadRequest):
        reassign_to(tx, booking.uid, SOLO, None, OWNER)
    with pytest.raises(NotFound, match="User with id=99 was not found in the database"):
        reassign_to(tx, booking.uid, 99, None, OWNER)


def test_beside_a_fixed_host_only_the_attending_host_changes(tx: Transaction) -> None:
    demo = team_offer(tx, {OWNER: {}, MEMBER: {"is_fixed": True}, ADMIN: {}})
    booking = book(tx, demo, at(9))
    _, organizer = reassign(tx, booking.uid, OWNER)
    assert organizer.id == MEMBER
    assert addresses(tx, booking.id) == ["ann@example.com", tx[USERS].require(ADMIN).email]
    with pytest.raises(BadRequest):
        reassign_to(tx, booking.uid, MEMBER, None, OWNER)


def test_a_meeting_that_began_long_ago_still_takes_time(tx: Transaction) -> None:
    camp = offer(tx)
    tx[BOOKINGS].create(
        uid="camp", title="Camp", start=at(0, days=-60), end=at(12), status="accepted", created_at=tx.now,
        updated_at=tx.now, user_id=SOLO, event_type_id=camp.id,
    )  # fmt: skip
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        party(tx, offer(tx), at(11), at(12))
    assert party(tx, offer(tx), at(12), at(13)).organizer.id == SOLO
