"""Lists of bookings: filters and sort orders compared with a full scan, and visibility."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from random import Random
from typing import Any

import msgspec
import pytest

from mock_server.bookings.filters import BookingFilters, read_filters
from mock_server.bookings.listing import count_matches, find_page
from mock_server.bookings.model import ATTENDEES, BOOKINGS, Booking
from mock_server.bookings.tests.builders import (
    ACME,
    ADMIN,
    MEMBER,
    NOW,
    OWNER,
    SALES,
    SOLO,
    add_booking,
    add_event_type,
    add_member,
    add_team_event_type,
    at,
    begin,
    book,
    text,
)
from mock_server.bookings.visibility import Viewer, viewer_for
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import MANAGED_USER_LINKS, USERS
from mock_server.runtime.errors import ApiError, BadRequest, CodeError
from mock_server.state.transaction import Transaction

PAGE = {"skip": 0, "take": 100}
STATUS_FILTERS = ("upcoming", "recurring", "past", "cancelled", "unconfirmed")
ORDERS = {"sortStart": "start", "sortEnd": "end", "sortCreated": "created_at", "sortUpdatedAt": "updated_at"}


@pytest.fixture(scope="module")
def many() -> Transaction:
    """A few hundred bookings of all statuses before and after now, many of them the solo user's."""
    tx, random = begin(), Random(7)
    types = [add_event_type(tx).id, add_event_type(tx).id, add_event_type(tx, user_id=OWNER).id]
    for number in range(300):
        start = NOW + timedelta(hours=random.randint(-500, 500))
        length = timedelta(minutes=random.choice((30, 60, 60 * 24 * 20)))
        created = NOW - timedelta(minutes=random.randint(0, 300))
        booking = tx[BOOKINGS].create(
            uid=f"u{number}",
            title="Talk",
            start=start,
            end=start + length,
            status=random.choice(("accepted", "accepted", "pending", "cancelled", "rejected", "awaiting_host")),
            created_at=created,
            updated_at=created + timedelta(minutes=random.randint(0, 300)),
            user_id=random.choice((SOLO, SOLO, OWNER, None)),
            event_type_id=random.choice((*types, None)),
            recurring_event_id=random.choice((None, None, "series")),
        )
        for email in random.sample(("ann@example.com", "bob@example.com", "solo@example.com"), random.randint(1, 2)):
            tx[ATTENDEES].create(
                booking_id=booking.id, name=email[:3].title(), email=email, time_zone="UTC", start=start
            )
    return tx


def listed(tx: Transaction, user_id: int, organization_id: int | None = None, **query: Any) -> list[Booking]:
    viewer = viewer_for(tx, tx[USERS].require(user_id), organization_id)
    return find_page(tx, viewer, read_filters(tx, PAGE | query, viewer, None))


def seen_by_solo(tx: Transaction) -> list[Booking]:
    visible = [
        each
        for each in tx.table(BOOKINGS).rows.values()
        if each.user_id == SOLO or "solo@example.com" in emails(tx, each)
    ]
    return sorted(visible, key=lambda each: (each.start, each.id))


def emails(tx: Transaction, booking: Booking) -> list[str]:
    return [each.email for each in tx[ATTENDEES].find(booking_id=booking.id)]


def has_status(booking: Booking, status: str) -> bool:
    in_series, is_ended = booking.recurring_event_id is not None, booking.status in ("cancelled", "rejected")
    is_upcoming = booking.end >= NOW
    return {
        "upcoming": is_upcoming and (booking.status == "accepted" if in_series else not is_ended),
        "recurring": is_upcoming and in_series and not is_ended,
        "past": booking.end <= NOW and not is_ended,
        "cancelled": is_ended,
        "unconfirmed": is_upcoming and booking.status == "pending",
    }[status]


@pytest.mark.parametrize(
    "statuses", [[], *([each] for each in STATUS_FILTERS), ["past", "upcoming"], ["cancelled", "recurring"]]
)
@pytest.mark.parametrize("sort", [None, *product(ORDERS, ("asc", "desc"))])
def test_status_filters_and_sort_orders(many: Transaction, statuses: list[str], sort: tuple[str, str] | None) -> None:
    query: dict[str, Any] = {"status": statuses} if statuses else {}
    found = [
        each for each in seen_by_solo(many) if not statuses or any(has_status(each, status) for status in statuses)
    ]
    assert found, "the world has bookings of every status"
    field, direction = "start", "desc" if statuses in (["past"], ["cancelled"]) else "asc"
    if sort is not None:
        query[sort[0]], field, direction = sort[1], ORDERS[sort[0]], sort[1]
    found.sort(key=lambda each: (getattr(each, field), each.id), reverse=direction == "desc")
    assert listed(many, SOLO, **query, take=250) == found[:250]
    assert listed(many, SOLO, **query, skip=7, take=5) == found[7:12]


@pytest.mark.parametrize(
    "query",
    [
        {},
        *({"status": [each]} for each in STATUS_FILTERS),
        {"status": ["past", "upcoming"]},
        {"status": ["cancelled", "recurring"]},
        {"status": ["unconfirmed", "recurring"]},
        {"afterStart": text(NOW)},
        {"afterStart": text(NOW), "status": ["past"]},
        {"afterStart": text(NOW - timedelta(days=3)), "status": ["upcoming"]},
        {"afterStart": text(NOW + timedelta(days=3)), "status": ["upcoming"]},
        {"beforeEnd": text(NOW), "status": ["past"]},
        {"attendeeEmail": "ann@example.com"},
        {"eventTypeId": 6, "status": ["cancelled"]},
        {"sortEnd": "desc", "status": ["upcoming"]},
        {"bookingUid": "u7"},
        {"eventTypeId": 6},
        {"eventTypeIds": [6, 8]},
        {"afterStart": text(NOW), "eventTypeId": 6},
    ],
)
@pytest.mark.parametrize("user_id", [SOLO, OWNER])
def test_the_total_is_that_of_all_pages(many: Transaction, query: dict[str, Any], user_id: int) -> None:
    viewer = viewer_for(many, many[USERS].require(user_id), ACME if user_id == OWNER else None)
    if user_id == OWNER:
        viewer = msgspec.structs.replace(viewer, event_type_ids=frozenset({6, 7}))
    filters = read_filters(many, PAGE | {"take": 1000, **query}, viewer, None)
    assert count_matches(many, viewer, filters) == len(find_page(many, viewer, filters))


def test_filters_by_creation_and_change_do_not_lower_the_total(many: Transaction) -> None:
    viewer = viewer_for(many, many[USERS].require(SOLO), None)
    late = {"afterCreatedAt": text(NOW + timedelta(days=1)), "beforeUpdatedAt": text(NOW)}
    filters = read_filters(many, PAGE | late, viewer, None)
    assert (find_page(many, viewer, filters), count_matches(many, viewer, filters)) == ([], len(seen_by_solo(many)))


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ({"afterStart": text(NOW)}, lambda each, _: each.start >= NOW),
        ({"beforeEnd": text(NOW)}, lambda each, _: each.end <= NOW),
        ({"afterCreatedAt": text(NOW - timedelta(hours=2))}, lambda each, _: each.created_at >= NOW - _TWO_HOURS),
        ({"beforeCreatedAt": text(NOW - timedelta(hours=2))}, lambda each, _: each.created_at <= NOW - _TWO_HOURS),
        ({"afterUpdatedAt": text(NOW)}, lambda each, _: each.updated_at >= NOW),
        ({"beforeUpdatedAt": text(NOW)}, lambda each, _: each.updated_at <= NOW),
        ({"attendeeEmail": "ann@example.com"}, lambda each, tx: "ann@example.com" in emails(tx, each)),
        ({"attendeeName": " Bob "}, lambda each, tx: "bob@example.com" in emails(tx, each)),
        ({"attendeeName": "bob"}, lambda *_: False),
        ({"eventTypeId": 6}, lambda each, _: each.event_type_id == 6),
        ({"eventTypeIds": [6, 8], "eventTypeId": 7}, lambda each, _: each.event_type_id in (6, 8)),
        ({"eventTypeIds": [6, 99]}, lambda each, _: each.event_type_id == 6),
        ({"teamId": 99}, lambda *_: True),
    ],
)
@pytest.mark.parametrize("sort", [{}, {"sortEnd": "desc"}])
def test_filters(many: Transaction, query: dict[str, Any], matches: Any, sort: dict[str, str]) -> None:
    found = [each for each in seen_by_solo(many) if matches(each, many)]
    if sort:
        found.sort(key=lambda each: (each.end, each.id), reverse=True)
    assert listed(many, SOLO, **query, **sort, take=250) == found[:250]


_TWO_HOURS = timedelta(hours=2)


def test_event_types_that_do_not_exist_are_refused(many: Transaction) -> None:
    with pytest.raises(CodeError, check=lambda error: error.status == 400 and error.code == "TRPCError"):
        listed(many, SOLO, eventTypeIds=[98, 99])


@pytest.mark.parametrize("text", ["2030-02-30", "0001-01-01T00:00:00+05:00x"])
def test_dates_that_do_not_exist_are_refused(many: Transaction, text: str) -> None:
    with pytest.raises(BadRequest, match="Invalid afterStart date"):
        listed(many, SOLO, afterStart=text)


def test_bounds_at_the_end_of_the_calendar_are_accepted(many: Transaction) -> None:
    assert len(listed(many, SOLO, beforeEnd="9999-12-31T23:59:59.999Z")) == 100
    assert listed(many, SOLO, afterStart="9999-12-31T23:59:59.999Z") == []


def uids(bookings: list[Booking]) -> set[str]:
    return {each.uid for each in bookings}


class World:
    """One booking per kind of user."""

    def __init__(self) -> None:
        self.tx = tx = begin()
        self.of_owner = book(tx, add_event_type(tx, user_id=OWNER), at(9)).uid
        self.of_member = book(tx, add_event_type(tx, user_id=MEMBER), at(9)).uid
        self.attended = book(tx, add_event_type(tx), at(9), attendee={"email": "member@acme.example"}).uid
        self.of_solo = book(tx, add_event_type(tx), at(11)).uid
        self.team = add_team_event_type(tx, {ADMIN: {}})
        self.of_team = book(tx, self.team, at(11)).uid

    def sees(self, user_id: int, organization_id: int | None = ACME, **query: Any) -> set[str]:
        return uids(listed(self.tx, user_id, organization_id, **query))


def test_users_see_the_bookings_they_organize_and_attend() -> None:
    world = World()
    assert world.sees(MEMBER) == {world.of_member, world.attended}
    assert world.sees(SOLO, None) == {world.attended, world.of_solo}


@pytest.mark.parametrize("user_id", [OWNER, ADMIN])
def test_admins_see_the_bookings_of_the_organization_s_members(user_id: int) -> None:
    world = World()
    assert world.sees(user_id) == {world.of_owner, world.of_member, world.attended, world.of_team}


def test_admins_of_a_team_see_its_event_types() -> None:
    world = World()
    add_member(world.tx, SOLO, SALES, "ADMIN")
    assert world.sees(SOLO, None) == {world.attended, world.of_solo, world.of_team}
    managed = add_event_type(world.tx, user_id=None, team_id=SALES, scheduling_type="managed")
    child = add_event_type(world.tx, user_id=OWNER, parent_id=managed.id)
    of_child = book(world.tx, child, at(14)).uid
    assert of_child in world.sees(SOLO, None)
    assert world.sees(SOLO, None, eventTypeId=managed.id) == {of_child}
    assert world.sees(OWNER, teamsIds=[SALES]) == {world.of_team, of_child}


def test_filters_show_no_further_bookings() -> None:
    world = World()
    own = world.tx[BOOKINGS].first(uid=world.of_owner)
    assert own is not None
    assert world.sees(MEMBER, eventTypeId=own.event_type_id) == set()
    assert world.sees(MEMBER, attendeeEmail="ann@example.com") == {world.of_member}


def test_an_admin_filters_by_members_of_the_organization() -> None:
    world = World()
    assert world.sees(OWNER, userIds=[MEMBER]) == {world.of_member, world.attended}
    assert world.sees(OWNER, userIds=[MEMBER, 99]) == {world.of_member, world.attended}
    for ids, status in (([99], 400), ([SOLO], 403)):
        with pytest.raises(ApiError, check=lambda error, status=status: error.status == status):
            world.sees(OWNER, userIds=ids)


def read(tx: Transaction, viewer: Viewer, client_id: str | None, **query: Any) -> BookingFilters:
    return read_filters(tx, PAGE | query, viewer, client_id)


def test_a_managed_user_is_found_by_the_plain_email() -> None:
    tx = begin()
    user = tx[USERS].create(email="eve+sandbox-client@example.com", created_date=NOW)
    tx[MANAGED_USER_LINKS].create(user_id=user.id, client_id="sandbox-client")
    managed = viewer_for(tx, user, None)
    assert read(tx, managed, None, attendeeEmail="eve@example.com").attendee_email == user.email
    assert read(tx, managed, None, attendeeEmail="new@example.com").attendee_email == "new@example.com"
    other = viewer_for(tx, tx[USERS].require(SOLO), None)
    assert read(tx, other, None, attendeeEmail="eve@example.com").attendee_email == "eve@example.com"
    assert read(tx, other, None, attendeeEmail="a b@x.example").attendee_email == "a+b@x.example"
    assert read(tx, other, "sandbox-client", attendeeEmail="eve@example.com").attendee_email == user.email


def test_bookings_of_deleted_event_types_are_listed() -> None:
    world = World()
    for event_type in world.tx[EVENT_TYPES].find(user_id=SOLO):
        world.tx[EVENT_TYPES].delete(event_type.id)
    assert world.sees(SOLO, None) == {world.attended, world.of_solo}


def test_an_ongoing_long_booking_is_upcoming() -> None:
    tx = begin()
    started = datetime.fromisoformat("2029-10-01T00:00:00Z")
    long = add_booking(tx, started, at(0))
    assert uids(listed(tx, SOLO, status=["upcoming"])) == {long.uid}
    assert listed(tx, SOLO, status=["past"]) == []
