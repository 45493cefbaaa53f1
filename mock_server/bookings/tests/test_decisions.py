"""Confirmations, requests to reschedule, and marks of absence: what they change and who may make them."""

from __future__ import annotations

import pytest

from mock_server.bookings.bodies import NoShowBody
from mock_server.bookings.confirmation import confirm, decline
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.bookings.no_shows import check_has_begun, mark_absent
from mock_server.bookings.reschedule_requests import request_reschedule
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    OWNER,
    SALES,
    SOLO,
    add_event_type,
    add_member,
    add_team_event_type,
    at,
    begin,
    book,
    later,
    write_to_google,
)
from mock_server.calendars.model import BUSY_EVENTS
from mock_server.event_types.model import Location
from mock_server.identity.model import USERS
from mock_server.runtime.errors import ApiError, BadRequest, NotFound
from mock_server.state.transaction import Transaction

MARCH = "2026-03"


def pending(tx: Transaction) -> Booking:
    """A booking by video that awaits its confirmation."""
    return book(tx, add_event_type(tx, locations=(), requires_confirmation=True), at(10))


def test_a_confirmed_booking_is_written_to_the_calendar_and_has_its_video_link() -> None:
    tx = begin()
    write_to_google(tx)
    booking = pending(tx)
    assert (booking.meeting_url, booking.busy_event_id) == (None, None)
    tx = later(tx, at(9))
    confirmed = confirm(tx, booking.uid, SOLO)
    assert confirmed == tx[BOOKINGS].require(booking.id)
    assert (confirmed.status, confirmed.updated_at, confirmed.rescheduled) == ("accepted", at(9), False)
    assert confirmed.meeting_url == f"https://app.cal.com/video/{booking.uid}"
    assert tx[BUSY_EVENTS].require(confirmed.busy_event_id).start == at(10)


def test_a_confirmed_booking_elsewhere_has_no_video_link() -> None:
    tx = begin()
    office = Location(type="address", address="1 Main Street")
    booking = book(tx, add_event_type(tx, locations=(office,), requires_confirmation=True), at(10))
    assert confirm(tx, booking.uid, SOLO).meeting_url is None


def test_a_declined_booking_says_why() -> None:
    tx = begin()
    booking = pending(tx)
    tx = later(tx, at(9))
    declined = decline(tx, booking.uid, SOLO, "no time")
    assert declined == tx[BOOKINGS].require(booking.id)
    assert (declined.status, declined.rejection_reason, declined.updated_at) == ("rejected", "no time", at(9))
    assert declined.cancellation_reason is None


def test_a_booking_without_organizer_cannot_be_confirmed_since_2026_03() -> None:
    tx = begin(edition=MARCH)
    booking = book(tx, add_team_event_type(tx, {OWNER: {}, MEMBER: {}}), at(10), instant=True)
    assert booking.user_id is None
    for decide in (lambda: confirm(tx, booking.uid, OWNER), lambda: decline(tx, booking.uid, OWNER, None)):
        with pytest.raises(ApiError, match="Bad request"):
            decide()


@pytest.mark.parametrize(("hour", "minute", "has_begun"), [(9, 59, False), (10, 0, True), (10, 1, True)])
def test_absences_are_marked_from_the_start_on(hour: int, minute: int, has_begun: bool) -> None:
    tx = begin()
    booking = book(tx, add_event_type(tx), at(10))
    tx = later(tx, at(hour, minute))
    absent: NoShowBody = {"attendees": [{"email": "ann@example.com", "absent": True}]}
    if has_begun:
        check_has_begun(tx, booking.uid)
        mark_absent(tx, booking.uid, absent, SOLO)
        return
    with pytest.raises(BadRequest) as refused:
        check_has_begun(tx, booking.uid)
    assert refused.value.message == (
        "Bookings can only be marked as absent after their scheduled start time. Current time in UTC+0: "
        "2030-01-07T09:59:00.000Z, Booking start time in UTC+0: 2030-01-07T10:00:00.000Z"
    )
    with pytest.raises(ApiError, match=r"^Failed to update no-show status$"):
        mark_absent(tx, booking.uid, absent, SOLO)


def test_absences_of_unknown_bookings_are_not_found() -> None:
    with pytest.raises(NotFound, match=r"^Booking with uid=none not found\.$"):
        check_has_begun(begin(), "none")
    with pytest.raises(NotFound, match=r"^Booking with uid=none was not found in the database$"):
        mark_absent(begin(), "none", {"host": True}, SOLO)


def test_only_the_named_attendees_are_marked() -> None:
    tx = begin()
    booking = book(tx, add_event_type(tx), at(10), guests=["bob@example.com", "eve@example.com"])
    tx = later(tx, at(10))
    unknown: NoShowBody = {"attendees": [{"email": email, "absent": True} for email in ("bob@example.com", "x")]}
    with pytest.raises(ApiError, match="Failed to update"):
        mark_absent(tx, booking.uid, unknown, SOLO)
    marked = mark_absent(
        tx,
        booking.uid,
        {"attendees": [{"email": "bob@example.com", "absent": True}, {"email": "eve@example.com", "absent": False}]},
        SOLO,
    )
    assert [attendee.no_show for attendee in tx[ATTENDEES].find(booking_id=booking.id)] == [False, True, False]
    assert not marked.no_show_host
    assert mark_absent(tx, booking.uid, {}, SOLO) == marked


def test_the_host_can_be_marked_before_the_start() -> None:
    tx = begin()
    booking = book(tx, add_event_type(tx), at(10))
    tx = later(tx, at(9))
    marked = mark_absent(tx, booking.uid, {"host": True}, SOLO)
    assert marked == tx[BOOKINGS].require(booking.id)
    assert (marked.no_show_host, marked.updated_at) == (True, at(9))


def test_a_booking_that_is_to_be_rescheduled_is_cancelled() -> None:
    tx = begin()
    booking = book(tx, add_event_type(tx), at(10))
    request_reschedule(tx, booking.uid, "ill", SOLO)
    ended = tx[BOOKINGS].require(booking.id)
    assert (ended.status, ended.rescheduled, ended.cancellation_reason) == ("cancelled", True, "ill")
    assert ended.cancelled_by == tx[USERS].require(SOLO).email
    with pytest.raises(ApiError, match="Bad request"):
        request_reschedule(tx, booking.uid, None, SOLO)
    with pytest.raises(NotFound, match=r"^Booking with uid=none not found$"):
        request_reschedule(tx, "none", None, SOLO)


def test_a_rejected_booking_is_not_to_be_rescheduled() -> None:
    tx = begin()
    booking = pending(tx)
    decline(tx, booking.uid, SOLO, None)
    with pytest.raises(ApiError, match="Bad request"):
        request_reschedule(tx, booking.uid, None, SOLO)


@pytest.mark.parametrize(("caller", "may"), [(MEMBER, True), (OWNER, True), (ADMIN, True), (SOLO, False)])
def test_organizers_and_leaders_of_the_team_ask_to_reschedule(caller: int, may: bool) -> None:
    """The member organizes the booking, the owner leads the team, and the admin leads its organization."""
    tx = begin()
    booking = book(tx, add_team_event_type(tx, {MEMBER: {}}), at(10))
    add_member(tx, SOLO, SALES, "MEMBER")
    if may:
        request_reschedule(tx, booking.uid, None, caller)
        assert tx[BOOKINGS].require(booking.id).status == "cancelled"
    else:
        with pytest.raises(ApiError, match="necessary permissions"):
            request_reschedule(tx, booking.uid, None, caller)


@pytest.mark.parametrize("missing", ["user_id", "event_type_id"])
def test_a_request_needs_an_organizer_and_an_event_type(missing: str) -> None:
    tx = begin()
    booking = tx[BOOKINGS].update(book(tx, add_event_type(tx), at(10)).id, **{missing: None})
    with pytest.raises(ApiError, match="necessary permissions"):
        request_reschedule(tx, booking.uid, None, SOLO)
