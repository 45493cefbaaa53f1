"""Lists of bookings whose bounds, order and total have to agree, in a small world."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.bookings.filters import read_filters
from mock_server.bookings.listing import count_matches, find_page
from mock_server.bookings.model import ATTENDEES
from mock_server.bookings.tests.builders import ACME, MEMBER, NOW, OWNER, add_booking, add_team_event_type, at, begin
from mock_server.bookings.visibility import viewer_for
from mock_server.identity.model import USERS
from mock_server.state.transaction import Transaction


@pytest.fixture
def tx() -> Transaction:
    """Bookings of the owner, and two at the same time that another user organizes and the owner attends."""
    tx = begin()
    owner = tx[USERS].require(OWNER)
    demo = add_team_event_type(tx, {OWNER: {}, MEMBER: {}})
    for hour, fields in {
        9: {"status": "cancelled"},
        10: {"status": "cancelled"},
        11: {"event_type_id": demo.id},
        12: {},
    }.items():
        add_booking(tx, at(hour), at(hour + 1), **{"user_id": OWNER, **fields})
    add_booking(tx, NOW, at(9), user_id=OWNER)
    guests = [add_booking(tx, at(14), at(15), user_id=4) for _ in range(2)]
    for booking in reversed(guests):
        tx[ATTENDEES].create(booking_id=booking.id, name="O", email=owner.email, time_zone="UTC", start=booking.start)
    return tx


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [4, 0, 1, 2, 3, 5, 6]),
        ({"status": ["cancelled"], "afterStart": at(10).isoformat()}, [1]),
        ({"status": ["upcoming"]}, [4, 2, 3, 5, 6]),
        ({"sortCreated": "asc", "afterStart": at(12).isoformat()}, [3, 5, 6]),
        ({"sortCreated": "desc", "afterStart": at(12).isoformat()}, [6, 5, 3]),
        ({"sortStart": "desc", "afterStart": at(14).isoformat()}, [6, 5]),
        ({"beforeEnd": at(11).isoformat()}, [4, 0, 1]),
        ({"beforeEnd": "9999-12-31T23:59:59.999Z"}, [4, 0, 1, 2, 3, 5, 6]),
        ({"sortEnd": "asc", "beforeEnd": at(11).isoformat()}, [4, 0, 1]),
        ({"bookingUid": "booking-2"}, [2]),
    ],
)
def test_a_list_and_its_total_agree(tx: Transaction, query: dict[str, Any], expected: list[int]) -> None:
    viewer = viewer_for(tx, tx[USERS].require(OWNER), ACME)
    filters = read_filters(tx, query, viewer, None)  # pyright: ignore[reportArgumentType]
    assert [each.uid for each in find_page(tx, viewer, filters)] == [f"booking-{number}" for number in expected]
    assert count_matches(tx, viewer, filters) == len(expected)
