"""Attributes of organizations."""

from __future__ import annotations

from datetime import UTC, datetime

from mock_server.organizations.attributes import add_option, assigned_options, time_of_assignment
from mock_server.organizations.model import ATTRIBUTE_ASSIGNMENTS, ATTRIBUTES
from mock_server.state.transaction import Transaction
from mock_server.teams.model import MEMBERSHIPS
from mock_server.worlds.tests.loaded_world import default_world

ACME, MEMBER = 1, 3


def test_assignments_keep_their_order_while_the_clock_stands_still() -> None:
    tx = Transaction(default_world(), datetime(2025, 5, 1, tzinfo=UTC))
    membership = tx[MEMBERSHIPS].first(team_id=ACME, user_id=MEMBER)
    assert membership is not None
    [attribute, *_] = tx[ATTRIBUTES].find(team_id=ACME)
    options = [add_option(tx, attribute.id, f"Room {number}", f"room-{number}") for number in range(9)]
    for place, option in enumerate(options):
        tx[ATTRIBUTE_ASSIGNMENTS].create(
            id=f"{9 - place}",
            member_id=membership.id,
            attribute_option_id=option.id,
            created_at=time_of_assignment(tx, membership, option.id),
        )
    assert assigned_options(tx, membership) == options
