"""A new location of a booking: what requests may name, who may change it, and what the booking stores."""

from __future__ import annotations

import pytest

from mock_server.bookings.location_change import NewLocation, change_location, read_location
from mock_server.bookings.model import ATTENDEES, BOOKING_REFERENCES, BOOKINGS, Booking
from mock_server.bookings.references import references_of
from mock_server.bookings.tests.builders import (
    MEMBER,
    OWNER,
    SOLO,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
    later,
    write_to_google,
)
from mock_server.calendars.model import CALENDAR_EVENTS, CREDENTIALS
from mock_server.runtime.errors import ApiError, BadRequest, Forbidden, NotFound, ValidationFailed
from mock_server.runtime.outbox import POSTED
from mock_server.state.jobs import JOBS
from mock_server.state.transaction import Transaction

LINK = NewLocation("link", "https://meet.example/room")


def refusal(location: object, *, with_integrations: bool = True) -> str:
    """The text about a location that cannot be read."""
    with pytest.raises(ValidationFailed) as refused:
        read_location({"location": location}, with_integrations=with_integrations)
    [error] = refused.value.errors
    text = error["constraints"]["ValidateUpdateLocation"]
    assert error["property"] == "location"
    prefix = "UpdateBookingInputLocationValidator_2024_08_13 - "
    assert text.startswith(prefix)
    return text.removeprefix(prefix)


@pytest.mark.parametrize(
    ("location", "kind", "place"),
    [
        ({"type": "address", "address": "Main Street 1"}, "address", "Main Street 1"),
        ({"type": "link", "link": "https://a.example"}, "link", "https://a.example"),
        ({"type": "phone", "phone": "+390612345678"}, "phone", "+390612345678"),
        ({"type": "attendeePhone", "phone": "+390612345678"}, "attendeePhone", "+390612345678"),
        ({"type": "attendeeAddress", "address": "x"}, "attendeeAddress", "x"),
        ({"type": "attendeeDefined", "location": "x"}, "attendeeDefined", "x"),
        ({"type": "integration", "integration": "zoom"}, "integration", "zoom"),
    ],
)
def test_a_location_is_read_with_its_place(location: dict[str, str], kind: str, place: str) -> None:
    found = read_location({"location": location}, with_integrations=True)
    assert found is not None and (found.kind, found.place) == (kind, place)
    if kind == "integration":
        kinds = "address, link, phone, attendeePhone, attendeeAddress, and attendeeDefined."
        expected = f"Unsupported booking location type 'integration'. Valid types are {kinds}"
        assert refusal(location, with_integrations=False) == expected
    else:
        assert read_location({"location": location}, with_integrations=False) == found


@pytest.mark.parametrize(
    ("location", "message"),
    [
        ("here", "Booking 'location' must have a 'type' property."),
        ({"address": "x"}, "Booking 'location' must have a 'type' property."),
        (
            {"type": "moon"},
            (
                "Unsupported booking location type 'moon'. Valid types are address, link, phone, attendeePhone, "
                "attendeeAddress, attendeeDefined, and integration."
            ),
        ),
        ({"type": "address"}, "Validation failed for address location: address must be a string"),
        (
            {"type": "attendeeDefined", "location": ""},
            "Validation failed for attendeeDefined location: location must be longer than or equal to 1 characters",
        ),
        (
            {"type": "phone", "phone": "12"},
            "Validation failed for phone location: phone must be a valid phone number",
        ),
        ({"type": "link", "link": "room"}, "Validation failed for link location: link must be a URL address"),
    ],
)
def test_a_location_that_cannot_be_read_is_refused(location: object, message: str) -> None:
    assert refusal(location) == message


def test_unknown_integrations_are_refused_with_those_that_exist() -> None:
    text = refusal({"type": "integration", "integration": "fax"})
    start = "Validation failed for integration location: integration must be one of the following values: cal-video, "
    assert text.startswith(start) and ", zoom" in text
    unknown = refusal({"type": ["link"], "link": "https://a.example"})
    assert unknown.startswith("Unsupported booking location type")
    assert read_location({}, with_integrations=True) is None


@pytest.mark.parametrize(
    ("location", "stored", "kind", "before", "since"),
    [
        (LINK, "https://meet.example/room", "link", "", "https://meet.example/room"),
        (NewLocation("address", "Main Street 1"), "Main Street 1", "inPerson", "", "Main Street 1"),
        (NewLocation("attendeeAddress", "My place"), "My place", "attendeeInPerson", "My place", "My place"),
        (NewLocation("integration", "cal-video"), "integrations:daily", "integrations:daily", "", ""),
    ],
)
def test_the_answer_has_the_place_of_the_attendee_and_later_of_the_organizer(
    location: NewLocation, stored: str, kind: str, before: str, since: str
) -> None:
    assert location.stored == stored
    assert location.answer(with_all_places=False) == {"value": kind, "optionValue": before}
    assert location.answer(with_all_places=True) == {"value": kind, "optionValue": since}


def moved(tx: Transaction, booking: Booking, location: NewLocation) -> Booking:
    """The booking after its location was changed an hour later."""
    tx = later(tx, tx.now.replace(hour=tx.now.hour + 1))
    changed = change_location(tx, tx[BOOKINGS].require(booking.id), location, SOLO)
    assert (changed.updated_at, tx[BOOKINGS].get(booking.id)) == (tx.now, changed)
    return changed


def test_the_new_location_replaces_the_link_since_2026_09() -> None:
    for edition, link in (("2026-03", "/video/"), ("2026-09", LINK.place)):
        tx = begin(edition=edition)
        booking = book(tx, add_event_type(tx), at(10))
        changed = moved(tx, booking, LINK)
        assert (changed.location, link in str(changed.meeting_url)) == (LINK.place, True)
        assert changed.ical_sequence == booking.ical_sequence + (edition == "2026-09")
        assert changed.responses is not None and booking.responses is not None
        assert {**changed.responses, "location": None} == {**booking.responses, "location": None}
        assert changed.responses["location"] == LINK.answer(with_all_places=edition == "2026-09")


def test_an_earlier_link_is_kept_before_2026_09() -> None:
    tx = begin(edition="2026-03")
    booking = book(tx, add_event_type(tx), at(10))
    tx[BOOKINGS].update(booking.id, location="https://old.example", meeting_url=None)
    assert moved(tx, booking, NewLocation("address", "x")).meeting_url == "https://old.example"
    tx[BOOKINGS].update(booking.id, location="Main Street", meeting_url=None)
    assert moved(tx, booking, NewLocation("address", "x")).meeting_url is None
    tx[BOOKINGS].update(booking.id, location=None)
    assert moved(tx, booking, NewLocation("address", "x")).meeting_url is None


def test_only_an_accepted_booking_has_a_new_room() -> None:
    tx = begin(edition="2026-09")
    booking = book(tx, add_event_type(tx), at(10), location="Main Street 1")
    assert references_of(tx, booking) == []
    changed = change_location(tx, booking, NewLocation("integration", "cal-video"), SOLO)
    assert str(changed.meeting_url).endswith(f"/video/{booking.uid}")
    assert [each.type for each in references_of(tx, booking)] == ["daily_video"]
    assert [each.due for each in tx[JOBS].find(about=f"video:{booking.id}")] == [booking.end]
    elsewhere = change_location(tx, changed, NewLocation("phone", "+390612345678"), SOLO)
    assert (elsewhere.meeting_url, references_of(tx, booking)) == (None, [])
    assert tx[JOBS].find(about=f"video:{booking.id}") == []
    [old] = tx[BOOKING_REFERENCES].find(booking_id=booking.id)
    assert old.deleted
    tx[BOOKINGS].update(booking.id, status="pending")
    pending = change_location(tx, tx[BOOKINGS].require(booking.id), NewLocation("integration", "cal-video"), SOLO)
    assert pending.meeting_url is None
    tx[BOOKINGS].update(booking.id, responses=None)
    assert change_location(tx, tx[BOOKINGS].require(booking.id), LINK, SOLO).responses is None


def test_a_meeting_needs_a_connected_app_and_google_meet_a_google_calendar() -> None:
    tx = begin(edition="2026-09")
    booking = book(tx, add_event_type(tx), at(10))
    with pytest.raises(BadRequest) as refused:
        change_location(tx, booking, NewLocation("integration", "zoom"), SOLO)
    assert refused.value.message == (
        'Video integration "zoom" is not connected. Please connect the integration in your settings first.'
    )
    tx[CREDENTIALS].create(type="zoom_video", app_id="zoom", user_id=SOLO)
    zoom = change_location(tx, booking, NewLocation("integration", "zoom"), SOLO)
    assert zoom.location == "integrations:zoom"
    tx[CREDENTIALS].create(type="google_video", app_id="google-meet", user_id=SOLO)
    meet = NewLocation("integration", "google-meet")
    assert change_location(tx, booking, meet, SOLO).location == "integrations:daily"
    assert references_of(tx, booking) != []
    again = change_location(tx, tx[BOOKINGS].require(booking.id), meet, SOLO)
    assert again.location == "integrations:daily", "a video meeting is no calendar"
    write_to_google(tx)
    in_calendar = book(tx, add_event_type(tx), at(12))
    assert change_location(tx, in_calendar, meet, SOLO).location == "integrations:google:meet"


def test_the_calendar_shows_the_new_location() -> None:
    tx = begin(edition="2026-09")
    write_to_google(tx)
    booking = book(tx, add_event_type(tx), at(10))
    change_location(tx, booking, NewLocation("address", "Main Street 1"), SOLO)
    [reference] = references_of(tx, booking, "google_calendar")
    assert tx[CALENDAR_EVENTS].require(reference.uid).location == "Main Street 1"


@pytest.mark.parametrize(("edition", "has_mail"), [("2026-03", False), ("2026-09", True)])
def test_attendees_are_notified_of_a_new_location_since_2026_09(edition: str, has_mail: bool) -> None:
    tx = begin(edition=edition)
    booking = book(tx, add_event_type(tx), at(10))
    tx.outbox.clear()
    change_location(tx, booking, LINK, SOLO)
    receivers = [message.to for event in tx.outbox if event.name == POSTED for message in event.payload["messages"]]
    assert ("ann@example.com" in str(receivers)) is has_mail


def test_hosts_and_owners_change_the_location() -> None:
    tx = begin(edition="2026-09")
    personal = book(tx, add_event_type(tx), at(10))
    of_team = book(tx, add_team_event_type(tx, {MEMBER: {}}), at(12))

    def may(booking: Booking, caller: int) -> bool:
        try:
            return change_location(tx, booking, None, caller) == booking
        except Forbidden as refused:
            assert refused.message.startswith("User is not authorized to update this booking location.")
            return False

    assert [may(personal, caller) for caller in (SOLO, MEMBER)] == [True, False]
    assert [may(of_team, caller) for caller in (SOLO, MEMBER, OWNER)] == [False, True, True]


def test_a_booking_needs_an_organizer_and_an_event_type() -> None:
    tx = begin(edition="2026-09")
    booking = book(tx, add_event_type(tx), at(10))
    assert tx[ATTENDEES].count(booking_id=booking.id) == 1
    for field, missing in (("user_id", "user"), ("event_type_id", "event type")):
        lost = tx[BOOKINGS].update(booking.id, **{field: None})
        with pytest.raises(NotFound) as refused:
            change_location(tx, lost, LINK, SOLO)
        assert refused.value.message == f"No {missing} found for booking with uid={booking.uid}"
        tx[BOOKINGS].update(booking.id, **{field: getattr(booking, field)})
    with pytest.raises(ApiError):
        change_location(tx, booking, LINK, MEMBER)
