"""Seats: attendees of one booking who book, move and cancel individually."""

from __future__ import annotations

import pytest

from mock_server.bookings.bookability import RECURRING_SEATS
from mock_server.bookings.cancellation import cancel
from mock_server.bookings.creation import CreatedBooking
from mock_server.bookings.model import ATTENDEES, BOOKING_SEATS, BOOKINGS
from mock_server.bookings.rescheduling import reschedule
from mock_server.bookings.tests.builders import ORGANIZER_EMAIL, SOLO, add_event_type, at, begin, create_bookings, text
from mock_server.bookings.timing import IN_THE_PAST
from mock_server.event_types.model import EventType, Recurrence, Seats
from mock_server.runtime.errors import ApiError, BareError
from mock_server.state.edition import NEWEST, OLDEST
from mock_server.state.transaction import Transaction


@pytest.fixture
def tx() -> Transaction:
    return begin()


@pytest.fixture
def yoga(tx: Transaction) -> EventType:
    return add_event_type(tx, seats=Seats(per_time_slot=2))


def take_seat(tx: Transaction, yoga: EventType, name: str, hour: int = 9) -> CreatedBooking:
    return create_bookings(tx, yoga, at(hour), attendee={"email": f"{name}@example.com"})[0]


def seated(tx: Transaction, created: CreatedBooking) -> list[str]:
    return [each.email.partition("@")[0] for each in tx[ATTENDEES].find(booking_id=created.booking.id)]


def status(tx: Transaction, created: CreatedBooking) -> str:
    return tx[BOOKINGS].require(created.booking.id).status


def refused(status: int, message: str) -> pytest.RaisesExc[BareError]:
    return pytest.raises(BareError, match=message, check=lambda error: error.status == status)


def test_a_booking_is_shared_until_its_seats_are_full(tx: Transaction, yoga: EventType) -> None:
    ann, bob = take_seat(tx, yoga, "ann"), take_seat(tx, yoga, "bob")
    assert ann.booking.uid == bob.booking.uid
    assert ann.seat_uid != bob.seat_uid
    assert (ann.is_new, bob.is_new) == (True, False)
    with refused(409, "already_signed_up_for_this_booking_error"):
        take_seat(tx, yoga, "ann")
    with refused(409, "booking_seats_full_error"):
        take_seat(tx, yoga, "eve")


def test_a_seated_booking_makes_the_host_busy_for_other_event_types(tx: Transaction, yoga: EventType) -> None:
    take_seat(tx, yoga, "ann")
    with pytest.raises(ApiError, match="not available"):
        create_bookings(tx, add_event_type(tx), at(9))


def test_cancelling_the_last_seat_cancels_the_booking(tx: Transaction, yoga: EventType) -> None:
    ann, bob = take_seat(tx, yoga, "ann"), take_seat(tx, yoga, "bob")
    cancel(tx, ann.booking.uid, {"seatUid": ann.seat_uid}, None)
    assert (seated(tx, bob), status(tx, bob)) == (["bob"], "accepted")
    with pytest.raises(ApiError, match="does not exist or has already been cancelled"):
        cancel(tx, ann.booking.uid, {"seatUid": ann.seat_uid}, None)
    cancel(tx, bob.booking.uid, {"seatUid": bob.seat_uid}, None)
    assert (seated(tx, bob), status(tx, bob)) == ([], "cancelled")


def test_a_seat_of_another_booking_cannot_be_cancelled(tx: Transaction, yoga: EventType) -> None:
    ann, bob = take_seat(tx, yoga, "ann"), take_seat(tx, yoga, "bob", 11)
    with pytest.raises(ApiError, match="does not belong to this booking"):
        cancel(tx, bob.booking.uid, {"seatUid": ann.seat_uid}, None)


def test_only_a_host_cancels_a_seated_booking(tx: Transaction, yoga: EventType) -> None:
    ann = take_seat(tx, yoga, "ann")
    for caller in (None, 1):
        with refused(401, "User not a host of this event"):
            cancel(tx, ann.booking.uid, {"cancellationReason": "ill"}, caller)
    cancel(tx, ann.booking.uid, {"cancellationReason": "ill"}, SOLO)
    assert (seated(tx, ann), status(tx, ann)) == ([], "cancelled")


def test_seats_are_of_the_booking_with_exactly_the_same_start(tx: Transaction, yoga: EventType) -> None:
    later, earlier = take_seat(tx, yoga, "ann", 11), take_seat(tx, yoga, "bob", 9)
    assert later.booking.uid != earlier.booking.uid


def test_a_seat_has_the_notes_and_the_metadata_of_its_own_request(tx: Transaction, yoga: EventType) -> None:
    take_seat(tx, yoga, "ann")
    more = {"metadata": {"team": "red"}, "bookingFieldsResponses": {"notes": "By the door"}}
    bob = create_bookings(tx, yoga, at(9), attendee={"email": "bob@example.com"}, **more)[0]
    seat = tx[BOOKING_SEATS].first(reference_uid=bob.seat_uid)
    assert seat is not None
    assert (seat.description, seat.metadata) == ("By the door", {"team": "red"})


def test_a_seat_gets_a_new_uid_when_it_moves_to_a_free_time(tx: Transaction, yoga: EventType) -> None:
    ann, bob = take_seat(tx, yoga, "ann"), take_seat(tx, yoga, "bob")
    moved = reschedule(tx, ann.booking.uid, {"start": text(at(11)), "seatUid": ann.seat_uid})
    assert moved.booking.uid != ann.booking.uid
    assert moved.seat_uid != ann.seat_uid
    assert moved.booking.from_reschedule is None
    assert (seated(tx, bob), seated(tx, moved), status(tx, bob)) == (["bob"], ["ann"], "accepted")


def test_a_seat_keeps_its_uid_when_it_joins_an_existing_booking(tx: Transaction, yoga: EventType) -> None:
    ann, bob = take_seat(tx, yoga, "ann"), take_seat(tx, yoga, "bob", 11)
    moved = reschedule(tx, ann.booking.uid, {"start": text(at(11)), "seatUid": ann.seat_uid})
    assert (moved.booking.uid, moved.seat_uid) == (bob.booking.uid, ann.seat_uid)
    assert (seated(tx, bob), status(tx, ann)) == (["ann", "bob"], "cancelled")
    seat = tx[BOOKING_SEATS].first(reference_uid=ann.seat_uid)
    assert seat is not None
    assert (seat.booking_id, tx[ATTENDEES].require(seat.attendee_id).start) == (bob.booking.id, at(11))


def test_refusals_of_seat_reschedules(tx: Transaction, yoga: EventType) -> None:
    ann, bob = take_seat(tx, yoga, "ann"), take_seat(tx, yoga, "bob", 11)
    with pytest.raises(ApiError, match="Seat with uid=none does not exist"):
        reschedule(tx, ann.booking.uid, {"start": text(at(13)), "seatUid": "none"})
    with pytest.raises(ApiError, match=r"Attendee with e-mail bob@example\.com .* not found"):
        reschedule(tx, ann.booking.uid, {"start": text(at(13)), "seatUid": bob.seat_uid})
    with pytest.raises(BareError, check=lambda error: error.status == 409):
        reschedule(tx, ann.booking.uid, {"start": text(at(9)), "seatUid": ann.seat_uid})
    with refused(401, "HTTP Error 401"):
        reschedule(tx, ann.booking.uid, {"start": text(at(13)), "rescheduledBy": "ann@example.com"})


def test_the_organizer_reschedules_the_booking_with_all_seats(tx: Transaction, yoga: EventType) -> None:
    ann, bob = take_seat(tx, yoga, "ann"), take_seat(tx, yoga, "bob")
    moved = reschedule(tx, ann.booking.uid, {"start": text(at(9, 30)), "rescheduledBy": ORGANIZER_EMAIL})
    assert (moved.booking.uid, moved.seat_uid, moved.booking.start) == (ann.booking.uid, "", at(9, 30))
    assert seated(tx, bob) == ["ann", "bob"]
    assert tx[BOOKING_SEATS].first(reference_uid=ann.seat_uid) is not None


def test_seats_merge_into_an_existing_booking_if_they_fit(tx: Transaction, yoga: EventType) -> None:
    ann, bob = take_seat(tx, yoga, "ann"), take_seat(tx, yoga, "bob", 11)
    take_seat(tx, yoga, "eve", 13), take_seat(tx, yoga, "joe", 13)
    body = {"start": text(at(11)), "rescheduledBy": ORGANIZER_EMAIL}
    assert reschedule(tx, ann.booking.uid, body).booking.uid == bob.booking.uid
    assert (seated(tx, bob), status(tx, ann)) == (["ann", "bob"], "cancelled")
    with refused(409, "not_enough_available_seats_error"):
        reschedule(tx, bob.booking.uid, {"start": text(at(13)), "rescheduledBy": ORGANIZER_EMAIL})


def test_a_series_of_bookings_has_no_seats_since_2026_03() -> None:
    fields = {"seats": Seats(per_time_slot=2), "recurrence": Recurrence(interval=1, occurrences=2, frequency="weekly")}
    tx = begin(edition=OLDEST)
    assert len(create_bookings(tx, add_event_type(tx, **fields), at(9))) == 2
    tx = begin(edition=NEWEST)
    yoga = add_event_type(tx, **fields)
    with refused(400, RECURRING_SEATS):
        create_bookings(tx, yoga, at(9))
    with refused(400, IN_THE_PAST):
        create_bookings(tx, yoga, at(9, days=-60))
