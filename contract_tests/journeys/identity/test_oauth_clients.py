"""The OAuth clients of a platform organization."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import Client, Deployment, data, error, unique
from contract_tests.editions import added_in
from contract_tests.journeys.identity.conftest import MakeClient, OAuthClient
from contract_tests.refusals import check_refusal, unknown_client, unknown_team, unknown_token, wrong_secret

ALL = [
    "EVENT_TYPE_READ",
    "EVENT_TYPE_WRITE",
    "BOOKING_READ",
    "BOOKING_WRITE",
    "SCHEDULE_READ",
    "SCHEDULE_WRITE",
    "APPS_READ",
    "APPS_WRITE",
    "PROFILE_READ",
    "PROFILE_WRITE",
]

NO_ROLE = "OrganizationRolesGuard - User must have one of the roles: ADMIN, OWNER."


def shown(client: OAuthClient) -> dict[str, Any]:
    return data(client.api.get(f"/v2/oauth-clients/{client.id}"))


def test_a_client_shows_what_it_was_made_with(make_client: MakeClient) -> None:
    client = make_client(name="Clinic", permissions=["PROFILE_WRITE", "BOOKING_READ"], logo=None)
    found = shown(client)
    assert found.pop("createdAt")
    assert isinstance(found.pop("organizationId"), int)
    assert found == {
        "id": client.id,
        "name": "Clinic",
        "secret": client.secret,
        "permissions": ["BOOKING_READ", "PROFILE_WRITE"],
        "logo": None,
        "redirectUris": ["https://app.example.org"],
        "areEmailsEnabled": False,
        "areDefaultEventTypesEnabled": False,
        **added_in("2026-03", areCalendarEventsEnabled=True),
    }


@pytest.mark.parametrize(("names", "granted"), [(["*"], ALL), (["BOOKING_READ", "*"], ALL), ([], [])])
def test_wildcard_permissions_are_expanded(make_client: MakeClient, names: list[str], granted: list[str]) -> None:
    assert shown(make_client(permissions=names))["permissions"] == granted


def test_an_update_changes_the_given_fields_and_null_clears(client: OAuthClient) -> None:
    before = shown(client)
    change = {"logo": "https://a.example/logo.png", "bookingCancelRedirectUri": "anything", "areEmailsEnabled": True}
    path = f"/v2/oauth-clients/{client.id}"
    assert data(client.api.patch(path, json={**change, "permissions": [], "secret": "x"})) == {**before, **change}
    cleared = data(client.api.patch(path, json={"logo": None, "bookingCancelRedirectUri": None}))
    assert cleared == {**before, "areEmailsEnabled": True}
    assert data(client.api.patch(path, json={})) == cleared


def test_every_client_of_the_organization_is_listed(make_client: MakeClient, platform: Client) -> None:
    one, other = make_client(), make_client()
    listed = {each["id"]: each for each in data(platform.get("/v2/oauth-clients"))}
    assert listed[one.id] == shown(one) and listed[other.id] == shown(other)


def test_an_unknown_permission_is_rejected(platform: Client) -> None:
    body = {"name": unique("client"), "redirectUris": [], "permissions": ["EVERYTHING"]}
    [invalid] = error(platform.post("/v2/oauth-clients", json=body), 400)["details"]["errors"]
    assert invalid["constraints"] == {"isEnum": "each value in permissions must be one of the following values: "}


def test_credentials_give_access_to_their_own_client_only(make_client: MakeClient) -> None:
    one, other = make_client(), make_client()
    check_refusal(one.api.get(f"/v2/oauth-clients/{other.id}"), wrong_secret())
    check_refusal(one.api.get("/v2/oauth-clients/nothing"), unknown_client("nothing"))


@pytest.mark.sandbox_only("upstream, webhooks of clients need a web session")
def test_deleting_a_client_deletes_tokens_webhooks_and_teams_but_not_its_users(
    make_client: MakeClient, platform: Client
) -> None:
    client = make_client()
    user = client.user()
    organization_id = data(platform.get("/v2/me"))["organizationId"]
    teams = f"/v2/organizations/{organization_id}/teams"
    headers = {"x-cal-client-id": client.id}
    body = {"name": unique("crew"), "slug": unique("crew")}
    team = data(client.api.post(teams, json=body, headers=headers), 201)
    hook = {"subscriberUrl": "https://hooks.example.org/a", "triggers": ["BOOKING_CREATED"], "active": True}
    data(client.api.post(f"/v2/oauth-clients/{client.id}/webhooks", json=hook), 201)

    gone = data(client.api.delete(f"/v2/oauth-clients/{client.id}"))

    assert (gone["id"], gone["secret"]) == (client.id, client.secret)
    check_refusal(client.api.get("/v2/me"), unknown_client(client.id))
    check_refusal(user.api.get("/v2/me"), unknown_token())
    check_refusal(platform.get(f"{teams}/{team['id']}"), unknown_team(team["id"]))
    users = f"/v2/organizations/{organization_id}/users"
    assert user.id in {each["id"] for each in data(platform.get(users, params={"emails": user.fields["email"]}))}
    data(platform.delete(f"{users}/{user.id}"))


def test_members_read_clients_and_do_not_create_them(member: Client, deployment: Deployment) -> None:
    found = data(member.get(f"/v2/oauth-clients/{deployment.client_id}"))
    assert found in data(member.get("/v2/oauth-clients"))
    assert error(member.post("/v2/oauth-clients", json={}), 403)["message"] == NO_ROLE


@pytest.mark.sandbox_only("needs keys of several members")
def test_members_do_not_change_clients(member: Client, deployment: Deployment) -> None:
    path = f"/v2/oauth-clients/{deployment.client_id}"
    for refused in (member.patch(path, json={}), member.delete(path)):
        assert error(refused, 403)["message"] == NO_ROLE
