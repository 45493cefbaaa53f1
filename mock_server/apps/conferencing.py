"""Conferencing apps: connections of users and teams, and their default app.

Source: Cal.com API v2, conferencing of users and of teams.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from mock_server.apps.consent import oauth_app
from mock_server.apps.oauth_state import authorization_code
from mock_server.calendars.connections import delegated_type, delegations_of
from mock_server.calendars.integrations import GOOGLE, OFFICE365
from mock_server.calendars.model import CREDENTIALS, Credential
from mock_server.event_types.locations import DEFAULT_APP, INVALID_APP, default_app, not_connected
from mock_server.event_types.model import CAL_VIDEO, EVENT_TYPES, EventType
from mock_server.identity.model import User
from mock_server.runtime.call import Call
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction

VIDEO_SUFFIX = "_video"
GOOGLE_MEET = "google-meet"
CAL_VIDEO_SLUG = "daily-video"
NO_GOOGLE_CALENDAR = "Google Meet requires a Google Calendar connection."
INVALID_GOOGLE_CALENDAR = "Google Meet requires a valid Google Calendar connection. Please reconnect Google Calendar."


class VideoApp(msgspec.Struct, frozen=True):
    """A video app: its slug, the type of its credentials, and its name in locations of event types.

    `workspace_calendar` is the integration whose delegation credentials include the app.
    """

    slug: str
    type: str
    location: str
    workspace_calendar: str | None = None


VIDEO_APPS = {
    each.slug: each
    for each in (
        VideoApp(GOOGLE_MEET, "google_video", "google-meet", GOOGLE),
        VideoApp("zoom", "zoom_video", "zoom"),
        VideoApp("msteams", "office365_video", "office365-video", OFFICE365),
    )
}


def video_app(slug: str) -> VideoApp:
    """The app with that slug. Raises BadRequest, also for Cal Video, which needs no connection."""
    app = VIDEO_APPS.get(slug)
    if app is None:
        raise BadRequest(INVALID_APP, reason=", ".join(VIDEO_APPS))
    return app


def check_google_meet(slug: Any) -> None:
    """Only Google Meet is connected without consent. Raises BadRequest."""
    if slug != GOOGLE_MEET:
        raise BadRequest("Invalid conferencing app. Available apps: GOOGLE_MEET.")


def connected_apps(tx: Transaction, **owner: int) -> list[Credential]:
    """The video app connections of an owner (`user_id=` or `team_id=`)."""
    return [each for each in tx[CREDENTIALS].find(**owner) if each.type.endswith(VIDEO_SUFFIX)]


def connection_to(tx: Transaction, app: VideoApp, **owner: int) -> Credential | None:
    """The owner's first connection to an app."""
    return tx[CREDENTIALS].first(type=app.type, **owner)


def is_delegated(tx: Transaction, user: User, app: VideoApp) -> bool:
    """Whether a delegation credential gives the user access to the app."""
    return app.workspace_calendar is not None and any(
        delegated_type(tx, each) == app.workspace_calendar for each in delegations_of(tx, user)
    )


def connect_google_meet(tx: Transaction, owner_kind: Literal["user", "team"], **owner: int) -> Credential:
    """Connects Google Meet for an owner who has a valid Google Calendar connection.

    Raises BadRequest without one, and where Google Meet is connected already.
    """
    calendar = tx[CREDENTIALS].first(type=GOOGLE, **owner)
    if calendar is None:
        raise BadRequest(NO_GOOGLE_CALENDAR)
    if calendar.invalid:
        raise BadRequest(INVALID_GOOGLE_CALENDAR)
    meet = VIDEO_APPS[GOOGLE_MEET]
    if connection_to(tx, meet, **owner) is not None:
        raise BadRequest(f"Google Meet is already connected for this {owner_kind}.")
    return tx[CREDENTIALS].create(type=meet.type, app_id=meet.slug, key={}, **owner)


def reconnect(tx: Transaction, app: VideoApp, **owner: int) -> Credential:
    """A new connection to an app, which replaces the owner's earlier ones."""
    for earlier in tx[CREDENTIALS].find(type=app.type, **owner):
        tx[CREDENTIALS].delete(earlier.id)
    return tx[CREDENTIALS].create(type=app.type, app_id=app.slug, key={}, **owner)


def connect_oauth_app(call: Call, team_id: int) -> None:
    """Connects the app in the path for a team. Raises BadRequest for another app, or a code that is refused."""
    app = VIDEO_APPS[oauth_app(call)]
    authorization_code(call)
    reconnect(call.tx, app, team_id=team_id)


def disconnect(tx: Transaction, app: VideoApp, **owner: int) -> None:
    """Removes the owner's first connection to an app. Raises BadRequest if there is none."""
    connection = connection_to(tx, app, **owner)
    if connection is None:
        raise not_connected(app.slug)
    tx[CREDENTIALS].delete(connection.id)


def with_default(metadata: dict[str, Any] | None, slug: str) -> dict[str, Any]:
    """The metadata with another default app; other keys are kept."""
    return {**(metadata or {}), DEFAULT_APP: {"appSlug": slug}}


def without_default(metadata: dict[str, Any] | None, app: VideoApp) -> dict[str, Any] | None:
    """The metadata without its default app if that is `app`, else unchanged."""
    chosen = default_app(metadata)
    if metadata is None or chosen is None or chosen.get("appSlug") != app.slug:
        return metadata
    return {name: value for name, value in metadata.items() if name != DEFAULT_APP}


def move_to_cal_video(tx: Transaction, event_types: list[EventType], app: VideoApp) -> None:
    """Replaces an app by Cal Video in the locations of event types, without listing Cal Video twice."""
    for event_type in event_types:
        locations = event_type.locations
        others = [location for location in locations if location.integration != app.location]
        if len(others) == len(locations):
            continue
        if all(location.integration != CAL_VIDEO.integration for location in others):
            first = next(index for index, location in enumerate(locations) if location.integration == app.location)
            others.insert(first, CAL_VIDEO)
        tx[EVENT_TYPES].update(event_type.id, locations=tuple(others))
