"""What a search is for: an event type or a group of users, its hosts, and the time it may cover."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.bookings.model import BOOKINGS
from mock_server.event_types.model import EVENT_TYPES, HOSTS, EventType
from mock_server.identity.model import PROFILES, USERS, User
from mock_server.runtime.errors import ApiError, BadRequest, NotFound
from mock_server.slots.inputs import SlotSearch
from mock_server.slots.loading import GROUP_ID, Bookable
from mock_server.slots.queries import QUERIES, QUERIES_2025_04, SlotsQuery
from mock_server.slots.search import MAX_SEARCH_DAYS, find_bookable, input_for_query, load_input, query_rules
from mock_server.slots.tests.builders import utc
from mock_server.state.root import Root
from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAMS, Team
from mock_server.worlds.tests.loaded_world import schema_of

NOW = datetime(2031, 5, 1, tzinfo=UTC)
ROOTS = {edition: Root.empty(schema_of(edition), "slots") for edition in ("2025-04", "2026-03")}


class World:
    """Ada and Grace, who has another name in the organization acme, and their event types."""

    def __init__(self) -> None:
        self.tx = Transaction(ROOTS["2026-03"], NOW)
        self.acme = self.team("acme", is_organization=True)
        self.ada, self.grace, self.alan = (self.user(name) for name in ("ada", "grace", "alan"))
        self.tx[PROFILES].create(
            uid="profile", user_id=self.grace.id, organization_id=self.acme.id, username="hopper", created_at=NOW,
            updated_at=NOW,
        )  # fmt: skip

    def user(self, name: str, **fields: Any) -> User:
        return self.tx[USERS].create(
            email=f"{name}@example.com", username=name, created_date=NOW, time_zone="Europe/Rome", **fields
        )

    def team(self, slug: str, parent: Team | None = None, **fields: Any) -> Team:
        parent_id = None if parent is None else parent.id
        return self.tx[TEAMS].create(name=slug, slug=slug, created_at=NOW, parent_id=parent_id, **fields)

    def offer(self, slug: str = "intro", **fields: Any) -> EventType:
        return self.tx[EVENT_TYPES].create(title="Offer", slug=slug, length=60, **fields)

    def find(self, **fields: Any) -> Bookable:
        return find_bookable(self.tx, asked(**fields))

    def refusal(self, **fields: Any) -> str:
        with pytest.raises(NotFound) as refused:
            self.find(**fields)
        return refused.value.message


def asked(start: str = "2031-06-02", end: str = "2031-06-03", **fields: Any) -> SlotsQuery:
    return SlotsQuery(start, end, **fields)


@pytest.fixture
def world() -> World:
    return World()


def test_an_event_type_is_found_by_its_id(world: World) -> None:
    event_type = world.offer(user_id=world.ada.id)
    found = world.find(event_type_id=event_type.id)
    assert (found.event_type, found.id, found.length) == (event_type, event_type.id, 60)
    assert [host.user for host in found.hosts] == [world.ada]
    assert world.refusal(event_type_id=404) == "Event Type not found"


def test_an_event_type_is_found_by_its_owner_s_name(world: World) -> None:
    first, second = (world.offer(user_id=user.id) for user in (world.ada, world.grace))
    assert world.find(event_type_slug="intro", username="ada").event_type == first
    assert world.find(event_type_slug="intro", username="hopper", organization_slug="acme").event_type == second
    assert world.refusal(event_type_slug="other", username="ada") == "Event Type not found"
    assert world.refusal(event_type_slug="intro", username="x") == "User with username x not found"
    in_acme = {"event_type_slug": "intro", "organization_slug": "acme"}
    assert world.refusal(username="ada", **in_acme) == "User with username ada not found"
    unknown = world.refusal(event_type_slug="intro", username="ada", organization_slug="x")
    assert unknown == "slots-input.service.ts: Organization with slug x not found"


def test_an_event_type_is_found_by_its_team_s_slug(world: World) -> None:
    alone, inside = world.team("sales"), world.team("sales", world.acme)
    first, second = (world.offer(team_id=team.id, scheduling_type="collective") for team in (alone, inside))
    assert world.find(event_type_slug="intro", team_slug="sales").event_type == first
    assert world.find(event_type_slug="intro", team_slug="sales", organization_slug="acme").event_type == second
    assert world.refusal(event_type_slug="other", team_slug="sales") == "Event Type not found"
    assert world.refusal(event_type_slug="intro", team_slug="x") == "Team with slug x not found"


def test_a_group_is_its_known_users(world: World) -> None:
    def users(*names: str, **fields: Any) -> list[User]:
        found = world.find(usernames=names, **fields)
        assert (found.event_type, found.id, found.length) == (None, GROUP_ID, None)
        return [host.user for host in found.hosts]

    assert users("alan", "x", "ada", "alan") == [world.alan, world.ada]
    assert users("grace", "ada") == [world.ada], "a member of an organization is found in it only"
    assert users("hopper", "ada", organization_slug="acme") == [world.grace]
    assert users("hopper", "ada", organization_slug="x") == []
    world.user("private", allow_dynamic_booking=False)
    with pytest.raises(ApiError) as refused:
        users("ada", "private")
    assert (refused.value.status, refused.value.message) == (401, "You are not authorized to access this resource")


def test_the_search_is_that_of_the_query(world: World) -> None:
    bookable = world.find(event_type_id=world.offer(user_id=world.ada.id).id)
    search = input_for_query(world.tx, bookable, asked()).search
    assert search == SlotSearch(utc("2031-06-02"), utc("2031-06-03T23:59:59"), utc("2031-05-01"))
    query = asked(time_zone="Asia/Tokyo", duration=15, rescheduled="moved")
    found = load_input(world.tx, bookable, query, (utc("2031-06-04"), utc("2031-06-05")), own_reservations="own")
    assert found.search == SlotSearch(
        utc("2031-06-04"), utc("2031-06-05"), utc("2031-05-01"), "Asia/Tokyo", 15, "own", None, names_zone=True
    )
    assert input_for_query(world.tx, bookable, query).search.rescheduled == "moved"


@pytest.mark.parametrize("start", [utc("2031-05-01"), utc("2025-01-01"), utc("2031-06-01")])
def test_a_search_covers_a_year_from_now_on(world: World, start: int) -> None:
    bookable = world.find(event_type_id=world.offer(user_id=world.ada.id).id)
    end = max(start, utc("2031-05-01")) + MAX_SEARCH_DAYS * 86_400_000
    assert load_input(world.tx, bookable, asked(), (start, end)).search.end == end
    with pytest.raises(BadRequest) as refused:
        load_input(world.tx, bookable, asked(), (start, end + 1))
    assert refused.value.message == "Slots can be searched for at most 366 days at a time"


def test_a_rescheduled_booking_keeps_its_host_where_the_event_type_says_so(world: World) -> None:
    def searched_hosts(event_type: EventType, rescheduled: str | None) -> list[int]:
        bookable = world.find(event_type_id=event_type.id)
        loaded = input_for_query(world.tx, bookable, asked(rescheduled=rescheduled))
        assert loaded.settings.event_type_id == event_type.id
        return [host.user_id for host in loaded.hosts]

    keeping = {"scheduling_type": "roundRobin", "reschedule_with_same_round_robin_host": True}
    first, second = (world.offer(slug, team_id=world.team(slug).id, **keeping) for slug in ("one", "two"))
    users = [world.ada.id, world.alan.id]
    for event_type in (first, second):
        for user_id in users:
            world.tx[HOSTS].create(user_id=user_id, event_type_id=event_type.id)
    start = NOW + timedelta(days=40)
    world.tx[BOOKINGS].create(
        uid="booked", title="Booked", start=start, end=start + timedelta(hours=1), status="accepted", created_at=NOW,
        updated_at=NOW, user_id=world.alan.id, event_type_id=first.id,
    )  # fmt: skip
    assert searched_hosts(first, "booked") == [world.alan.id]
    assert searched_hosts(second, "booked") == users
    assert searched_hosts(first, "unknown") == users
    assert searched_hosts(first, None) == users


def test_each_edition_reads_queries_by_its_rules() -> None:
    rules = [query_rules(Transaction(root, NOW)) for root in ROOTS.values()]
    assert rules == [QUERIES_2025_04, QUERIES]
