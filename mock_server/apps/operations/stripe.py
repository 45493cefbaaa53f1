"""Connects Stripe, and checks the connection.

Source: Cal.com API v2, Stripe.
"""

from __future__ import annotations

from urllib.parse import urlencode

from mock_server.apps import oauth_state
from mock_server.calendars.consent import bearer_for_state, consent_url, user_of_state
from mock_server.calendars.model import CREDENTIALS, Credential
from mock_server.identity.model import USERS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound, Unauthorized
from mock_server.runtime.integers import integer_from
from mock_server.runtime.reply import NOTHING, Nothing, Redirect
from mock_server.teams.memberships import has_rank, membership_of
from mock_server.teams.model import TEAMS

STRIPE = "stripe_payment"
CREDENTIALS_NOT_FOUND = "Credentials for stripe not found."
CLIENT_ID = "ca_sandbox"
INACTIVE_CODE = "inactive"
"""The code that connects an account with neither charges nor payouts enabled."""


def get_stripe_connect_url(call: Call) -> dict[str, str]:
    """The address of Stripe's consent page. Stores nothing, and does not check the team."""
    user = call.tx[USERS].require(call.caller.user_id)
    origin = call.headers.get("origin")
    state = oauth_state.encode(
        {
            "onErrorReturnTo": call.query.get("errorRedir", origin),
            "fromApp": False,
            "returnTo": call.query.get("redir", origin),
            "accessToken": bearer_for_state(call),
            "teamId": integer_from(call.query.get("teamId", "")),
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


def save_stripe_connection(call: Call) -> Redirect:
    """Connects Stripe for the user of the state's token, or for the team in the state."""
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
    code = oauth_state.authorization_code(call)
    call.tx[CREDENTIALS].create(
        type=STRIPE,
        app_id="stripe",
        key={"active": code != INACTIVE_CODE},
        **_owner(call, user.id, state.get("teamId")),
    )
    return Redirect(oauth_state.return_url(state, "returnTo"))


def check_stripe(call: Call) -> Nothing:
    """Checks that the caller's first connection can receive payments."""
    return _check(call.tx[CREDENTIALS].first(user_id=call.caller.user_id, type=STRIPE))


def check_team_stripe(call: Call) -> Nothing:
    """Checks that a team's first connection can receive payments. NotFound for callers outside the team."""
    team = call.tx[TEAMS].get(call.path_number("teamId"))
    if team is None or not any(membership_of(call.tx, call.caller.user_id, each) for each in (team.id, team.parent_id)):
        raise NotFound(CREDENTIALS_NOT_FOUND)
    return _check(call.tx[CREDENTIALS].first(team_id=team.id, type=STRIPE))


def _owner(call: Call, user_id: int, team_id: object) -> dict[str, int]:
    if not team_id:
        return {"user_id": user_id}
    if not isinstance(team_id, int) or not has_rank(membership_of(call.tx, user_id, team_id), "ADMIN"):
        raise BadRequest("You must be team owner or admin to do this")
    return {"team_id": team_id}


def _check(credential: Credential | None) -> Nothing:
    if credential is None:
        raise NotFound(CREDENTIALS_NOT_FOUND)
    if credential.invalid:
        raise BadRequest("Invalid stripe credentials.")
    if not (credential.key or {}).get("active", True):
        raise BadRequest("Stripe account is not an active account")
    return NOTHING
