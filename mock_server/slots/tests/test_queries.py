"""The query of a search: its three forms, and one message for all errors."""

from __future__ import annotations

from typing import Any

import pytest

from mock_server.runtime.errors import BadRequest
from mock_server.slots.queries import QUERIES_2025_04, read_query
from mock_server.slots.tests.builders import utc

DAYS = {"start": "2031-06-02", "end": "2031-06-03"}


@pytest.mark.parametrize(
    ("end", "expected"),
    [
        ("2031-06-03", "2031-06-03T23:59:59"),
        ("2031-06-03T00:00:00Z", "2031-06-03T23:59:59"),
        ("2031-06-03T02:00:00+02:00", "2031-06-03T23:59:59"),
        ("2031-06-03T12:30", "2031-06-03T12:30"),
        ("2031-06", "2031-06-01T23:59:59"),
    ],
)
def test_an_end_at_midnight_in_utc_means_the_end_of_that_day(end: str, expected: str) -> None:
    start, found = read_query({"eventTypeId": "1", "start": "2031-06-01", "end": end}).window()
    assert (start, found) == (utc("2031-06-01"), utc(expected))


def test_leading_numbers_are_read() -> None:
    query = read_query({"eventTypeId": "12abc", "duration": "45 minutes", **DAYS})
    assert (query.event_type_id, query.duration) == (12, 45)
    repeated = read_query({"eventTypeId": ["3", "4"], "duration": [" 5", "6"], **DAYS})
    assert (repeated.event_type_id, repeated.duration) == (3, 5)


def test_a_query_has_the_owner_s_name_and_the_time_zone_that_were_sent() -> None:
    query = read_query({"eventTypeSlug": "intro", "username": "ada", "timeZone": "Asia/Tokyo", **DAYS})
    assert (query.username, query.time_zone) == ("ada", "Asia/Tokyo")
    query = read_query({"eventTypeId": "1", **DAYS})
    assert (query.username, query.time_zone, query.usernames) == ("", None, None)
    other = read_query({"eventTypeSlug": "intro", "username": "ada, grace", **DAYS})
    assert other.username == "ada, grace"


def test_an_end_within_the_first_second_of_a_day_means_the_end_of_that_day() -> None:
    ends = [
        read_query({"eventTypeId": "1", **DAYS, "end": f"2031-06-03T00:00:{at}Z"}).window()[1]
        for at in ("00.999", "01")
    ]
    assert ends == [utc("2031-06-03T23:59:59.999"), utc("2031-06-03T00:00:01")]


@pytest.mark.parametrize("names", ["ada, grace", ["ada", "grace "]])
def test_usernames_are_separated_by_commas_or_repeated(names: Any) -> None:
    query = read_query({"usernames": names, "organizationSlug": "", **DAYS})
    assert query.usernames == ("ada", "grace")


@pytest.mark.parametrize(("format_", "expected"), [("RANGE", "range"), ("", "time"), ("Time", "time")])
def test_the_format_is_case_insensitive(format_: str, expected: str) -> None:
    assert read_query({"eventTypeId": "1", "format": format_, **DAYS}).format == expected


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"eventTypeId": "1", "username": "ada"}, "username property is wrong,property username should not exist "),
        (
            {},
            (
                "usernames property is wrong,each value in usernames must be a string, "
                "The array must contain at least 2 elements., usernames must be an array , "
                "organizationSlug property is wrong,organizationSlug must be a string "
            ),
        ),
        ({"usernames": "ada,grace"}, "organizationSlug property is wrong,organizationSlug must be a string "),
        (
            {"usernames": "ada", "organizationSlug": "acme"},
            "usernames property is wrong,The array must contain at least 2 elements. ",
        ),
        (
            {"eventTypeId": "1", "format": "list"},
            "format property is wrong,slotFormat must be either 'range' or 'time' ",
        ),
        (
            {"eventTypeId": "1", "timeZone": "Mars"},
            "timeZone property is wrong,timeZone must be a valid IANA time-zone ",
        ),
        (
            {"eventTypeId": "1", "slotFormat": "range"},
            "slotFormat property is wrong,property slotFormat should not exist ",
        ),
        (
            {"eventTypeId": "1", "timeZone": "Mars", "format": "list"},
            (
                "timeZone property is wrong,timeZone must be a valid IANA time-zone , "
                "format property is wrong,slotFormat must be either 'range' or 'time' "
            ),
        ),
        (
            {"eventTypeId": "x"},
            "eventTypeId property is wrong,eventTypeId must be a number conforming to the specified constraints ",
        ),
        (
            {"eventTypeId": "1", "duration": "soon"},
            "duration property is wrong,duration must be a number conforming to the specified constraints ",
        ),
        ({"eventTypeId": "1", "start": "soon"}, "start property is wrong,start must be a valid ISO 8601 date string "),
        ({"eventTypeId": "1", "start": 1}, "start property is wrong,start must be a valid ISO 8601 date string "),
        (
            {"usernames": ["ada", 1], "organizationSlug": "acme"},
            "usernames property is wrong,each value in usernames must be a string ",
        ),
        ({"eventTypeId": "1", "end": "soon"}, "end property is wrong,end must be a valid ISO 8601 date string "),
    ],
)
def test_errors_are_joined_to_one_message(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        read_query({**DAYS, **fields})
    assert refusal.value.message == message


@pytest.mark.parametrize("name", ["start", "end"])
def test_a_date_that_cannot_be_read_is_named(name: str) -> None:
    with pytest.raises(BadRequest, match=f"^Invalid {name} date$"):
        read_query({"eventTypeId": "1", **DAYS, name: "2031-02-30"}, QUERIES_2025_04).window()


@pytest.mark.parametrize("start", ["2031-02-30", "2031-06-02 10:00", "2031-06-02T10:00:00.000Z[UTC]"])
def test_impossible_dates_are_refused(start: str) -> None:
    with pytest.raises(BadRequest):
        read_query({"eventTypeId": "1", "start": start, "end": "2031-06-03"}).window()


def test_event_types_of_teams_are_found_by_slugs() -> None:
    query = read_query({"eventTypeSlug": "intro", "teamSlug": "sales", "organizationSlug": "acme", **DAYS})
    assert (query.team_slug, query.event_type_slug, query.organization_slug) == ("sales", "intro", "acme")
    with pytest.raises(BadRequest, match="property teamSlug should not exist"):
        read_query({"eventTypeSlug": "intro", "teamSlug": "sales", **DAYS}, QUERIES_2025_04)


@pytest.mark.parametrize(
    "fields", [{"eventTypeSlug": "x"}, {"username": "x"}, {"teamSlug": "x"}, {"username": "x", "teamSlug": "y"}]
)
def test_half_a_slug_form_is_read_as_a_group(fields: dict[str, str]) -> None:
    with pytest.raises(BadRequest, match="usernames must be an array") as refusal:
        read_query({**fields, **DAYS})
    for name in fields:
        assert f"property {name} should not exist" in refusal.value.message


def test_an_event_type_slug_alone_asked_for_the_username_in_2025_04() -> None:
    with pytest.raises(BadRequest) as refusal:
        read_query({"eventTypeSlug": "x", **DAYS}, QUERIES_2025_04)
    assert refusal.value.message == "username property is wrong,username must be a string "


def test_dates_that_do_not_exist_are_malformed_since_2026_03() -> None:
    query = {"eventTypeId": "1", "start": "2031-06-02", "end": "2031-06-31"}
    with pytest.raises(BadRequest, match="end must be a valid ISO 8601 date string"):
        read_query(query)
    with pytest.raises(BadRequest, match="Invalid end date"):
        read_query(query, QUERIES_2025_04).window()


def test_a_booking_to_reschedule_may_be_named_since_2026_03() -> None:
    query = {"eventTypeId": "1", "bookingUidToReschedule": "abc", **DAYS}
    assert read_query(query).rescheduled == "abc"
    with pytest.raises(BadRequest, match="property bookingUidToReschedule should not exist"):
        read_query(query, QUERIES_2025_04)
