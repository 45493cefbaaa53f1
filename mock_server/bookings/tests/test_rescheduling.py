"""Rescheduled bookings: what the new booking takes over, its status and length, and who may move it, by edition."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mock_server.bookings.bodies import RescheduleBody
from mock_server.bookings.booker_limits import TOO_LATE
from mock_server.bookings.cancellation import cancel
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, Booking
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    ORGANIZER_EMAIL,
    OWNER,
    SOLO,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
    create_bookings,
    later,
    text,
    write_to_google,
)
from mock_server.calendars.model import BUSY_EVENTS
from mock_server.event_types.booking_fields import DEFAULT_FIELDS
from mock_server.event_types.model import (
    EVENT_TYPES,
    BookingField,
    BookingWindow,
    EventType,
    Limit,
    Location,
    NoticeThreshold,
    Seats,
)
from mock_server.identity.addresses import managed_address
from mock_server.identity.model import MANAGED_USER_LINKS, USERS
from mock_server.runtime.errors import ApiError
from mock_server.state.transaction import Transaction
from mock_server.verified_resources.codes import current_code

APRIL, MARCH, SEPTEMBER = "2025-04", "2026-03", "2026-09"
EDITIONS = (APRIL, MARCH, SEPTEMBER)


def move(tx: Transaction, booking: Booking, hour: int = 14, caller: int | None = None, **body: Any) -> Booking:
    request: RescheduleBody = {"start": text(at(hour)), **body}
    return reschedule(tx, booking.uid, request, caller, "2026-02-25").booking


def refusal(tx: Transaction, booking: Booking, hour: int = 14, caller: int | None = None, **body: Any) -> str:
    with pytest.raises(ApiError) as refused:
        move(tx, booking, hour, caller, **body)
    return refused.value.message


def seated(tx: Transaction, event_type: EventType, name: str, hour: int) -> tuple[Booking, str]:
    """The booking and the seat of an attendee."""
    [created] = create_bookings(tx, event_type, at(hour), attendee={"email": f"{name}@example.com"})
    assert created.seat_uid is not None
    return created.booking, created.seat_uid


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_new_booking_takes_over_what_describes_the_old_one(edition: str) -> None:
    tx = begin(edition=edition)
    old = book(
        tx,
        add_event_type(tx, locations=(Location(type="address", address="1 Main Street"),)),
        at(10),
        metadata={"team": "red"},
        guests=["bob@example.com"],
        bookingFieldsResponses={"notes": "By the door"},
        attendee={"phoneNumber": "+393331234567", "language": "it"},
    )
    tx = later(tx, at(9))
    new = move(tx, old, 14)
    assert new == tx[BOOKINGS].require(new.id)
    for name in ("title", "event_type_id", "description", "metadata", "recurring_event_id", "ical_uid", "location"):
        assert getattr(new, name) == getattr(old, name)
    assert new.description == "By the door"
    assert (new.start, new.end, new.status, new.user_id) == (at(14), at(15), "accepted", SOLO)
    assert (new.created_at, new.updated_at, new.ical_sequence) == (at(9), at(9), old.ical_sequence + 1)
    assert (new.from_reschedule, new.meeting_url) == (old.uid, None)
    assert new.uid != old.uid

    def people(booking: Booking) -> list[dict[str, Any]]:
        fields = ("name", "email", "time_zone", "locale", "phone_number")
        return [{name: getattr(each, name) for name in fields} for each in tx[ATTENDEES].find(booking_id=booking.id)]

    assert people(new) == people(old)
    assert people(new)[0]["phone_number"] == "+393331234567"
    assert {each.start for each in tx[ATTENDEES].find(booking_id=new.id)} == {at(14)}
    replaced = tx[BOOKINGS].require(old.id)
    assert (replaced.status, replaced.rescheduled, replaced.updated_at) == ("cancelled", True, at(9))


def test_only_an_accepted_booking_has_a_new_video_link() -> None:
    tx = begin()
    new = move(tx, book(tx, add_event_type(tx, locations=()), at(10)))
    assert new.meeting_url == f"https://app.cal.com/video/{new.uid}"
    pending = book(tx, add_event_type(tx, locations=(), requires_confirmation=True), at(11))
    assert move(tx, pending, 15).meeting_url is None


@pytest.mark.parametrize("edition", EDITIONS)
def test_the_event_in_the_calendar_moves(edition: str) -> None:
    tx = begin(edition=edition)
    write_to_google(tx)
    old = book(tx, add_event_type(tx), at(10))
    new = move(tx, old)
    assert tx[BUSY_EVENTS].get(old.busy_event_id) is None
    assert tx[BUSY_EVENTS].require(new.busy_event_id).start == at(14)
    assert tx[BOOKINGS].require(old.id).busy_event_id is None


def test_an_unknown_booking_is_not_found() -> None:
    for edition, message in ((APRIL, "Booking with uid=none not found"), (MARCH, "was not found in the database")):
        tx = begin(edition=edition)
        with pytest.raises(ApiError, match=message):
            reschedule(tx, "none", {"start": text(at(14))})


def test_a_booking_without_event_type_cannot_be_rescheduled() -> None:
    tx = begin()
    booking = tx[BOOKINGS].update(book(tx, add_event_type(tx), at(10)).id, event_type_id=None)
    assert refusal(tx, booking) == f"Booking with uid={booking.uid} is missing event type"


@pytest.mark.parametrize(("edition", "end"), [(APRIL, at(14, 30)), (MARCH, at(14, 30)), (SEPTEMBER, at(15, 30))])
def test_a_chosen_length_is_kept_since_2026_09(edition: str, end: Any) -> None:
    tx = begin(edition=edition)
    event_type = add_event_type(tx, length=30, length_options=(30, 90))
    assert move(tx, book(tx, event_type, at(10), lengthInMinutes=90)).end == end


@pytest.mark.parametrize(
    ("edition", "key", "other", "in_field"),
    [
        (APRIL, "rescheduledReason", "rescheduleReason", None),
        (MARCH, "rescheduledReason", "rescheduleReason", None),
        (SEPTEMBER, "rescheduleReason", "rescheduledReason", "ill"),
    ],
)
def test_only_the_last_reason_is_kept_among_the_answers(
    edition: str, key: str, other: str, in_field: str | None
) -> None:
    tx = begin(edition=edition)
    old = book(tx, add_event_type(tx), at(10))
    first = move(tx, old, 12, reschedulingReason="ill")
    assert first.responses is not None
    assert (first.responses[key], first.responses.get(other), first.cancellation_reason) == ("ill", None, in_field)
    second = move(tx, first, 14)
    assert second.responses is not None
    assert key not in second.responses
    assert (second.responses["name"], second.cancellation_reason) == ("Ann Lee", None)
    third = move(tx, second, 16, reschedulingReason="")
    assert third.responses is not None
    assert third.responses[key] == ""


def test_answers_are_validated_again_with_the_reason() -> None:
    tx = begin(edition=SEPTEMBER)
    reason = BookingField(type="textarea", slug="rescheduleReason", required=True, is_default=True)
    number = BookingField(type="number", slug="n", required=False)
    event_type = add_event_type(tx, booking_fields=(*DEFAULT_FIELDS[:-1], reason, number))
    booking = book(tx, event_type, at(10), bookingFieldsResponses={"n": 5})
    assert refusal(tx, booking) == "responses - {rescheduleReason}error_required_field, "
    moved = move(tx, booking, reschedulingReason="ill")
    assert moved.responses is not None
    assert moved.responses["n"] == 5


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_moved_booking_is_confirmed_again_unless_a_host_moved_it(edition: str) -> None:
    def status(caller: int | None = None, **body: Any) -> str:
        tx = begin(edition=edition)
        event_type = add_event_type(tx)
        booking = book(tx, event_type, at(10))
        tx[EVENT_TYPES].update(event_type.id, requires_confirmation=True)
        return move(tx, booking, caller=caller, **body).status

    assert status() == status(rescheduledBy="ann@example.com") == status(OWNER) == "pending"
    assert status(rescheduledBy=ORGANIZER_EMAIL) == "accepted"
    assert status(SOLO) == ("pending" if edition == APRIL else "accepted")


def test_a_host_of_a_team_moves_a_booking_without_confirmation_since_2026_03() -> None:
    for caller, status in ((MEMBER, "accepted"), (ADMIN, "pending")):
        tx = begin(edition=MARCH)
        event_type = add_team_event_type(tx, {OWNER: {}, MEMBER: {}})
        booking = book(tx, event_type, at(10))
        tx[EVENT_TYPES].update(event_type.id, requires_confirmation=True)
        assert move(tx, booking, caller=caller).status == status


@pytest.mark.parametrize(("edition", "status"), [(MARCH, "accepted"), (SEPTEMBER, "pending")])
def test_a_pending_booking_stays_pending_since_2026_09(edition: str, status: str) -> None:
    tx = begin(edition=edition)
    booking = book(tx, add_event_type(tx, requires_confirmation=True), at(10))
    assert move(tx, booking, rescheduledBy=ORGANIZER_EMAIL).status == status


@pytest.mark.parametrize("edition", EDITIONS)
def test_both_bookings_say_who_moved_them_since_2026_03(edition: str) -> None:
    tx = begin(edition=edition)
    old = book(tx, add_event_type(tx), at(10))
    new = move(tx, old, rescheduledBy="ann@example.com")
    expected = None if edition == APRIL else "ann@example.com"
    assert (new.rescheduled_by, tx[BOOKINGS].require(old.id).rescheduled_by) == (expected, expected)
    assert move(tx, new, 16).rescheduled_by is None


def test_the_address_of_a_client_s_event_type_gets_the_client_s_id() -> None:
    tx = begin(edition=MARCH)
    user = tx[USERS].create(email="m@example.com", created_date=tx.now, name="Mo", is_platform_managed=True)
    link = tx[MANAGED_USER_LINKS].create(user_id=user.id, client_id="sandbox-client")
    booking = book(tx, add_event_type(tx, user_id=user.id), at(10))
    moved = move(tx, booking, rescheduledBy="ann@example.com")
    stored = managed_address("ann@example.com", link.client_id)
    assert moved.rescheduled_by == stored
    assert move(tx, moved, 16, rescheduledBy=stored).rescheduled_by == stored


def test_limits_and_notice_apply_unless_a_host_waives_them() -> None:
    def attempt(caller: int | None, edition: str = MARCH, **body: Any) -> str:
        tx = begin(edition=edition)
        event_type = add_event_type(tx)
        booking = book(tx, event_type, at(10))
        tx[EVENT_TYPES].update(event_type.id, booking_limits=(Limit(period="day", value=1),))
        tx[BOOKINGS].update(book(tx, add_event_type(tx), at(12)).id, event_type_id=event_type.id)
        try:
            return move(tx, booking, 15, caller, **body).status
        except ApiError as refused:
            return refused.message

    assert attempt(None) == "booking_limit_reached"
    assert attempt(None, skipBookingLimits=True) == "booking_limit_reached"
    assert attempt(SOLO, skipBookingLimits=True) == "accepted"


def test_the_window_is_checked_in_the_bookers_zone_and_a_host_may_waive_it() -> None:
    tx = begin(edition=MARCH)
    event_type = add_event_type(tx)
    booking = book(tx, event_type, at(10), attendee={"timeZone": "Pacific/Auckland"})
    tx[EVENT_TYPES].update(event_type.id, booking_window=BookingWindow(type="calendarDays", days=1))
    assert refusal(tx, booking) == "booking_time_out_of_bounds_error"
    assert move(tx, booking, caller=SOLO, allowBookingOutOfBounds=True).status == "accepted"


def test_the_host_has_to_be_free_unless_a_host_waives_it() -> None:
    tx = begin(edition=MARCH)
    event_type = add_event_type(tx)
    booking = book(tx, event_type, at(10))
    book(tx, add_event_type(tx), at(14))
    assert move(tx, booking, caller=SOLO, allowConflicts=True).start == at(14)
    assert "not available" in refusal(tx, book(tx, event_type, at(11)))


def test_a_new_organizer_gets_a_new_title_and_the_former_host_leaves() -> None:
    tx = begin(edition=MARCH)
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {}})
    booking = book(tx, demo, at(10))
    former = tx[USERS].require(booking.user_id)
    book(tx, add_event_type(tx, user_id=former.id), at(14))
    moved = move(tx, booking)
    new = tx[USERS].require(moved.user_id)
    assert new.id != former.id
    assert moved.title == f"Talk between {new.name} and Ann Lee"
    assert [each.email for each in tx[ATTENDEES].find(booking_id=moved.id)] == ["ann@example.com"]


def test_the_title_stays_while_the_organizer_does() -> None:
    tx = begin()
    event_type = add_event_type(tx)
    booking = book(tx, event_type, at(10))
    tx[EVENT_TYPES].update(event_type.id, title="Renamed")
    assert move(tx, booking).title == "Talk between Sam Solo and Ann Lee"


def test_attending_hosts_are_replaced_by_those_of_the_new_time() -> None:
    tx = begin(edition=MARCH)
    demo = add_team_event_type(tx, {OWNER: {"is_fixed": True}, MEMBER: {}, ADMIN: {}})
    booking = book(tx, demo, at(10), guests=["bob@example.com"])
    *_, attending = tx[ATTENDEES].find(booking_id=booking.id)
    busy = tx[USERS].first(email=attending.email)
    assert busy is not None
    book(tx, add_event_type(tx, user_id=busy.id), at(14))
    moved = move(tx, booking)
    assert moved.title == booking.title
    *people, other = [each.email for each in tx[ATTENDEES].find(booking_id=moved.id)]
    assert people == ["ann@example.com", "bob@example.com"]
    assert {other, attending.email} == {tx[USERS].require(each).email for each in (MEMBER, ADMIN)}


class TestCancelledBookings:
    def cancelled(self, edition: str, **fields: Any) -> tuple[Transaction, Booking]:
        tx = begin(edition=edition)
        booking = book(tx, add_event_type(tx, **fields), at(10))
        cancel(tx, booking.uid, {}, None)
        return tx, booking

    def test_are_refused_in_words_since_2026_03(self) -> None:
        tx, booking = self.cancelled(APRIL)
        assert refusal(tx, booking) == "cancelled_bookings_cannot_be_rescheduled"
        tx, booking = self.cancelled(MARCH)
        assert refusal(tx, booking).startswith(f"Can't reschedule booking with uid={booking.uid} because it has been")

    @pytest.mark.parametrize("edition", [APRIL, MARCH])
    def test_may_be_revived_where_the_event_type_allows_it(self, edition: str) -> None:
        tx, booking = self.cancelled(edition, allow_rescheduling_cancelled_bookings=True)
        assert move(tx, booking).status == "accepted"
        again = tx[BOOKINGS].require(booking.id)
        if edition == MARCH:
            assert "has been cancelled and rescheduled already to booking" in refusal(tx, again, 16)
        else:
            assert move(tx, again, 16).status == "accepted"


class TestSeats:
    def test_the_new_booking_of_a_seat_is_named_after_its_attendee(self) -> None:
        tx = begin(edition=MARCH)
        write_to_google(tx)
        yoga = add_event_type(tx, seats=Seats(per_time_slot=3), locations=())
        old, _ = seated(tx, yoga, "ann", 10)
        _, bob = seated(tx, yoga, "bob", 10)
        tx = later(tx, at(9))
        created = reschedule(tx, old.uid, {"start": text(at(14)), "seatUid": bob, "rescheduledBy": "bob@example.com"})
        new = tx[BOOKINGS].require(created.booking.id)
        assert (new.status, new.start, new.end, new.user_id, new.rescheduled_by) == (
            "accepted",
            at(14),
            at(15),
            SOLO,
            "bob@example.com",
        )
        assert (new.created_at, new.updated_at, new.title) == (at(9), at(9), "Talk between Sam Solo and Ann Lee")
        assert new.meeting_url == f"https://app.cal.com/video/{new.uid}"
        assert new.ical_uid != old.ical_uid
        assert tx[BUSY_EVENTS].require(new.busy_event_id).start == at(14)
        assert tx[BOOKINGS].require(old.id).status == "accepted"

    def test_the_last_seat_ends_its_booking(self) -> None:
        tx = begin(edition=MARCH)
        write_to_google(tx)
        yoga = add_event_type(tx, seats=Seats(per_time_slot=3))
        old, ann = seated(tx, yoga, "ann", 10)
        written = tx[BOOKINGS].require(old.id).busy_event_id
        tx = later(tx, at(9))
        move(tx, old, seatUid=ann)
        ended = tx[BOOKINGS].require(old.id)
        assert (ended.status, ended.updated_at, ended.busy_event_id) == ("cancelled", at(9), None)
        assert tx[BUSY_EVENTS].get(written) is None

    def test_a_booking_with_seats_needs_a_seat_since_2026_03_except_for_the_organizations_leaders(self) -> None:
        tx = begin(edition=MARCH)
        yoga = add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, seats=Seats(per_time_slot=3))
        booking, _ = seated(tx, yoga, "ann", 10)
        needs_seat = (
            f"Booking with uid={booking.uid} is a seated booking which means you have to provide seatUid in the "
            "request body to specify which seat specifically you want to reschedule."
        )
        for caller in (None, MEMBER, SOLO):
            assert refusal(tx, booking, caller=caller).startswith(needs_seat)
        moved = move(tx, booking, caller=ADMIN)
        assert (moved.uid, moved.start, moved.end, moved.status) == (booking.uid, at(14), at(15), "accepted")
        assert moved.ical_sequence == booking.ical_sequence + 1
        assert {each.start for each in tx[ATTENDEES].find(booking_id=booking.id)} == {at(14)}

    def test_all_seats_move_with_their_event(self) -> None:
        tx = begin(edition=APRIL)
        write_to_google(tx)
        yoga = add_event_type(tx, seats=Seats(per_time_slot=2))
        booking, _ = seated(tx, yoga, "ann", 10)
        seated(tx, yoga, "bob", 10)
        before = tx[BOOKINGS].require(booking.id).busy_event_id
        tx = later(tx, at(9))
        moved = move(tx, booking, rescheduledBy=ORGANIZER_EMAIL)
        assert moved.updated_at == at(9)
        assert tx[BUSY_EVENTS].get(before) is None
        assert tx[BUSY_EVENTS].require(moved.busy_event_id).start == at(14)
        assert tx[BOOKING_SEATS].count(booking_id=booking.id) == 2

    @pytest.mark.parametrize(("taken", "fits"), [(1, True), (2, False)])
    def test_seats_merge_if_there_is_room_for_all(self, taken: int, fits: bool) -> None:
        tx = begin(edition=APRIL)
        yoga = add_event_type(tx, seats=Seats(per_time_slot=3))
        booking, _ = seated(tx, yoga, "ann", 10)
        seated(tx, yoga, "bob", 10)
        for number in range(taken):
            target, _ = seated(tx, yoga, f"guest{number}", 14)
        if fits:
            assert move(tx, booking, rescheduledBy=ORGANIZER_EMAIL).uid == target.uid
            assert tx[BOOKING_SEATS].count(booking_id=target.id) == 3
            assert tx[BOOKINGS].require(booking.id).status == "cancelled"
        else:
            assert refusal(tx, booking, rescheduledBy=ORGANIZER_EMAIL) == "not_enough_available_seats_error"


def test_attendees_move_a_booking_before_its_notice_period_and_hosts_at_any_time() -> None:
    tx = begin(edition=MARCH)
    event_type = add_event_type(tx, minimum_reschedule_notice=24 * 60)
    booking = book(tx, event_type, at(10))
    day_before = later(tx, at(10, days=-1))
    assert move(day_before, booking, 11).start == at(11)
    late = later(tx, at(11, days=-1))
    assert refusal(late, booking, 12) == TOO_LATE
    assert move(late, booking, 12, rescheduledBy=ORGANIZER_EMAIL).start == at(12)


def test_a_seat_is_moved_with_the_code_of_its_own_attendee() -> None:
    tx = begin(edition=MARCH)
    yoga = add_event_type(tx, seats=Seats(per_time_slot=3))
    seated(tx, yoga, "ann", 10)
    booking, seat_uid = seated(tx, yoga, "bob", 10)
    tx[EVENT_TYPES].update(yoga.id, requires_booker_email_verification=True)
    codes = {name: current_code(f"{name}@example.com", tx.now) for name in ("ann", "bob")}
    assert refusal(tx, booking, seatUid=seat_uid, emailVerificationCode=codes["ann"]) == "invalid_verification_code"
    assert move(tx, booking, seatUid=seat_uid, emailVerificationCode=codes["bob"]).start == at(14)


def test_the_owner_of_a_protected_address_moves_a_booking_without_a_code() -> None:
    tx = begin(edition=MARCH)
    member = tx[USERS].require(MEMBER)
    booking = book(tx, add_event_type(tx), at(10), attendee={"email": member.email})
    tx[USERS].update(MEMBER, requires_booker_email_verification=True)
    assert "blocked" in refusal(tx, booking, caller=ADMIN)
    assert move(tx, booking, caller=MEMBER).start == at(14)


def test_the_plain_address_of_a_managed_organizer_is_the_organizer_s() -> None:
    tx = begin(edition=MARCH)
    address = managed_address("mo@example.com", "sandbox-client")
    user = tx[USERS].create(email=address, created_date=tx.now, name="Mo", is_platform_managed=True)
    tx[MANAGED_USER_LINKS].create(user_id=user.id, client_id="sandbox-client")
    strict = add_event_type(tx, user_id=user.id, requires_confirmation=True)
    for hour, email, status in (
        (10, "mo@example.com", "accepted"),
        (11, address, "accepted"),
        (12, "x@y.z", "pending"),
    ):
        assert move(tx, book(tx, strict, at(hour)), hour + 4, rescheduledBy=email).status == status


def test_a_window_of_days_ends_at_midnight_of_the_first_attendee() -> None:
    tx = begin(edition=MARCH)
    event_type = add_event_type(tx)
    booking = book(tx, event_type, at(9), attendee={"timeZone": "Pacific/Kiritimati"})
    tx[EVENT_TYPES].update(event_type.id, booking_window=BookingWindow(type="calendarDays", days=7))
    assert refusal(tx, booking, 10) == "booking_time_out_of_bounds_error"
    [attendee] = tx[ATTENDEES].find(booking_id=booking.id)
    tx[ATTENDEES].update(attendee.id, time_zone="Europe/Rome")
    moved = move(tx, booking, 10)
    tx[ATTENDEES].delete(tx[ATTENDEES].find(booking_id=moved.id)[0].id)
    assert move(tx, moved, 15).start == at(15), "without attendees, the days are those of UTC"


def test_a_moved_booking_needs_no_confirmation_with_more_notice_than_the_threshold() -> None:
    threshold = NoticeThreshold(unit="hours", count=48)
    for hours, status in ((48, "pending"), (49, "accepted")):
        tx = begin(edition=MARCH)
        event_type = add_event_type(tx)
        booking = book(tx, event_type, at(10))
        settings = {"requires_confirmation": True, "confirmation_threshold": threshold}
        tx[EVENT_TYPES].update(event_type.id, **settings)
        assert move(later(tx, at(14) - timedelta(hours=hours)), booking).status == status


def test_a_seat_that_moves_gets_a_booking_named_after_its_attendee_and_hosts() -> None:
    tx = begin(edition=MARCH)
    hosts: dict[int, dict[str, Any]] = {OWNER: {"is_fixed": True}, MEMBER: {"is_fixed": True}}
    yoga = add_team_event_type(tx, hosts, seats=Seats(per_time_slot=3), custom_name="{Organiser} at {Location}|")
    booking, seat_uid = seated(tx, yoga, "ann", 10)
    _, other = seated(tx, yoga, "bob", 10)
    moved = move(tx, booking, seatUid=seat_uid)
    assert moved.title == "Sales at integrations:daily|"
    assert moved.uid and moved.uid != booking.uid
    assert moved.ical_uid not in (booking.ical_uid, f"{moved.uid}@Cal.com", "None@Cal.com")
    assert moved.meeting_url is not None and moved.meeting_url.endswith(moved.uid)
    tx[BOOKINGS].update(booking.id, location=None)
    elsewhere = move(tx, booking, 16, seatUid=other)
    assert (elsewhere.title, elsewhere.location, elsewhere.meeting_url) == ("Sales at |", None, None)


def test_refusals_of_seats_have_hints() -> None:
    tx = begin(edition=MARCH)
    yoga = add_event_type(tx, seats=Seats(per_time_slot=1))
    first, seat_uid = seated(tx, yoga, "ann", 10)
    body: RescheduleBody = {"start": text(at(10)), "seatUid": seat_uid}
    with pytest.raises(ApiError, match=r"^already_signed_up_for_this_booking_error$") as refused:
        reschedule(tx, first.uid, body)
    assert refused.value.hint == f"The address has a seat in the booking {first.uid}."
    leader = {"rescheduledBy": ORGANIZER_EMAIL}
    tx = begin(edition=APRIL)
    yoga = add_event_type(tx, seats=Seats(per_time_slot=1))
    (first, _), (second, _) = seated(tx, yoga, "ann", 10), seated(tx, yoga, "bob", 14)
    with pytest.raises(ApiError, match=r"^not_enough_available_seats_error$") as refused:
        move(tx, first, **leader)
    assert refused.value.hint == f"1 seats of the booking {second.uid} are taken."


def test_a_booking_moves_with_its_seats_and_event_even_to_an_overlapping_time() -> None:
    tx = begin(edition=APRIL)
    write_to_google(tx)
    yoga = add_event_type(tx, seats=Seats(per_time_slot=1))
    booking, _ = seated(tx, yoga, "ann", 10)
    moved = reschedule(tx, booking.uid, {"start": text(at(10, 30)), "rescheduledBy": ORGANIZER_EMAIL}).booking
    assert (moved.id, moved.start, moved.status) == (booking.id, at(10, 30), "accepted")
    event = tx[BUSY_EVENTS].require(moved.busy_event_id)
    assert (event.start, event.end) == (at(10, 30), at(11, 30))


def test_merged_seats_keep_their_uids() -> None:
    tx = begin(edition=APRIL)
    yoga = add_event_type(tx, seats=Seats(per_time_slot=2))
    (first, seat_uid), (second, _) = seated(tx, yoga, "ann", 10), seated(tx, yoga, "bob", 14)
    merged = reschedule(tx, first.uid, {"start": text(at(14)), "rescheduledBy": ORGANIZER_EMAIL})
    assert (merged.booking.id, merged.seat_uid) == (second.id, "")
    seat = tx[BOOKING_SEATS].first(reference_uid=seat_uid)
    assert seat is not None and seat.booking_id == second.id
