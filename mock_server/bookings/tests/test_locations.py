"""Locations and titles of bookings."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.locations import BookingLocation, meeting_url_of, resolve_location
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    OWNER,
    SOLO,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
)
from mock_server.bookings.titles import instant_title, title_host, title_of
from mock_server.event_types.model import Location
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, CodeError

OFFICE = Location(type="address", address="1 Main Street", public=True)
CALL = Location(type="phone", phone="+393331234567", public=True)
ROOM = Location(type="link", link="https://meet.example.com/room", public=True)
ZOOM = Location(type="integration", integration="zoom")
ATTENDEE_ADDRESS = Location(type="attendeeAddress")


@pytest.mark.parametrize(
    ("requested", "location", "answer"),
    [
        ({"type": "address"}, "1 Main Street", {"value": "inPerson", "optionValue": ""}),
        ({"type": "phone"}, "+393331234567", {"value": "userPhone", "optionValue": ""}),
        ({"type": "link"}, "https://meet.example.com/room", {"value": "link", "optionValue": ""}),
        (
            {"type": "integration", "integration": "zoom"},
            "integrations:zoom",
            {"value": "integrations:zoom", "optionValue": ""},
        ),
        ({"type": "attendeeAddress", "address": "Rome"}, "Rome", {"value": "attendeeInPerson", "optionValue": "Rome"}),
        ("www.example.com", "www.example.com", {"value": "link", "optionValue": "www.example.com"}),
        ("+393331234567", "+393331234567", {"value": "phone", "optionValue": "+393331234567"}),
        ("the pub", "the pub", {"value": "somewhereElse", "optionValue": "the pub"}),
        (None, "1 Main Street", None),
    ],
)
def test_a_requested_location_is_resolved(requested: Any, location: str, answer: Any) -> None:
    resolved = resolve_location(
        add_event_type(begin(), locations=(OFFICE, CALL, ROOM, ZOOM, ATTENDEE_ADDRESS)), None, requested, None
    )
    assert (resolved.stored, resolved.answer) == (location, answer)


@pytest.mark.parametrize(
    ("requested", "message"),
    [
        ({"type": "link"}, "location types: address, integration"),
        ({"type": "elsewhere"}, "type elsewhere not valid"),
        ({}, "type undefined not valid"),
        ({"type": None}, "type null not valid"),
        ({"type": {}}, r"type \[object Object\] not valid"),
        (5, "type undefined not valid"),
        ({"type": "link"}, "address, integration, and only these types are allowed for booking location\\."),
        ({"type": "integration"}, "with integration undefined not valid"),
        ({"type": "integration", "integration": "jitsi"}, "following integrations: zoom"),
    ],
)
def test_a_location_that_is_not_offered_is_refused(requested: Any, message: str) -> None:
    with pytest.raises(BadRequest, match=message):
        resolve_location(add_event_type(begin(), locations=(OFFICE, ZOOM)), None, requested, None)


@pytest.mark.parametrize("requested", [{"type": "attendeeAddress"}, {"type": "attendeeAddress", "address": ""}])
def test_an_attendee_defined_location_is_required(requested: Any) -> None:
    tx = begin()
    with pytest.raises(CodeError, match=r"\{location\}error_required_field"):
        book(tx, add_event_type(tx, locations=(ATTENDEE_ADDRESS,)), at(10), location=requested)


@pytest.mark.parametrize("number", ["abc", "12", "0014155552671", "14155552671", " 14155552671"])
def test_an_attendee_s_phone_number_is_validated(number: str) -> None:
    tx = begin()
    event_type = add_event_type(tx, locations=(Location(type="attendeePhone"),))
    with pytest.raises(CodeError, match=r"\{location\}invalid_number"):
        book(tx, event_type, at(10), location={"type": "attendeePhone", "phone": number})
    assert book(tx, event_type, at(10), location={"type": "attendeePhone", "phone": "+14155552671"}).location == (
        "+14155552671"
    )


def test_a_meeting_url_is_used_only_without_a_location() -> None:
    event_type = add_event_type(begin())
    assert resolve_location(event_type, None, None, "https://x.example").stored == "https://x.example"
    assert resolve_location(event_type, None, "the pub", "https://x.example").stored == "the pub"


@pytest.mark.parametrize(
    ("metadata", "location"),
    [
        ({"defaultConferencingApp": {"appSlug": "zoom"}}, "integrations:zoom"),
        ({"defaultConferencingApp": {"appSlug": "msteams"}}, "integrations:office365_video"),
        ({"defaultConferencingApp": {"appSlug": "google-meet"}}, "integrations:google:meet"),
        ({"defaultConferencingApp": {"appSlug": "jitsi"}}, "integrations:daily"),
        (None, "integrations:daily"),
        ({"team": "sales"}, "integrations:daily"),
        # Clients may set any metadata.
        ({"defaultConferencingApp": "zoom"}, "integrations:daily"),
        ({"defaultConferencingApp": {"appSlug": ["zoom"]}}, "integrations:daily"),
    ],
)
@pytest.mark.parametrize("locations", [(), (Location(type="organizersDefaultApp"),)])
def test_the_organizer_s_default_app_is_used_without_other_locations(
    metadata: dict[str, Any] | None, location: str, locations: tuple[Location, ...]
) -> None:
    tx = begin()
    organizer = tx[USERS].update(SOLO, metadata=metadata)
    event_type = add_event_type(tx, locations=locations)
    assert resolve_location(event_type, organizer, None, None).stored == location
    if locations:
        chosen = resolve_location(event_type, organizer, {"type": "organizersDefaultApp"}, None)
        assert (chosen.stored, chosen.answer) == (location, {"value": "conferencing", "optionValue": ""})


def test_cal_video_is_used_if_there_is_no_organizer() -> None:
    assert resolve_location(add_event_type(begin(), locations=()), None, None, None).stored == "integrations:daily"


@pytest.mark.parametrize(
    ("text", "kind"),
    [("HTTPS://x.example", "link"), ("WWW.x.example", "link"), ("see www.x.example", "somewhereElse")],
)
def test_a_free_text_is_a_link_if_it_begins_like_one(text: str, kind: str) -> None:
    event_type = add_event_type(begin(), locations=(OFFICE,))
    resolved = resolve_location(event_type, None, text, "https://other.example")
    assert (resolved.stored, resolved.answer) == (text, {"value": kind, "optionValue": text})
    assert resolve_location(event_type, None, "", None).stored == "1 Main Street"


def test_the_attendees_place_is_the_text_of_its_field() -> None:
    places = {"attendeeAddress": "address", "attendeePhone": "phone", "attendeeDefined": "location"}
    for kind, field in places.items():
        event_type = add_event_type(begin(), locations=(Location(type=kind),))
        assert resolve_location(event_type, None, {"type": kind, field: "here"}, None).stored == "here"
        assert resolve_location(event_type, None, {"type": kind, field: 5}, None).stored == ""
        assert resolve_location(event_type, None, {"type": kind}, None).stored == ""


def test_a_location_that_the_attendee_names_is_empty_until_then() -> None:
    event_type = add_event_type(begin(), locations=(Location(type="attendeePhone"),))
    assert resolve_location(event_type, None, None, None) == BookingLocation("")


def test_the_integrations_that_an_event_type_has_are_named() -> None:
    apps = tuple(Location(type="integration", integration=app) for app in ("cal-video", "zoom"))
    event_type = add_event_type(begin(), locations=apps)
    with pytest.raises(BadRequest, match=r"The event type has following integrations: cal-video, zoom$"):
        resolve_location(event_type, None, {"type": "integration", "integration": "fax"}, None)


def test_only_cal_video_creates_a_meeting_link() -> None:
    assert meeting_url_of("integrations:daily", "u1") == "https://app.cal.com/video/u1"
    assert meeting_url_of("integrations:zoom", "u1") is None


def test_the_default_title_names_event_type_organizer_and_booker() -> None:
    tx = begin()
    assert book(tx, add_event_type(tx), at(10)).title == "Talk between Sam Solo and Ann Lee"
    nameless = add_event_type(tx)
    tx[USERS].update(SOLO, name=None)
    assert book(tx, nameless, at(12)).title == "Talk between Nameless and Ann Lee"


def test_variables_of_a_custom_name_are_filled_in() -> None:
    tx = begin()
    name = "{Event type title}: {Organiser first name} & {Scheduler last name}, {Event duration} in {Location} {?}"
    event_type = add_event_type(tx, custom_name=name, locations=(OFFICE,))
    assert book(tx, event_type, at(10)).title == "Talk: Sam & Lee, 60 mins in 1 Main Street {?}"


def test_every_variable_of_a_custom_name_has_its_value() -> None:
    tx = begin()
    values = {
        "{Event type title}": "Talk",
        "{Organiser}": "Sam van Solo",
        "{Organiser first name}": "Sam",
        "{Scheduler}": "Ann van Lee",
        "{Scheduler first name}": "Ann",
        "{Scheduler last name}": "van Lee",
        "{Event duration}": "60 mins",
        "{Location}": "Rome",
        "{LOCATION}": "Rome",
        "{HOST}": "Sam van Solo",
        "{HOST/ATTENDEE}": "Ann van Lee",
        "{ATTENDEE}": "Ann van Lee",
        "{USER}": "Ann van Lee",
        "{Link title}": "",
    }
    host = tx[USERS].update(SOLO, name="Sam van Solo")
    for variable, value in values.items():
        event_type = add_event_type(tx, custom_name=f"<{variable}> {variable}")
        title = title_of(tx, event_type, host, "Ann van Lee", "Rome", several_hosts=False)
        assert title == f"<{value}> {value}"


def test_a_title_is_bounded() -> None:
    tx = begin()
    host = tx[USERS].require(SOLO)

    def titled(custom_name: str, attendee: str) -> str:
        event_type = add_event_type(tx, custom_name=custom_name)
        return title_of(tx, event_type, host, attendee, "", several_hosts=False)

    assert len(titled("{USER}" * 100, "x" * 1000)) == 100_000
    assert titled("{USER}" * 15_000 + "{Link title}" * 5, "x" * 6) == "x" * 90_000
    with pytest.raises(BadRequest, match=r"^The title of the booking is longer than 100,000 characters$"):
        titled("{USER}" * 100 + "!", "x" * 1000)


def test_an_instant_meeting_has_a_title_in_the_attendees_language() -> None:
    assert instant_title("Ann", "it") == "Riunione immediata con Ann"
    assert instant_title("Ann", "en") == instant_title("Ann", "fr") == "Instant Meeting with Ann"


def test_a_collective_event_type_is_that_of_its_team() -> None:
    tx = begin()
    collective = add_team_event_type(tx, {OWNER: {}}, scheduling_type="collective")
    assert title_host(tx, collective, tx[USERS].require(OWNER), several_hosts=False) == "Sales"
    assert title_host(tx, add_event_type(tx), tx[USERS].require(SOLO), several_hosts=True) == "Sam Solo"


def test_the_title_names_the_team_if_there_are_several_hosts() -> None:
    tx = begin()
    fixed = add_team_event_type(tx, {OWNER: {"is_fixed": True}, MEMBER: {}})
    assert book(tx, fixed, at(10)).title == "Talk between Sales and Ann Lee"
    alone = add_team_event_type(tx, {OWNER: {}, ADMIN: {}})
    assert book(tx, alone, at(12)).title in [
        f"Talk between {name} and Ann Lee" for name in ("Olivia Owner", "Adam Admin")
    ]
