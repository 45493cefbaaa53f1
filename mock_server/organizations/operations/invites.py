"""Operations on invitations to the teams of an organization.

Source: Cal.com API v2, organization team invites.
"""

from __future__ import annotations

from mock_server.runtime.call import Call
from mock_server.teams.invites import create_invite
from mock_server.teams.views import invite_view


def create_organization_team_invite(call: Call) -> dict[str, str]:
    """Creates an invitation, whose link leads to the sign-up page of the web application."""
    invite = create_invite(call.tx, call.path_number("teamId"))
    return invite_view(invite, "/signup?token={token}&callbackUrl=/getting-started")
