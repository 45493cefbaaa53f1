"""References of bookings, their calendar events, and what the doctor says about broken ones."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.calendar_events import withdraw_event, write_event
from mock_server.bookings.cancellation import cancel
from mock_server.bookings.confirmation import confirm
from mock_server.bookings.invariants import CHECKS
from mock_server.bookings.model import BOOKING_REFERENCES, BOOKINGS, Booking
from mock_server.bookings.references import (
    add_video_reference,
    references_of,
    require_video_reference,
    video_room,
)
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    ACME,
    MEMBER,
    SOLO,
    add_event_type,
    at,
    begin,
    book,
    text,
    write_to_google,
)
from mock_server.calendars.accounts import open_mailbox
from mock_server.calendars.model import (
    ACCOUNT_CALENDARS,
    BUSY_EVENTS,
    CALENDAR_EVENTS,
    DELEGATION_CREDENTIALS,
    DESTINATION_CALENDARS,
    WORKSPACE_PLATFORMS,
    DelegationCredential,
)
from mock_server.identity.model import USERS
from mock_server.runtime.errors import NotFound
from mock_server.state.edition import NEWEST, OLDEST
from mock_server.state.jobs import JOBS
from mock_server.state.transaction import Transaction


@pytest.fixture
def tx() -> Transaction:
    """A world whose solo user has a destination calendar."""
    found = begin(edition=NEWEST)
    write_to_google(found)
    return found


def complaints(tx: Transaction) -> list[str]:
    return [each for check in CHECKS for each in check(tx)]


def kinds(tx: Transaction, booking: Booking) -> list[str]:
    return [each.type for each in references_of(tx, booking)]


def test_older_editions_have_no_references() -> None:
    tx = begin(edition=OLDEST)
    write_to_google(tx)
    booking = book(tx, add_event_type(tx), at(10))
    assert booking.busy_event_id is not None
    assert (kinds(tx, booking), tx[CALENDAR_EVENTS].count()) == ([], 0)
    assert booking.ical_uid == f"{booking.uid}@Cal.com"


def test_references_end_with_the_booking_and_pass_on_to_its_successor(tx: Transaction) -> None:
    event_type = add_event_type(tx)
    booking = book(tx, event_type, at(10))
    assert kinds(tx, booking) == ["daily_video", "google_calendar"]
    new = reschedule(tx, booking.uid, {"start": text(at(14))}, SOLO).booking
    assert [each.uid for each in references_of(tx, new)] == [each.uid for each in references_of(tx, booking)]
    assert complaints(tx) == []
    cancel(tx, new.uid, {"cancellationReason": "ill"}, SOLO)
    assert (kinds(tx, new), tx[CALENDAR_EVENTS].count(), tx[BUSY_EVENTS].get(new.busy_event_id)) == ([], 0, None)
    assert complaints(tx) == []


def test_a_booking_that_is_accepted_again_has_an_event_and_a_room_beside_those_of_its_successor(
    tx: Transaction,
) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    [event] = [each.uid for each in references_of(tx, booking, "google_calendar")]
    new = reschedule(tx, booking.uid, {"start": text(at(14))}, SOLO).booking
    again = confirm(tx, booking.uid, SOLO)
    assert (again.status, again.ical_uid) == ("accepted", booking.ical_uid)
    assert [each.uid for each in references_of(tx, new, "google_calendar")] == [event]
    [other] = [each.uid for each in references_of(tx, again, "google_calendar")]
    assert other != event
    [room], [own_room] = ([each.uid for each in references_of(tx, of, "daily_video")] for of in (new, again))
    assert room != own_room
    assert require_video_reference(tx, again).uid == own_room
    assert {each.id for each in tx.table(CALENDAR_EVENTS).rows.values()} == {event, other}
    assert complaints(tx) == []


@pytest.mark.parametrize(
    ("damage", "complaint"),
    [
        (lambda tx, booking: tx[BOOKINGS].update(booking.id, status="cancelled"), "is not deleted, but booking"),
        (lambda tx, booking: _end_references(tx, booking), "no reference of a booking has the calendar event"),
        (lambda tx, booking: tx[BUSY_EVENTS].update(booking.busy_event_id, end=at(12)), "is not at the time of busy"),
    ],
    ids=["status", "reference", "time"],
)
def test_the_doctor_finds_broken_references(tx: Transaction, damage: Any, complaint: str) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    assert complaints(tx) == []
    damage(tx, booking)
    assert any(complaint in each for each in complaints(tx))


def _end_references(tx: Transaction, booking: Booking) -> None:
    for each in references_of(tx, booking):
        tx[BOOKING_REFERENCES].update(each.id, deleted=True)


def test_a_reference_names_the_calendar_and_what_opened_it(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    [event] = references_of(tx, booking, "google_calendar")
    assert (event.external_calendar_id, event.credential_id, event.delegation_credential_id) == (
        "solo@example.com",
        1,
        None,
    )
    platform = tx[WORKSPACE_PLATFORMS].first(slug="google")
    assert platform is not None
    times = {"created_at": tx.now, "updated_at": tx.now}
    tx[DELEGATION_CREDENTIALS].insert(
        DelegationCredential(
            id="delegation", workspace_platform_id=platform.id, organization_id=ACME, domain="acme.example",
            service_account_key={}, enabled=True, **times,
        )
    )  # fmt: skip
    member = tx[USERS].require(MEMBER)
    open_mailbox(tx, "google_calendar", member.email, "Mia")
    tx[DESTINATION_CALENDARS].create(
        integration="google_calendar", external_id=member.email, user_id=MEMBER, delegation_credential_id="delegation"
    )
    delegated = book(tx, add_event_type(tx, user_id=MEMBER), at(10))
    [event] = references_of(tx, delegated, "google_calendar")
    assert (event.external_calendar_id, event.credential_id, event.delegation_credential_id) == (
        member.email,
        None,
        "delegation",
    )


def test_a_video_meeting_has_one_room(tx: Transaction) -> None:
    elsewhere = book(tx, add_event_type(tx), at(9), location="Main Street 1")
    with pytest.raises(NotFound, match=f"^No Cal Video reference found with booking uid {elsewhere.uid}$"):
        require_video_reference(tx, elsewhere)
    booking = book(tx, add_event_type(tx), at(10))
    [room] = references_of(tx, booking, "daily_video")
    assert booking.meeting_url is not None
    assert room.uid == video_room(booking.meeting_url)
    assert (len(room.uid), room.meeting_url) == (20, f"https://video.cal.example/{room.uid}")
    assert (room.external_calendar_id, require_video_reference(tx, booking)) == (None, room)
    assert add_video_reference(tx, booking, None) == room, "it has one already"
    due = [[each.due for each in tx[JOBS].find(about=f"video:{of.id}")] for of in (booking, elsewhere)]
    assert due == [[booking.end], []], "recordings come at the end of video meetings"
    link = tx[BOOKINGS].update(booking.id, location="https://meet.example")
    assert add_video_reference(tx, link, None) is None
    pending = tx[BOOKINGS].update(booking.id, location="integrations:daily", meeting_url=None)
    assert add_video_reference(tx, pending, None) is None


def test_a_room_in_use_is_not_reused(tx: Transaction) -> None:
    booking = book(tx, add_event_type(tx), at(10))
    new = reschedule(tx, booking.uid, {"start": text(at(14))}, SOLO).booking
    again = confirm(tx, booking.uid, SOLO)
    rooms = [require_video_reference(tx, each).uid for each in (new, again)]
    assert len(set(rooms)) == 2 and {len(each) for each in rooms} == {20}
    cancel(tx, new.uid, {"cancellationReason": "ill"}, SOLO)
    [latest] = references_of(tx, again, "daily_video")
    assert require_video_reference(tx, again) == latest
    moved = reschedule(tx, again.uid, {"start": text(at(15))}, SOLO).booking
    assert require_video_reference(tx, moved).uid == latest.uid


def test_an_event_type_s_own_calendar_comes_first(tx: Transaction) -> None:
    event_type = add_event_type(tx)
    side = tx[ACCOUNT_CALENDARS].require(2)
    tx[DESTINATION_CALENDARS].create(
        integration="google_calendar",
        external_id=side.external_id,
        user_id=None,
        event_type_id=event_type.id,
        credential_id=1,
    )
    booking = book(tx, event_type, at(10))
    assert tx[BUSY_EVENTS].require(booking.busy_event_id).calendar_id == side.id
    [event] = references_of(tx, booking, "google_calendar")
    assert event.external_calendar_id == side.external_id
    back = tx[DESTINATION_CALENDARS].first(event_type_id=event_type.id)
    assert back is not None
    tx[DESTINATION_CALENDARS].delete(back.id)
    withdrawn = withdraw_event(tx, booking)
    written = write_event(tx, withdrawn)
    [other] = references_of(tx, written, "google_calendar")
    assert (other.external_calendar_id, other.uid == event.uid) == ("solo@example.com", False)
    again = write_event(tx, withdraw_event(tx, written))
    assert references_of(tx, again, "google_calendar") == [other], "the event has its id again"
