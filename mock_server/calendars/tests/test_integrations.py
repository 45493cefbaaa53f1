"""What replies and webhooks show of calendar services and destination calendars."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from mock_server.calendars.icalendar_zones import PackagedZones
from mock_server.calendars.integrations import INTEGRATIONS
from mock_server.calendars.model import DestinationCalendar
from mock_server.calendars.stored_destination import destination_payload, stored_destination

COMMON = {
    "variant": "calendar",
    "categories": ["calendar"],
    "publisher": "Cal.com",
    "email": "help@cal.com",
    "appData": None,
    "__template": "",
    "locationOption": None,
}
ACCOUNT = {"category": "calendar", "url": "https://cal.com/"}


@pytest.mark.parametrize(
    ("type_", "directory", "title", "more"),
    [
        ("apple_calendar", "applecalendar", "Apple Calendar", {**ACCOUNT, "isOAuth": False, "installed": True}),
        (
            "google_calendar",
            "googlecalendar",
            "Google Calendar",
            {
                **ACCOUNT,
                "isOAuth": True,
                "installed": True,
                "delegationCredential": {"workspacePlatformSlug": "google"},
            },
        ),
        ("ics-feed_calendar", "ics-feedcalendar", "ICS Feed", {"publisher": "Cal.com, Inc.", "isTemplate": False}),
        ("office365_calendar", "office365calendar", "Outlook Calendar", {**ACCOUNT, "isOAuth": True}),
    ],
)
def test_the_metadata_of_a_calendar_service(type_: str, directory: str, title: str, more: dict[str, object]) -> None:
    service = INTEGRATIONS[type_]
    slug = type_.replace("_calendar", "") + ("" if service.is_feed else "-calendar")
    metadata = dict(service.metadata)
    assert metadata.pop("description")
    named = {"name": title, "title": title, "type": type_, "slug": slug, "dirName": directory}
    assert metadata == {**COMMON, **named, "logo": f"/app-store/{directory}/icon.svg", **more}
    assert (service.type, service.slug, service.dir_name, service.title) == (type_, slug, directory, title)
    assert service.is_feed is (type_ == "ics-feed_calendar")


def test_a_destination_calendar_is_shown_with_its_columns() -> None:
    made, changed = datetime(2031, 5, 1, tzinfo=UTC), datetime(2031, 5, 2, tzinfo=UTC)
    row = DestinationCalendar(
        id=7,
        integration="google_calendar",
        external_id="ada@example.com",
        primary_email="main@example.com",
        user_id=1,
        event_type_id=2,
        credential_id=3,
        delegation_credential_id="four",
        created_at=made,
        updated_at=changed,
    )
    payload = {
        "id": 7,
        "integration": "google_calendar",
        "externalId": "ada@example.com",
        "primaryEmail": "main@example.com",
        "userId": 1,
        "eventTypeId": 2,
        "credentialId": 3,
        "delegationCredentialId": "four",
    }
    assert destination_payload(row) == payload
    stored = {**payload, "domainWideDelegationCredentialId": None}
    times = {"createdAt": "2031-05-01T00:00:00.000Z", "updatedAt": "2031-05-02T00:00:00.000Z"}
    assert stored_destination(row) == {**stored, **times}
    assert stored_destination(DestinationCalendar(id=7, integration="x", external_id="y", created_at=made)) == {
        **dict.fromkeys(stored),
        "id": 7,
        "integration": "x",
        "externalId": "y",
        "createdAt": times["createdAt"],
    }


def test_icalendar_knows_the_zones_of_the_package_in_any_case() -> None:
    zones = PackagedZones()
    assert zones.utc.key == "UTC"
    assert str(zones.timezone("europe/rome")) == "Europe/Rome"
    assert zones.timezone("Mars/Olympus") is None
    assert [zones.knows_timezone_id(name) for name in ("Europe/Rome", "Mars/Olympus")] == [True, False]
