"""The audience of an event, and the scheduled triggers of meetings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server import areas
from mock_server.event_types.model import EVENT_TYPES, EventType
from mock_server.identity.model import MANAGED_USER_LINKS
from mock_server.state.clock import Clock
from mock_server.state.transaction import Event, Transaction
from mock_server.state.worlds import World, Worlds
from mock_server.webhooks.events import Audience, booking_audience, emit
from mock_server.webhooks.jobs import drop_meeting, schedule_meeting
from mock_server.webhooks.model import WEBHOOKS, Webhook
from mock_server.webhooks.subscribers import subscribers
from mock_server.worlds.tests.loaded_world import default_world, schema_of

NOW = datetime(2030, 1, 7, 9, tzinfo=UTC)
ORGANIZATION, TEAM, OWNER, MEMBER, SOLO = 1, 2, 1, 3, 4
CLIENT = "sandbox-client"


@pytest.fixture
def world() -> World:
    worlds = Worlds(schema_of(), default_world, real_time=lambda: NOW, job_handlers=areas.job_handlers())
    return worlds.default


@pytest.fixture
def tx(world: World) -> Transaction:
    return world.begin()


def event_type(tx: Transaction, **fields: Any) -> EventType:
    return tx[EVENT_TYPES].create(title="Intro", slug=f"intro-{tx[EVENT_TYPES].count()}", length=30, **fields)


def webhook(tx: Transaction, name: str, *triggers: str, **owner: Any) -> Webhook:
    url = f"http://127.0.0.1:1/{name}"
    row = Webhook(id=name, subscriber_url=url, triggers=triggers or ("BOOKING_CREATED",), created_at=tx.now, **owner)
    return tx[WEBHOOKS].insert(row)


def test_a_personal_booking_reaches_the_host_the_event_type_and_the_hosts_organization(tx: Transaction) -> None:
    mine = event_type(tx, user_id=MEMBER)
    assert booking_audience(tx, mine, MEMBER) == Audience(
        user_id=MEMBER, event_type_ids=(mine.id,), team_ids=(ORGANIZATION,)
    )


def test_without_an_organization_a_personal_booking_reaches_no_team(tx: Transaction) -> None:
    assert booking_audience(tx, event_type(tx, user_id=SOLO), SOLO).team_ids == ()


def test_a_team_booking_does_not_reach_the_hosts_own_webhooks(tx: Transaction) -> None:
    teams = event_type(tx, team_id=TEAM, scheduling_type="collective")
    audience = booking_audience(tx, teams, MEMBER)
    assert audience.user_id is None
    assert audience.team_ids == (TEAM, ORGANIZATION)


def test_a_child_of_a_managed_event_type_reaches_host_team_and_parent(tx: Transaction) -> None:
    parent = event_type(tx, team_id=TEAM, scheduling_type="managed")
    child = event_type(tx, user_id=MEMBER, parent_id=parent.id)
    assert booking_audience(tx, child, MEMBER) == Audience(
        user_id=MEMBER, event_type_ids=(child.id, parent.id), team_ids=(TEAM, ORGANIZATION)
    )


def test_a_booking_of_a_managed_user_reaches_the_oauth_client(tx: Transaction) -> None:
    tx[MANAGED_USER_LINKS].create(user_id=MEMBER, client_id=CLIENT)
    assert booking_audience(tx, event_type(tx, user_id=MEMBER), MEMBER).client_ids == (CLIENT,)
    teams = event_type(tx, team_id=TEAM, scheduling_type="roundRobin")
    assert booking_audience(tx, teams, MEMBER).client_ids == ()
    assert booking_audience(tx, teams, MEMBER, host_ids=[MEMBER]).client_ids == (CLIENT,)


def test_subscribers_are_the_active_webhooks_of_the_audience_with_the_trigger(tx: Transaction) -> None:
    mine = event_type(tx, user_id=MEMBER)
    webhook(tx, "user", user_id=MEMBER)
    webhook(tx, "event-type", event_type_id=mine.id)
    webhook(tx, "organization", team_id=ORGANIZATION)
    webhook(tx, "everything", platform=True)
    webhook(tx, "other-user", user_id=SOLO)
    webhook(tx, "inactive", event_type_id=mine.id, active=False)
    webhook(tx, "other-trigger", "BOOKING_CANCELLED", event_type_id=mine.id)
    found = subscribers(tx, "BOOKING_CREATED", booking_audience(tx, mine, MEMBER))
    assert {each.id for each in found} == {"user", "event-type", "organization", "everything"}


def recorded_events(world: World) -> list[tuple[str, str]]:
    """A list to which the trigger and title of all further events are added."""
    recorded: list[tuple[str, str]] = []

    def listen(_: World, committed: list[Event]) -> None:
        recorded.extend((event.name, event.payload["event"].payload["title"]) for event in committed)

    world._worlds.listen(listen)
    return recorded


def schedule_at(world: World, booking_id: int, title: str, start: datetime) -> None:
    tx = world.begin()
    audience = Audience(user_id=MEMBER)
    schedule_meeting(tx, booking_id, start, start + timedelta(minutes=30), {"title": title}, audience)
    world.commit(tx)


@pytest.fixture
def subscribed(world: World) -> World:
    tx = world.begin()
    webhook(tx, "meetings", "MEETING_STARTED", "MEETING_ENDED", user_id=MEMBER)
    world.commit(tx)
    return world


def test_an_event_is_published_when_its_transaction_commits(world: World) -> None:
    events = recorded_events(world)
    tx = world.begin()
    emit(tx, "BOOKING_CREATED", {"title": "Intro"}, Audience(user_id=MEMBER))
    assert events == []
    world.commit(tx)
    assert events == [("BOOKING_CREATED", "Intro")]


def test_advancing_the_clock_publishes_meeting_events_in_order(subscribed: World) -> None:
    events = recorded_events(subscribed)
    schedule_at(subscribed, 1, "late", NOW + timedelta(hours=2))
    schedule_at(subscribed, 2, "early", NOW + timedelta(hours=1))
    subscribed.advance(timedelta(hours=2, minutes=10))
    assert events == [("MEETING_STARTED", "early"), ("MEETING_ENDED", "early"), ("MEETING_STARTED", "late")]
    subscribed.advance(timedelta(hours=1))
    assert events[3:] == [("MEETING_ENDED", "late")]


def test_a_cancelled_booking_publishes_no_meeting_events(subscribed: World) -> None:
    events = recorded_events(subscribed)
    schedule_at(subscribed, 1, "off", NOW + timedelta(hours=1))
    tx = subscribed.begin()
    drop_meeting(tx, 1)
    subscribed.commit(tx)
    subscribed.advance(timedelta(days=1))
    assert events == []


def test_meeting_events_reach_deactivated_webhooks_but_not_deleted_ones(subscribed: World) -> None:
    events = recorded_events(subscribed)
    schedule_at(subscribed, 1, "first", NOW + timedelta(hours=1))
    schedule_at(subscribed, 2, "second", NOW + timedelta(hours=5))
    tx = subscribed.begin()
    tx[WEBHOOKS].update("meetings", active=False)
    subscribed.commit(tx)
    subscribed.advance(timedelta(hours=2))
    assert [title for _, title in events] == ["first", "first"]
    tx = subscribed.begin()
    tx[WEBHOOKS].delete("meetings")
    subscribed.commit(tx)
    subscribed.advance(timedelta(days=1))
    assert len(events) == 2


def test_meeting_events_overdue_by_more_than_a_day_are_dropped(subscribed: World) -> None:
    events = recorded_events(subscribed)
    schedule_at(subscribed, 1, "missed", NOW - timedelta(days=2))
    schedule_at(subscribed, 2, "just missed", NOW - timedelta(hours=2))
    assert subscribed.run_jobs() == 4
    assert [title for _, title in events] == ["just missed", "just missed"]


def test_a_job_that_fails_is_dropped_and_the_next_one_runs(subscribed: World, caplog: pytest.LogCaptureFixture) -> None:
    from mock_server.state.jobs import JOBS, schedule

    events = recorded_events(subscribed)
    tx = subscribed.begin()
    schedule(tx, "unknown-kind", NOW + timedelta(minutes=1), {})
    subscribed.commit(tx)
    schedule_at(subscribed, 1, "next", NOW + timedelta(minutes=2))
    subscribed.set_clock(Clock(frozen_at=NOW + timedelta(minutes=3)))
    assert events == [("MEETING_STARTED", "next")]
    assert "unknown-kind" in caplog.text
    assert subscribed.begin()[JOBS].count() == 1
