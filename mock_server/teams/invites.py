"""Invitations to teams, which are links to the web application.

Source: Cal.com API v2, team invites.
"""

from __future__ import annotations

from datetime import timedelta

from mock_server.state.transaction import Transaction
from mock_server.teams.model import TEAM_INVITES, TeamInvite

VALID_FOR = timedelta(days=7)


def create_invite(tx: Transaction, team_id: int) -> TeamInvite:
    """Creates an invitation. Older ones of the team stay valid."""
    expires_at = tx.now + VALID_FOR
    return tx[TEAM_INVITES].insert(TeamInvite(token=tx.identifiers.hex(64), team_id=team_id, expires_at=expires_at))
