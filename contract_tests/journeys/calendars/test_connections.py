"""Apple accounts: connecting them by name and password, checking and disconnecting them."""

from __future__ import annotations

import pytest

from contract_tests.clients import Client, data, error, unique
from contract_tests.journeys.calendars.reading import connect_apple, connections, destination, selected
from contract_tests.managed_users import ManagedUser

pytestmark = pytest.mark.sandbox_only("a real deployment asks Apple")


def apple_name() -> str:
    return f"{unique('apple')}@icloud.example"


def disconnect(client: Client, credential_id: int) -> dict:
    return data(client.post("/v2/calendars/apple/disconnect", json={"id": credential_id}))


def test_an_apple_account_is_listed_selected_by_hand_and_taken_away_again(person: ManagedUser) -> None:
    connection = connect_apple(person.api, apple_name())
    assert selected(person.api) == []
    data(person.api.get("/v2/calendars/apple/check"))

    calendar = connection["calendars"][0]
    names = ("integration", "externalId", "credentialId")
    data(person.api.post("/v2/selected-calendars", json={name: calendar[name] for name in names}), 201)
    assert selected(person.api) == [calendar["externalId"]]

    gone = disconnect(person.api, connection["credentialId"])
    assert gone == {
        "id": connection["credentialId"],
        "type": "apple_calendar",
        "userId": person.id,
        "teamId": None,
        "appId": "apple-calendar",
        "invalid": False,
    }
    assert connections(person.api) == []
    assert destination(person.api) == {}
    error(person.api.get("/v2/calendars/apple/check"), 400)
    error(person.api.post("/v2/calendars/apple/disconnect", json={"id": connection["credentialId"]}), 404)


def test_a_new_password_keeps_the_connection(person: ManagedUser) -> None:
    name = apple_name()
    first = connect_apple(person.api, name)
    again = connect_apple(person.api, name, "another-password")
    assert again["credentialId"] == first["credentialId"]
    assert len(connections(person.api)) == 1


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"username": "a", "password": "abcd-efgh"}, "Username or password cannot be empty"),
        ({"username": "me@icloud.example"}, "Username or password cannot be empty"),
        ({"username": "me@icloud.example", "password": 12345}, "Username or password cannot be empty"),
        (
            {"username": "me@icloud.example", "password": "invalid"},
            "Could not add this apple calendar account: Invalid credentials",
        ),
    ],
    ids=["short", "missing", "number", "refused by Apple"],
)
def test_refused_credentials_connect_nothing(person: ManagedUser, body: dict, message: str) -> None:
    assert error(person.api.post("/v2/calendars/apple/credentials", json=body), 400)["message"] == message
    assert connections(person.api) == []


def test_the_destination_falls_back_when_its_account_is_disconnected(person: ManagedUser) -> None:
    first, second = (connect_apple(person.api, apple_name()) for _ in range(2))
    calendar = second["calendars"][0]
    data(
        person.api.put(
            "/v2/destination-calendars",
            json={"integration": calendar["integration"], "externalId": calendar["externalId"]},
        )
    )
    row = destination(person.api)["id"]

    disconnect(person.api, second["credentialId"])
    fallen_back = destination(person.api)
    assert fallen_back["externalId"] == first["primary"]["externalId"]
    assert fallen_back["credentialId"] == first["credentialId"]
    assert fallen_back["id"] != row


def test_nobody_disconnects_the_accounts_of_others(person: ManagedUser, solo: Client) -> None:
    [theirs] = connections(solo, "apple_calendar")
    body = {"id": theirs["credentialId"]}
    assert error(person.api.post("/v2/calendars/apple/disconnect", json=body), 404)["message"] == (
        "Calendar credentials not found"
    )
    assert connections(solo, "apple_calendar") == [theirs]
