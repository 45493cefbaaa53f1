"""Where a booking takes place, and what it is called."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.locations import meeting_url_of, place_of
from mock_server.bookings.tests.builders import ADMIN, MEMBER, OWNER, SOLO, at, begin, book, offer, team_offer
from mock_server.event_types.model import Location
from mock_server.identity.model import USERS
from mock_server.runtime.errors import BadRequest, CodeError

OFFICE = Location(type="address", address="1 Main Street", public=True)
CALL = Location(type="phone", phone="+393331234567", public=True)
ROOM = Location(type="link", link="https://meet.example.com/room", public=True)
ZOOM = Location(type="integration", integration="zoom")
THEIRS = Location(type="attendeeAddress")


@pytest.mark.parametrize(
    ("asked", "location", "answer"),
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
def test_the_place_that_is_asked_for(asked: Any, location: str, answer: Any) -> None:
    place = place_of(offer(begin(), locations=(OFFICE, CALL, ROOM, ZOOM, THEIRS)), None, asked, None)
    assert (place.location, place.answer) == (location, answer)


@pytest.mark.parametrize(
    ("asked", "complaint"),
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
def test_a_place_that_is_not_offered(asked: Any, complaint: str) -> None:
    with pytest.raises(BadRequest, match=complaint):
        place_of(offer(begin(), locations=(OFFICE, ZOOM)), None, asked, None)


@pytest.mark.parametrize("asked", [{"type": "attendeeAddress"}, {"type": "attendeeAddress", "address": ""}])
def test_the_attendee_s_place_has_to_be_said(asked: Any) -> None:
    tx = begin()
    with pytest.raises(CodeError, match=r"\{location\}error_required_field"):
        book(tx, offer(tx, locations=(THEIRS,)), at(10), location=asked)


@pytest.mark.parametrize("number", ["abc", "12", "0014155552671", "14155552671", " 14155552671"])
def test_the_attendee_s_number_is_checked(number: str) -> None:
    tx = begin()
    event_type = offer(tx, locations=(Location(type="attendeePhone"),))
    with pytest.raises(CodeError, match=r"\{location\}invalid_number"):
        book(tx, event_type, at(10), location={"type": "attendeePhone", "phone": number})
    assert book(tx, event_type, at(10), location={"type": "attendeePhone", "phone": "+14155552671"}).location == (
        "+14155552671"
    )


def test_a_meeting_url_counts_where_there_is_no_location() -> None:
    event_type = offer(begin())
    assert place_of(event_type, None, None, "https://x.example").location == "https://x.example"
    assert place_of(event_type, None, "the pub", "https://x.example").location == "the pub"


@pytest.mark.parametrize(("app", "place"), [("zoom", "integrations:zoom"), (None, "integrations:daily")])
def test_without_a_location_the_organizer_s_app_decides(app: str | None, place: str) -> None:
    tx = begin()
    tx[USERS].update(SOLO, metadata={"defaultConferencingApp": {"appSlug": app}} if app else None)
    organizer = tx[USERS].require(SOLO)
    assert place_of(offer(tx, locations=()), organizer, None, None).location == place


def test_only_cal_video_makes_a_link_for_each_booking() -> None:
    assert meeting_url_of("integrations:daily", "u1") == "https://app.cal.com/video/u1"
    assert meeting_url_of("integrations:zoom", "u1") is None


def test_a_booking_is_called_after_the_event_type_and_the_two_who_meet() -> None:
    tx = begin()
    assert book(tx, offer(tx), at(10)).title == "Talk between Sam Solo and Ann Lee"
    nameless = offer(tx)
    tx[USERS].update(SOLO, name=None)
    assert book(tx, nameless, at(12)).title == "Talk between Nameless and Ann Lee"


def test_a_custom_name_knows_variables() -> None:
    tx = begin()
    name = "{Event type title}: {Organiser first name} & {Scheduler last name}, {Event duration} in {Location} {?}"
    event_type = offer(tx, custom_name=name, locations=(OFFICE,))
    assert book(tx, event_type, at(10)).title == "Talk: Sam & Lee, 60 mins in 1 Main Street {?}"


def test_several_hosts_go_by_their_team_s_name() -> None:
    tx = begin()
    fixed = team_offer(tx, {OWNER: {"is_fixed": True}, MEMBER: {}})
    assert book(tx, fixed, at(10)).title == "Talk between Sales and Ann Lee"
    alone = team_offer(tx, {OWNER: {}, ADMIN: {}})
    assert book(tx, alone, at(12)).title in [
        f"Talk between {name} and Ann Lee" for name in ("Olivia Owner", "Adam Admin")
    ]
