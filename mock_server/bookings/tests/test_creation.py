"""What a request to book stores: the booking, its attendees, its series or seat, and instant meetings."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest

from mock_server.bookings.booking_request import read_booking_request
from mock_server.bookings.creation import create
from mock_server.bookings.model import ATTENDEES, BOOKINGS, INSTANT_MEETING_TOKENS, Attendee, Booking
from mock_server.bookings.tests.builders import (
    ADMIN,
    MEMBER,
    OWNER,
    SALES,
    SOLO,
    add_booking,
    add_event_type,
    add_team_event_type,
    at,
    begin,
    book,
    booking_body,
    create_bookings,
)
from mock_server.event_types.model import ActiveBookingsLimit, NoticeThreshold, Recurrence, Seats
from mock_server.identity.model import USERS
from mock_server.routing_forms.model import ROUTING_FORM_RESPONSES, ROUTING_FORMS
from mock_server.runtime.dates import iso
from mock_server.runtime.errors import ApiError, BadRequest, BareError
from mock_server.runtime.outbox import POSTED
from mock_server.state.transaction import Transaction

WEEKLY = Recurrence(interval=1, occurrences=3, frequency="weekly")
NOTES = {"bookingFieldsResponses": {"notes": "Bring tea"}, "metadata": {"table": "4"}}


def attendees(tx: Transaction, booking: Booking) -> list[Attendee]:
    return tx[ATTENDEES].find(booking_id=booking.id)


def starts(tx: Transaction, bookings: list[Booking]) -> list[datetime]:
    return [tx[BOOKINGS].require(each.id).start for each in bookings]


@pytest.mark.parametrize("edition", ["2025-04", "2026-03", "2026-09"])
def test_a_booking_is_stored_with_what_was_requested(edition: str) -> None:
    tx = begin(edition=edition)
    booking = book(tx, event_type := add_event_type(tx), at(10), guests=["bob@example.com"], **NOTES)
    organizer = tx[USERS].require(SOLO)
    expected = {
        "title": f"Talk between {organizer.name} and Ann Lee",
        "start": at(10),
        "end": at(11),
        "status": "accepted",
        "created_at": tx.now,
        "updated_at": tx.now,
        "user_id": SOLO,
        "event_type_id": event_type.id,
        "description": "Bring tea",
        "metadata": {"table": "4"},
        "location": "integrations:daily",
        "recurring_event_id": None,
        "private_link": None,
    }
    assert {name: getattr(booking, name) for name in expected} == expected
    assert booking.meeting_url is not None and booking.meeting_url.endswith(f"/video/{booking.uid}")
    assert booking.responses is not None and booking.responses["notes"] == "Bring tea"
    assert booking.responses["email"] == "ann@example.com"
    people = [(each.name, each.email, each.time_zone, each.locale, each.start) for each in attendees(tx, booking)]
    assert people == [
        ("Ann Lee", "ann@example.com", "Europe/Rome", "en", at(10)),
        ("", "bob@example.com", "Europe/Rome", "en", at(10)),
    ]


@pytest.mark.parametrize(("edition", "metadata"), [("2026-03", None), ("2026-09", {"table": "4"})])
def test_a_shared_booking_leaves_what_was_requested_to_its_seats(edition: str, metadata: dict[str, str] | None) -> None:
    tx = begin(edition=edition)
    yoga = add_event_type(tx, seats=Seats(per_time_slot=2))
    [first] = create_bookings(tx, yoga, at(10), guests=["bob@example.com"], **NOTES)
    booking = tx[BOOKINGS].require(first.booking.id)
    assert (booking.description, booking.responses, booking.metadata) == (None, None, metadata)
    assert [each.email for each in attendees(tx, booking)] == ["ann@example.com"]
    assert first.is_new and first.seat_uid
    [second] = create_bookings(tx, yoga, at(10), attendee={"email": "eve@example.com"})
    assert (second.booking.id, second.is_new) == (booking.id, False)
    assert second.seat_uid not in (None, first.seat_uid)


def test_only_shared_bookings_have_calendar_uids_of_their_own() -> None:
    tx = begin(edition="2025-04")
    plain, shared = (
        book(tx, add_event_type(tx), at(10)),
        book(tx, add_event_type(tx, seats=Seats(per_time_slot=2)), at(12)),
    )
    assert plain.ical_uid == f"{plain.uid}@Cal.com"
    assert shared.ical_uid != f"{shared.uid}@Cal.com" and str(shared.ical_uid).endswith("@Cal.com")


@pytest.mark.parametrize(
    ("unit", "count", "notice", "status"),
    [
        ("hours", 2, timedelta(hours=2, minutes=59), "pending"),
        ("hours", 2, timedelta(hours=3), "accepted"),
        ("minutes", 90, timedelta(minutes=90), "pending"),
        ("minutes", 90, timedelta(minutes=91), "accepted"),
    ],
)
def test_a_booking_with_more_notice_than_the_threshold_needs_no_confirmation(
    unit: str, count: int, notice: timedelta, status: str
) -> None:
    tx = begin(at(12) - notice)
    strict = {"requires_confirmation": True, "minimum_booking_notice": 0}
    threshold = NoticeThreshold(unit=unit, count=count)  # pyright: ignore[reportArgumentType]
    booking = book(tx, add_event_type(tx, **strict, confirmation_threshold=threshold), at(12))
    assert (booking.status, booking.meeting_url is None) == (status, status == "pending")


@pytest.mark.parametrize(
    ("frequency", "interval", "expected"),
    [
        ("weekly", 2, [datetime(2030, 3, 18, 9, tzinfo=UTC), datetime(2030, 4, 1, 8, tzinfo=UTC)]),
        ("monthly", 1, [datetime(2030, 3, 18, 9, tzinfo=UTC), datetime(2030, 4, 18, 8, tzinfo=UTC)]),
        ("yearly", 1, [datetime(2030, 3, 18, 9, tzinfo=UTC), datetime(2031, 3, 18, 9, tzinfo=UTC)]),
    ],
)
def test_occurrences_keep_the_clock_time_of_the_booker(frequency: Any, interval: int, expected: list[datetime]) -> None:
    tx = begin()
    recurrence = Recurrence(interval=interval, occurrences=2, frequency=frequency)
    created = create_bookings(tx, add_event_type(tx, recurrence=recurrence), expected[0])
    assert starts(tx, [each.booking for each in created]) == expected
    series = {each.booking.recurring_event_id for each in created}
    assert len(series) == 1 and None not in series
    assert [each.booking.end - each.booking.start for each in created] == [timedelta(hours=1)] * 2


def test_a_series_beyond_the_last_year_is_refused() -> None:
    tx = begin()
    endless = add_event_type(tx, recurrence=Recurrence(interval=8_000, occurrences=2, frequency="yearly"))
    with pytest.raises(BareError) as refused:
        create_bookings(tx, endless, at(10))
    assert (refused.value.status, refused.value.message) == (400, "booking_time_out_of_bounds_error")


@pytest.mark.parametrize(
    ("edition", "week", "minute", "status", "refusal"),
    [
        ("2026-03", 0, 30, "accepted", 400),
        ("2026-03", 1, 0, "accepted", 409),
        ("2026-03", 2, 0, "accepted", 409),
        ("2026-03", 1, 30, "accepted", None),
        ("2026-03", 1, 0, "pending", None),
        ("2025-04", 1, 30, "accepted", 400),
        ("2025-04", 2, 0, "accepted", None),
    ],
)
def test_later_occurrences_are_checked_less_strictly(
    edition: str, week: int, minute: int, status: str, refusal: int | None
) -> None:
    tx = begin(edition=edition)
    start = at(10, minute, days=7 * week)
    taken = add_booking(tx, start, start + timedelta(hours=1), status=status)
    series = add_event_type(tx, recurrence=WEEKLY)
    if refusal is None:
        assert len(create_bookings(tx, series, at(10))) == 3
        return
    with pytest.raises((BadRequest, BareError)) as refused:
        create_bookings(tx, series, at(10))
    assert refused.value.status == refusal
    if refusal == 409:
        hint = f"The booking {taken.uid}, from {iso(taken.start)} to {iso(taken.end)}, is in the way."
        assert (refused.value.message, refused.value.hint) == ("booking_conflict_error", hint)
    assert tx[BOOKINGS].find(event_type_id=series.id) == [], "a series is booked whole or not at all"


@pytest.mark.parametrize(
    ("start", "end"), [((10, 0), (10, 59)), ((10, 0), (11, 1)), ((9, 0), (11, 0)), ((10, 30), (11, 0))]
)
def test_a_later_occurrence_conflicts_only_with_a_booking_of_exactly_its_time(
    start: tuple[int, int], end: tuple[int, int]
) -> None:
    tx = begin(edition="2026-03")
    add_booking(tx, at(*start, days=7), at(*end, days=7))
    add_booking(tx, at(10, days=14), at(11, days=14), user_id=ADMIN)
    assert len(create_bookings(tx, add_event_type(tx, recurrence=WEEKLY), at(10))) == 3


def test_a_booker_has_as_many_active_bookings_as_the_event_type_allows() -> None:
    tx = begin()
    limited = add_event_type(tx, active_bookings_limit=ActiveBookingsLimit(maximum=1))
    book(tx, limited, at(10))
    with pytest.raises(ApiError):
        book(tx, limited, at(12))
    assert book(tx, limited, at(12), attendee={"email": "eve@example.com"}).status == "accepted"


def test_an_occurrence_that_takes_a_seat_conflicts_with_nothing() -> None:
    tx = begin(edition="2025-04")
    lessons = add_event_type(tx, recurrence=WEEKLY, seats=Seats(per_time_slot=2))
    created = create_bookings(tx, lessons, at(10))
    joined = create_bookings(tx, lessons, at(10), attendee={"email": "eve@example.com"})
    assert [each.booking.id for each in joined] == [each.booking.id for each in created]
    assert [each.is_new for each in joined] == [False] * 3


def test_further_hosts_attend() -> None:
    tx = begin()
    hosts: dict[int, dict[str, Any]] = {OWNER: {"is_fixed": True}, ADMIN: {"is_fixed": True}, MEMBER: {}}
    booking = book(tx, add_team_event_type(tx, hosts), at(10))
    emails = [tx[USERS].require(user_id).email for user_id in (ADMIN, MEMBER)]
    assert booking.user_id == OWNER
    assert [each.email for each in attendees(tx, booking)] == ["ann@example.com", *emails]
    assert booking.title.startswith("Talk between Sales")


def test_an_instant_meeting_waits_for_its_first_host() -> None:
    tx = begin()
    event_type = add_team_event_type(tx, {MEMBER: {}})
    attendee = {"language": "it", "phoneNumber": "+390612345678"}
    booking = book(tx, event_type, at(10), instant=True, attendee=attendee, guests=["bob@example.com"], **NOTES)
    expected = {
        "title": "Riunione immediata con Ann Lee",
        "start": at(10),
        "end": at(11),
        "status": "awaiting_host",
        "created_at": tx.now,
        "updated_at": tx.now,
        "user_id": None,
        "event_type_id": event_type.id,
        "description": "Bring tea",
        "metadata": {"table": "4"},
        "location": "integrations:daily",
        "ical_uid": "",
        "recurring_event_id": None,
    }
    assert {name: getattr(booking, name) for name in expected} == expected
    assert booking.meeting_url is not None and booking.meeting_url.endswith(f"/video/{booking.uid}")
    assert booking.responses is not None and booking.responses["notes"] == "Bring tea"
    people = [(each.email, each.locale, each.phone_number) for each in attendees(tx, booking)]
    assert people == [("ann@example.com", "it", "+390612345678"), ("bob@example.com", "en", None)]
    token = tx[INSTANT_MEETING_TOKENS].first(booking_id=booking.id)
    assert token is not None and len(token.token) == 64
    assert (token.team_id, token.expires_at) == (SALES, tx.now + timedelta(seconds=90))


def test_personal_event_types_have_no_instant_meetings() -> None:
    tx = begin(edition="2025-04")
    event_type = add_event_type(tx)
    with pytest.raises(BadRequest) as refused:
        create_bookings(tx, event_type, at(10), instant=True)
    expected = f"Event type with id {event_type.id} is not of a team, so it has no instant meetings."
    assert refused.value.message == expected


def test_an_older_request_creates_a_single_booking_of_a_series() -> None:
    tx = begin()
    strict = add_event_type(tx, recurrence=WEEKLY, requires_booker_email_verification=True)
    request = read_booking_request(tx, booking_body(strict, at(10)), is_older_form=True)
    request = msgspec.structs.replace(request, is_single=True, series="series", private_link="link")
    [created] = create(tx, request)
    booking = created.booking
    assert (booking.start, booking.recurring_event_id, booking.private_link) == (at(10), "series", "link")


def test_a_host_books_over_conflicts_throughout_a_series() -> None:
    tx = begin(edition="2026-03")
    series = add_event_type(tx, recurrence=WEEKLY)
    for week in range(3):
        add_booking(tx, at(10, days=7 * week), at(11, days=7 * week))
    body = booking_body(series, at(10), allowConflicts=True)
    assert len(create(tx, read_booking_request(tx, body, SOLO, "2024-08-13"))) == 3


def test_a_member_books_with_a_protected_address_of_the_member_s_own() -> None:
    tx = begin(edition="2026-03")
    member = tx[USERS].update(MEMBER, requires_booker_email_verification=True)
    body = booking_body(add_event_type(tx), at(10), attendee={"email": member.email})
    [created] = create(tx, read_booking_request(tx, body, MEMBER))
    assert created.booking.status == "accepted"


def test_the_response_of_a_routing_form_has_the_first_booking_to_which_it_led() -> None:
    tx = begin()
    form_id = next(iter(tx.table(ROUTING_FORMS).rows))
    response = tx[ROUTING_FORM_RESPONSES].create(form_id=form_id, form_filler_id="x", created_at=tx.now, response={})
    routing = {"responseId": response.id, "teamMemberIds": [SOLO]}
    created = create_bookings(tx, add_event_type(tx, recurrence=WEEKLY), at(10), routing=routing)
    stored = tx[ROUTING_FORM_RESPONSES].require(response.id)
    assert stored.routed_to_booking_uid == created[0].booking.uid


def mails(tx: Transaction, *, with_mails: bool = True, **settings: Any) -> int:
    """The number of mails about a new booking."""
    tx.outbox.clear()
    create(tx, read_booking_request(tx, booking_body(add_event_type(tx, **settings), at(10))), with_mails=with_mails)
    return sum(len(each.payload["messages"]) for each in tx.outbox if each.name == POSTED)


def test_mails_are_about_the_first_occurrence() -> None:
    assert mails(begin()) == mails(begin(), recurrence=WEEKLY) > 0
    assert mails(begin(), with_mails=False) == 0
