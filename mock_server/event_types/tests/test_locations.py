"""Locations of event types: which are accepted, how they are shown and stored, and which apps they need."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from mock_server.calendars.model import CREDENTIALS
from mock_server.event_types.locations import (
    PERSONAL_LOCATIONS,
    TEAM_LOCATIONS,
    app_slug,
    check_connected,
    default_location,
    has_integration,
    integration_named,
    location_view,
    locations_view,
    read_locations,
    stored_type,
    type_named,
)
from mock_server.event_types.model import CAL_VIDEO, Location
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction
from mock_server.worlds.tests.loaded_world import default_world

SOLO, SALES = 4, 2
WITHOUT_TYPE = "Each object in 'locations' must have a 'type' property."
FIRST_APPS = "integration must be one of the following values: cal-video, google-meet, office365-video, zoom"


def begin(edition: str) -> Transaction:
    return Transaction(default_world(edition), datetime(2030, 1, 1, tzinfo=UTC))


APRIL, MARCH = begin("2025-04"), begin("2026-03")


def refusal(items: object, tx: Transaction = APRIL, allowed: frozenset[str] = PERSONAL_LOCATIONS) -> str:
    with pytest.raises(BadRequest) as refused:
        read_locations(tx, items, allowed)
    return refused.value.message


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ("here", "'locations' must be an array."),
        ([], "'locations' must contain at least 1 location."),
        (["here"], WITHOUT_TYPE),
        ([{}], WITHOUT_TYPE),
        ([{"type": ""}], WITHOUT_TYPE),
        ([{"type": "moon"}],
         "Unsupported location type 'moon'. Valid types are address, link, integration, and phone."),
        ([{"type": ["link"]}],
         "Unsupported location type 'link'. Valid types are address, link, integration, and phone."),
        ([{"type": "address", "address": "", "public": True}],
         "Validation failed for address location: address must be a string"),
        ([{"type": "address", "address": 5, "public": 1}],
         "Validation failed for address location: address must be a string, public must be a boolean value"),
        ([{"type": "link", "link": "not a link", "public": False}],
         "Validation failed for link location: link must be a URL address"),
        ([{"type": "link", "link": 5, "public": False}],
         "Validation failed for link location: link must be a URL address"),
        ([{"type": "phone", "phone": "12", "public": True}],
         "Validation failed for phone location: phone must be a valid phone number"),
        ([{"type": "attendeePhone"}, {"type": "phone"}],
         "Validation failed for phone location: phone must be a valid phone number, public must be a boolean value"),
        ([{"type": "integration", "integration": "jitsi"}],
         f"Validation failed for integration location: {FIRST_APPS}"),
        ([{"type": "integration", "integration": ["zoom"]}],
         f"Validation failed for integration location: {FIRST_APPS}"),
    ],
)  # fmt: skip
def test_the_first_error_of_the_locations_is_named(items: object, message: str) -> None:
    assert refusal(items) == message


def test_more_apps_and_the_shape_of_items_are_checked_since_2026_03() -> None:
    jitsi = {"type": "integration", "integration": "jitsi"}
    assert read_locations(MARCH, [jitsi], PERSONAL_LOCATIONS) == (Location(type="integration", integration="jitsi"),)
    assert refusal([{"type": "attendeePhone"}, "here"], MARCH) == "Each object in 'locations' must be an object."
    assert ", zoom, whereby-video, whatsapp-video," in refusal([{"type": "integration"}], MARCH)


def test_properties_of_other_types_are_ignored() -> None:
    [phone] = read_locations(APRIL, [{"type": "attendeePhone", "link": 5, "public": 1}], PERSONAL_LOCATIONS)
    assert phone == Location(type="attendeePhone")
    assert {"organizersDefaultApp"} == TEAM_LOCATIONS - PERSONAL_LOCATIONS


@pytest.mark.parametrize("link", ["http://example.com", "HTTPS://example.com", "ftp://example.com"])
def test_a_link_is_shown_with_its_protocol(link: str) -> None:
    assert location_view(Location(type="link", link=link, public=False))["link"] == link


def test_a_link_without_a_protocol_is_shown_as_unknown_after_the_others() -> None:
    bare = Location(type="link", link="example.com", public=True)
    room = Location(type="address", address="Room 1", public=False, credential_id=7)
    unknown, shown = location_view(bare), location_view(room)
    assert unknown["type"] == "unknown"
    assert json.loads(str(unknown["location"])) == {
        "type": "link",
        "link": "example.com",
        "displayLocationPublicly": True,
    }
    assert shown == {"type": "address", "address": "Room 1", "public": False, "credentialId": 7}
    assert locations_view((bare, room)) == [shown, unknown]
    assert location_view(Location(type="integration", integration="zoom", link="example.com"))["link"] == "example.com"


@pytest.mark.parametrize(
    ("metadata", "expected"),
    [
        (None, CAL_VIDEO),
        ({}, CAL_VIDEO),
        ({"defaultConferencingApp": None}, CAL_VIDEO),
        ({"defaultConferencingApp": "zoom"}, CAL_VIDEO),
        ({"defaultConferencingApp": {"appSlug": ["zoom"]}}, CAL_VIDEO),
        ({"defaultConferencingApp": {"appSlug": "zoom", "appLink": 5}},
         Location(type="integration", integration="zoom")),
        ({"defaultConferencingApp": {"appSlug": "unknown"}}, CAL_VIDEO),
        ({"defaultConferencingApp": {"appSlug": "msteams", "appLink": ""}},
         Location(type="integration", integration="office365-video")),
        ({"defaultConferencingApp": {"appSlug": "campfire", "appLink": "https://campfire.example/me"}},
         Location(type="integration", integration="campfire-video", link="https://campfire.example/me")),
    ],
)  # fmt: skip
def test_the_default_location_is_the_users_conferencing_app(
    metadata: dict[str, Any] | None, expected: Location
) -> None:
    assert default_location(metadata) == expected


@pytest.mark.parametrize(
    ("integration", "slug", "stored"),
    [
        ("cal-video", "daily-video", "integrations:daily"),
        ("google-meet", "google-meet", "integrations:google:meet"),
        ("office365-video", "msteams", "integrations:office365_video"),
        ("zoom", "zoom", "integrations:zoom"),
        ("huddle", "huddle01", "integrations:huddle"),
        ("whereby-video", "whereby", "integrations:whereby-video"),
    ],
)
def test_an_integration_has_a_slug_and_a_stored_name(integration: str, slug: str, stored: str) -> None:
    assert app_slug(integration) == slug
    assert stored_type(Location(type="integration", integration=integration)) == stored
    assert type_named(stored) is None


def test_stored_names_lead_back_to_types_and_to_the_first_integrations() -> None:
    assert [type_named(name) for name in ("inPerson", "phone", "conferencing")] == [
        "address",
        "attendeePhone",
        "organizersDefaultApp",
    ]
    assert integration_named("integrations:google:meet") == "google-meet"
    assert integration_named("integrations:huddle") is None


def connect(tx: Transaction, slug: str, **owner: int) -> None:
    tx[CREDENTIALS].create(type=f"{slug}_video", app_id=slug, **owner)


def by_app(integration: str) -> tuple[Location, ...]:
    return (Location(type="attendeePhone"), CAL_VIDEO, Location(type="integration", integration=integration))


def missing_app(tx: Transaction, integration: str, **owner: int) -> str:
    with pytest.raises(BadRequest) as refused:
        check_connected(tx, by_app(integration), **owner)
    return refused.value.message


def test_conferencing_apps_have_to_be_connected_by_the_owner() -> None:
    tx = begin("2026-03")
    assert missing_app(tx, "office365-video", user_id=SOLO) == "msteams not connected."
    assert not has_integration(tx, "office365-video", SOLO)
    connect(tx, "msteams", user_id=SOLO)
    check_connected(tx, by_app("office365-video"), user_id=SOLO)
    assert has_integration(tx, "office365-video", SOLO)
    assert not has_integration(tx, "office365-video", 1)
    assert has_integration(tx, "cal-video", 1)
    assert missing_app(tx, "office365-video", team_id=SALES) == "msteams not connected."


def test_teams_have_some_apps_only() -> None:
    tx = begin("2026-03")
    connect(tx, "jitsi", team_id=SALES)
    with pytest.raises(BadRequest) as refused:
        check_connected(tx, by_app("jitsi"), team_id=SALES)
    assert refused.value.content()["details"] == {
        "message": "Invalid app, available apps are: ",
        "error": "google-meet, zoom, msteams",
        "statusCode": 400,
    }
    for slug, integration in (("google-meet", "google-meet"), ("msteams", "office365-video"), ("zoom", "zoom")):
        connect(tx, slug, team_id=SALES)
        check_connected(tx, by_app(integration), team_id=SALES)
    connect(tx, "jitsi", user_id=SOLO)
    check_connected(tx, by_app("jitsi"), user_id=SOLO)


def test_before_2026_03_microsoft_teams_was_refused_even_if_it_was_connected() -> None:
    tx = begin("2025-04")
    connect(tx, "msteams", user_id=SOLO)
    assert missing_app(tx, "office365-video", user_id=SOLO) == "Invalid app, available apps are: "
    assert missing_app(tx, "zoom", user_id=SOLO) == "zoom not connected."
    connect(tx, "zoom", user_id=SOLO)
    check_connected(tx, by_app("zoom"), user_id=SOLO)
