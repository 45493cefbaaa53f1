"""Video apps: which there are, whom they are connected to, and which one is the default of a user or a team.

Source: Cal.com API v2, conferencing of users and of teams.
"""

from __future__ import annotations

from typing import Any

import msgspec

from mock_server.calendars.connections import delegated_type, delegations_of
from mock_server.calendars.model import CREDENTIALS, Credential
from mock_server.event_types.model import CAL_VIDEO, EVENT_TYPES, EventType
from mock_server.identity.model import User
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction

VIDEO_SUFFIX = "_video"
GOOGLE_MEET = "google-meet"
CAL_VIDEO_SLUG = "daily-video"
DEFAULT_APP = "defaultConferencingApp"
INVALID_APP = "Invalid app, available apps are: "
NO_GOOGLE_CALENDAR = "Google Meet requires a Google Calendar connection."
INVALID_GOOGLE_CALENDAR = "Google Meet requires a valid Google Calendar connection. Please reconnect Google Calendar."


class VideoApp(msgspec.Struct, frozen=True):
    """A video app: its slug, the type of its connections, and how locations of event types call it.

    `workspace_calendar` is the integration whose delegation credentials bring the app along.
    """

    slug: str
    type: str
    location: str
    workspace_calendar: str | None = None


VIDEO_APPS = {
    each.slug: each
    for each in (
        VideoApp(GOOGLE_MEET, "google_video", "google-meet", "google_calendar"),
        VideoApp("zoom", "zoom_video", "zoom"),
        VideoApp("msteams", "office365_video", "office365-video", "office365_calendar"),
    )
}


def video_app(slug: str) -> VideoApp:
    """The app of that name. Raises BadRequest, for Cal Video too: it is there without being connected."""
    app = VIDEO_APPS.get(slug)
    if app is None:
        raise BadRequest(INVALID_APP, reason=", ".join(VIDEO_APPS))
    return app


def connected_apps(tx: Transaction, **owner: int) -> list[Credential]:
    """The connections with video apps of an owner, ``user_id=`` or ``team_id=``."""
    return [each for each in tx[CREDENTIALS].find(**owner) if each.type.endswith(VIDEO_SUFFIX)]


def connection_with(tx: Transaction, app: VideoApp, **owner: int) -> Credential | None:
    """The owner's first connection with an app."""
    return tx[CREDENTIALS].first(type=app.type, **owner)


def is_delegated(tx: Transaction, user: User, app: VideoApp) -> bool:
    """Whether a delegation credential gives the app to a user who has not connected it."""
    return app.workspace_calendar is not None and any(
        delegated_type(tx, each) == app.workspace_calendar for each in delegations_of(tx, user)
    )


def connect_google_meet(tx: Transaction, called: str, **owner: int) -> Credential:
    """Connects Google Meet to an owner who has a valid Google Calendar; `called` is "user" or "team".

    Raises BadRequest without one, and where it is connected already.
    """
    calendar = tx[CREDENTIALS].first(type="google_calendar", **owner)
    if calendar is None:
        raise BadRequest(NO_GOOGLE_CALENDAR)
    if calendar.invalid:
        raise BadRequest(INVALID_GOOGLE_CALENDAR)
    meet = VIDEO_APPS[GOOGLE_MEET]
    if connection_with(tx, meet, **owner) is not None:
        raise BadRequest(f"Google Meet is already connected for this {called}.")
    return tx[CREDENTIALS].create(type=meet.type, app_id=meet.slug, key={}, **owner)


def reconnect(tx: Transaction, app: VideoApp, **owner: int) -> Credential:
    """A new connection with an app, in place of the owner's earlier ones."""
    for earlier in tx[CREDENTIALS].find(type=app.type, **owner):
        tx[CREDENTIALS].delete(earlier.id)
    return tx[CREDENTIALS].create(type=app.type, app_id=app.slug, key={}, **owner)


def disconnect(tx: Transaction, app: VideoApp, **owner: int) -> None:
    """Takes the owner's first connection with an app away. Raises BadRequest where there is none."""
    connection = connection_with(tx, app, **owner)
    if connection is None:
        raise BadRequest(f"{app.slug} not connected.")
    tx[CREDENTIALS].delete(connection.id)


def default_app(metadata: dict[str, Any] | None) -> dict[str, Any] | None:
    """The default app in the metadata of a user or a team: `appSlug`, and `appLink` for those with a fixed link."""
    return (metadata or {}).get(DEFAULT_APP)


def with_default(metadata: dict[str, Any] | None, slug: str) -> dict[str, Any]:
    """The metadata with another default app; all else in it is kept."""
    return {**(metadata or {}), DEFAULT_APP: {"appSlug": slug}}


def without_default(metadata: dict[str, Any] | None, app: VideoApp) -> dict[str, Any] | None:
    """The metadata without a default app, if it was this one."""
    chosen = default_app(metadata)
    if metadata is None or chosen is None or chosen.get("appSlug") != app.slug:
        return metadata
    return {name: value for name, value in metadata.items() if name != DEFAULT_APP}


def move_to_cal_video(tx: Transaction, event_types: list[EventType], app: VideoApp) -> None:
    """Moves what takes place in an app to Cal Video, without listing Cal Video twice."""
    for event_type in event_types:
        if all(each.integration != app.location for each in event_type.locations):
            continue
        rest = [each for each in event_type.locations if each.integration != app.location]
        if any(each.integration == CAL_VIDEO.integration for each in rest):
            moved = rest
        else:
            first = next(n for n, each in enumerate(event_type.locations) if each.integration == app.location)
            moved = [*rest[:first], CAL_VIDEO, *rest[first:]]
        tx[EVENT_TYPES].update(event_type.id, locations=tuple(moved))
