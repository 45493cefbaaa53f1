"""Operations on the video apps of an organization's team.

Source: Cal.com API v2, conferencing of teams.
"""

from __future__ import annotations

from typing import Any

from mock_server.apps.conferencing import (
    CAL_VIDEO_SLUG,
    connect_google_meet,
    connected_apps,
    connection_with,
    default_app,
    disconnect,
    move_to_cal_video,
    video_app,
    with_default,
    without_default,
)
from mock_server.apps.consent import auth_url
from mock_server.apps.operations.conferencing import check_google_meet
from mock_server.apps.views import conferencing_app_view
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import USERS
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.reply import NOTHING
from mock_server.teams.model import TEAMS


def list_team_conferencing_apps(call: Call) -> Any:
    """The apps that are connected for the team."""
    return [conferencing_app_view(each) for each in connected_apps(call.tx, team_id=call.path_number("teamId"))]


def connect_team_conferencing_app(call: Call) -> Any:
    """Connects Google Meet for a team that owns a Google Calendar connection."""
    check_google_meet(call)
    return conferencing_app_view(connect_google_meet(call.tx, "team", team_id=call.path_number("teamId")))


def get_team_conferencing_auth_url(call: Call) -> Any:
    """The address of the app's consent page, with a state that names the team. Stores nothing."""
    return {"url": auth_url(call, teamId=str(call.path["teamId"]), orgId=str(call.path["orgId"]))}


def set_team_default_conferencing_app(call: Call) -> Any:
    """Makes Cal Video or an app of the team its default. Whatever else is in the team's metadata is lost."""
    team = call.tx[TEAMS].require(call.path_number("teamId"))
    slug = str(call.path["app"])
    if slug != CAL_VIDEO_SLUG and connection_with(call.tx, video_app(slug), team_id=team.id) is None:
        raise BadRequest(f"{slug} not connected.")
    call.tx[TEAMS].update(team.id, metadata=with_default(None, slug))
    return NOTHING


def get_team_default_conferencing_app(call: Call) -> Any:
    """The team's default, or nothing."""
    return default_app(call.tx[TEAMS].require(call.path_number("teamId")).metadata) or NOTHING


def disconnect_team_conferencing_app(call: Call) -> Any:
    """Takes an app away from the team. Its default stays; the caller's own is forgotten if it was this app."""
    app = video_app(str(call.path["app"]))
    team_id = call.path_number("teamId")
    disconnect(call.tx, app, team_id=team_id)
    user = call.tx[USERS].require(call.caller.user_id)
    call.tx[USERS].update(user.id, metadata=without_default(user.metadata, app))
    event_types = call.tx[EVENT_TYPES].find(team_id=team_id)
    children = [child for each in event_types for child in call.tx[EVENT_TYPES].find(parent_id=each.id)]
    move_to_cal_video(call.tx, [*event_types, *children], app)
    return NOTHING
