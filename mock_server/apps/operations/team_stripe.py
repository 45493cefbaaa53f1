"""Operations on the Stripe account of an organization's team.

Source: Cal.com API v2, Stripe of teams.
"""

from __future__ import annotations

from mock_server.apps import oauth_state
from mock_server.apps.stripe import STRIPE, check_account, connect_stripe_of_team, stripe_url
from mock_server.apps.team_callbacks import connect_team
from mock_server.calendars.model import CREDENTIALS
from mock_server.runtime.call import Call
from mock_server.runtime.reply import Nothing, Redirect


def get_organization_team_stripe_connect_url(call: Call) -> dict[str, str]:
    """The address of Stripe's consent page, with the team in its state. Stores nothing."""
    return {"authUrl": stripe_url(call, teamId=str(call.path["teamId"]), orgId=str(call.path["orgId"]))}


def save_organization_team_stripe_connection(call: Call) -> Redirect:
    """Connects Stripe for the team; the state needs a managed user's access token."""
    return connect_team(call, oauth_state.decode(call), call.path_number("teamId"), connect_stripe_of_team)


def check_organization_team_stripe(call: Call) -> Nothing:
    """Checks that the team's connection can receive payments."""
    return check_account(call.tx[CREDENTIALS].first(team_id=call.path_number("teamId"), type=STRIPE))
