"""Lists with a cursor compared with a full scan: order, beginning, and pages that join without a gap."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.bookings.cursors import SortKey, cursor_after, read_cursor
from mock_server.bookings.filters import read_filters
from mock_server.bookings.listing import find_cursor_page
from mock_server.bookings.model import BOOKINGS, Booking
from mock_server.bookings.tests.builders import ACME, NOW, OWNER, SOLO, begin
from mock_server.bookings.visibility import owners_left_out, viewer_for
from mock_server.identity.model import USERS
from mock_server.organizations.managed import add_managed_organization
from mock_server.runtime.errors import BadRequest
from mock_server.state.transaction import Transaction

HOUR = timedelta(hours=1)
ENDED = ("cancelled", "rejected")


@pytest.fixture(scope="module")
def many() -> Transaction:
    """Bookings of Solo around now, three at each start, and one after the year 2100."""
    tx = begin()
    starts = [NOW + HOUR * n / 2 for n in range(-12, 12)] * 3 + [datetime(2100, 1, 2, tzinfo=UTC)]
    statuses = ("accepted", "pending", "cancelled", "accepted", "rejected")
    for number, start in enumerate(starts):
        tx[BOOKINGS].create(
            uid=f"u{number}",
            title="Talk",
            start=start,
            end=start + HOUR * (1 + number % 3),
            status=statuses[number % 5],
            created_at=NOW,
            updated_at=NOW,
            user_id=SOLO,
            recurring_event_id="series" if number % 7 == 0 else None,
        )
    return tx


def page(tx: Transaction, after: SortKey | None, status: str | None, limit: int) -> tuple[list[Booking], bool]:
    viewer = viewer_for(tx, tx[USERS].require(SOLO), None)
    query: Any = {"take": limit} | ({"status": [status]} if status else {})
    return find_cursor_page(tx, viewer, read_filters(tx, query, viewer, None), after)


def pages(tx: Transaction, status: str | None, limit: int) -> list[Booking]:
    found: list[Booking] = []
    after, has_more = None, True
    while has_more:
        part, has_more = page(tx, after, status, limit)
        assert len(part) == limit or not has_more
        found += part
        after = read_cursor(cursor_after(part[-1])) if part else None
    return found


def belongs(booking: Booking, status: str | None) -> bool:
    is_ended, is_recurring = booking.status in ENDED, booking.recurring_event_id is not None
    is_ahead = booking.end >= NOW and booking.start >= NOW - HOUR and not is_ended
    match status:
        case "upcoming":
            return is_ahead and (booking.status == "accepted" or not is_recurring)
        case "recurring":
            return is_ahead and is_recurring
        case "unconfirmed":
            return is_ahead and booking.status == "pending"
        case "past":
            return booking.end <= NOW and not is_ended
        case "cancelled":
            return is_ended and booking.start.year < 2100
        case _:
            return booking.start.year < 2100


@pytest.mark.parametrize("status", [None, "upcoming", "recurring", "unconfirmed", "past", "cancelled"])
@pytest.mark.parametrize("limit", [1, 2, 100])
def test_pages_join_to_the_whole_list_in_the_order_of_its_status(
    many: Transaction, status: str | None, limit: int
) -> None:
    expected = [each for each in many.table(BOOKINGS).rows.values() if belongs(each, status)]
    assert len(expected) > 2
    is_descending = status in (None, "past", "cancelled")
    expected.sort(key=lambda each: (each.start, each.id), reverse=is_descending)
    assert pages(many, status, limit) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("upcoming", ["ending", "soon", "later", "2101"]),
        ("past", ["ending", "over"]),
        (None, ["later", "soon", "ending", "over"]),
    ],
)
def test_a_list_begins_with_the_booking_next_to_its_anchor(status: str | None, expected: list[str]) -> None:
    tx = begin()
    starts = {
        "over": NOW - 3 * HOUR,
        "ending": NOW - HOUR / 2,
        "soon": NOW + HOUR,
        "later": NOW + 2 * HOUR,
        "2101": datetime(2101, 1, 1, tzinfo=UTC),
    }
    for uid, start in starts.items():
        fields = {"title": "Talk", "start": start, "end": start + HOUR / 2, "status": "accepted", "user_id": SOLO}
        tx[BOOKINGS].create(uid=uid, created_at=NOW, updated_at=NOW, **fields)
    first, has_more = page(tx, None, status, 2)
    second, has_even_more = page(tx, read_cursor(cursor_after(first[-1])), status, 2)
    assert [each.uid for each in (*first, *second)] == expected
    assert (has_more, has_even_more) == (len(expected) > 2, False)


def test_a_booking_made_before_the_cursor_does_not_shift_the_next_page(many: Transaction) -> None:
    tx = Transaction(many.root(), NOW)
    first, _ = page(tx, None, "upcoming", 2)
    after = read_cursor(cursor_after(first[-1]))
    before, _ = page(tx, after, "upcoming", 2)
    fields = {"title": "Talk", "end": first[0].start + HOUR, "status": "accepted", "user_id": SOLO}
    earlier = first[0].start - timedelta(minutes=1)
    tx[BOOKINGS].create(uid="new", start=earlier, created_at=NOW, updated_at=NOW, **fields)
    assert page(tx, after, "upcoming", 2)[0] == before


def test_a_page_reads_only_the_bookings_it_shows(many: Transaction, monkeypatch: pytest.MonkeyPatch) -> None:
    shown, read = 3, 0

    def counted(*_: Any) -> bool:
        nonlocal read
        read += 1
        return True

    monkeypatch.setattr("mock_server.bookings.filters.BookingFilters.matches", counted)
    page(many, None, None, shown)
    assert read <= shown + 1


@pytest.mark.parametrize("text", ["nonsense", "e30=", "eyJ2IjoyLCJzb3J0VXVpZCI6IngifQ==", "é"])
def test_other_cursors_are_refused(text: str) -> None:
    with pytest.raises(BadRequest, match="Invalid cursor"):
        read_cursor(text)


def test_the_owner_of_a_managed_organization_is_left_out_of_its_list() -> None:
    tx = begin(edition="2026-09")
    managed, _ = add_managed_organization(tx, ACME, OWNER, {"name": "Globex"})
    assert [each.id for each in owners_left_out(tx, managed.id)] == [OWNER]
    assert owners_left_out(tx, ACME) == ()
    assert owners_left_out(begin(edition="2026-03"), managed.id) == ()
