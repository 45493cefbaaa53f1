"""Operations on the conferencing apps of an organization's team.

Source: Cal.com API v2, conferencing of teams.
"""

from __future__ import annotations

from typing import Any

from mock_server.apps import oauth_state
from mock_server.apps.conferencing import (
    CAL_VIDEO_SLUG,
    check_google_meet,
    connect_google_meet,
    connect_oauth_app,
    connected_apps,
    connection_to,
    disconnect,
    move_to_cal_video,
    video_app,
    with_default,
    without_default,
)
from mock_server.apps.consent import auth_url
from mock_server.apps.team_callbacks import connect_team
from mock_server.apps.views import conferencing_app_view, new_conferencing_app_view
from mock_server.event_types.locations import default_app, not_connected
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS
from mock_server.runtime.call import Call
from mock_server.runtime.reply import NOTHING, Nothing, Redirect
from mock_server.teams.model import TEAMS


def list_team_conferencing_apps(call: Call) -> list[dict[str, object]]:
    """The apps connected for the team."""
    return [conferencing_app_view(each) for each in connected_apps(call.tx, team_id=call.path_number("teamId"))]


def connect_team_conferencing_app(call: Call) -> dict[str, object]:
    """Connects Google Meet for a team that owns a Google Calendar connection."""
    check_google_meet(call.path["app"])
    return new_conferencing_app_view(connect_google_meet(call.tx, "team", team_id=call.path_number("teamId")))


def get_team_conferencing_auth_url(call: Call) -> dict[str, str]:
    """The address of the app's consent page, with the team in its state. Stores nothing."""
    return {"url": auth_url(call, teamId=str(call.path["teamId"]), orgId=str(call.path["orgId"]))}


def save_team_conferencing_connection(call: Call) -> Redirect:
    """Connects the app for the team; the state needs a managed user's access token."""
    return connect_team(call, oauth_state.decode(call), call.path_number("teamId"), connect_oauth_app)


def set_team_default_conferencing_app(call: Call) -> Nothing:
    """Makes Cal Video or an app of the team its default. Replaces all of the team's metadata."""
    team = call.tx[TEAMS].require(call.path_number("teamId"))
    slug = str(call.path["app"])
    if slug != CAL_VIDEO_SLUG and connection_to(call.tx, video_app(slug), team_id=team.id) is None:
        raise not_connected(slug)
    call.tx[TEAMS].update(team.id, metadata=with_default(None, slug))
    return NOTHING


def get_team_default_conferencing_app(call: Call) -> dict[str, Any] | Nothing:
    """The team's default app, if there is one."""
    return default_app(call.tx[TEAMS].require(call.path_number("teamId")).metadata) or NOTHING


def disconnect_team_conferencing_app(call: Call) -> Nothing:
    """Disconnects an app from the team. The team's default stays; the caller's own is removed if it is this app."""
    app = video_app(str(call.path["app"]))
    team_id = call.path_number("teamId")
    disconnect(call.tx, app, team_id=team_id)
    user = call.tx[USERS].require(call.caller.user_id)
    call.tx[USERS].update(user.id, metadata=without_default(user.metadata, app))
    event_types = call.tx[EVENT_TYPES].find(team_id=team_id)
    children = [child for each in event_types for child in call.tx[EVENT_TYPES].find(parent_id=each.id)]
    move_to_cal_video(call.tx, [*event_types, *children], app)
    return NOTHING
