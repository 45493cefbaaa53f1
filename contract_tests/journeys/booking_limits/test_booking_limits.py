"""How often users are booked: their overall limits, and those as round robin hosts of teams."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SLOTS, Client, data, error, own_id, unique
from contract_tests.coming_days import A_WEEK, coming_tuesday
from contract_tests.nonexistent import NO_NUMBER

pytestmark = pytest.mark.since("2026-09")

OVERALL, IN_TEAMS = "/v2/me/booking-limits", "/v2/me/team-booking-limits"
SALES, SALES_INTRO = 2, 101
NO_LIMITS = {"perDay": None, "perWeek": None, "perMonth": None, "perYear": None}


def starts(client: Client, event_type: int, day: str) -> list[str]:
    query = {"eventTypeId": event_type, "start": day, "end": day}
    return [each["start"] for each in data(client.get("/v2/slots", params=query, v=SLOTS)).get(day, [])]


def book(client: Client, event_type: int, start: str, v: str = BOOKINGS, **fields: Any) -> httpx.Response:
    attendee = {"name": "Ann", "email": f"{unique('ann')}@example.com", "timeZone": "Europe/London"}
    body = {"eventTypeId": event_type, "start": start, "attendee": attendee, **fields}
    return client.post("/v2/bookings", json=body, v=v)


@pytest.fixture
def intro(member: Client) -> int:
    """An event type of the member's own."""
    body = {"title": "Intro", "slug": unique("intro"), "lengthInMinutes": 60}
    return data(member.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]


def test_numbers_are_set_one_by_one_until_all_are_removed(member: Client) -> None:
    assert data(member.get(OVERALL)) == NO_LIMITS
    assert data(member.patch(OVERALL, json={"perDay": 3, "perWeek": 10})) == {**NO_LIMITS, "perDay": 3, "perWeek": 10}
    assert data(member.patch(OVERALL, json={"perWeek": None, "perYear": 90})) == data(member.get(OVERALL))
    assert data(member.get(OVERALL)) == {**NO_LIMITS, "perDay": 3, "perYear": 90}
    assert data(member.get(IN_TEAMS))["globalLimit"] == {**NO_LIMITS, "perDay": 3, "perYear": 90}
    for _ in range(2):
        assert member.delete(OVERALL).status_code == 204
    assert data(member.patch(OVERALL, json={})) == NO_LIMITS


@pytest.mark.parametrize("body", [{"perDay": 0}, {"perWeek": "3"}, {"perMonth": 1.5}])
def test_a_limit_is_an_integer_from_one_on(member: Client, body: dict[str, Any]) -> None:
    error(member.patch(OVERALL, json=body), 400)
    assert data(member.get(OVERALL)) == NO_LIMITS


@pytest.mark.sandbox_only("a user outside of the organization")
def test_only_members_of_organizations_have_overall_limits(solo: Client) -> None:
    for reply in (solo.get(OVERALL), solo.patch(OVERALL, json={"perDay": 1}), solo.delete(OVERALL)):
        message = error(reply, 403)["message"]
        assert message == "IsAuthenticatedUserInOrg - this endpoint is only available to organization members."
    assert data(solo.get(IN_TEAMS)) == {"teams": [], "globalLimit": None, "isOvercommitted": False}


def test_a_user_is_not_booked_more_often_than_the_overall_limit(member: Client, solo: Client, intro: int) -> None:
    other = data(
        member.post(
            "/v2/event-types", json={"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30}, v=EVENT_TYPES
        ),
        201,
    )["id"]
    day, later = f"{coming_tuesday()}", f"{coming_tuesday(2 * A_WEEK)}"
    offered = starts(solo, intro, day)
    data(member.patch(OVERALL, json={"perDay": 1}))
    booking = data(book(solo, other, offered[0]), 201)
    assert starts(solo, intro, day) == starts(solo, other, day) == []
    assert starts(solo, intro, later), "the limit is one of a day"
    refusal = error(book(solo, intro, offered[2]), 400)
    assert refusal["message"] == "User either already has booking at this time or is not available"
    forced = data(book(member, intro, offered[2], v="2026-02-25", skipBookingLimits=True), 201)
    data(member.post(f"/v2/bookings/{forced['uid']}/cancel", json={"cancellationReason": "Full"}, v=BOOKINGS))
    moved = data(solo.post(f"/v2/bookings/{booking['uid']}/reschedule", json={"start": offered[3]}, v=BOOKINGS), 201)
    assert moved["start"] == offered[3], "the booking itself does not count"
    data(member.patch(OVERALL, json={"perDay": 2}))
    data(book(solo, intro, offered[1]), 201)
    assert starts(solo, intro, day) == []
    member.delete(OVERALL)
    assert starts(solo, intro, day)


@pytest.mark.sandbox_only("the organization of the default world")
def test_a_round_robin_passes_hosts_whose_limit_in_the_team_is_used_up(
    owner: Client, member: Client, solo: Client
) -> None:
    team = {"name": "Sales", "bookingLimits": '{"PER_DAY": 1}'}
    data(owner.patch(f"/v2/organizations/1/teams/{SALES}", json=team))
    shown = data(member.get(IN_TEAMS))["teams"]
    once = {**NO_LIMITS, "perDay": 1}
    limits = {"teamId": SALES, "teamName": "Sales", "teamLimit": once, "memberLimit": None, "effectiveLimit": once}
    assert shown == [limits]
    own = data(member.patch(f"{IN_TEAMS}/{SALES}", json={"perDay": 2}))
    twice = {**NO_LIMITS, "perDay": 2}
    assert own == {**limits, "memberLimit": twice, "effectiveLimit": twice}

    day = f"{coming_tuesday()}"
    offered = starts(solo, SALES_INTRO, day)
    hosts = [data(book(solo, SALES_INTRO, start), 201)["hosts"][0]["id"] for start in offered[:3]]
    assert sorted(hosts) == [1, 3, 3]
    assert starts(solo, SALES_INTRO, day) == []
    error(book(solo, SALES_INTRO, offered[4]), 400)

    data(member.patch(f"{IN_TEAMS}/{SALES}", json={"perDay": 3}))
    assert starts(solo, SALES_INTRO, day)
    assert member.delete(f"{IN_TEAMS}/{SALES}").status_code == 204
    assert starts(solo, SALES_INTRO, day) == []
    error(member.delete(f"{IN_TEAMS}/{SALES}"), 404)


def new_team(founder: Client, member: Client, organization: str) -> str:
    """The path of a new team of the organization with `member`."""
    made = data(founder.post(f"{organization}/teams", json={"name": unique("team")}), 201)
    membership = {"userId": own_id(member), "accepted": True, "role": "MEMBER"}
    data(founder.post(f"{organization}/teams/{made['id']}/memberships", json=membership), 201)
    return f"{organization}/teams/{made['id']}"


def test_numbers_in_teams_are_capped_by_the_overall_limit(
    owner: Client, founder: Client, member: Client, organization: str
) -> None:
    turns = {
        "title": "Turns",
        "slug": unique("turns"),
        "lengthInMinutes": 30,
        "schedulingType": "roundRobin",
        "hosts": [{"userId": own_id(member)}],
    }
    paths = [new_team(founder, member, organization) for _ in range(2)]
    first, second = (path.rpartition("/")[2] for path in paths)
    data(owner.post(f"{paths[0]}/event-types", json=turns), 201)
    data(member.patch(OVERALL, json={"perDay": 2, "perWeek": 4}))
    limits = data(member.patch(f"{IN_TEAMS}/{first}", json={"perDay": 5, "perWeek": 4}))
    assert limits["memberLimit"] == {**NO_LIMITS, "perDay": 5, "perWeek": 4}
    assert limits["effectiveLimit"] == {**NO_LIMITS, "perDay": 2, "perWeek": 4}
    assert data(member.get(IN_TEAMS))["isOvercommitted"] is False
    error(member.patch(f"{IN_TEAMS}/{second}", json={"perDay": 1}), 400)
    data(owner.post(f"{paths[1]}/event-types", json={**turns, "slug": unique("turns")}), 201)
    data(member.patch(f"{IN_TEAMS}/{second}", json={"perDay": 1}))
    shown = data(member.get(IN_TEAMS))
    assert shown["isOvercommitted"] is True
    listed = [each["teamId"] for each in shown["teams"]]
    assert [listed.count(int(team)) for team in (first, second)] == [1, 1]
    assert member.delete(f"{IN_TEAMS}/{second}").status_code == 204
    error(member.delete(f"{IN_TEAMS}/{second}"), 404)


@pytest.mark.sandbox_only("the organization of the default world")
def test_users_have_numbers_only_in_teams_in_which_they_take_turns(solo: Client) -> None:
    for team in (SALES, NO_NUMBER):
        error(solo.patch(f"{IN_TEAMS}/{team}", json={"perDay": 1}), 400)
        error(solo.delete(f"{IN_TEAMS}/{team}"), 404)
