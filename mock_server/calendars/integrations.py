"""The supported calendar services with their app metadata.

Source: Cal.com API v2, connected calendars: app metadata.
"""

from __future__ import annotations

import msgspec

APPLE = "apple_calendar"
GOOGLE = "google_calendar"
ICS_FEED = "ics-feed_calendar"
OFFICE365 = "office365_calendar"


class Integration(msgspec.Struct, frozen=True):
    """A calendar service. `dir_name` determines the order of connections; `metadata` is its description in replies."""

    type: str
    slug: str
    dir_name: str
    title: str
    metadata: dict[str, object]

    @property
    def is_feed(self) -> bool:
        """Whether its calendars are read from ICS feeds and have no account."""
        return self.type == ICS_FEED


def _integration(
    type_: str, slug: str, dir_name: str, title: str, description: str, platform: str | None = None, **more: str | bool
) -> Integration:
    metadata: dict[str, object] = {
        "name": title,
        "title": title,
        "description": description,
        "type": type_,
        "variant": "calendar",
        "categories": ["calendar"],
        "logo": f"/app-store/{dir_name}/icon.svg",
        "publisher": "Cal.com",
        "slug": slug,
        "email": "help@cal.com",
        "dirName": dir_name,
        "appData": None,
        "__template": "",
        "locationOption": None,
        **more,
    }
    if platform is not None:
        metadata["delegationCredential"] = {"workspacePlatformSlug": platform}
    return Integration(type_, slug, dir_name, title, metadata)


_ACCOUNT = {"category": "calendar", "url": "https://cal.com/"}

INTEGRATIONS: dict[str, Integration] = {
    integration.type: integration
    for integration in (
        _integration(
            APPLE,
            "apple-calendar",
            "applecalendar",
            "Apple Calendar",
            "Apple's calendar for its phones, tablets and computers.",
            isOAuth=False,
            installed=True,
            **_ACCOUNT,
        ),
        _integration(
            GOOGLE,
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
            OFFICE365,
            "office365-calendar",
            "office365calendar",
            "Outlook Calendar",
            "Microsoft's calendar, for Outlook.com and Microsoft 365.",
            isOAuth=True,
            **_ACCOUNT,
        ),
    )
}

BY_PROVIDER = {"google": GOOGLE, "office365": OFFICE365}
"""The integration of a provider: of its consent page, or of a delegation credential on its workspace platform."""

ICAL_DOMAINS = {APPLE: "icloud.com", GOOGLE: "google.com", OFFICE365: "outlook.com"}
"""The domain in the iCalendar UIDs of the events of a calendar service."""
