"""Which slots can be reserved, by whom for how long, and whose time a reservation takes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.bookings.model import ATTENDEES, BOOKINGS
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType, Seats
from mock_server.identity.model import USERS, User
from mock_server.runtime.call import Caller
from mock_server.runtime.errors import ApiError, BadRequest, Forbidden, NotFound, Unauthorized, UnprocessableEntity
from mock_server.slots.conflicts import BOOKED, NO_HOST_LEFT, RESERVED, RequestedSlot, check_conflicts
from mock_server.slots.model import RESERVATIONS, Reservation
from mock_server.slots.reservations import (
    check_duration_choice,
    duration_of,
    host_to_reserve,
    read_requested_slot,
    release_at,
    require_event_type,
    reserve_or_extend,
)
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS, TEAMS, Team
from mock_server.worlds.tests.loaded_world import schema_of

NOW = datetime(2031, 5, 1, tzinfo=UTC)
TEN = datetime(2031, 6, 2, 10, tzinfo=UTC)
HOUR, MINUTE, INSTANT = timedelta(hours=1), timedelta(minutes=1), timedelta(milliseconds=1)
TEXT = "2031-06-02T10:00:00Z"
SEATS = Seats(per_time_slot=2)
ROOTS = {edition: Root.empty(schema_of(edition), "slots") for edition in ("2025-04", "2026-03")}


class World:
    """Users, teams and event types of one hour, without anything else."""

    def __init__(self, edition: str = "2026-03") -> None:
        self.tx = Transaction(ROOTS[edition], NOW)
        self.host = self.user("host")

    def user(self, name: str, *teams: Team, accepted: bool = True) -> User:
        user = self.tx[USERS].create(email=f"{name}@example.com", created_date=NOW, time_zone="UTC")
        for team in teams:
            self.tx[MEMBERSHIPS].create(user_id=user.id, team_id=team.id, role="MEMBER", accepted=accepted)
        return user

    def team(self, parent: Team | None = None) -> Team:
        return self.tx[TEAMS].create(name="Team", created_at=NOW, parent_id=parent.id if parent else None)

    def offer(self, **fields: Any) -> EventType:
        owner = {} if "team_id" in fields else {"user_id": self.host.id}
        slug = f"offer-{self.tx[EVENT_TYPES].count()}"
        return self.tx[EVENT_TYPES].create(**owner, title="Offer", slug=slug, length=60, **fields)

    def round_robin(self, *are_fixed: bool, **fields: Any) -> EventType:
        event_type = self.offer(team_id=self.team().id, scheduling_type="roundRobin", **fields)
        for is_fixed in are_fixed:
            host = self.user(f"host-{self.tx[USERS].count()}")
            self.tx[HOSTS].create(user_id=host.id, event_type_id=event_type.id, is_fixed=is_fixed)
        return event_type

    def book(self, event_type: EventType, attendees: int = 1, start: datetime = TEN, **fields: Any) -> None:
        booking = self.tx[BOOKINGS].create(
            uid=self.tx.identifiers.short_uid(), title="Booked", start=start, created_at=NOW, updated_at=NOW,
            event_type_id=event_type.id, user_id=self.host.id, **{"status": "accepted", "end": start + HOUR, **fields},
        )  # fmt: skip
        for number in range(attendees):
            self.tx[ATTENDEES].create(
                booking_id=booking.id, name="Guest", email=f"{number}@example.com", time_zone="UTC", start=start
            )

    def reserve(
        self,
        event_type: EventType,
        start: datetime = TEN,
        end: datetime = TEN + HOUR,
        until: datetime = NOW + HOUR,
    ) -> Reservation:
        return self.tx[RESERVATIONS].create(
            uid="held", event_type_id=event_type.id, user_id=self.host.id, start=start, end=end, release_at=until
        )

    def refusal(self, event_type: EventType, *, is_new: bool = True) -> str | None:
        """The refusal to reserve the slot from ten to eleven."""
        try:
            check_conflicts(self.tx, RequestedSlot(event_type, TEN, TEN + HOUR, TEXT), is_new=is_new)
        except UnprocessableEntity as refused:
            return refused.message
        return None


def full(event_type: EventType) -> str:
    return f"Booking with id={event_type.id} at {TEXT} has no more seats left."


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("is_new", [True, False])
@pytest.mark.parametrize(
    ("start", "end", "conflicts"),
    [
        (TEN, TEN + HOUR, True),
        (TEN - HOUR, TEN, False),
        (TEN - HOUR, TEN + INSTANT, True),
        (TEN + HOUR, TEN + 2 * HOUR, False),
        (TEN + HOUR - INSTANT, TEN + 2 * HOUR, True),
    ],
)
def test_a_slot_that_a_booking_or_a_reservation_overlaps_cannot_be_reserved(
    start: datetime, end: datetime, conflicts: bool, is_new: bool
) -> None:
    booked, reserved = World(), World()
    event_type = booked.offer()
    booked.book(event_type, start=start, end=end)
    assert booked.refusal(event_type, is_new=is_new) == (BOOKED if conflicts else None)
    event_type = reserved.offer()
    reserved.reserve(event_type, start, end)
    assert reserved.refusal(event_type, is_new=is_new) == (RESERVED if conflicts else None)
    assert reserved.refusal(reserved.offer(), is_new=is_new) is None


@pytest.mark.parametrize(("released", "refusal"), [(NOW, None), (NOW + INSTANT, RESERVED)])
def test_an_expired_reservation_blocks_nothing(world: World, released: datetime, refusal: str | None) -> None:
    event_type = world.offer()
    world.reserve(event_type, until=released)
    assert world.refusal(event_type) == refusal


def test_in_2025_04_only_a_booking_of_exactly_that_start_conflicts() -> None:
    world = World("2025-04")
    event_type = world.offer()
    world.reserve(event_type)
    world.book(event_type, start=TEN - MINUTE)
    assert world.refusal(event_type) is None
    world.book(event_type)
    assert world.refusal(event_type) == BOOKED


@pytest.mark.parametrize("edition", ["2025-04", "2026-03"])
def test_seats_can_be_reserved_until_the_booking_is_full(edition: str) -> None:
    world = World(edition)
    single = world.offer(seats=Seats(per_time_slot=1))
    free, half, taken = (world.offer(seats=SEATS) for _ in range(3))
    world.book(half)
    world.book(taken, 2)
    offers = (single, free, half, taken)
    assert [world.refusal(event_type) for event_type in offers] == [None, None, None, full(taken)]


def test_hosts_who_take_turns_are_reserved_one_after_the_other(world: World) -> None:
    event_type = world.round_robin(False, False)
    world.book(event_type)
    world.reserve(event_type)
    world.reserve(event_type, end=TEN + 2 * HOUR)
    world.reserve(event_type, start=TEN - HOUR)
    assert world.refusal(event_type) is None
    assert world.refusal(event_type, is_new=False) == BOOKED
    world.reserve(event_type)
    assert world.refusal(event_type) == NO_HOST_LEFT


def test_a_fixed_host_is_reserved_once(world: World) -> None:
    event_type = world.round_robin(False, True, False)
    assert world.refusal(event_type) is None
    world.reserve(event_type)
    assert world.refusal(event_type) == NO_HOST_LEFT
    booked = world.round_robin(True)
    world.book(booked)
    assert world.refusal(booked) == BOOKED


def test_seats_count_where_hosts_take_turns(world: World) -> None:
    event_type = world.round_robin(False, False, seats=SEATS)
    world.book(event_type)
    assert world.refusal(event_type) is None
    taken = world.round_robin(False, False, seats=SEATS)
    world.book(taken, 2)
    assert world.refusal(taken) == full(taken)


def test_reservations_without_hosts_do_not_run_out(world: World) -> None:
    event_type = world.round_robin()
    world.reserve(event_type)
    assert world.refusal(event_type) is None


def test_only_users_related_to_the_event_type_choose_the_duration(world: World) -> None:
    organization = world.team()
    team = world.team(organization)
    world.tx[MEMBERSHIPS].create(user_id=world.host.id, team_id=organization.id, role="MEMBER", accepted=True)
    personal, shared = world.offer(), world.offer(team_id=team.id, scheduling_type="roundRobin")
    colleague, member = world.user("colleague", organization), world.user("member", team)
    invited, stranger = world.user("invited", organization, team, accepted=False), world.user("x", world.team())

    def can_choose(user: User, event_type: EventType) -> bool:
        body: Any = {"eventTypeId": event_type.id, "slotStart": TEXT, "reservationDuration": 10}
        try:
            check_duration_choice(world.tx, Caller("api-key", user.id), body)
        except Forbidden as refused:
            assert refused.message.startswith("authenticated user is not owner of event type, does not have")
            return False
        return True

    users = (world.host, colleague, member, invited, stranger)
    assert [can_choose(user, personal) for user in users] == [True, True, False, False, False]
    assert [can_choose(user, shared) for user in users] == [True, True, True, False, False]


def test_the_duration_is_five_minutes_unless_a_known_caller_chooses(world: World) -> None:
    body: Any = {"eventTypeId": 404, "slotStart": TEXT}
    check_duration_choice(world.tx, None, body)
    assert (duration_of(body), duration_of({**body, "reservationDuration": 7})) == (5, 7)
    assert release_at(NOW, 7) == NOW + 7 * MINUTE
    with pytest.raises(Unauthorized, match="reservationDuration can only be used for authenticated requests - use"):
        check_duration_choice(world.tx, None, {**body, "reservationDuration": 7})
    with pytest.raises(NotFound) as refused:
        check_duration_choice(world.tx, Caller("api-key", world.host.id), {**body, "reservationDuration": 7})
    assert refused.value.message == "Event Type with ID=404 not found"
    with pytest.raises(NotFound) as refused:
        require_event_type(world.tx, 404, "Gone")
    assert refused.value.message == "Gone"


@pytest.mark.parametrize(
    ("options", "duration", "expected"),
    [
        ((), None, 60),
        ((), 30, "You passed 'slotDuration' but this event type is not a variable length event type."),
        ((30, 60), None, 60),
        ((30, 60), 30, 30),
        (
            (30, 60),
            45,
            (
                "Provided 'slotDuration' is not one of the possible lengths for the event type. "
                "The possible lengths for this variable length event type are: 30, 60"
            ),
        ),
    ],
)
def test_the_length_is_one_of_the_event_type(
    world: World, options: tuple[int, ...], duration: int | None, expected: int | str
) -> None:
    body: Any = {"eventTypeId": world.offer(length_options=options).id, "slotStart": TEXT, "slotDuration": duration}
    try:
        slot = read_requested_slot(world.tx, body, is_new=True)
    except BadRequest as refused:
        assert refused.message == expected
    else:
        assert (slot.start, slot.end, slot.text) == (TEN, TEN + timedelta(minutes=float(expected)), TEXT)


def test_a_requested_slot_is_real_and_free(world: World) -> None:
    event_type = world.round_robin(False)
    body: Any = {"eventTypeId": event_type.id, "slotStart": TEXT}
    world.book(event_type)
    assert read_requested_slot(world.tx, body, is_new=True).event_type == event_type
    with pytest.raises(UnprocessableEntity):
        read_requested_slot(world.tx, body, is_new=False)
    with pytest.raises(BadRequest, match="Invalid start date"):
        read_requested_slot(world.tx, {**body, "slotStart": "2031-02-30"}, is_new=True)
    with pytest.raises(NotFound, match="Event Type with ID=404 not found"):
        read_requested_slot(world.tx, {**body, "eventTypeId": 404}, is_new=True)


def test_the_owner_s_or_the_first_host_s_time_is_reserved(world: World) -> None:
    shared = world.round_robin(False, False)
    assert host_to_reserve(world.tx, world.offer()) == world.host.id
    assert host_to_reserve(world.tx, shared) == world.tx[HOSTS].find(event_type_id=shared.id)[0].user_id
    with pytest.raises(ApiError) as refused:
        host_to_reserve(world.tx, world.round_robin())
    assert refused.value.message == "Cannot reserve a slot for a team event without any hosts"


def test_a_cookie_s_reservation_of_the_same_time_is_extended(world: World) -> None:
    first, second = world.offer(), world.round_robin(False, seats=SEATS)
    held = world.reserve(first, until=NOW + MINUTE)
    reserve_or_extend(world.tx, "held", second, TEN, TEN + HOUR)
    (extended,) = world.tx[RESERVATIONS].find(uid="held")
    assert (extended.id, extended.event_type_id, extended.release_at) == (held.id, second.id, NOW + 5 * MINUTE)
    assert extended.user_id == world.tx[HOSTS].find(event_type_id=second.id)[0].user_id
    reserve_or_extend(world.tx, "held", first, TEN, TEN + 2 * HOUR)
    reserve_or_extend(world.tx, "other", second, TEN, TEN + HOUR)
    made = [*world.tx[RESERVATIONS].find(uid="held")[1:], *world.tx[RESERVATIONS].find(uid="other")]
    assert [
        (each.uid, each.event_type_id, each.user_id, each.start, each.end, each.release_at, each.is_seat)
        for each in made
    ] == [
        ("held", first.id, world.host.id, TEN, TEN + 2 * HOUR, NOW + 5 * MINUTE, False),
        ("other", second.id, extended.user_id, TEN, TEN + HOUR, NOW + 5 * MINUTE, True),
    ]
