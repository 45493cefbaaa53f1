"""Operations on invitations to standalone teams.

Source: Cal.com API v2, team invites.
"""

from __future__ import annotations

from mock_server.runtime.call import Call
from mock_server.teams.invites import create_invite
from mock_server.teams.views import invite_view


def create_team_invite(call: Call) -> dict[str, str]:
    """Creates an invitation, whose link leads to the teams page of the web application."""
    return invite_view(create_invite(call.tx, call.path_number("teamId")), "/teams?token={token}")
