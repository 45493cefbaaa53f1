"""Connecting Stripe, and asking whether the connection works.

Source: Cal.com API v2, Stripe.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from mock_server.apps import oauth_state
from mock_server.calendars.consent import REFUSED_CODE, bearer_for_state, consent_url, user_of_state
from mock_server.calendars.model import CREDENTIALS, Credential
from mock_server.identity.model import USERS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound, Unauthorized
from mock_server.runtime.reply import NOTHING, Redirect
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import TEAMS

STRIPE = "stripe_payment"
NOT_CONNECTED = "Credentials for stripe not found."
CLIENT_ID = "ca_sandbox"
INACTIVE_CODE = "inactive"
"""The code that opens an account which can neither take payments nor be paid out."""


def get_stripe_connect_url(call: Call) -> Any:
    """The address of Stripe's consent page. Stores nothing, and does not look at the team."""
    user = call.tx[USERS].require(call.caller.user_id)
    origin = call.headers.get("origin")
    team_id = call.query.get("teamId", "")
    state = oauth_state.encode(
        {
            "onErrorReturnTo": call.query.get("errorRedir", origin),
            "fromApp": False,
            "returnTo": call.query.get("redir", origin),
            "accessToken": bearer_for_state(call),
            "teamId": int(team_id) if team_id.isdecimal() and len(team_id) <= 15 else None,
        }
    )
    query = {
        "client_id": CLIENT_ID,
        "scope": "read_write",
        "response_type": "code",
        "stripe_user[email]": user.email,
        "stripe_user[first_name]": user.name or "",
        "redirect_uri": f"{call.base_url}/v2/stripe/save",
        "state": state,
    }
    return {"authUrl": consent_url(call, "stripe", **query)}


def save_stripe_connection(call: Call) -> Any:
    """Connects Stripe for the user of the state's token, or for the team that the state names."""
    state = oauth_state.decode(call)
    error = call.query.get("error")
    if error == "access_denied":
        return Redirect(oauth_state.return_url(state, "onErrorReturnTo"))
    if error:
        description = call.query.get("error_description", "")
        raise BadRequest(urlencode({"error": error, "error_description": description}))
    user = user_of_state(call, state.get("accessToken"))
    if user is None:
        raise Unauthorized("Invalid Access token.")
    code = call.query.get("code")
    if not code or code == REFUSED_CODE:
        raise BadRequest("invalid_grant")
    call.tx[CREDENTIALS].create(
        type=STRIPE,
        app_id="stripe",
        key={"active": code != INACTIVE_CODE},
        **_owner(call, user.id, state.get("teamId")),
    )
    return Redirect(oauth_state.return_url(state, "returnTo"))


def check_stripe(call: Call) -> Any:
    """Whether the caller's first connection can receive money."""
    return _check(call.tx[CREDENTIALS].first(user_id=call.caller.user_id, type=STRIPE))


def check_team_stripe(call: Call) -> Any:
    """Whether a team's first connection can receive money; to callers outside of the team there is none."""
    team = call.tx[TEAMS].get(call.path_number("teamId"))
    if team is None or not any(membership_of(call.tx, call.caller.user_id, each) for each in (team.id, team.parent_id)):
        raise NotFound(NOT_CONNECTED)
    return _check(call.tx[CREDENTIALS].first(team_id=team.id, type=STRIPE))


def _owner(call: Call, user_id: int, team_id: Any) -> dict[str, int]:
    if not team_id:
        return {"user_id": user_id}
    if not isinstance(team_id, int) or not has_rank(membership_of(call.tx, user_id, team_id), "ADMIN"):
        raise BadRequest("You must be team owner or admin to do this")
    return {"team_id": team_id}


def _check(credential: Credential | None) -> Any:
    if credential is None:
        raise NotFound(NOT_CONNECTED)
    if credential.invalid:
        raise BadRequest("Invalid stripe credentials.")
    if not (credential.key or {}).get("active", True):
        raise BadRequest("Stripe account is not an active account")
    return NOTHING
