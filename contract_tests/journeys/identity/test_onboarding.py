"""A platform customer starts with one OAuth client and builds everything through the API."""

from __future__ import annotations

from contract_tests.clients import SCHEDULES, Client, Deployment, data, unique


def test_onboarding_up_to_the_first_call_of_a_managed_user(deployment: Deployment, platform: Client) -> None:
    credentials = data(
        platform.post(
            "/v2/oauth-clients",
            json={"name": unique("clinic"), "redirectUris": ["https://clinic.example.org"], "permissions": ["*"]},
        ),
        201,
    )
    clinic = deployment.client_credentials(credentials["clientId"], credentials["clientSecret"])
    users = f"/v2/oauth-clients/{credentials['clientId']}/users"
    address = f"{unique('alice')}@example.com"

    created = data(
        clinic.post(users, json={"email": address, "name": "Alice Smith", "timeZone": "america/new_york"}), 201
    )
    alice = deployment.bearer(created["accessToken"])
    me = data(alice.get("/v2/me"))

    local = address.partition("@")[0]
    assert me["id"] == created["user"]["id"]
    assert me["email"] == f"{local}+{credentials['clientId']}@example.com"
    assert me["username"] == f"{local}-{credentials['clientId']}-example-com"
    assert me["timeZone"] == "America/New_York"
    assert me["organizationId"] == data(platform.get("/v2/me"))["organizationId"]
    [hours] = data(alice.get("/v2/schedules", v=SCHEDULES))
    assert (hours["id"], hours["isDefault"], hours["timeZone"]) == (me["defaultScheduleId"], True, "America/New_York")
    assert [user["id"] for user in data(clinic.get(users))] == [me["id"]]

    assert data(clinic.delete(f"{users}/{me['id']}"))["id"] == me["id"]
    assert data(clinic.delete(f"/v2/oauth-clients/{credentials['clientId']}"))["id"] == credentials["clientId"]
