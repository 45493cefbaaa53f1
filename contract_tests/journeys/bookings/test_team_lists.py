"""The booking list of a standalone team, since 2026-03."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, Client, data, error, own_id, unique
from contract_tests.coming_days import coming_monday
from contract_tests.journeys.bookings.conftest import attendee
from contract_tests.managed_users import ManagedUsers
from contract_tests.nonexistent import NO_NUMBER

pytestmark = pytest.mark.since("2026-03")


@pytest.fixture
def host(managed_users: ManagedUsers) -> Client:
    """A user with working hours."""
    return managed_users.new(timeZone="UTC").api


@pytest.fixture
def team(host: Client) -> str:
    """The path of a standalone team of the host."""
    return f"/v2/teams/{data(host.post('/v2/teams', json={'name': unique('team')}), 201)['id']}"


def book(client: Client, event_type: int, hour: int) -> dict[str, Any]:
    body = {"eventTypeId": event_type, "start": f"{coming_monday()}T{hour}:00:00Z", "attendee": attendee()}
    return data(client.post("/v2/bookings", json=body, v=BOOKINGS), 201)


def test_a_team_lists_the_bookings_of_its_event_types(host: Client, member: Client, team: str) -> None:
    assert data(host.get(f"{team}/bookings")) == [], "it has no event type yet"
    body = {"title": "Call", "slug": unique("call"), "lengthInMinutes": 60, "schedulingType": "collective"}
    event_type = data(host.post(f"{team}/event-types", json={**body, "hosts": [{"userId": own_id(host)}]}), 201)["id"]
    booked = [book(host, event_type, hour)["uid"] for hour in (10, 11)]
    own = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30}
    book(host, data(host.post("/v2/event-types", json=own, v=EVENT_TYPES), 201)["id"], 14)

    def listed(**query: Any) -> tuple[list[str], dict[str, Any]]:
        reply = host.get(f"{team}/bookings", params=query)
        return [each["uid"] for each in data(reply)], reply.json()["pagination"]

    uids, place = listed()
    assert sorted(uids) == sorted(booked)
    assert (place["totalItems"], place["returnedItems"], place["currentPage"]) == (2, 2, 1)
    assert listed(bookingUid=booked[1])[0] == booked[1:]
    uids, place = listed(take=1, skip=1, sortStart="asc")
    assert (uids, place["hasNextPage"], place["hasPreviousPage"]) == (booked[1:], False, True)
    error(host.get(f"{team}/bookings", params={"take": 251}), 400)
    refusal = error(member.get(f"{team}/bookings"), 403)["message"]
    assert refusal.startswith("RolesGuard - User is not a member of the team")
    error(host.get(f"/v2/teams/{NO_NUMBER}/bookings"), 403)
