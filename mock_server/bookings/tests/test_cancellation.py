"""What a cancellation ends, who may cancel, and when a reason is needed, in the editions."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.bodies import CancelBody
from mock_server.bookings.cancellation import cancel, cancel_silently, end_booking
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS, Booking, BookingSeat
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    OWNER,
    SOLO,
    add_booking,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
    create_bookings,
    later,
    write_to_google,
)
from mock_server.calendars.model import BUSY_EVENTS
from mock_server.event_types.model import EVENT_TYPES, EventType, Recurrence, Seats
from mock_server.identity.model import USERS
from mock_server.runtime.errors import ApiError
from mock_server.state.transaction import Transaction

APRIL, MARCH, SEPTEMBER = "2025-04", "2026-03", "2026-09"
EDITIONS = (APRIL, MARCH, SEPTEMBER)
REASON_REQUIRED = (400, "Cancellation reason is required when you are the host")


def refusal(tx: Transaction, uid: str, body: CancelBody, caller: int | None = None) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        cancel(tx, uid, body, caller)
    return refused.value.status, refused.value.message


def statuses(tx: Transaction, bookings: list[Booking]) -> list[str]:
    return [tx[BOOKINGS].require(booking.id).status for booking in bookings]


def series_of(tx: Transaction) -> list[Booking]:
    """Three weekly bookings from Monday at ten."""
    event_type = add_event_type(tx, recurrence=Recurrence(interval=1, occurrences=3, frequency="weekly"))
    first = book(tx, event_type, at(10))
    return tx[BOOKINGS].find(recurring_event_id=first.recurring_event_id)


def seats_of(tx: Transaction, event_type: EventType, *names: str) -> tuple[Booking, list[BookingSeat]]:
    """A booking with a seat for each of these attendees."""
    for name in names:
        create_bookings(tx, event_type, at(10), attendee={"email": f"{name}@example.com"})
    [booking] = tx[BOOKINGS].find(event_type_id=event_type.id)
    return booking, tx[BOOKING_SEATS].find(booking_id=booking.id)


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_cancelled_booking_says_why_and_by_whom_and_leaves_the_calendar(edition: str) -> None:
    tx = begin(edition=edition)
    write_to_google(tx)
    booking = book(tx, add_event_type(tx), at(10))
    written = booking.busy_event_id
    assert tx[BUSY_EVENTS].get(written) is not None
    tx = later(tx, at(9))
    result = cancel(tx, booking.uid, {"cancellationReason": "ill"}, None, cancelled_by="ann@example.com")
    assert (len(result.bookings), result.is_series) == (1, False)
    [cancelled] = result.bookings
    assert cancelled == tx[BOOKINGS].require(booking.id)
    assert (cancelled.status, cancelled.cancellation_reason, cancelled.cancelled_by, cancelled.rescheduled) == (
        "cancelled",
        "ill",
        "ann@example.com",
        False,
    )
    assert cancelled.updated_at == at(9)
    assert tx[BUSY_EVENTS].get(written) is None


def test_a_booking_can_be_ended_to_be_replaced() -> None:
    tx = begin()
    booking = book(tx, add_event_type(tx), at(10))
    ended = end_booking(tx, booking, "rejected", rescheduled=True)
    assert (ended.status, ended.rescheduled, ended.cancellation_reason, ended.cancelled_by) == (
        "rejected",
        True,
        None,
        None,
    )


def test_an_unknown_booking_is_not_found() -> None:
    assert refusal(begin(), "unknown", {}) == (404, "Booking with uid=unknown not found")


@pytest.mark.parametrize("edition", EDITIONS)
@pytest.mark.parametrize(
    ("caller", "reason", "is_refused"),
    [
        (SOLO, None, True),
        (SOLO, "", True),
        (SOLO, "ill", False),
        (OWNER, None, False),
        (None, None, False),
    ],
)
def test_an_organizer_has_to_give_a_reason(
    edition: str, caller: int | None, reason: str | None, is_refused: bool
) -> None:
    tx = begin(edition=edition)
    booking = book(tx, add_event_type(tx), at(10))
    body: CancelBody = {} if reason is None else {"cancellationReason": reason}
    if is_refused:
        assert refusal(tx, booking.uid, body, caller) == REASON_REQUIRED
        assert statuses(tx, [booking]) == ["accepted"]
    else:
        cancel(tx, booking.uid, body, caller)


def test_a_blank_reason_was_a_reason_before_2026_03() -> None:
    for edition in (MARCH, APRIL):
        tx = begin(edition=edition)
        booking = book(tx, add_event_type(tx), at(10))
        if edition == MARCH:
            assert refusal(tx, booking.uid, {"cancellationReason": "  "}, SOLO) == REASON_REQUIRED
        else:
            cancel(tx, booking.uid, {"cancellationReason": "  "}, SOLO)


def test_bookings_of_deleted_event_types_can_be_cancelled() -> None:
    tx = begin()
    booking = add_booking(tx, at(10), at(11))
    assert refusal(tx, booking.uid, {}, SOLO) == REASON_REQUIRED
    cancel(tx, booking.uid, {}, None)
    assert statuses(tx, [booking]) == ["cancelled"]


def test_a_booking_is_cancelled_once_since_2026_03() -> None:
    tx = begin(edition=MARCH)
    booking = book(tx, add_event_type(tx), at(10))
    cancel(tx, booking.uid, {}, None)
    assert refusal(tx, booking.uid, {}) == (
        400,
        (
            f"Can't cancel booking with uid={booking.uid} because it has been cancelled already. Please provide uid "
            "of a booking that is not cancelled."
        ),
    )
    tx = begin(edition=APRIL)
    booking = book(tx, add_event_type(tx), at(10))
    for reason in ("first", "second"):
        cancel(tx, booking.uid, {"cancellationReason": reason}, None)
    assert tx[BOOKINGS].require(booking.id).cancellation_reason == "second"


@pytest.mark.parametrize(("hour", "minute", "is_over"), [(10, 30, False), (11, 0, False), (11, 1, True)])
def test_a_booking_that_is_over_cannot_be_cancelled_since_2026_03(hour: int, minute: int, is_over: bool) -> None:
    tx = begin(edition=MARCH)
    booking = book(tx, add_event_type(tx), at(10))
    tx = later(tx, at(hour, minute))
    if is_over:
        assert refusal(tx, booking.uid, {}) == (400, "Cannot cancel a booking that has already ended")
    else:
        cancel(tx, booking.uid, {}, None)
    tx = begin(edition=APRIL)
    booking = book(tx, add_event_type(tx), at(10))
    cancel(later(tx, at(hour, minute)), booking.uid, {}, None)


def test_an_event_type_may_disable_cancellations() -> None:
    tx = begin()
    event_type = add_event_type(tx, cancelling_disabled=True, seats=Seats(per_time_slot=2))
    booking, [seat] = seats_of(tx, event_type, "ann")
    for body in ({}, {"seatUid": seat.reference_uid}):
        assert refusal(tx, booking.uid, body) == (400, "This event type does not allow cancellations")


@pytest.mark.parametrize("edition", EDITIONS)
def test_an_occurrence_is_cancelled_alone_or_with_all_later_ones(edition: str) -> None:
    tx = begin(edition=edition)
    series = series_of(tx)
    result = cancel(tx, series[1].uid, {"cancelSubsequentBookings": True}, None)
    assert statuses(tx, series) == ["accepted", "cancelled", "cancelled"]
    assert result.is_series
    assert [booking.uid for booking in result.bookings] == [booking.uid for booking in series]
    alone = cancel(tx, series[0].uid, {"cancelSubsequentBookings": False}, None)
    assert (len(alone.bookings), alone.is_series) == (1, False)


def test_later_bookings_of_a_single_one_cannot_be_cancelled() -> None:
    tx = begin()
    booking = book(tx, add_event_type(tx), at(10))
    assert refusal(tx, booking.uid, {"cancelSubsequentBookings": True}) == (
        400,
        f"Booking with bookingUid={booking.uid} is not part of a recurring booking.",
    )
    assert statuses(tx, [booking]) == ["accepted"]


@pytest.mark.parametrize("edition", EDITIONS)
def test_a_series_is_cancelled_from_now_on(edition: str) -> None:
    tx = begin(edition=edition)
    series = series_of(tx)
    uid = series[0].recurring_event_id or ""
    assert refusal(tx, uid, {"cancelSubsequentBookings": True}) == (
        400,
        (
            "Cannot cancel subsequent bookings for recurring event - you have to provide uid of one of the individual "
            f"bookings of a recurring booking, not the recurring booking's own uid {uid}."
        ),
    )
    tx = later(tx, at(10, days=7))
    result = cancel(tx, uid, {"cancellationReason": "ill"}, None, cancelled_by="ann@example.com")
    assert result.is_series
    assert [booking.status for booking in result.bookings] == ["accepted", "cancelled", "cancelled"]
    assert statuses(tx, series) == ["accepted", "cancelled", "cancelled"]
    assert {booking.cancelled_by for booking in result.bookings} == {None, "ann@example.com"}


def test_a_series_that_is_cancelled_wholly_is_not_cancelled_again_since_2026_03() -> None:
    for edition in (MARCH, APRIL):
        tx = begin(edition=edition)
        series = series_of(tx)
        uid = series[0].recurring_event_id or ""
        cancel(tx, series[0].uid, {}, None)
        cancel(tx, uid, {}, None)
        if edition == MARCH:
            assert refusal(tx, uid, {})[1].startswith(f"Can't cancel booking with uid={uid} because it has been")
        else:
            cancel(tx, uid, {}, None)


def test_the_attendees_of_a_cancelled_booking_keep_their_seats_since_2026_03() -> None:
    for edition in EDITIONS:
        tx = begin(edition=edition)
        booking, _ = seats_of(tx, add_event_type(tx, seats=Seats(per_time_slot=2)), "ann", "bob")
        cancel(tx, booking.uid, {"cancellationReason": "ill"}, SOLO)
        assert tx[ATTENDEES].count(booking_id=booking.id) == (0 if edition == APRIL else 2)


@pytest.mark.parametrize(
    ("edition", "seats_left", "reason"), [(APRIL, 0, None), (MARCH, 1, None), (SEPTEMBER, 1, "ill")]
)
def test_the_last_seat_ends_the_booking(edition: str, seats_left: int, reason: str | None) -> None:
    tx = begin(edition=edition)
    booking, [ann, bob] = seats_of(tx, add_event_type(tx, seats=Seats(per_time_slot=2)), "ann", "bob")
    [left] = cancel(tx, booking.uid, {"seatUid": ann.reference_uid, "cancellationReason": "ill"}, None).bookings
    assert (left.status, left.cancellation_reason) == ("accepted", None)
    assert [seat.id for seat in tx[BOOKING_SEATS].find(booking_id=booking.id)] == [bob.id]
    [ended] = cancel(tx, booking.uid, {"seatUid": bob.reference_uid, "cancellationReason": "ill"}, None).bookings
    assert (ended.status, ended.cancellation_reason) == ("cancelled", reason)
    assert ended == tx[BOOKINGS].require(booking.id)
    assert tx[BOOKING_SEATS].count(booking_id=booking.id) == seats_left


def test_the_organizer_gives_a_reason_for_a_seat_too_and_before_it_is_over() -> None:
    tx = begin(edition=MARCH)
    booking, [ann] = seats_of(tx, add_event_type(tx, seats=Seats(per_time_slot=2)), "ann")
    seat: CancelBody = {"seatUid": ann.reference_uid}
    assert refusal(tx, booking.uid, seat, SOLO) == REASON_REQUIRED
    tx = later(tx, at(12))
    assert refusal(tx, booking.uid, seat) == (400, "Cannot cancel a booking that has already ended")


@pytest.mark.parametrize(
    ("edition", "allowed", "message"),
    [
        (APRIL, {OWNER, MEMBER}, "User not a host of this event"),
        (MARCH, {OWNER, ADMIN, MEMBER}, "User not a host of this event or an admin of the booking user"),
    ],
)
def test_only_hosts_cancel_all_seats_and_since_2026_03_their_admins(
    edition: str, allowed: set[int], message: str
) -> None:
    for caller in (OWNER, ADMIN, MEMBER, SOLO, None):
        tx = begin(edition=edition)
        event_type = add_team_event_type(tx, {OWNER: {}, MEMBER: {}}, seats=Seats(per_time_slot=2))
        booking, _ = seats_of(tx, event_type, "ann")
        if caller in allowed:
            cancel(tx, booking.uid, {"cancellationReason": "ill"}, caller)
        else:
            assert refusal(tx, booking.uid, {"cancellationReason": "ill"}, caller) == (401, message)


def test_the_owner_of_an_event_type_cancels_all_seats_that_another_organizes() -> None:
    tx = begin(edition=APRIL)
    event_type = add_event_type(tx, seats=Seats(per_time_slot=2))
    booking, _ = seats_of(tx, event_type, "ann")
    tx[BOOKINGS].update(booking.id, user_id=OWNER)
    cancel(tx, booking.uid, {}, SOLO)
    assert statuses(tx, [booking]) == ["cancelled"]


class TestSilentCancellation:
    def silently(self, tx: Transaction, booking: Booking, seats: list[BookingSeat]) -> bool:
        return cancel_silently(tx, booking, seats, OWNER)

    def test_a_booking_without_seats_ends(self) -> None:
        tx = begin()
        booking = book(tx, add_event_type(tx), at(10))
        assert self.silently(tx, booking, [])
        ended = tx[BOOKINGS].require(booking.id)
        assert (ended.status, ended.cancelled_by) == ("cancelled", tx[USERS].require(OWNER).email)

    def test_seats_are_given_up_while_others_stay(self) -> None:
        tx = begin()
        booking, [ann, bob, eve] = seats_of(tx, add_event_type(tx, seats=Seats(per_time_slot=3)), "ann", "bob", "eve")
        assert self.silently(tx, booking, [ann, eve])
        assert statuses(tx, [booking]) == ["accepted"]
        assert tx[BOOKING_SEATS].find(booking_id=booking.id) == [bob]
        assert self.silently(tx, booking, [bob])
        assert statuses(tx, [booking]) == ["cancelled"]

    @pytest.mark.parametrize("fields", [{"user_id": None}, {"event_type": {"cancelling_disabled": True}}])
    def test_it_is_impossible_without_an_organizer_or_where_cancelling_is_disabled(
        self, fields: dict[str, Any]
    ) -> None:
        tx = begin()
        event_type = add_event_type(tx)
        booking = book(tx, event_type, at(10))
        tx[EVENT_TYPES].update(event_type.id, **fields.get("event_type", {}))
        if "user_id" in fields:
            booking = tx[BOOKINGS].update(booking.id, user_id=None)
        assert not self.silently(tx, booking, [])
        assert statuses(tx, [booking]) == ["accepted"]

    def test_bookings_of_deleted_event_types_end(self) -> None:
        tx = begin()
        booking = add_booking(tx, at(10), at(11))
        assert self.silently(tx, booking, [])
        assert statuses(tx, [booking]) == ["cancelled"]
