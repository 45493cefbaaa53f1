"""Cascading deletions of users, OAuth clients and organizations.

The sandbox's doctor looks at the whole state after each test: nothing may be left dangling.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SLOTS, Client, Deployment, data, error, unique
from contract_tests.coming_days import from_tomorrow
from contract_tests.journeys.identity.conftest import MakeClient, ManagedUser, OAuthClient
from contract_tests.refusals import check_refusal, unknown_client, unknown_key, unknown_token

HOOK = {"subscriberUrl": "https://hooks.example.org/a", "triggers": ["BOOKING_CREATED"], "active": True}


def organization_of(client: Client) -> str:
    return f"/v2/organizations/{data(client.get('/v2/me'))['organizationId']}"


def book(host: ManagedUser, attendee: str) -> dict[str, Any]:
    """Books the first free slot of a new event type of `host`."""
    body = {"title": "Talk", "slug": unique("talk"), "lengthInMinutes": 30}
    event_type = data(host.api.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)
    params = {"eventTypeId": event_type["id"], **from_tomorrow()}
    slots = data(host.api.get("/v2/slots", params=params, v=SLOTS))
    start = next(slot["start"] for day in sorted(slots) for slot in slots[day])
    booker = {"name": "Ann Attendee", "email": attendee, "timeZone": "Europe/Rome"}
    body = {"eventTypeId": event_type["id"], "start": start, "attendee": booker}
    return data(host.api.post("/v2/bookings", json=body, v=BOOKINGS), 201)


def day(ahead: int) -> str:
    """The start of the day `ahead` days from now."""
    return f"{datetime.now(UTC).date() + timedelta(ahead)}T00:00:00.000Z"


def test_deleting_a_user_leaves_no_references(client: OAuthClient, platform: Client) -> None:
    user, colleague = client.user(timeZone="UTC"), client.user(timeZone="UTC")
    organization = organization_of(platform)
    team = data(client.api.post(f"{organization}/teams", json={"name": "Crew", "slug": unique("crew")}), 201)
    crew = f"{organization}/teams/{team['id']}"
    for each in (user, colleague):
        body = {"userId": each.id, "role": "MEMBER", "accepted": True}
        data(platform.post(f"{crew}/memberships", json=body), 201)
    together = {
        "title": "Together",
        "slug": unique("together"),
        "lengthInMinutes": 30,
        "schedulingType": "collective",
        "hosts": [{"userId": user.id}, {"userId": colleague.id}],
    }
    shared = data(platform.post(f"{crew}/event-types", json=together), 201)
    booking = book(user, "ann@example.com")
    elsewhere = book(colleague, user.fields["email"])
    data(user.api.post("/v2/webhooks", json=HOOK), 201)
    for away, stand_in, days in ((user, colleague, 30), (colleague, user, 60)):
        absence = {"start": day(days), "end": day(days + 7), "toUserId": stand_in.id}
        data(platform.post(f"{organization}/users/{away.id}/ooo", json=absence), 201)

    data(client.api.delete(f"{client.users}/{user.id}"))

    error(client.api.get(f"/v2/bookings/{booking['uid']}", v=BOOKINGS), 404)
    data(client.api.get(f"/v2/bookings/{elsewhere['uid']}", v=BOOKINGS))
    members = {each["userId"] for each in data(platform.get(f"{crew}/memberships"))}
    assert user.id not in members and colleague.id in members
    hosts = data(platform.get(f"{crew}/event-types/{shared['id']}"))["hosts"]
    assert [host["userId"] for host in hosts] == [colleague.id]
    data(platform.delete(crew))


def test_the_users_of_a_deleted_client_keep_their_data(make_client: MakeClient, platform: Client) -> None:
    client = make_client()
    user = client.user(timeZone="UTC")
    booking = book(user, "ann@example.com")
    data(client.api.delete(f"/v2/oauth-clients/{client.id}"))
    data(platform.get(f"/v2/bookings/{booking['uid']}", v=BOOKINGS))
    data(platform.delete(f"{organization_of(platform)}/users/{user.id}"))


@pytest.mark.sandbox_only("needs the owner of a platform organization")
def test_deleting_an_organization_deletes_its_clients(deployment: Deployment, owner: Client) -> None:
    made = data(owner.post("/v2/organizations/1/organizations", json={"name": unique("Branch")}), 201)
    key = deployment.bearer(made["apiKey"])
    body = {"name": "Branch", "redirectUris": [], "permissions": ["*"]}
    credentials = data(key.post("/v2/oauth-clients", json=body), 201)
    client = OAuthClient(deployment, credentials["clientId"], credentials["clientSecret"])
    user = client.user(timeZone="UTC")
    data(client.api.post(f"/v2/oauth-clients/{client.id}/webhooks", json=HOOK), 201)

    data(owner.delete(f"/v2/organizations/1/organizations/{made['id']}"))

    check_refusal(client.api.get("/v2/me"), unknown_client(client.id))
    check_refusal(user.api.get("/v2/me"), unknown_token())
    check_refusal(key.get("/v2/me"), unknown_key())
