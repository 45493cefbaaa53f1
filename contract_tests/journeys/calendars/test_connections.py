"""Apple accounts: connecting them by name and password, checking and disconnecting them."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import Client, data, error, unique
from contract_tests.editions import in_force
from contract_tests.journeys.calendars.calendar_helpers import connect_apple, connections, destination, selected
from contract_tests.managed_users import ManagedUser

pytestmark = pytest.mark.sandbox_only("a real deployment asks Apple")


def apple_name() -> str:
    return f"{unique('apple')}@icloud.example"


def disconnect(client: Client, credential_id: int) -> dict[str, Any]:
    return data(client.post("/v2/calendars/apple/disconnect", json={"id": credential_id}))


def test_an_apple_account_is_connected_selected_and_disconnected(managed_user: ManagedUser) -> None:
    connection = connect_apple(managed_user.api, apple_name())
    assert selected(managed_user.api) == []
    data(managed_user.api.get("/v2/calendars/apple/check"))

    calendar = connection["calendars"][0]
    names = ("integration", "externalId", "credentialId")
    data(managed_user.api.post("/v2/selected-calendars", json={name: calendar[name] for name in names}), 201)
    assert selected(managed_user.api) == [calendar["externalId"]]

    gone = disconnect(managed_user.api, connection["credentialId"])
    assert gone == {
        "id": connection["credentialId"],
        "type": "apple_calendar",
        "userId": managed_user.id,
        "teamId": None,
        "appId": "apple-calendar",
        "invalid": False,
    }
    assert connections(managed_user.api) == []
    assert destination(managed_user.api) == {}
    error(managed_user.api.get("/v2/calendars/apple/check"), 400)
    error(managed_user.api.post("/v2/calendars/apple/disconnect", json={"id": connection["credentialId"]}), 404)


@pytest.mark.sandbox_only("solo has a Google account in the default world, and member has none")
def test_a_check_is_about_ones_own_account(solo: Client, member: Client) -> None:
    data(solo.get("/v2/calendars/google/check"))
    error(member.get("/v2/calendars/google/check"), 400)


def test_a_new_password_keeps_the_connection(managed_user: ManagedUser) -> None:
    name = apple_name()
    first = connect_apple(managed_user.api, name)
    again = connect_apple(managed_user.api, name, "another-password")
    assert again["credentialId"] == first["credentialId"]
    assert len(connections(managed_user.api)) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"username": "a", "password": "abcd-efgh"}, "Username or password cannot be empty"),
        (
            {"username": "me@icloud.example", "password": "invalid"},
            "Could not add this apple calendar account: Invalid credentials",
        ),
    ],
    ids=["short", "refused by Apple"],
)
def test_refused_credentials_connect_nothing(managed_user: ManagedUser, body: dict[str, Any], message: str) -> None:
    assert error(managed_user.api.post("/v2/calendars/apple/credentials", json=body), 400)["message"] == message
    assert connections(managed_user.api) == []


@pytest.mark.parametrize("body", [{"username": "me@icloud.example"}, {"username": "me@icloud.example", "password": 12}])
def test_missing_credentials_connect_nothing(managed_user: ManagedUser, body: dict[str, Any]) -> None:
    refusal = error(managed_user.api.post("/v2/calendars/apple/credentials", json=body), 400)
    if in_force("apple-credentials-trimmed"):
        [wrong] = refusal["details"]["errors"]
        assert wrong["constraints"] == {"minLength": "password must be longer than or equal to 1 characters"}
    else:
        assert refusal["message"] == "Username or password cannot be empty"
    assert connections(managed_user.api) == []


@pytest.mark.parametrize("calendar", ["apple", "ics-feed"])
@pytest.mark.parametrize("step", ["connect", "save"])
def test_calendars_without_a_consent_page_cannot_be_connected_through_one(
    managed_user: ManagedUser, calendar: str, step: str
) -> None:
    state = f"accessToken={managed_user.access_token}&origin=http://localhost:3000&isDryRun=false"
    refusal = error(managed_user.api.get(f"/v2/calendars/{calendar}/{step}", params={"state": state, "code": "x"}), 400)
    assert refusal["message"] == "Invalid calendar type, available calendars are: "
    assert connections(managed_user.api) == []


def test_the_destination_falls_back_when_its_account_is_disconnected(managed_user: ManagedUser) -> None:
    first, second = (connect_apple(managed_user.api, apple_name()) for _ in range(2))
    calendar = second["calendars"][0]
    data(
        managed_user.api.put(
            "/v2/destination-calendars",
            json={"integration": calendar["integration"], "externalId": calendar["externalId"]},
        )
    )
    row = destination(managed_user.api)["id"]

    disconnect(managed_user.api, second["credentialId"])
    fallen_back = destination(managed_user.api)
    assert fallen_back["externalId"] == first["primary"]["externalId"]
    assert fallen_back["credentialId"] == first["credentialId"]
    assert fallen_back["id"] != row


def test_accounts_of_others_cannot_be_disconnected(managed_user: ManagedUser, solo: Client) -> None:
    [theirs] = connections(solo, "apple_calendar")
    body = {"id": theirs["credentialId"]}
    assert error(managed_user.api.post("/v2/calendars/apple/disconnect", json=body), 404)["message"] == (
        "Calendar credentials not found"
    )
    assert connections(solo, "apple_calendar") == [theirs]
