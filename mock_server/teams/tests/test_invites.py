"""Invitations to teams."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mock_server.state.transaction import Transaction
from mock_server.teams.invites import create_invite
from mock_server.teams.model import TEAM_INVITES
from mock_server.worlds.tests.loaded_world import default_world


def test_each_invitation_has_a_token_of_its_own_and_is_valid_for_a_week() -> None:
    tx = Transaction(default_world(), datetime(2031, 5, 1, tzinfo=UTC))
    first, second = create_invite(tx, 2), create_invite(tx, 2)
    assert first.token != second.token
    for invite in (first, second):
        assert len(bytes.fromhex(invite.token)) == 32
        assert (invite.team_id, invite.expires_at) == (2, tx.now + timedelta(days=7))
        assert tx[TEAM_INVITES].get(invite.token) == invite
