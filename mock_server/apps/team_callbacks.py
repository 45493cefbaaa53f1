"""Connects apps for teams when the user's consent page redirects back with a team in its state.

Source: Cal.com API v2, conferencing and Stripe of teams: callbacks.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mock_server.apps import oauth_state
from mock_server.calendars.consent import user_of_state
from mock_server.calendars.hints import FLOW_REFUSED
from mock_server.identity.model import User
from mock_server.organizations.access import admin_api, is_organization, plan, role, team_in_organization
from mock_server.runtime.call import Call, Caller
from mock_server.runtime.errors import ApiError, Unauthorized
from mock_server.runtime.integers import integer_from
from mock_server.runtime.reply import Redirect

INVALID_TOKEN = "Invalid Access token."

Connect = Callable[[Call, int], None]
"""Connects the app of a request for the team with an id. Raises the refusal."""


def names_team(state: dict[str, Any]) -> bool:
    """Whether the state is that of a team's consent page."""
    return bool(state.get("teamId") and state.get("orgId"))


def require_user_of_state(call: Call, state: dict[str, Any]) -> User:
    """The managed user whose access token is in the state. Raises Unauthorized."""
    user = user_of_state(call, state.get("accessToken"))
    if user is None:
        raise Unauthorized(INVALID_TOKEN, hint=FLOW_REFUSED)
    return user


def connect_team(call: Call, state: dict[str, Any], team_id: int, connect: Connect) -> Redirect:
    """Connects the app for a team whose access rules were applied. Any failure leads to `onErrorReturnTo`."""
    try:
        require_user_of_state(call, state)
        connect(call, team_id)
    except ApiError:
        return Redirect(oauth_state.return_url(state, "onErrorReturnTo"))
    return Redirect(oauth_state.return_url(state, "returnTo"))


def connect_team_of_state(call: Call, state: dict[str, Any], connect: Connect) -> Redirect:
    """The same for the team in the state, after the access rules of the team's own callback."""
    try:
        team_id = _check_team_of_state(call, state)
    except ApiError:
        return Redirect(oauth_state.return_url(state, "onErrorReturnTo"))
    return connect_team(call, state, team_id, connect)


def _check_team_of_state(call: Call, state: dict[str, Any]) -> int:
    """Applies the access rules of the team's own callback to the team in the state. Returns its id."""
    path = {"orgId": team_id_from(state["orgId"]), "teamId": team_id_from(state["teamId"])}
    guarded = Call(call.tx, path, call.headers, call.base_url)
    guarded.caller = Caller("access-token", require_user_of_state(call, state).id)
    is_organization(guarded, None)
    role(guarded, "TEAM_ADMIN")
    team_in_organization(guarded, None)
    plan(guarded, "ESSENTIALS")
    admin_api(guarded, None)
    return path["teamId"]


def team_id_from(value: object) -> int:
    """An id in a state, which may be text; 0, which is never in use, where it is not a number."""
    return integer_from(str(value)) or 0
