"""What an event type allows its bookers: who may book, how many bookings, rescheduling and cancelling."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from mock_server.bookings.booker_limits import (
    NEEDS_CREDENTIALS,
    NO_CANCELLING,
    NO_RESCHEDULING,
    NOT_ALLOWED,
    TOO_LATE,
    TOO_MANY_BOOKINGS,
    check_active_bookings,
    check_may_book,
    check_may_cancel,
    check_may_reschedule,
    hosts_to_keep,
    may_revive,
)
from mock_server.bookings.model import ATTENDEES, Booking
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    NOW,
    OWNER,
    SOLO,
    add_booking,
    add_event_type,
    add_team_event_type,
    at,
    begin,
)
from mock_server.event_types.hosts import hosts_of
from mock_server.event_types.model import ActiveBookingsLimit, EventType
from mock_server.runtime.errors import BadRequest, BareError, Forbidden, Unauthorized
from mock_server.state.transaction import Transaction

ANN = "ann@example.com"


@pytest.fixture
def tx() -> Transaction:
    """The default world of the edition with these settings."""
    return begin(edition="2026-03")


def add_booking_of(tx: Transaction, event_type: EventType, hour: int, email: str = ANN, **fields: Any) -> Booking:
    """Adds a booking of an hour with one attendee."""
    booking = add_booking(tx, at(hour), at(hour + 1), **{"event_type_id": event_type.id, **fields})
    tx[ATTENDEES].create(
        booking_id=booking.id, name="A", email=email, time_zone="UTC", start=booking.start, locale="en"
    )
    return booking


def test_only_those_who_run_an_event_type_book_it_where_that_needs_credentials(tx: Transaction) -> None:
    restricted = add_event_type(tx, booking_requires_authentication=True)
    check_may_book(tx, restricted, SOLO)
    with pytest.raises(Unauthorized) as anonymous:
        check_may_book(tx, restricted, None)
    with pytest.raises(Forbidden) as stranger:
        check_may_book(tx, restricted, OWNER)
    assert (anonymous.value.message, stranger.value.message) == (NEEDS_CREDENTIALS, NOT_ALLOWED)
    check_may_book(tx, add_event_type(tx), None)


def test_a_booker_has_a_limited_number_of_upcoming_bookings(tx: Transaction) -> None:
    limited = add_event_type(tx, active_bookings_limit=ActiveBookingsLimit(maximum=2, offers_reschedule=True))
    silent = limited.changed(active_bookings_limit=ActiveBookingsLimit(maximum=2, offers_reschedule=False))
    add_booking_of(tx, limited, 9)
    # None of these counts: another event type, another address, cancelled, in the past.
    add_booking_of(tx, add_event_type(tx), 10)
    add_booking_of(tx, limited, 11, "bob@example.com")
    add_booking_of(tx, limited, 12, status="cancelled")
    add_booking_of(tx, limited, 13, status="pending")
    add_booking_of(tx, limited, -7 * 24)
    check_active_bookings(tx, limited, ANN)
    second = add_booking_of(tx, limited, 14)
    add_booking_of(tx, limited, 15)
    for event_type, offer in (
        (limited, f" You can reschedule your existing booking ({second.uid}) to a new timeslot instead."),
        (silent, ""),
    ):
        with pytest.raises(BadRequest) as refused:
            check_active_bookings(tx, event_type, ANN)
        assert refused.value.message == TOO_MANY_BOOKINGS + offer
    check_active_bookings(tx, limited.changed(active_bookings_limit=None), ANN)


def test_a_booking_that_starts_now_is_upcoming(tx: Transaction) -> None:
    limited = add_event_type(tx, active_bookings_limit=ActiveBookingsLimit(maximum=1, offers_reschedule=False))
    hours_until_now = int((NOW - at(0)).total_seconds() // 3600)
    add_booking_of(tx, limited, hours_until_now)
    with pytest.raises(BadRequest):
        check_active_bookings(tx, limited, ANN)


@pytest.mark.parametrize(
    ("fields", "minutes", "by_organizer", "refusal"),
    [
        ({}, 1, False, None),
        ({"rescheduling_disabled": True}, 600, False, (400, NO_RESCHEDULING)),
        ({"rescheduling_disabled": True}, 600, True, (400, NO_RESCHEDULING)),
        ({"minimum_reschedule_notice": 60}, 60, False, None),
        ({"minimum_reschedule_notice": 60}, 59, False, (403, TOO_LATE)),
        ({"minimum_reschedule_notice": 60}, 59, True, None),
    ],
)
def test_a_booking_is_rescheduled_if_its_event_type_allows_it(
    tx: Transaction, fields: dict[str, Any], minutes: int, by_organizer: bool, refusal: tuple[int, str] | None
) -> None:
    event_type = add_event_type(tx, **fields)
    start = NOW + timedelta(minutes=minutes)
    booking = add_booking(tx, start, start + timedelta(hours=1), event_type_id=event_type.id)
    if refusal is None:
        check_may_reschedule(tx, event_type, booking, by_organizer=by_organizer)
        return
    with pytest.raises(BareError) as refused:
        check_may_reschedule(tx, event_type, booking, by_organizer=by_organizer)
    assert (refused.value.status, refused.value.message) == refusal


@pytest.mark.parametrize(
    ("status", "rescheduled", "allowed", "expected"),
    [
        ("cancelled", False, True, True),
        ("cancelled", None, True, True),
        ("cancelled", True, True, False),
        ("cancelled", False, False, False),
        ("accepted", False, True, False),
    ],
)
def test_a_cancelled_booking_comes_back_if_its_event_type_allows_it(
    tx: Transaction, status: str, rescheduled: bool | None, allowed: bool, expected: bool
) -> None:
    event_type = add_event_type(tx, allow_rescheduling_cancelled_bookings=allowed)
    assert may_revive(event_type, add_booking(tx, at(9), at(10), status=status, rescheduled=rescheduled)) == expected


def test_a_booking_is_cancelled_if_its_event_type_allows_it(tx: Transaction) -> None:
    check_may_cancel(None)
    check_may_cancel(add_event_type(tx))
    with pytest.raises(BareError) as refused:
        check_may_cancel(add_event_type(tx, cancelling_disabled=True))
    assert (refused.value.status, refused.value.message) == (400, NO_CANCELLING)


@pytest.mark.parametrize(
    ("fields", "organizer", "attendee", "kept"),
    [
        ({}, OWNER, None, {OWNER, ADMIN, MEMBER}),
        ({"reschedule_with_same_round_robin_host": True}, OWNER, None, {OWNER}),
        ({"reschedule_with_same_round_robin_host": True}, OWNER, "member@acme.example", {OWNER, MEMBER}),
        ({"reschedule_with_same_round_robin_host": True}, SOLO, None, {OWNER, ADMIN, MEMBER}),
        ({"reschedule_with_same_round_robin_host": True}, None, None, {OWNER, ADMIN, MEMBER}),
        (
            {"reschedule_with_same_round_robin_host": True, "scheduling_type": "collective"},
            OWNER,
            None,
            {OWNER, ADMIN, MEMBER},
        ),
    ],
)
def test_a_rescheduled_booking_keeps_its_hosts_where_the_round_robin_does(
    tx: Transaction, fields: dict[str, Any], organizer: int | None, attendee: str | None, kept: set[int]
) -> None:
    event_type = add_team_event_type(tx, {OWNER: {}, ADMIN: {}, MEMBER: {}}, **fields)
    booking = add_booking_of(tx, event_type, 9, attendee or ANN, user_id=organizer)
    found = hosts_to_keep(tx, event_type, booking, tuple(hosts_of(tx, event_type)))
    assert {host.user.id for host in found} == kept


def test_fixed_hosts_are_always_kept(tx: Transaction) -> None:
    fields = {"reschedule_with_same_round_robin_host": True}
    event_type = add_team_event_type(tx, {OWNER: {"is_fixed": True}, ADMIN: {}, MEMBER: {}}, **fields)
    booking = add_booking_of(tx, event_type, 9, user_id=MEMBER)
    found = hosts_to_keep(tx, event_type, booking, tuple(hosts_of(tx, event_type)))
    assert [host.user.id for host in found] == [OWNER, MEMBER]
    alone = add_booking_of(tx, event_type, 11, user_id=OWNER)
    assert len(hosts_to_keep(tx, event_type, alone, tuple(hosts_of(tx, event_type)))) == 3
