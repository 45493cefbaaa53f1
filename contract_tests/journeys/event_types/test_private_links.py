"""Private links of event types: their limits, and who may manage them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, SLOTS, Client, data, error, own_id, unique
from contract_tests.coming_days import from_tomorrow
from contract_tests.nonexistent import NO_NUMBER

pytestmark = pytest.mark.since("2026-03")

ONE_LIMIT = pytest.mark.until("2026-09", "private-links-with-both-limits")


def new_event_type(solo: Client) -> int:
    body = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30}
    return data(solo.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]


@pytest.fixture
def event_type(solo: Client) -> int:
    return new_event_type(solo)


@pytest.fixture
def links(event_type: int) -> str:
    """The path of the links of an event type of the solo user."""
    return f"/v2/event-types/{event_type}/private-links"


def new_team(owner: Client, organization: str) -> str:
    """The path of a new team of the organization."""
    teams = f"{organization}/teams"
    return f"{teams}/{data(owner.post(teams, json={'name': unique('team')}), 201)['id']}"


def new_team_event_type(owner: Client, team: str, **fields: Any) -> int:
    body = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30, "schedulingType": "collective", **fields}
    return data(owner.post(f"{team}/event-types", json=body), 201)["id"]


@pytest.fixture
def team_links(owner: Client, organization: str) -> str:
    """The path of the links of a team event type of the organization."""
    team = new_team(owner, organization)
    return f"{team}/event-types/{new_team_event_type(owner, team)}/private-links"


def in_days(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def walk_life(client: Client, links: str) -> None:
    """Creates, lists, changes and deletes links with both kinds of limits."""
    assert data(client.get(links)) == []
    counted = data(client.post(links, json={"maxUsageCount": 2}), 201)
    assert (counted["maxUsageCount"], counted["usageCount"], counted["isExpired"]) == (2, 0, False)
    timed = data(client.post(links, json={"expiresAt": in_days(-1)}), 201)
    assert timed["isExpired"] is True
    assert data(client.get(links)) == [counted, timed]

    end = in_days(3)
    changed = data(client.patch(f"{links}/{counted['linkId']}", json={"expiresAt": end}))
    assert (changed["expiresAt"], changed["isExpired"]) == (end, False)
    assert data(client.patch(f"{links}/{counted['linkId']}", json={})) == counted
    more = data(client.patch(f"{links}/{counted['linkId']}", json={"maxUsageCount": 5}))
    assert more == {**counted, "maxUsageCount": 5}

    deleted = data(client.delete(f"{links}/{timed['linkId']}"))
    assert deleted == {"linkId": timed["linkId"], "message": "Private link deleted successfully"}
    assert error(client.delete(f"{links}/{timed['linkId']}"), 404)["message"] == "Deleted link not found"
    gone = client.patch(f"{links}/{timed['linkId']}", json={"maxUsageCount": 1})
    assert error(gone, 404)["message"] == "Updated link not found"
    assert data(client.get(links)) == [more]


@ONE_LIMIT
def test_the_links_of_an_event_type_live_until_they_are_deleted(solo: Client, links: str) -> None:
    walk_life(solo, links)


@ONE_LIMIT
def test_the_links_of_a_team_event_type_live_until_they_are_deleted(owner: Client, team_links: str) -> None:
    walk_life(owner, team_links)


@ONE_LIMIT
@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({}, "Either expiresAt or maxUsageCount must be provided"),
        ({"expiresAt": "2050-01-01T00:00:00Z", "maxUsageCount": 1}, "Provide only one of expiresAt or maxUsageCount"),
        ({"maxUsageCount": 0}, "Bad Request Exception"),
        ({"expiresAt": "soon"}, "Bad Request Exception"),
    ],
)
def test_a_link_has_one_valid_limit(solo: Client, links: str, body: dict[str, Any], message: str) -> None:
    assert error(solo.post(links, json=body), 400)["message"] == message
    assert data(solo.get(links)) == []


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("2050-01-01T00:00:00+14:00", "2049-12-31T10:00:00.000Z"),
        ("0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00.000Z"),
        ("9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59.999Z"),
    ],
)
def test_the_time_of_expiry_is_shown_in_utc_within_the_years_1_to_9999(
    solo: Client, links: str, sent: str, shown: str
) -> None:
    made = data(solo.post(links, json={"expiresAt": sent}), 201)
    assert made["expiresAt"] == shown
    assert data(solo.get(links)) == [made]


def test_only_the_owner_manages_the_links_of_an_event_type(admin: Client, solo: Client, links: str) -> None:
    link = data(solo.post(links, json={"maxUsageCount": 1}), 201)["linkId"]
    for reply in (
        admin.get(links),
        admin.post(links, json={"maxUsageCount": 1}),
        admin.patch(f"{links}/{link}", json={"maxUsageCount": 9}),
        admin.delete(f"{links}/{link}"),
        solo.get(f"/v2/event-types/{NO_NUMBER}/private-links"),
    ):
        assert error(reply, 404)["message"].startswith("Event type with id ")
    assert data(solo.get(links))[0]["maxUsageCount"] == 1


def test_a_link_belongs_to_one_event_type_and_is_deleted_with_it(solo: Client, links: str, event_type: int) -> None:
    link = data(solo.post(links, json={"maxUsageCount": 1}), 201)["linkId"]
    error(solo.delete(f"/v2/event-types/{new_event_type(solo)}/private-links/{link}"), 404)
    data(solo.delete(f"/v2/event-types/{event_type}", v=EVENT_TYPES))
    error(solo.get(links), 404)


def test_bookings_use_a_link_up(solo: Client, anonymous: Client, links: str, event_type: int) -> None:
    use_up(solo, anonymous, links, event_type)


def test_bookings_use_a_teams_link_up(
    owner: Client, founder: Client, organization: str, member: Client, anonymous: Client
) -> None:
    team, mia = new_team(founder, organization), own_id(member)
    data(founder.post(f"{team}/memberships", json={"userId": mia, "accepted": True, "role": "MEMBER"}), 201)
    event_type = new_team_event_type(owner, team, hosts=[{"userId": mia}])
    use_up(owner, anonymous, f"{team}/event-types/{event_type}/private-links", event_type)


def use_up(owner: Client, anonymous: Client, links: str, event_type: int) -> None:
    """Books through a link that may be used once."""
    link = data(owner.post(links, json={"maxUsageCount": 1}), 201)["linkId"]
    days = data(anonymous.get("/v2/slots", params={"eventTypeId": event_type, **from_tomorrow()}, v=SLOTS))
    starts = [slot["start"] for day in sorted(days) for slot in days[day]]

    def book(start: str, through: str) -> Any:
        body = {
            "start": start,
            "eventTypeId": event_type,
            "timeZone": "Europe/Rome",
            "language": "en",
            "metadata": {},
            "responses": {"name": "Ann Lee", "email": "ann@example.com"},
            "hasHashedBookingLink": True,
            "hashedLink": through,
        }
        return anonymous.post("/v2/bookings", json=body)

    assert error(book(starts[0], "unknown"), 404)["message"].endswith("has no private link unknown.")
    data(book(starts[0], link), 201)
    [used] = data(owner.get(links))
    assert (used["usageCount"], used["isExpired"]) == (1, True)
    refused = book(starts[1], link)
    assert (refused.status_code, refused.json()["message"]) == (400, "private_link_expired")
    assert data(owner.get(links)) == [used]
