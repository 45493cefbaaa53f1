"""The calendar services: how the API names them and what it tells of them.

Source: Cal.com API v2, connected calendars: app metadata.
"""

from __future__ import annotations

from typing import Any

import msgspec

ICS_FEED = "ics-feed_calendar"


class Integration(msgspec.Struct, frozen=True):
    """A calendar service. `directory` decides the order of connections; `shown` is what replies say of it."""

    type: str
    slug: str
    directory: str
    workspace_platform: str | None
    shown: dict[str, Any]

    @property
    def is_feed(self) -> bool:
        """Whether its calendars are read from ICS feeds and have no account."""
        return self.type == ICS_FEED


def _integration(
    type_: str, slug: str, directory: str, title: str, description: str, platform: str | None = None, **more: Any
) -> Integration:
    shown = {
        "name": title,
        "title": title,
        "description": description,
        "type": type_,
        "variant": "calendar",
        "categories": ["calendar"],
        "logo": f"/app-store/{directory}/icon.svg",
        "publisher": "Cal.com",
        "slug": slug,
        "email": "help@cal.com",
        "dirName": directory,
        "appData": None,
        "__template": "",
        "locationOption": None,
        **more,
    }
    if platform is not None:
        shown["delegationCredential"] = {"workspacePlatformSlug": platform}
    return Integration(type_, slug, directory, platform, shown)


_ACCOUNT = {"category": "calendar", "url": "https://cal.com/"}

INTEGRATIONS: dict[str, Integration] = {
    each.type: each
    for each in (
        _integration(
            "apple_calendar",
            "apple-calendar",
            "applecalendar",
            "Apple Calendar",
            "Apple's calendar for its phones, tablets and computers.",
            isOAuth=False,
            installed=True,
            **_ACCOUNT,
        ),
        _integration(
            "google_calendar",
            "google-calendar",
            "googlecalendar",
            "Google Calendar",
            "Google's calendar, for private accounts and for Google Workspace.",
            "google",
            isOAuth=True,
            installed=True,
            **_ACCOUNT,
        ),
        _integration(
            ICS_FEED,
            "ics-feed",
            "ics-feedcalendar",
            "ICS Feed",
            "Events from calendars that are published as ICS feeds.",
            publisher="Cal.com, Inc.",
            isTemplate=False,
        ),
        _integration(
            "office365_calendar",
            "office365-calendar",
            "office365calendar",
            "Outlook Calendar",
            "Microsoft's calendar, for Outlook.com and Microsoft 365.",
            isOAuth=True,
            **_ACCOUNT,
        ),
    )
}

BY_PROVIDER = {"google": "google_calendar", "office365": "office365_calendar"}
"""The integration of a provider: of its consent page, or of a delegation credential on its workspace platform."""
