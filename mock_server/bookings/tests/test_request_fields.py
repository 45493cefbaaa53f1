"""What a booking request names: its event type, length, occurrences, attendee, guests, metadata and overrides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mock_server.bookings.blocklist import (
    block,
    blocked_value,
    check_not_blocked,
    is_blocked,
    organizations_of,
    organizations_of_booking,
)
from mock_server.bookings.event_type_lookup import (
    find_event_type,
    oauth_client_of,
    requested_length,
    requested_occurrences,
)
from mock_server.bookings.lookup import require_booking, require_booking_or_series
from mock_server.bookings.model import BLOCKLIST, BlockKind
from mock_server.bookings.overrides import NO_OVERRIDES, Overrides, read_overrides
from mock_server.bookings.request_fields import (
    Booker,
    json_type,
    placeholder_email,
    read_booker,
    read_guests,
    read_metadata,
    stored_email,
)
from mock_server.bookings.tests.builders import (
    ACME,
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
)
from mock_server.event_types.model import EVENT_TYPES, BookingWindow, Limit, Recurrence
from mock_server.identity.addresses import managed_address
from mock_server.identity.model import MANAGED_USER_LINKS, PROFILES, USERS
from mock_server.runtime.errors import ApiError, BareError
from mock_server.teams.model import TEAMS

CLIENT = "sandbox-client"
NO_OPTIONS = (
    "Can't specify 'lengthInMinutes' because event type does not have multiple possible lengths. Please, remove the "
    "'lengthInMinutes' field from the request."
)
NOT_OFFERED = "Provided 'lengthInMinutes' is not one of the possible lengths for the event type"


def refusal(action: Callable[..., object], *arguments: Any, **fields: Any) -> str:
    with pytest.raises(ApiError) as refused:
        action(*arguments, **fields)
    return refused.value.message


# -- the event type ---------------------------------------------------------------------------------------------------


def test_an_event_type_is_found_by_its_id_or_its_owner_s_name_or_its_team_s_slug() -> None:
    tx = begin()
    tx[USERS].update(SOLO, username="solo-user")
    own, of_team = add_event_type(tx, slug="own"), add_team_event_type(tx, {}, slug="shared")
    profile = tx[PROFILES].first(user_id=MEMBER, organization_id=ACME)
    acme, sales = tx[TEAMS].require(ACME).slug, tx[TEAMS].require(SALES).slug
    assert profile is not None and acme is not None and sales is not None
    member = add_event_type(tx, user_id=MEMBER, slug="own")

    def find(**body: Any) -> int:
        return find_event_type(tx, body).id  # pyright: ignore[reportArgumentType]

    def refused(**body: Any) -> str:
        return refusal(find_event_type, tx, body)

    in_acme = {"organizationSlug": acme}
    assert find(eventTypeId=own.id, username="unknown") == own.id
    assert find(username="solo-user", eventTypeSlug="own", teamSlug="x") == own.id
    assert find(username=profile.username, eventTypeSlug="own", **in_acme) == member.id
    assert find(teamSlug=sales, eventTypeSlug="shared", **in_acme) == of_team.id
    assert refused(eventTypeId=4040) == "Event type with id 4040 not found."
    assert refused(username="x", eventTypeSlug="own") == "User with username x not found"
    assert refused(username="solo-user", eventTypeSlug="own", **in_acme) == "User with username solo-user not found"
    assert refused(eventTypeSlug="own") == "User with username  not found"
    missing = "Event type with slug x belonging to"
    assert refused(username="solo-user", eventTypeSlug="x") == f"{missing} user solo-user not found."
    in_organization = refused(username=profile.username, eventTypeSlug="x", **in_acme)
    assert in_organization == f"{missing} user {profile.username} within organization {acme} not found."
    assert refused(username="solo-user") == "Event type with slug  belonging to user solo-user not found."
    expected = f"{missing} team {sales} within organization {acme} not found."
    assert refused(teamSlug=sales, eventTypeSlug="x", **in_acme) == expected
    alone = tx[TEAMS].create(name="Alone", slug="alone", created_at=tx.now)
    outside = add_event_type(tx, user_id=None, team_id=alone.id, slug="shared")
    assert find(teamSlug="alone", eventTypeSlug="shared") == outside.id
    assert refused(teamSlug="alone", eventTypeSlug="x") == f"{missing} team alone not found."
    assert refused(teamSlug="alone") == "Event type with slug  belonging to team alone not found."


@pytest.mark.parametrize(
    ("edition", "settings", "minutes", "expected"),
    [
        ("2026-03", {}, None, 60),
        ("2026-03", {"length_options": (30, 60)}, None, 60),
        ("2026-03", {"length_options": (30, 60)}, 30, 30),
        ("2026-03", {"length_options": (30, 60)}, 45, f"{NOT_OFFERED}. The possible lengths are: 30, 60"),
        ("2025-04", {"length_options": (30, 60)}, 45, f"{NOT_OFFERED}: 30, 60"),
        ("2026-03", {}, 60, NO_OPTIONS),
        ("2026-03", {"length_options": (30, 60), "recurrence": True}, 30, 30),
        ("2025-04", {"length_options": (30, 60), "recurrence": True}, 30, 60),
        ("2025-04", {"recurrence": True}, 45, 60),
    ],
)
def test_a_length_is_one_of_the_options(edition: str, settings: dict[str, Any], minutes: Any, expected: Any) -> None:
    tx = begin(edition=edition)
    if "recurrence" in settings:
        settings = {**settings, "recurrence": Recurrence(interval=1, occurrences=2, frequency="weekly")}
    event_type = add_event_type(tx, **settings)
    if isinstance(expected, int):
        assert requested_length(tx, event_type, minutes) == expected
    else:
        assert refusal(requested_length, tx, event_type, minutes) == expected


@pytest.mark.parametrize(
    ("occurrences", "count", "expected"),
    [
        (None, 5, 1),
        (5, None, 5),
        (5, 3, 3),
        (5, 5, 5),
        (5, 6, "Provided recurrence count is higher than the event type's recurring event count."),
        (1_000, None, 1_000),
        (1_001, None, "A series has at most 1000 bookings here. Ask for fewer with 'recurrenceCount'."),
        (1_001, 1_000, 1_000),
    ],
)
def test_the_occurrences_are_at_most_those_of_the_event_type(
    occurrences: int | None, count: Any, expected: Any
) -> None:
    recurrence = occurrences and Recurrence(interval=1, occurrences=occurrences, frequency="weekly")
    event_type = add_event_type(begin(), recurrence=recurrence)
    if isinstance(expected, int):
        assert requested_occurrences(event_type, count) == expected
    else:
        assert refusal(requested_occurrences, event_type, count) == expected


def test_the_client_of_an_event_type_manages_its_owner_or_created_its_team() -> None:
    tx = begin()
    own, of_team = add_event_type(tx), add_team_event_type(tx, {})
    assert (oauth_client_of(tx, own), oauth_client_of(tx, of_team)) == (None, None)
    tx[TEAMS].update(SALES, created_by_client_id=CLIENT)
    assert (oauth_client_of(tx, own), oauth_client_of(tx, of_team)) == (None, CLIENT)
    tx[TEAMS].update(SALES, created_by_client_id=None)
    tx[MANAGED_USER_LINKS].create(user_id=SOLO, client_id=CLIENT)
    assert (oauth_client_of(tx, own), oauth_client_of(tx, of_team)) == (CLIENT, None)
    assert oauth_client_of(tx, add_event_type(tx, user_id=None)) is None


def test_bookings_are_found_by_their_uid_and_series_by_theirs() -> None:
    tx = begin()
    first, second = (add_booking(tx, at(hour), at(hour + 1), recurring_event_id="series") for hour in (9, 11))
    assert require_booking(tx, first.uid) == require_booking_or_series(tx, first.uid) == first
    assert require_booking_or_series(tx, "series") == [first, second]
    assert refusal(require_booking, tx, "series") == "Booking with uid=series was not found in the database"
    assert refusal(require_booking_or_series, tx, "x", "No {}.") == "No x."


# -- attendee, guests and metadata ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attendee", "expected"),
    [
        ({"email": "a@example.com"}, Booker("Ann", "Europe/Rome", "en", "a@example.com")),
        ({"phoneNumber": "+1", "language": "it"}, Booker("Ann", "Europe/Rome", "it", None, "+1")),
        ({"email": "", "phoneNumber": "+1", "language": ""}, Booker("Ann", "Europe/Rome", "en", None, "+1")),
        ({"email": 1}, "attendee property is wrong, email property is wrong,email must be a string "),
        (
            {"email": "a", "phoneNumber": 1},
            "attendee property is wrong, phoneNumber property is wrong,phoneNumber must be a string ",
        ),
    ],
)
def test_an_attendee_has_an_address_or_a_phone_number(attendee: dict[str, Any], expected: Any) -> None:
    body: Any = {"name": "Ann", "timeZone": "Europe/Rome", **attendee}
    for edition in ("2025-04", "2026-03"):
        tx = begin(edition=edition)
        if isinstance(expected, Booker):
            assert read_booker(tx, body) == expected
        else:
            assert refusal(read_booker, tx, body) == expected


@pytest.mark.parametrize(
    ("attendee", "is_refused_before"),
    [
        ({}, False),
        ({"email": ""}, True),
        ({"phoneNumber": ""}, False),
    ],
)
def test_an_attendee_without_both_is_refused(attendee: dict[str, Any], is_refused_before: bool) -> None:
    body: Any = {"name": "Ann", "timeZone": "Europe/Rome", **attendee}
    assert refusal(read_booker, begin(edition="2026-03"), body) == (
        "attendee property is wrong, attendee email or phone property is wrong,Attendee must have at least one contact "
        "method (email or phone number) "
    )
    older = begin(edition="2025-04")
    if is_refused_before:
        assert refusal(read_booker, older, body) == (
            "attendee property is wrong, email property is wrong,At least one contact method (email or phone number) "
            "must be provided "
        )
    else:
        assert read_booker(older, body).email is None


def test_guests_are_a_list_of_texts() -> None:
    assert (read_guests(None), read_guests([]), read_guests(["a", "b"])) == (None, [], ["a", "b"])
    assert refusal(read_guests, "a") == "guests property is wrong,guests must be an array "
    assert refusal(read_guests, ["a", 1]) == "guests property is wrong,each value in guests must be a string "


@pytest.mark.parametrize(
    "metadata",
    [{f"{number}": "" for number in range(51)}, {"k" * 41: ""}, {"k": "v" * 501}, {"k": None}, {"k": []}, {"k": {}}],
)
def test_metadata_are_short_texts(metadata: dict[str, Any]) -> None:
    expected = (
        "metadata property is wrong,Metadata must have at most 50 keys, each key up to 40 characters, and string "
        "values up to 500 characters. "
    )
    assert refusal(read_metadata, metadata) == expected


def test_metadata_may_be_as_large_as_the_limits() -> None:
    largest = {f"{number:040}": "v" * 500 for number in range(50)}
    assert read_metadata(largest) == largest
    assert read_metadata(None) == {}
    assert refusal(read_metadata, []) == "metadata property is wrong,metadata must be an object "
    numbers = {"a": 1, "b": 1.5, "c": True, "d": "text"}
    assert refusal(read_metadata, numbers) == (
        "metadata.c - Expected string, received boolean, metadata.b - Expected string, received number, "
        "metadata.a - Expected string, received number, "
    )
    values = [None, True, 1, 1.5, "", [], {}]
    assert list(map(json_type, values)) == ["null", "boolean", "number", "number", "string", "array", "object"]


def test_the_address_of_a_managed_user_is_stored_with_its_client() -> None:
    tx = begin()
    managed = managed_address("ann@example.com", CLIENT)
    assert stored_email(tx, "ann@example.com", CLIENT) == "ann@example.com"
    tx[USERS].create(email=managed, created_date=tx.now)
    assert stored_email(tx, "ann@example.com", CLIENT) == managed
    assert stored_email(tx, "ann@example.com", None) == "ann@example.com"
    assert stored_email(tx, "ann", CLIENT) == "ann"
    assert placeholder_email("+390612345678") == "390612345678@sms.cal.com"


# -- overrides --------------------------------------------------------------------------------------------------------

ALL: dict[str, Any] = {"allowConflicts": True, "allowBookingOutOfBounds": True, "skipBookingLimits": True}


@pytest.mark.parametrize(
    ("caller", "version", "body", "expected"),
    [
        (SOLO, "2026-02-25", ALL, Overrides(conflicts=True, bounds=True, limits=True)),
        (SOLO, "2024-08-13", ALL, Overrides(conflicts=True)),
        (SOLO, "2026-02-25", {**ALL, "allowConflicts": "yes"}, Overrides(bounds=True, limits=True)),
        (SOLO, "2026-02-25", {**ALL, "allowBookingOutOfBounds": 1}, Overrides(conflicts=True, limits=True)),
        (SOLO, "2026-02-25", {**ALL, "skipBookingLimits": None}, Overrides(conflicts=True, bounds=True)),
        (SOLO, "2026-02-25", {}, NO_OVERRIDES),
        (MEMBER, "2026-02-25", ALL, NO_OVERRIDES),
        (None, "2026-02-25", ALL, NO_OVERRIDES),
    ],
)
def test_only_the_hosts_waive_checks(caller: int | None, version: str, body: Any, expected: Overrides) -> None:
    tx = begin()
    assert read_overrides(tx, add_event_type(tx), body, caller, version) == expected
    shared = add_team_event_type(tx, {SOLO: {}, ADMIN: {"is_fixed": True}})
    assert read_overrides(tx, shared, body, caller, version) == expected


def test_waived_checks_leave_the_others() -> None:
    limits = {"booking_limits": (Limit(period="day", value=1),), "duration_limits": (Limit(period="day", value=60),)}
    bounds = {"minimum_booking_notice": 90, "booking_window": BookingWindow(type="calendarDays", days=2)}
    event_type = add_event_type(begin(), **limits, **bounds)

    def left(overrides: Overrides) -> tuple[Any, ...]:
        checked = overrides.applied_to(event_type)
        return tuple(getattr(checked, name) for name in (*bounds, *limits))

    assert left(NO_OVERRIDES) == left(Overrides(conflicts=True)) == (*bounds.values(), *limits.values())
    assert left(Overrides(bounds=True)) == (0, None, *limits.values())
    assert left(Overrides(limits=True)) == (*bounds.values(), None, None)


# -- blocklists -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("email", "kind", "value"),
    [
        ("Ann.Lee+tag@Example.COM", "EMAIL", "ann.lee@example.com"),
        ("ann@example.com", "EMAIL", "ann@example.com"),
        ("ann+a+b@example.com", "EMAIL", "ann@example.com"),
        ('"a@b"+x@example.com', "EMAIL", '"a@b"@example.com'),
        ("Ann+tag@Example.com", "DOMAIN", "example.com"),
    ],
)
def test_an_address_is_blocked_without_its_tag_or_by_its_domain(email: str, kind: BlockKind, value: str) -> None:
    assert blocked_value(email, kind) == value


def test_an_organization_blocks_addresses_and_domains_for_its_own_event_types() -> None:
    tx = begin()
    block(tx, ACME, "EMAIL", "ann@example.com", OWNER)
    block(tx, ACME, "EMAIL", "ann@example.com", ADMIN)
    block(tx, ACME, "DOMAIN", "spam.example", OWNER)
    [entry] = tx[BLOCKLIST].find(organization_id=ACME, kind="EMAIL", value="ann@example.com")
    assert (entry.created_by_id, entry.created_at) == (OWNER, tx.now)
    of_team, personal = add_team_event_type(tx, {}), add_event_type(tx)
    of_member = add_event_type(tx, user_id=MEMBER)
    for email, blocked in (
        ("ANN+1@example.com", True),
        ("bob@spam.example", True),
        ("bob@example.com", False),
        ("ann@spam.example.com", False),
    ):
        assert is_blocked(tx, [4040, ACME], email) is blocked
        assert not is_blocked(tx, [4040], email)
        check_not_blocked(tx, personal, email)
        for event_type in (of_team, of_member):
            if blocked:
                with pytest.raises(BareError, match=r"^Cannot use this email to create the booking\.$") as refused:
                    check_not_blocked(tx, event_type, email)
                assert refused.value.status == 403
            else:
                check_not_blocked(tx, event_type, email)


def test_the_organizations_of_a_booking_are_those_of_its_organizer_and_its_team() -> None:
    tx = begin()
    alone = tx[TEAMS].create(name="Alone", slug="alone", created_at=tx.now)
    assert organizations_of(tx, add_event_type(tx, user_id=None, team_id=alone.id)) == frozenset()
    assert organizations_of(tx, add_team_event_type(tx, {})) == {ACME}
    assert organizations_of(tx, add_event_type(tx, user_id=MEMBER)) == {ACME}
    assert organizations_of(tx, add_event_type(tx)) == frozenset()
    of_team = add_booking(tx, at(9), at(10), event_type_id=add_team_event_type(tx, {}).id)
    assert organizations_of_booking(tx, of_team) == {ACME}
    of_member = add_booking(tx, at(11), at(12), user_id=MEMBER)
    assert organizations_of_booking(tx, of_member) == {ACME}
    of_none = add_booking(tx, at(13), at(14), user_id=None, event_type_id=add_event_type(tx).id)
    assert organizations_of_booking(tx, of_none) == frozenset()
    assert tx[EVENT_TYPES].get(of_none.event_type_id) is not None
