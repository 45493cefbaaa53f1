"""Limits of hosts: which bookings count towards the overall limits and those of a team."""

from __future__ import annotations

import pytest

from mock_server.booking_limits.model import (
    OVERALL_BOOKING_LIMITS,
    OWN_TEAM_BOOKING_LIMITS,
    OverallBookingLimits,
    OwnTeamBookingLimits,
)
from mock_server.bookings.model import BOOKINGS
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.identity.model import PROFILES, USERS
from mock_server.runtime.instants import milliseconds
from mock_server.slots.availability import available_slots
from mock_server.slots.inputs import SlotSearch
from mock_server.slots.loading import bookable_group, load_availability_input
from mock_server.slots.tests.test_loading import MONDAY, NOW, World
from mock_server.teams.model import MEMBERSHIPS, TEAMS

ALL_DAY = list(range(9, 17))


class Sales(World):
    """A member of a team of an organization, with an event type of the user's own and a round robin of the team."""

    def __init__(self, edition: str = "2026-09", **team: object) -> None:
        super().__init__(edition)
        tx = self.tx
        acme = tx[TEAMS].create(name="Acme", is_organization=True, created_at=NOW)
        self.team = tx[TEAMS].create(name="Sales", parent_id=acme.id, created_at=NOW, **team)
        names = {"uid": "host", "username": "host", "created_at": NOW, "updated_at": NOW}
        tx[PROFILES].create(user_id=self.host.id, organization_id=acme.id, **names)
        self.membership = tx[MEMBERSHIPS].create(user_id=self.host.id, team_id=self.team.id, role="MEMBER")
        self.turns = self.team_event_type("roundRobin")

    def team_event_type(self, scheduling: str, *, is_fixed: bool = False) -> EventType:
        slug = f"team-{self.tx[EVENT_TYPES].count()}"
        found = self.tx[EVENT_TYPES].create(
            team_id=self.team.id, title="Team", slug=slug, length=60, scheduling_type=scheduling
        )
        self.tx[HOSTS].create(user_id=self.host.id, event_type_id=found.id, is_fixed=is_fixed)
        return found

    def limit(self, per_day: int) -> None:
        self.tx[OVERALL_BOOKING_LIMITS].insert(OverallBookingLimits(user_id=self.host.id, per_day=per_day))

    def take_turn(self, event_type: EventType, hour: int) -> None:
        self.tx[BOOKINGS].update(self.book(event_type, hour).id, user_id=self.host.id)


def test_overall_limits_count_bookings_of_all_event_types() -> None:
    sales = Sales()
    sales.limit(2)
    sales.book(sales.event_type, 9)
    sales.book(sales.event_type, 10, status="pending")
    assert sales.hours() == ALL_DAY[1:]
    sales.take_turn(sales.turns, 12)
    assert sales.hours() == sales.hours(sales.turns) == []
    assert sales.hours(within_host_limits=False) == [10, 11, 13, 14, 15, 16], "a host may waive them"


def test_overall_limits_count_bookings_that_a_fixed_host_organizes() -> None:
    sales = Sales()
    sales.limit(1)
    lead = sales.user("lead@example.com")
    booking = sales.book(sales.event_type, 9, sales.host.email)
    sales.tx[BOOKINGS].update(booking.id, user_id=lead.id, event_type_id=sales.add_event_type(lead).id)
    assert sales.hours() == ALL_DAY[1:], "the user was only invited"
    sales.tx[BOOKINGS].update(booking.id, event_type_id=sales.turns.id)
    assert sales.hours() == []


def test_periods_are_those_of_the_user_s_time_zone() -> None:
    sales = Sales()
    sales.tx[USERS].update(sales.host.id, time_zone="Pacific/Kiritimati")
    sales.limit(1)
    sales.book(sales.event_type, 36)
    assert sales.hours(since=MONDAY) != []
    sales.book(sales.event_type, 23)
    assert all(hour < 10 for hour in sales.hours()), "the day of this booking begins at ten in UTC"


def test_the_booking_to_reschedule_counts_towards_no_limit() -> None:
    own, of_team = Sales(), Sales(booking_limits='{"PER_DAY": 1}')
    own.limit(1)
    for sales, offer in ((own, own.event_type), (of_team, of_team.turns)):
        sales.take_turn(offer, 9)
        booking = sales.tx[BOOKINGS].first(event_type_id=offer.id)
        assert booking is not None
        assert sales.hours(offer) == sales.hours(offer, rescheduled="unknown") == []
        assert sales.hours(offer, rescheduled=booking.uid) == ALL_DAY


def test_limits_of_a_group_are_the_overall_ones_of_its_users() -> None:
    sales = Sales(booking_limits='{"PER_DAY": 1}')
    search = SlotSearch(milliseconds(MONDAY), milliseconds(MONDAY) + 86_399_000, milliseconds(NOW))
    group = bookable_group([sales.host])
    sales.take_turn(sales.turns, 9)
    assert len(available_slots(load_availability_input(sales.tx, group, search))) == 14
    sales.limit(1)
    assert available_slots(load_availability_input(sales.tx, group, search)) == []


def test_bookings_of_deleted_event_types_do_not_count_for_a_team() -> None:
    sales = Sales(booking_limits='{"PER_DAY": 1}')
    gone = sales.team_event_type("roundRobin")
    sales.take_turn(gone, 9)
    assert sales.hours(sales.turns) == []
    sales.tx[EVENT_TYPES].delete(gone.id)
    assert sales.hours(sales.turns) == ALL_DAY[1:]


def test_overall_limits_end_with_the_membership_of_an_organization() -> None:
    sales = Sales()
    sales.limit(1)
    sales.book(sales.event_type, 9)
    profile = sales.tx[PROFILES].first(user_id=sales.host.id)
    assert profile is not None
    sales.tx[PROFILES].delete(profile.id)
    assert sales.hours() == ALL_DAY[1:]


def test_limits_of_a_team_count_its_bookings_and_apply_to_its_round_robins() -> None:
    sales = Sales(booking_limits='{"PER_DAY": 1}')
    collective, fixed = sales.team_event_type("collective"), sales.team_event_type("roundRobin", is_fixed=True)
    sales.book(sales.event_type, 9)
    assert sales.hours(sales.turns) == ALL_DAY[1:], "a personal booking does not count"
    sales.take_turn(collective, 10)
    assert sales.hours(sales.turns) == []
    assert sales.hours(collective) == sales.hours(fixed) == sales.hours() == ALL_DAY[2:]


@pytest.mark.parametrize("counts", [True, False])
def test_bookings_of_managed_event_types_count_if_the_team_says_so(counts: bool) -> None:
    sales = Sales(booking_limits='{"PER_DAY": 1}', include_managed_events_in_limits=counts)
    managed = sales.team_event_type("managed")
    sales.book(sales.add_event_type(sales.host, parent_id=managed.id), 9)
    assert sales.hours(sales.turns) == ([] if counts else ALL_DAY[1:])


def test_own_numbers_replace_those_of_the_team() -> None:
    sales = Sales(booking_limits='{"PER_DAY": 1, "PER_WEEK": 2}')
    sales.tx[OWN_TEAM_BOOKING_LIMITS].insert(OwnTeamBookingLimits(membership_id=sales.membership.id, per_day=3))
    sales.take_turn(sales.turns, 9)
    assert sales.hours(sales.turns) == ALL_DAY[1:]
    sales.take_turn(sales.turns, 10)
    assert sales.hours(sales.turns) == [], "the number of the week still applies"


@pytest.mark.parametrize("text", ["{", "[]", "2", '{"PER_DAY": "1"}', '{"PER_DAY": 0}', '{"PER_DAY": true}', ""])
def test_a_text_that_names_no_limits_limits_nothing(text: str) -> None:
    sales = Sales(booking_limits=text)
    sales.take_turn(sales.turns, 9)
    assert sales.hours(sales.turns) == ALL_DAY[1:]


def test_a_team_limits_nothing_before_2026_09() -> None:
    sales = Sales("2026-03", booking_limits='{"PER_DAY": 1}')
    sales.take_turn(sales.turns, 9)
    assert sales.hours(sales.turns) == ALL_DAY[1:]
