"""Who may read an event."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.events.invariants import CHECKS
from mock_server.events.model import EVENT_CO_HOSTS, EVENTS, Event
from mock_server.events.readers import hosted_events, may_read
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS
from mock_server.worlds.tests.loaded_world import default_world

OWNER, ADMIN, MIA, SOLO = 1, 2, 3, 4
SALES = 2
PARTY = "8c1f3d0a-52c5-4a5c-8f4a-0d5a3c1e7b21"


@pytest.fixture
def tx() -> Transaction:
    tx = Transaction(default_world("2026-09"), datetime(2049, 1, 1, tzinfo=UTC))
    start, end = datetime(2050, 1, 1, tzinfo=UTC), datetime(2050, 1, 2, tzinfo=UTC)
    fields: dict[str, Any] = {"slug": "party", "title": "Party", "time_zone": "UTC", "start": start, "end": end}
    tx[EVENTS].insert(Event(uuid=PARTY, user_id=OWNER, team_id=SALES, **fields))
    return tx


def readers(tx: Transaction) -> list[int]:
    event = tx[EVENTS].require(PARTY)
    return [user_id for user_id in (OWNER, ADMIN, MIA, SOLO) if may_read(tx, user_id, event)]


def test_the_owner_and_members_of_the_team_read_it(tx: Transaction) -> None:
    assert readers(tx) == [OWNER, MIA]
    membership = tx[MEMBERSHIPS].first(user_id=MIA, team_id=SALES)
    assert membership is not None
    tx[MEMBERSHIPS].update(membership.id, accepted=False)
    assert readers(tx) == [OWNER]


def test_a_co_host_reads_and_lists_it_once_the_invitation_is_accepted(tx: Transaction) -> None:
    invitation = tx[EVENT_CO_HOSTS].create(event_uuid=PARTY, user_id=SOLO)
    assert readers(tx) == [OWNER, MIA]
    tx[EVENT_CO_HOSTS].update(invitation.id, accepted=True)
    assert readers(tx) == [OWNER, MIA, SOLO]
    assert [event.slug for event in hosted_events(tx, SOLO)] == ["party", "open-house"]


def test_the_doctor_finds_events_that_contradict_themselves(tx: Transaction) -> None:
    assert [each for check in CHECKS for each in check(tx)] == []
    tx[EVENTS].update(PARTY, end=datetime(2049, 1, 1, tzinfo=UTC))
    tx[EVENT_CO_HOSTS].create(event_uuid=PARTY, user_id=OWNER)
    assert len([each for check in CHECKS for each in check(tx)]) == 2
