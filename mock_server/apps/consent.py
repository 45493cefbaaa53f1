"""The consent pages of Zoom and Microsoft Teams, for users and for teams.

Source: Cal.com API v2, conferencing: oauth/auth-url.
"""

from __future__ import annotations

from mock_server.apps import oauth_state
from mock_server.calendars.consent import CLIENT_ID, bearer_for_state, consent_url
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest

OAUTH_APPS = ("zoom", "msteams")


def oauth_app(call: Call) -> str:
    """The app in the path. Raises BadRequest for those that are not connected through OAuth."""
    app = str(call.path["app"])
    if app not in OAUTH_APPS:
        raise BadRequest("Invalid conferencing app, available apps are: ", reason=", ".join(OAUTH_APPS))
    return app


def auth_url(call: Call, **team: str) -> str:
    """The consent page of the app in the path. `team` has `teamId` and `orgId` when connecting for a team."""
    app = oauth_app(call)
    origin = call.headers.get("origin")
    urls = {name: call.query.get(name, origin) for name in oauth_state.RETURN_URLS}
    expiry: dict[str, object] = {}
    if call.has("return-urls-checked"):
        oauth_state.check_return_urls(urls)
        expiry = {"expiresAt": oauth_state.expiry_from(call.now)}
    state = oauth_state.encode({**urls, "fromApp": False, "accessToken": bearer_for_state(call), **team, **expiry})
    query = {"response_type": "code", "client_id": CLIENT_ID}
    if app == "msteams":
        query["scope"] = "OnlineMeetings.ReadWrite offline_access"
    query["redirect_uri"] = f"{call.base_url}/v2/conferencing/{app}/oauth/callback"
    return consent_url(call, app, **query, state=state)
