"""How the query of a list of bookings is read, and what its refusals say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mock_server.bookings.filters import BookingFilters, TimeRange, read_filters
from mock_server.bookings.model import ATTENDEES
from mock_server.bookings.tests.builders import (
    ACME,
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
)
from mock_server.bookings.visibility import viewer_for
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.addresses import managed_address
from mock_server.identity.model import MANAGED_USER_LINKS, USERS
from mock_server.runtime.errors import ApiError
from mock_server.state.transaction import Transaction

DAYS = [datetime(2031, 1, day, tzinfo=UTC) for day in range(1, 7)]
CLIENT = "sandbox-client"


def read(tx: Transaction, user_id: int = OWNER, client_id: str | None = None, **query: Any) -> BookingFilters:
    viewer = viewer_for(tx, tx[USERS].require(user_id), ACME)
    return read_filters(tx, query, viewer, client_id)  # pyright: ignore[reportArgumentType]


def refusal(tx: Transaction, user_id: int = OWNER, **query: Any) -> ApiError:
    with pytest.raises(ApiError) as refused:
        read(tx, user_id, **query)
    return refused.value


def test_every_filter_is_read() -> None:
    tx = begin()
    names = ("afterStart", "beforeEnd", "afterCreatedAt", "beforeCreatedAt", "afterUpdatedAt", "beforeUpdatedAt")
    times = {name: day.isoformat() for name, day in zip(names, DAYS, strict=True)}
    fields = {"bookingUid": "abc", "attendeeEmail": " ann@example.com ", "attendeeName": " Ann ", "skip": 3, "take": 7}
    found = read(tx, status=["upcoming", "past"], userIds=[OWNER, MEMBER, 4040], **fields, **times)
    emails = {user_id: tx[USERS].require(user_id).email for user_id in (OWNER, MEMBER)}
    assert found == BookingFilters(
        statuses=("upcoming", "past"),
        uid="abc",
        attendee_email="ann@example.com",
        attendee_name="Ann",
        users=emails,
        after_start=DAYS[0],
        before_end=DAYS[1],
        created=TimeRange(DAYS[2], DAYS[3]),
        updated=TimeRange(DAYS[4], DAYS[5]),
        skip=3,
        take=7,
    )
    assert read(tx) == BookingFilters() and BookingFilters().take == 100


@pytest.mark.parametrize(
    "name", ["afterStart", "beforeEnd", "afterCreatedAt", "beforeCreatedAt", "afterUpdatedAt", "beforeUpdatedAt"]
)
def test_a_date_that_does_not_exist_is_named(name: str) -> None:
    tx = begin()
    assert refusal(tx, **{name: "2031-02-30"}).message == f"Invalid {name} date"
    assert read(tx, **{name: "2031-01-01t00:00:00z"}) == read(tx, **{name: "2031-01-01T00:00:00Z"})


@pytest.mark.parametrize(
    ("query", "order"),
    [
        ({}, ("start", False)),
        ({"status": ["past"]}, ("start", True)),
        ({"status": ["cancelled"]}, ("start", True)),
        ({"status": ["upcoming"]}, ("start", False)),
        ({"status": ["past", "cancelled"]}, ("start", False)),
        ({"status": ["past"], "sortStart": "asc"}, ("start", False)),
        ({"sortEnd": "desc", "sortCreated": "asc"}, ("end", True)),
        ({"sortCreated": "desc", "sortUpdatedAt": "asc"}, ("created_at", True)),
        ({"sortUpdatedAt": "desc"}, ("updated_at", True)),
    ],
)
def test_the_first_sort_order_applies_and_past_bookings_are_listed_newest_first(
    query: dict[str, Any], order: tuple[str, bool]
) -> None:
    found = read(begin(), **query)
    assert (found.order, found.is_descending) == order


def test_event_types_are_those_of_the_ids_and_of_the_teams() -> None:
    tx = begin()
    for each in tx[EVENT_TYPES].find(team_id=SALES):
        tx[EVENT_TYPES].delete(each.id)
    first, second, of_team = add_event_type(tx), add_event_type(tx), add_team_event_type(tx, {})
    child = add_event_type(tx, user_id=MEMBER, parent_id=of_team.id)
    both, team = frozenset({first.id, second.id}), frozenset({of_team.id, child.id})
    assert read(tx, eventTypeIds=[first.id, second.id, 4040], eventTypeId=of_team.id).event_type_ids == (both,)
    assert read(tx, eventTypeId=first.id).event_type_ids == (frozenset({first.id}),)
    assert read(tx, teamId=SALES).event_type_ids == read(tx, teamsIds=[SALES, 4040]).event_type_ids == (team,)
    assert read(tx, eventTypeIds=[first.id, second.id], teamId=SALES).event_type_ids == (both, team)
    assert read(tx, teamId=4040).event_type_ids == ()
    assert refusal(tx, eventTypeIds=[4040]).hint == "None of these event types exists."
    assert refusal(tx, userIds=[4040]).hint == "None of these users exists."
    assert refusal(tx, userIds=[OWNER, SOLO]).hint == "One of these users is not in the organization."


def test_a_managed_user_is_found_by_the_plain_address() -> None:
    tx = begin()
    managed = managed_address("mo@example.com", CLIENT)
    tx[USERS].create(email=managed, created_date=tx.now)
    assert read(tx, attendeeEmail="mo@example.com").attendee_email == "mo@example.com"
    assert read(tx, OWNER, CLIENT, attendeeEmail="mo@example.com").attendee_email == managed
    assert read(tx, OWNER, CLIENT, attendeeEmail="x y@example.com").attendee_email == "x+y@example.com"
    assert read(tx, OWNER, CLIENT, attendeeEmail="mo").attendee_email == "mo"
    tx[MANAGED_USER_LINKS].create(user_id=OWNER, client_id=CLIENT)
    assert read(tx, attendeeEmail="mo@example.com").attendee_email == managed
    plain = tx[USERS].create(email="mo@example.com", created_date=tx.now)
    assert read(tx, attendeeEmail="mo@example.com").attendee_email == plain.email


def test_a_filter_by_users_finds_what_they_organize_or_attend() -> None:
    tx = begin()
    own = add_booking(tx, at(10), at(11), user_id=MEMBER)
    attended, other = book(tx, add_event_type(tx), at(12)), book(tx, add_event_type(tx), at(14))
    member = tx[USERS].require(MEMBER)
    tx[ATTENDEES].create(booking_id=attended.id, name="Mia", email=member.email, time_zone="UTC", start=attended.start)
    found = read(tx, userIds=[MEMBER])
    assert [found.matches(tx, each) for each in (own, attended, other)] == [True, True, False]
    without = BookingFilters(without_users=(member,))
    assert [without.matches(tx, each) for each in (own, attended, other)] == [False, False, True]
    named = read(tx, attendeeName="Ann Lee", attendeeEmail="ann@example.com")
    assert [named.matches(tx, each) for each in (own, attended, other)] == [False, True, True]
    for query in ({"attendeeName": "Ann"}, {"attendeeEmail": "a@example.com"}):
        assert not read(tx, **query).matches(tx, attended)


def test_bounds_of_time_are_included() -> None:
    tx = begin()
    booking = add_booking(tx, at(10), at(11))
    for name, moment, step in (("afterStart", at(10), 1), ("beforeEnd", at(11), -1), ("afterCreatedAt", tx.now, 1)):
        outside = moment.replace(second=1) if step > 0 else moment.replace(hour=moment.hour - 1, second=59)
        assert read(tx, **{name: moment.isoformat()}).matches(tx, booking)
        assert not read(tx, **{name: outside.isoformat()}).matches(tx, booking)
    for name in ("beforeCreatedAt", "beforeUpdatedAt"):
        assert read(tx, **{name: tx.now.isoformat()}).matches(tx, booking)
        assert not read(tx, **{name: (tx.now - timedelta(seconds=1)).isoformat()}).matches(tx, booking)
    assert BookingFilters(before_start=at(10)).matches(tx, booking)
    assert not BookingFilters(before_start=at(9, 59)).matches(tx, booking)
    assert not read(tx, bookingUid="x").matches(tx, booking)
    assert read(tx, bookingUid=booking.uid).matches(tx, booking)
