"""Connects Stripe, and checks the connection.

Source: Cal.com API v2, Stripe.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from mock_server.apps import oauth_state
from mock_server.apps.stripe import (
    CREDENTIALS_NOT_FOUND,
    STRIPE,
    add_stripe,
    check_account,
    connect_stripe,
    connect_stripe_of_team,
    stripe_url,
    team_of_query,
)
from mock_server.apps.team_callbacks import connect_team_of_state, names_team, require_user_of_state
from mock_server.calendars.model import CREDENTIALS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import ApiError, BadRequest, NotFound
from mock_server.runtime.reply import Nothing, Redirect
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import TEAMS


def get_stripe_connect_url(call: Call) -> dict[str, str]:
    """The address of Stripe's consent page. Stores nothing, and does not check the team of older editions."""
    return {"authUrl": stripe_url(call, **team_of_query(call))}


def save_stripe_connection(call: Call) -> Redirect:
    """Connects Stripe for the user of the state's token, or for the team in the state."""
    state = oauth_state.decode(call)
    if not call.has("callbacks-redirect"):
        return _save_for_user_or_team(call, state)
    if call.query.get("error"):
        return Redirect(oauth_state.return_url(state, "onErrorReturnTo"))
    if names_team(state):
        return connect_team_of_state(call, state, connect_stripe_of_team)
    try:
        connect_stripe(call, user_id=require_user_of_state(call, state).id)
    except ApiError:
        return Redirect(oauth_state.return_url(state, "onErrorReturnTo"))
    return Redirect(oauth_state.return_url(state, "returnTo"))


def check_stripe(call: Call) -> Nothing:
    """Checks that the caller's first connection can receive payments."""
    return check_account(call.tx[CREDENTIALS].first(user_id=call.caller.user_id, type=STRIPE))


def check_team_stripe(call: Call) -> Nothing:
    """Checks that a team's first connection can receive payments. NotFound for callers outside the team."""
    team = call.tx[TEAMS].get(call.path_number("teamId"))
    if team is None or not any(membership_of(call.tx, call.caller.user_id, each) for each in (team.id, team.parent_id)):
        raise NotFound(CREDENTIALS_NOT_FOUND)
    return check_account(call.tx[CREDENTIALS].first(team_id=team.id, type=STRIPE))


def _save_for_user_or_team(call: Call, state: dict[str, Any]) -> Redirect:
    """The callback of older editions, which answers most failures and keeps earlier connections."""
    error = call.query.get("error")
    if error == "access_denied":
        return Redirect(oauth_state.return_url(state, "onErrorReturnTo"))
    if error:
        description = call.query.get("error_description", "")
        raise BadRequest(urlencode({"error": error, "error_description": description}))
    user = require_user_of_state(call, state)
    oauth_state.authorization_code(call)
    add_stripe(call, **_owner(call, user.id, state.get("teamId")))
    return Redirect(oauth_state.return_url(state, "returnTo"))


def _owner(call: Call, user_id: int, team_id: object) -> dict[str, int]:
    if not team_id:
        return {"user_id": user_id}
    if not isinstance(team_id, int) or not has_rank(membership_of(call.tx, user_id, team_id), "ADMIN"):
        raise BadRequest("You must be team owner or admin to do this")
    return {"team_id": team_id}
