"""Locations of event types: reading those of requests, views, and their names in bookings.

Source: Cal.com API v2, event types: locations.
"""

from __future__ import annotations

from typing import Any, get_args

import msgspec

from mock_server.calendars.model import CREDENTIALS
from mock_server.event_types.model import CAL_VIDEO, Location, LocationType
from mock_server.runtime.errors import BadRequest
from mock_server.runtime.json_values import is_list, is_object, script_text
from mock_server.runtime.phone_numbers import is_phone_number
from mock_server.runtime.schemas import is_url
from mock_server.state.transaction import Transaction

TEAM_LOCATIONS: frozenset[str] = frozenset(get_args(LocationType))
PERSONAL_LOCATIONS = TEAM_LOCATIONS - {"organizersDefaultApp"}

DEFAULT_APP = "defaultConferencingApp"
"""The key of the default conferencing app in the metadata of users and teams."""

INVALID_APP = "Invalid app, available apps are: "

_PROTOCOLS = ("http://", "https://", "ftp://")
_INTEGRATIONS = {
    "cal-video": "integrations:daily",
    "google-meet": "integrations:google:meet",
    "office365-video": "integrations:office365_video",
    "zoom": "integrations:zoom",
}
_OTHER_INTEGRATIONS = (
    "whereby-video", "whatsapp-video", "webex-video", "telegram-video", "tandem", "sylaps-video", "skype-video",
    "sirius-video", "signal-video", "shimmer-video", "salesroom-video", "roam-video", "riverside-video", "ping-video",
    "mirotalk-video", "jitsi", "jelly-video", "jelly-conferencing", "huddle", "facetime-video", "element-call-video",
    "eightxeight-video", "discord-video", "demodesk-video", "campfire-video",
)  # fmt: skip
INTEGRATIONS_SINCE_2026_03 = (*_INTEGRATIONS, *_OTHER_INTEGRATIONS)
_TEAM_INTEGRATIONS = ("cal-video", "google-meet", "office365-video", "zoom")
_APP_SLUGS = {
    "cal-video": "daily-video",
    "google-meet": "google-meet",
    "office365-video": "msteams",
    "sylaps-video": "sylapsvideo",
    "shimmer-video": "shimmervideo",
    "sirius-video": "sirius_video",
    "jelly-conferencing": "jelly",
    "huddle": "huddle01",
}
"""The slugs of apps that differ from the name of their integration without `-video`."""

_STORED_TYPES: dict[LocationType, str] = {
    "address": "inPerson",
    "link": "link",
    "phone": "userPhone",
    "attendeeAddress": "attendeeInPerson",
    "attendeePhone": "phone",
    "attendeeDefined": "somewhereElse",
    "organizersDefaultApp": "conferencing",
}


def read_locations(tx: Transaction, items: object, allowed: frozenset[str]) -> tuple[Location, ...]:
    """The locations of a request, of the `allowed` types. Raises BadRequest with the first error."""
    if not is_list(items):
        raise BadRequest("'locations' must be an array.")
    if not items:
        raise BadRequest("'locations' must contain at least 1 location.")
    with_all_apps = tx.has("locations-of-all-apps")
    if with_all_apps and not all(is_object(item) for item in items):
        raise BadRequest("Each object in 'locations' must be an object.")
    integrations = INTEGRATIONS_SINCE_2026_03 if with_all_apps else tuple(_INTEGRATIONS)
    return tuple(_read(item, allowed, integrations) for item in items)


def default_app(metadata: dict[str, Any] | None) -> dict[str, str] | None:
    """The default app in the metadata of a user or a team: `appSlug`, and `appLink` for apps with a fixed link.

    Clients may set any metadata, so values of other types count as no app.
    """
    chosen: object = (metadata or {}).get(DEFAULT_APP)
    if not is_object(chosen) or not isinstance(chosen.get("appSlug"), str):
        return None
    return {name: text for name in ("appSlug", "appLink") if isinstance(text := chosen.get(name), str)}


def default_location(metadata: dict[str, Any] | None) -> Location:
    """The default conferencing app in a user's metadata, with its link, else Cal Video."""
    chosen = default_app(metadata) or {}
    for integration in INTEGRATIONS_SINCE_2026_03:
        if app_slug(integration) == chosen.get("appSlug"):
            return Location(type="integration", integration=integration, link=chosen.get("appLink") or None)
    return CAL_VIDEO


def has_integration(tx: Transaction, integration: str, user_id: int) -> bool:
    """Whether the user can meet by this integration. Everyone has Cal Video."""
    return integration == CAL_VIDEO.integration or _is_connected(tx, app_slug(integration), user_id=user_id)


def app_slug(integration: str) -> str:
    """The slug of the app behind an integration."""
    return _APP_SLUGS.get(integration, integration.removesuffix("-video"))


def location_view(location: Location) -> dict[str, object]:
    """A location as in the request; a link without a protocol is shown as unknown, as upstream."""
    if location.link is not None and location.type == "link" and not location.link.lower().startswith(_PROTOCOLS):
        stored = {"type": "link", "link": location.link, "displayLocationPublicly": location.public}
        return {"type": "unknown", "location": msgspec.json.encode(stored).decode()}
    shown = {
        "type": location.type,
        "address": location.address,
        "link": location.link,
        "phone": location.phone,
        "integration": location.integration,
        "public": location.public,
        "credentialId": location.credential_id,
    }
    return {name: value for name, value in shown.items() if value is not None}


def locations_view(locations: tuple[Location, ...]) -> list[dict[str, object]]:
    """All locations, unknown ones last."""
    views = [location_view(location) for location in locations]
    return sorted(views, key=lambda view: view["type"] == "unknown")


def stored_type(location: Location) -> str:
    """The location's type as the live service stores it; also the location of bookings at an integration.

    For example `integrations:daily` for Cal Video, `inPerson` for an address.
    """
    if location.type == "integration":
        assert location.integration is not None
        return _INTEGRATIONS.get(location.integration, f"integrations:{location.integration}")
    return _STORED_TYPES[location.type]


def type_named(stored: str) -> LocationType | None:
    """The type of a location that is stored as `stored`; None for integrations and unknown ones."""
    return next((kind for kind, name in _STORED_TYPES.items() if name == stored), None)


def integration_named(stored: str) -> str | None:
    """The integration that is stored as `stored`; None if there is none."""
    return next((name for name, each in _INTEGRATIONS.items() if each == stored), None)


def not_connected(app: str) -> BadRequest:
    """The refusal of a conferencing app that the owner has not connected."""
    return BadRequest(f"{app} not connected.")


def check_connected(tx: Transaction, locations: tuple[Location, ...], **owner: int) -> None:
    """Checks that conferencing apps other than Cal Video are connected for the owner (`user_id=` or `team_id=`).

    Teams can only have some apps. Raises BadRequest.
    """
    apps = [each.integration for each in locations if each.integration not in (None, CAL_VIDEO.integration)]
    for integration in filter(None, apps):
        if not tx.has("locations-of-all-apps"):
            _check_older_app(tx, integration, **owner)
        elif "team_id" in owner and integration not in _TEAM_INTEGRATIONS:
            raise BadRequest(INVALID_APP, reason="google-meet, zoom, msteams")
        elif not _is_connected(tx, app_slug(integration), **owner):
            raise not_connected(app_slug(integration))


def _check_older_app(tx: Transaction, integration: str, **owner: int) -> None:
    if integration == "office365-video":
        # Upstream used another name for the app here, so it was refused even if it was connected.
        raise BadRequest(INVALID_APP)
    if not _is_connected(tx, integration, **owner):
        raise not_connected(integration)


def _is_connected(tx: Transaction, slug: str, **owner: int) -> bool:
    return any(credential.app_id == slug for credential in tx[CREDENTIALS].find(**owner))


def _read(item: object, allowed: frozenset[str], integrations: tuple[str, ...]) -> Location:
    if not is_object(item) or not item.get("type"):
        raise BadRequest("Each object in 'locations' must have a 'type' property.")
    kind = item["type"]
    if not isinstance(kind, str) or kind not in allowed:
        raise BadRequest(
            f"Unsupported location type '{script_text(kind)}'. Valid types are address, link, integration, and phone."
        )
    errors = _errors(kind, item, integrations)
    if errors:
        raise BadRequest(f"Validation failed for {kind} location: {', '.join(errors)}")
    return msgspec.convert({name: item[name] for name in ("type", *_properties(kind))}, Location)


def _properties(kind: str) -> tuple[str, ...]:
    if kind == "integration":
        return ("integration",)
    return (kind, "public") if kind in ("address", "link", "phone") else ()


def _errors(kind: str, item: dict[str, Any], integrations: tuple[str, ...]) -> list[str]:
    errors = [_error(name, item.get(name), integrations) for name in _properties(kind)]
    return [error for error in errors if error is not None]


def _error(name: str, value: object, integrations: tuple[str, ...]) -> str | None:
    match name:
        case "public":
            return None if isinstance(value, bool) else "public must be a boolean value"
        case "address":
            # Upstream accepts an empty text here and fails later.
            return None if isinstance(value, str) and value else "address must be a string"
        case "link":
            return None if isinstance(value, str) and is_url(value) else "link must be a URL address"
        case "phone":
            return None if isinstance(value, str) and is_phone_number(value) else "phone must be a valid phone number"
        case _:
            if isinstance(value, str) and value in integrations:
                return None
            return f"integration must be one of the following values: {', '.join(integrations)}"
