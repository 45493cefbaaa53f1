"""Stripe: its consent page, and the connections of users and teams.

Source: Cal.com API v2, Stripe of users and of teams.
"""

from __future__ import annotations

from mock_server.apps import oauth_state
from mock_server.calendars.consent import bearer_for_state, consent_url
from mock_server.calendars.model import CREDENTIALS, Credential
from mock_server.identity.model import USERS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest, NotFound
from mock_server.runtime.integers import integer_from
from mock_server.runtime.reply import NOTHING, Nothing

STRIPE = "stripe_payment"
CREDENTIALS_NOT_FOUND = "Credentials for stripe not found."
CLIENT_ID = "ca_sandbox"
TEAM_IN_QUERY = "teamId"
"""The parameter with which older editions connect for a team."""
INACTIVE_CODE = "inactive"
"""The code that connects an account with neither charges nor payouts enabled."""


def stripe_url(call: Call, **team: object) -> str:
    """The address of Stripe's consent page. `team` has `teamId` and `orgId` when connecting for a team."""
    user = call.tx[USERS].require(call.caller.user_id)
    origin = call.headers.get("origin")
    returns = ("returnTo", "onErrorReturnTo") if call.has("callbacks-redirect") else ("redir", "errorRedir")
    state = oauth_state.encode(
        {
            "onErrorReturnTo": call.query.get(returns[1], origin),
            "fromApp": False,
            "returnTo": call.query.get(returns[0], origin),
            "accessToken": bearer_for_state(call),
            **team,
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
    return consent_url(call, "stripe", **query)


def team_of_query(call: Call) -> dict[str, object]:
    """The team to connect for, which older editions take in the query, as a part of the state."""
    if call.has("callbacks-redirect"):
        return {}
    return {TEAM_IN_QUERY: integer_from(call.query.get(TEAM_IN_QUERY, ""))}


def add_stripe(call: Call, **owner: int) -> Credential:
    """A connection of the owner (`user_id=` or `team_id=`) beside earlier ones. Raises BadRequest for a bad code."""
    code = oauth_state.authorization_code(call)
    return call.tx[CREDENTIALS].create(type=STRIPE, app_id="stripe", key={"active": code != INACTIVE_CODE}, **owner)


def connect_stripe(call: Call, **owner: int) -> None:
    """A connection of the owner in place of earlier ones. Raises BadRequest for a bad code."""
    oauth_state.authorization_code(call)
    for earlier in call.tx[CREDENTIALS].find(type=STRIPE, **owner):
        call.tx[CREDENTIALS].delete(earlier.id)
    add_stripe(call, **owner)


def connect_stripe_of_team(call: Call, team_id: int) -> None:
    """A team's connection in place of earlier ones. Raises BadRequest for a bad code."""
    connect_stripe(call, team_id=team_id)


def check_account(credential: Credential | None) -> Nothing:
    """Checks that a connection can receive payments. Raises NotFound without one, and BadRequest."""
    if credential is None:
        raise NotFound(CREDENTIALS_NOT_FOUND)
    if credential.invalid:
        raise BadRequest("Invalid stripe credentials.")
    if not (credential.key or {}).get("active", True):
        raise BadRequest("Stripe account is not an active account")
    return NOTHING
