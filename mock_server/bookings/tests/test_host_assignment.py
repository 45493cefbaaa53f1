"""Host assignment: required availability, round robin order and reassignment."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

import pytest

from mock_server.booking_limits.model import OVERALL_BOOKING_LIMITS, OverallBookingLimits
from mock_server.bookings.host_assignment import (
    HOST_NOT_AVAILABLE,
    NOT_AVAILABLE,
    AssignedHosts,
    assign_hosts,
    available_hosts,
    routed_hosts,
)
from mock_server.bookings.model import ATTENDEES, BOOKINGS
from mock_server.bookings.overrides import NO_OVERRIDES, Overrides
from mock_server.bookings.reassignment import reassign, reassign_to
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    OWNER,
    SOLO,
    add_booking,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
    create_bookings,
    text,
)
from mock_server.event_types.hosts import hosts_of
from mock_server.event_types.model import EventType, Limit, Recurrence
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.runtime.instants import milliseconds
from mock_server.schedules.model import SCHEDULES, Availability
from mock_server.slots.availability import available_slots
from mock_server.slots.inputs import SlotSearch
from mock_server.slots.loading import bookable_event_type, load_availability_input
from mock_server.state.transaction import Transaction


@pytest.fixture
def tx() -> Transaction:
    return begin()


def assign(tx: Transaction, event_type: EventType, start: datetime, end: datetime) -> AssignedHosts:
    return assign_hosts(tx, event_type, hosts_of(tx, event_type), [(start, end)])


def emails(tx: Transaction, booking_id: int) -> list[str]:
    return [each.email for each in tx[ATTENDEES].find(booking_id=booking_id)]


def test_round_robin_hosts_take_turns(tx: Transaction) -> None:
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {}})
    assert [book(tx, demo, at(hour)).user_id for hour in (9, 10, 11)] == [OWNER, MEMBER, OWNER]


def test_the_available_host_with_the_highest_priority_is_chosen(tx: Transaction) -> None:
    demo = add_team_event_type(tx, {OWNER: {"priority": 1}, MEMBER: {"priority": 4}})
    assert [book(tx, demo, at(hour)).user_id for hour in (9, 10, 10)] == [MEMBER, MEMBER, OWNER]
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        book(tx, demo, at(10))


def test_a_fixed_host_organizes_and_the_round_robin_host_attends(tx: Transaction) -> None:
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {"is_fixed": True}, ADMIN: {}})
    first, second = book(tx, demo, at(9)), book(tx, demo, at(10))
    assert (first.user_id, second.user_id) == (MEMBER, MEMBER)
    assert emails(tx, first.id) == ["ann@example.com", "owner@acme.example"]
    assert emails(tx, second.id) == ["ann@example.com", "admin@acme.example"]


def test_a_series_has_the_same_host_throughout(tx: Transaction) -> None:
    weekly = Recurrence(interval=1, occurrences=3, frequency="weekly")
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, recurrence=weekly)
    book(tx, add_event_type(tx, user_id=OWNER), at(9, days=7))
    assert [each.booking.user_id for each in create_bookings(tx, demo, at(9))] == [MEMBER] * 3, (
        "the owner is busy a week later"
    )
    assert [each.booking.user_id for each in create_bookings(tx, demo, at(11))] == [OWNER] * 3


@pytest.mark.parametrize("busy", [OWNER, MEMBER])
def test_all_hosts_of_a_collective_event_have_to_be_available(tx: Transaction, busy: int) -> None:
    both = add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, scheduling_type="collective")
    booking = book(tx, both, at(9))
    assert (booking.user_id, emails(tx, booking.id)) == (OWNER, ["ann@example.com", "member@acme.example"])
    book(tx, add_event_type(tx, user_id=busy), at(11))
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        assign(tx, both, at(11), at(12))
    hosts = assign(tx, both, at(10), at(11))
    assert (hosts.organizer.id, [each.id for each in hosts.others]) == (OWNER, [MEMBER])


def test_a_host_who_attends_another_booking_is_not_available(tx: Transaction) -> None:
    own = add_event_type(tx, user_id=OWNER)
    book(tx, own, at(9), attendee={"email": "solo@example.com"})
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        assign(tx, add_event_type(tx), at(9), at(10))


def test_a_pending_booking_blocks_only_its_own_event_type_and_only_if_configured(tx: Transaction) -> None:
    confirmable = add_event_type(tx, requires_confirmation=True)
    book(tx, confirmable, at(9))
    assert assign(tx, confirmable, at(9), at(10)).organizer.id == SOLO
    blocking = add_event_type(tx, requires_confirmation=True, unconfirmed_bookings_block=True)
    book(tx, blocking, at(11))
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        assign(tx, blocking, at(11), at(12))
    assert assign(tx, confirmable, at(11), at(12)).organizer.id == SOLO, "other event types are not affected"


def test_buffers_of_both_event_types_apply(tx: Transaction) -> None:
    book(tx, add_event_type(tx, after_event_buffer=15), at(9))
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        assign(tx, add_event_type(tx), at(10), at(11))
    careful = add_event_type(tx, before_event_buffer=15)
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        assign(tx, careful, at(10, 20), at(11))
    assert assign(tx, careful, at(10, 30), at(11)).organizer.id == SOLO


def test_a_booking_does_not_conflict_with_its_own_reschedule(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(9))
    moved = reschedule(tx, booking.uid, {"start": text(at(9, 30))}).booking
    assert (moved.start, moved.status) == (at(9, 30), "accepted")
    old = tx[BOOKINGS].require(booking.id)
    assert (old.status, old.rescheduled) == ("cancelled", True)


def test_a_reschedule_resets_a_chosen_length(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx, length=30, length_options=(30, 90)), at(9), lengthInMinutes=90)
    assert booking.end == at(10, 30)
    assert reschedule(tx, booking.uid, {"start": text(at(12))}).booking.end == at(12, 30)


def test_a_booking_is_reassigned_to_the_next_available_host(tx: Transaction) -> None:
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {}, ADMIN: {}})
    booking = book(tx, demo, at(9))
    book(tx, add_event_type(tx, user_id=MEMBER), at(9))
    reassigned, organizer = reassign(tx, booking.uid, OWNER)
    assert (reassigned.user_id, organizer.id, reassigned.uid) == (ADMIN, ADMIN, booking.uid)
    assert reassigned.title == "Talk between Adam Admin and Ann Lee"
    book(tx, add_event_type(tx, user_id=OWNER), at(9))
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        reassign(tx, booking.uid, OWNER)


def test_a_booking_is_reassigned_to_a_chosen_host_even_if_busy(tx: Transaction) -> None:
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {}})
    booking = book(tx, demo, at(9))
    book(tx, add_event_type(tx, user_id=MEMBER), at(9))
    reassigned, _ = reassign_to(tx, booking.uid, MEMBER, "on leave", OWNER)
    assert (reassigned.user_id, reassigned.reassign_reason, reassigned.reassign_by_id) == (MEMBER, "on leave", OWNER)
    with pytest.raises(BadRequest):
        reassign_to(tx, booking.uid, SOLO, None, OWNER)
    with pytest.raises(NotFound, match="User with id=99 was not found in the database"):
        reassign_to(tx, booking.uid, 99, None, OWNER)


def test_reassigning_beside_a_fixed_host_changes_only_the_attending_host(tx: Transaction) -> None:
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {"is_fixed": True}, ADMIN: {}})
    booking = book(tx, demo, at(9))
    _, organizer = reassign(tx, booking.uid, OWNER)
    assert organizer.id == MEMBER
    assert emails(tx, booking.id) == ["ann@example.com", tx[USERS].require(ADMIN).email]
    with pytest.raises(BadRequest):
        reassign_to(tx, booking.uid, MEMBER, None, OWNER)


def test_an_ongoing_booking_that_started_long_ago_blocks(tx: Transaction) -> None:
    add_booking(tx, at(0, days=-60), at(12), event_type_id=add_event_type(tx).id)
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        assign(tx, add_event_type(tx), at(11), at(12))
    assert assign(tx, add_event_type(tx), at(12), at(13)).organizer.id == SOLO


def test_a_round_robin_may_keep_the_host_of_a_rescheduled_booking(tx: Transaction) -> None:
    hosts: dict[int, dict[str, Any]] = {OWNER: {}, MEMBER: {}}
    keeping = add_team_event_type(tx, hosts, reschedule_with_same_round_robin_host=True)
    changing = add_team_event_type(tx, hosts)
    for demo, host in ((keeping, OWNER), (changing, MEMBER)):
        first = book(tx, demo, at(9 if demo is keeping else 12))
        assert first.user_id == OWNER
        assert reschedule(tx, first.uid, {"start": text(at(10 if demo is keeping else 13))}).booking.user_id == host


def test_a_host_who_is_kept_has_to_be_available(tx: Transaction) -> None:
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, reschedule_with_same_round_robin_host=True)
    booking = book(tx, demo, at(9))
    book(tx, add_event_type(tx, user_id=booking.user_id), at(11))
    with pytest.raises(BadRequest, match=NOT_AVAILABLE):
        reschedule(tx, booking.uid, {"start": text(at(11))})


def test_beside_a_fixed_host_the_attending_hosts_take_turns() -> None:
    tx = begin()
    demo = add_team_event_type(tx, {OWNER: {"is_fixed": True}, ADMIN: {}, MEMBER: {}})
    admin, member = (tx[USERS].require(user_id).email for user_id in (ADMIN, MEMBER))
    attending = [emails(tx, book(tx, demo, at(hour)).id)[1] for hour in (15, 14, 13, 12, 11)]
    assert attending == [admin, member, admin, member, admin], "what counts is when a booking was made"


@pytest.mark.parametrize(
    ("user_ids", "expected"),
    [
        ([], [OWNER, ADMIN, MEMBER]),
        ([MEMBER], [OWNER, MEMBER]),
        ([ADMIN, MEMBER, SOLO], [OWNER, ADMIN, MEMBER]),
        ([OWNER], [OWNER, ADMIN, MEMBER]),
        ([SOLO], [OWNER, ADMIN, MEMBER]),
    ],
)
def test_a_request_is_routed_to_round_robin_hosts(user_ids: list[int], expected: list[int]) -> None:
    tx = begin()
    demo = add_team_event_type(tx, {OWNER: {"is_fixed": True}, ADMIN: {}, MEMBER: {}})
    assert [host.user.id for host in routed_hosts(tuple(hosts_of(tx, demo)), user_ids)] == expected


@pytest.mark.parametrize(
    ("edition", "is_team", "message"),
    [("2025-04", True, NOT_AVAILABLE), ("2026-03", True, HOST_NOT_AVAILABLE), ("2026-03", False, NOT_AVAILABLE)],
)
def test_a_refusal_names_the_conflicting_booking(edition: str, is_team: bool, message: str) -> None:
    tx = begin(edition=edition)
    event_type = add_team_event_type(tx, {SOLO: {}}) if is_team else add_event_type(tx)
    taken = add_booking(tx, at(10), at(11))
    with pytest.raises(BadRequest) as refused:
        assign_hosts(tx, event_type, hosts_of(tx, event_type), [(at(9), at(10)), (at(10), at(11))])
    hint = refused.value.hint
    assert refused.value.message == message and callable(hint)
    assert f"booking {taken.uid}" in str(hint()) and "solo@example.com" in str(hint())


def test_a_refusal_names_the_booking_whose_time_a_buffer_needs() -> None:
    tx = begin()
    buffered = add_event_type(tx, before_event_buffer=30)
    taken = add_booking(tx, at(10), at(11))
    with pytest.raises(BadRequest) as refused:
        assign(tx, buffered, at(11), at(12))
    assert callable(refused.value.hint) and f"booking {taken.uid}" in str(refused.value.hint())


def test_the_same_host_has_to_be_free_at_all_times() -> None:
    tx = begin()
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {}})
    add_booking(tx, at(9), at(10), user_id=OWNER)
    times = [(at(hour), at(hour + 1)) for hour in (9, 14)]
    assert assign_hosts(tx, demo, hosts_of(tx, demo), times).organizer.id == MEMBER
    add_booking(tx, at(14), at(15), user_id=MEMBER)
    with pytest.raises(BadRequest):
        assign_hosts(tx, demo, hosts_of(tx, demo), times)


def test_a_host_may_waive_the_hosts_own_limits() -> None:
    tx = begin(edition="2026-09")
    own = add_event_type(tx, user_id=MEMBER)
    tx[OVERALL_BOOKING_LIMITS].insert(OverallBookingLimits(user_id=MEMBER, per_day=1))
    add_booking(tx, at(9), at(10), user_id=MEMBER)
    hosts, time = hosts_of(tx, own), (at(11), at(12))
    assert available_hosts(tx, own, hosts, *time) == []
    for overrides in (NO_OVERRIDES, Overrides(bounds=True)):
        with pytest.raises(BadRequest) as refused:
            assign_hosts(tx, own, hosts, [time], overrides)
        assert callable(refused.value.hint) and "limit" in str(refused.value.hint())
    assert assign_hosts(tx, own, hosts, [time], Overrides(limits=True)).organizer.id == MEMBER
    add_booking(tx, at(11), at(12), user_id=MEMBER)
    with pytest.raises(BadRequest) as refused:
        assign_hosts(tx, own, hosts, [time], Overrides(limits=True))
    assert callable(refused.value.hint) and "limit" not in str(refused.value.hint())


@pytest.mark.parametrize(("minutes", "is_free"), [(30, True), (31, False), (1, True)])
def test_the_length_of_the_booking_counts_towards_limits(minutes: int, is_free: bool) -> None:
    tx = begin()
    limited = add_event_type(tx, length=30 if minutes > 1 else 60, duration_limits=(Limit(period="day", value=90),))
    booked = 60 if minutes > 1 else 89
    add_booking(tx, at(9), at(9, booked), event_type_id=limited.id)
    found = available_hosts(tx, limited, hosts_of(tx, limited), at(14), at(14, minutes))
    assert bool(found) is is_free


@pytest.mark.parametrize(
    ("edition", "days", "is_free"),
    [("2026-03", 3, True), ("2026-03", 366, True), ("2026-03", 367, False), ("2025-04", 3, False)],
)
def test_a_booking_of_several_days_needs_hours_round_the_clock(edition: str, days: int, is_free: bool) -> None:
    tx = begin(edition=edition)
    always = Availability(days=tuple(range(7)), start_time=time(0), end_time=time(23, 59))
    schedule = tx[SCHEDULES].create(user_id=MEMBER, name="Always", time_zone="UTC", availability=(always,))
    retreat = add_event_type(tx, user_id=MEMBER, schedule_id=schedule.id, length=days * 24 * 60)
    search = SlotSearch(milliseconds(at(0)), milliseconds(at(0, days=min(days, 366))) + 1_000, milliseconds(tx.now))
    offered = available_slots(load_availability_input(tx, bookable_event_type(tx, retreat), search))
    assert bool(offered) is is_free
    assert bool(available_hosts(tx, retreat, hosts_of(tx, retreat), at(0), at(0, days=days))) is is_free
