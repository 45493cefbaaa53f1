"""Operations on the caller's conferencing apps, and the OAuth callback for users and teams.

Source: Cal.com API v2, conferencing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mock_server.apps import oauth_state
from mock_server.apps.conferencing import (
    CAL_VIDEO_SLUG,
    VIDEO_APPS,
    check_google_meet,
    connect_google_meet,
    connect_oauth_app,
    connected_apps,
    connection_to,
    disconnect,
    is_delegated,
    move_to_cal_video,
    reconnect,
    video_app,
    with_default,
    without_default,
)
from mock_server.apps.consent import auth_url, oauth_app
from mock_server.apps.team_callbacks import (
    connect_team_of_state,
    names_team,
    require_user_of_state,
    team_id_from,
)
from mock_server.apps.views import (
    conferencing_app_view,
    conferencing_app_with_default_view,
    new_conferencing_app_view,
)
from mock_server.calendars.consent import user_of_state
from mock_server.event_types.locations import default_app, not_connected
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS, User
from mock_server.organizations.access import admin_api, is_organization, plan, role, team_in_organization
from mock_server.runtime.call import Call, Caller
from mock_server.runtime.errors import Forbidden
from mock_server.runtime.reply import NOTHING, Nothing, Redirect


def list_conferencing_apps(call: Call) -> list[dict[str, object]]:
    """The apps that the caller has connected."""
    return [conferencing_app_view(each) for each in connected_apps(call.tx, user_id=call.caller.user_id)]


def connect_conferencing_app(call: Call) -> dict[str, object]:
    """Connects Google Meet."""
    check_google_meet(call.path["app"])
    return new_conferencing_app_view(connect_google_meet(call.tx, "user", user_id=call.caller.user_id))


def get_conferencing_auth_url(call: Call) -> dict[str, str]:
    """The address of the app's consent page. Stores nothing."""
    return {"url": auth_url(call)}


def save_conferencing_connection(call: Call) -> Redirect:
    """Connects the app for the user of the state's token, or for the team in the state."""
    state = oauth_state.decode(call)
    if not call.has("callbacks-redirect"):
        return _save_for_user_or_team(call, state)
    if call.query.get("error"):
        return Redirect(oauth_state.return_url(state, "onErrorReturnTo"))
    if names_team(state):
        return connect_team_of_state(call, state, connect_oauth_app)
    user = require_user_of_state(call, state)
    app = VIDEO_APPS[oauth_app(call)]
    oauth_state.authorization_code(call)
    reconnect(call.tx, app, user_id=user.id)
    return Redirect(oauth_state.return_url(state, "returnTo"))


def set_default_conferencing_app(call: Call) -> Nothing:
    """Makes Cal Video or a connected app the caller's default."""
    _set_default(call, call.tx[USERS].require(call.caller.user_id), str(call.path["app"]))
    return NOTHING


def list_organization_user_conferencing_apps(call: Call) -> list[dict[str, object]]:
    """The apps that a user of the organization has connected, and which of them is the default."""
    user = call.tx[USERS].require(call.path_number("userId"))
    default = (default_app(user.metadata) or {}).get("appSlug")
    return [conferencing_app_with_default_view(each, default) for each in connected_apps(call.tx, user_id=user.id)]


def set_organization_user_default_conferencing_app(call: Call) -> Nothing:
    """Makes Cal Video or a connected app the default of a user of the organization."""
    _set_default(call, call.tx[USERS].require(call.path_number("userId")), call.body["appSlug"])
    return NOTHING


def get_default_conferencing_app(call: Call) -> dict[str, Any] | Nothing:
    """The caller's default app, if there is one."""
    return default_app(call.tx[USERS].require(call.caller.user_id).metadata) or NOTHING


def disconnect_conferencing_app(call: Call) -> Nothing:
    """Disconnects an app; it is no longer the default either, and Cal Video replaces it in event types."""
    app = video_app(str(call.path["app"]))
    user = call.tx[USERS].require(call.caller.user_id)
    disconnect(call.tx, app, user_id=user.id)
    call.tx[USERS].update(user.id, metadata=without_default(user.metadata, app))
    move_to_cal_video(call.tx, call.tx[EVENT_TYPES].find(user_id=user.id), app)
    return NOTHING


def _set_default(call: Call, user: User, slug: str) -> None:
    if slug != CAL_VIDEO_SLUG:
        app = video_app(slug)
        if connection_to(call.tx, app, user_id=user.id) is None and not is_delegated(call.tx, user, app):
            raise not_connected(slug)
    call.tx[USERS].update(user.id, metadata=with_default(user.metadata, slug))


def _save_for_user_or_team(call: Call, state: dict[str, Any]) -> Redirect:
    """The callback of older editions, which answers most failures instead of redirecting."""
    user = user_of_state(call, state.get("accessToken"))
    if call.query.get("error") or user is None:
        return Redirect(oauth_state.return_url(state, "onErrorReturnTo"))
    owner = _owner_of_state(call, user, state) if state.get("orgId") else {"user_id": user.id}
    app = VIDEO_APPS[oauth_app(call)]
    oauth_state.authorization_code(call)
    reconnect(call.tx, app, **owner)
    return Redirect(oauth_state.return_url(state, "returnTo"))


def _owner_of_state(call: Call, user: User, state: dict[str, Any]) -> dict[str, int]:
    """The team or organization in the state, after the access rules of the operations on a team's apps."""
    path = {"orgId": team_id_from(state["orgId"])}
    if state.get("teamId"):
        path["teamId"] = team_id_from(state["teamId"])
    guarded = Call(call.tx, path, call.headers, call.base_url)
    guarded.caller = Caller("access-token", user.id)
    _guard(is_organization, guarded, "Organization validation failed.")
    _guard(admin_api, guarded, "Admin API is not enabled for this organization.")
    if "teamId" in path:
        team_in_organization(guarded, None)
        role(guarded, "TEAM_ADMIN")
    else:
        role(guarded, "ORG_ADMIN")
    plan(guarded, "ESSENTIALS")
    return {"team_id": path.get("teamId", path["orgId"])}


def _guard(rule: Callable[[Call, None], None], guarded: Call, message: str) -> None:
    """Applies an access rule, with a message for its refusal."""
    try:
        rule(guarded, None)
    except Forbidden:
        raise Forbidden(message) from None
