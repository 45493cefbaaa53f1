"""Managed users of an OAuth client."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SCHEDULES, Client, data, error, unique
from contract_tests.journeys.identity.conftest import MakeClient, OAuthClient
from contract_tests.nonexistent import NO_NUMBER, UNKNOWN_NAME
from contract_tests.refusals import check_refusal, no_permission, unknown_token


def emails(client: OAuthClient, text: str) -> Any:
    return client.api.get(client.users, params={"emails": text})


def test_a_user_with_name_and_address_only_has_defaults(client: OAuthClient) -> None:
    address = f"{unique('plain')}@example.com"
    fields = dict(client.user(email=address, name="Plain Person").fields)
    local = address.partition("@")[0]
    assert fields.pop("id") > 0 and fields.pop("createdDate")
    assert fields == {
        "email": f"{local}+{client.id}@example.com",
        "username": f"{local}-{client.id}-example-com",
        "name": "Plain Person",
        "bio": None,
        "timeZone": "Europe/London",
        "weekStart": "Sunday",
        "timeFormat": 12,
        "defaultScheduleId": None,
        "locale": None,
        "avatarUrl": None,
    }


def test_an_address_is_taken_once_per_client(client: OAuthClient) -> None:
    address = f"{unique('twice')}@example.com"
    first = client.user(email=address)
    refusal = error(client.api.post(client.users, json={"email": address, "name": "Again"}), 409)
    assert refusal["code"] == "ConflictException"
    assert refusal["message"] == f"User with the provided e-mail already exists. Existing user ID={first.id}"


def test_two_clients_may_have_users_of_one_address(client: OAuthClient, make_client: MakeClient) -> None:
    address = f"{unique('twice')}@example.com"
    assert client.user(email=address).id != make_client().user(email=address).id


def test_addresses_of_one_username_conflict(client: OAuthClient) -> None:
    local = unique("same")
    client.user(email=f"{local}@mail.example.com")
    refusal = error(client.api.post(client.users, json={"email": f"{local}@mail.example.org", "name": "Other"}), 409)
    assert refusal == {
        "code": "CONFLICT",
        "message": "Invalid Input: Trying to create a record that already exists.",
    }


@pytest.mark.parametrize("address", ["nobody", "nobody@nowhere", "two@signs@example.com", "with space@example.com"])
def test_a_malformed_address_is_refused(client: OAuthClient, address: str) -> None:
    refusal = error(client.api.post(client.users, json={"email": address, "name": "Nobody"}), 400)
    assert refusal == {
        "code": "TRPCError",
        "message": "Bad request: Please check your request data and try again",
    }


def test_the_client_decides_on_default_event_types(make_client: MakeClient) -> None:
    user = make_client(areDefaultEventTypesEnabled=True).user()
    found = data(user.api.get("/v2/event-types", params={"username": user.fields["username"]}, v=EVENT_TYPES))
    assert {each["slug"]: (each["lengthInMinutes"], each["title"]) for each in found} == {
        "thirty-minutes": (30, "30 Minutes"),
        "sixty-minutes": (60, "60 Minutes"),
        "thirty-minutes-video": (30, "30 Minutes"),
        "sixty-minutes-video": (60, "60 Minutes"),
    }
    other = make_client().user()
    path = "/v2/event-types"
    assert data(other.api.get(path, params={"username": other.fields["username"]}, v=EVENT_TYPES)) == []


def test_the_first_time_zone_creates_a_schedule_and_later_ones_do_not_change_it(client: OAuthClient) -> None:
    user = client.user(timeZone="Europe/Rome")
    data(client.api.patch(f"{client.users}/{user.id}", json={"timeZone": "asia/tokyo"}))
    assert data(user.api.get("/v2/me"))["timeZone"] == "Asia/Tokyo"
    assert data(user.api.get("/v2/schedules/default", v=SCHEDULES))["timeZone"] == "Europe/Rome"


def test_users_are_found_by_given_and_by_stored_address(client: OAuthClient) -> None:
    address = f"{unique('find')}@example.com"
    given, stored = client.user(email=address), client.user()
    client.user()
    found = data(emails(client, f"{address}, {stored.fields['email']},{unique('nobody')}@example.com"))
    assert [user["id"] for user in found] == [given.id, stored.id]
    assert error(emails(client, f"{address},nonsense"), 400)["message"] == "Invalid email nonsense"


def test_the_list_is_paged(make_client: MakeClient) -> None:
    client = make_client()
    made = [client.user().id for _ in range(3)]
    pages = [data(client.api.get(client.users, params={"limit": 2, "offset": skip})) for skip in (0, 2, 250)]
    assert [[user["id"] for user in page] for page in pages] == [made[:2], made[2:], []]
    refusal = error(client.api.get(client.users, params={"limit": 251, "offset": -1}), 400)
    assert {each["property"] for each in refusal["details"]["errors"]} == {"limit", "offset"}


def test_an_update_rewrites_the_address_and_the_username(client: OAuthClient) -> None:
    user = client.user(bio="Old", metadata={"old": 1})
    local = unique("moved")
    change = {"bio": None, "timeFormat": 24, "metadata": {"new": True}, "username": UNKNOWN_NAME}
    body = {**change, "email": f"{local}@example.org"}
    expected = {
        **user.fields,
        "bio": None,
        "timeFormat": 24,
        "metadata": {"new": True},
        "email": f"{local}+{client.id}@example.org",
        "username": f"{local}-{client.id}-example-org",
    }
    assert data(client.api.patch(f"{client.users}/{user.id}", json=body)) == expected
    assert data(client.api.patch(f"{client.users}/{user.id}", json={})) == expected
    taken = {"email": f"{unique('taken')}@example.com"}
    client.user(**taken)
    assert error(client.api.patch(f"{client.users}/{user.id}", json=taken), 409)["code"] == "CONFLICT"


@pytest.mark.parametrize(
    "metadata",
    [{"k" * 41: 1}, {"k": "v" * 501}, {"k": None}, {"k": {"nested": 1}}, {f"k{n}": n for n in range(51)}],
    ids=["long key", "long text", "null", "nested", "too many"],
)
def test_metadata_is_bounded(client: OAuthClient, metadata: dict[str, Any]) -> None:
    user = client.user()
    reply = client.api.patch(f"{client.users}/{user.id}", json={"metadata": metadata})
    [invalid] = error(reply, 400)["details"]["errors"]
    assert invalid["constraints"] == {
        "ValidateMetadata": "Metadata must have at most 50 keys, each key up to 40 characters, and values up to 500"
        " characters."
    }


def test_users_of_other_clients_are_not_found(client: OAuthClient, make_client: MakeClient, platform: Client) -> None:
    owner_id = data(platform.get("/v2/me"))["id"]
    for user_id in (make_client().user().id, owner_id, NO_NUMBER):
        path = f"{client.users}/{user_id}"
        for reply in (
            client.api.get(path),
            client.api.patch(path, json={}),
            client.api.delete(path),
            client.api.post(f"{path}/force-refresh"),
        ):
            assert error(reply, 404)["message"] == f"User with ID {user_id} is not part of this OAuth client."


def test_deleting_a_user_deletes_the_users_data(client: OAuthClient, platform: Client) -> None:
    address = f"{unique('brief')}@example.com"
    user = client.user(email=address, timeZone="Europe/Rome")
    body = {"title": "Chat", "slug": "chat", "lengthInMinutes": 30}
    event_type = data(user.api.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)
    hook = {"subscriberUrl": "https://hooks.example.org/x", "triggers": ["BOOKING_CREATED"], "active": True}
    data(user.api.post("/v2/webhooks", json=hook), 201)

    assert data(client.api.delete(f"{client.users}/{user.id}")) == user.fields

    error(client.api.delete(f"{client.users}/{user.id}"), 404)
    check_refusal(user.api.get("/v2/me"), unknown_token())
    assert error(client.refresh(user.refresh_token), 400)["message"] == "Invalid refresh token"
    error(platform.get(f"/v2/event-types/{event_type['id']}", v=EVENT_TYPES), 404)
    assert emails(client, address).json()["data"] == []
    assert client.user(email=address).id != user.id


def test_permissions_bind_the_client_and_its_users(make_client: MakeClient) -> None:
    client = make_client(permissions=["PROFILE_READ", "BOOKING_READ"])
    user = client.user()
    for api in (client.api, user.api):
        data(api.get("/v2/me"))
        data(api.get("/v2/bookings", v=BOOKINGS))
        for refused, permission in (
            (api.patch("/v2/me", json={}), "PROFILE_WRITE"),
            (api.get("/v2/schedules", v=SCHEDULES), "SCHEDULE_READ"),
            (api.post("/v2/event-types", json={}, v=EVENT_TYPES), "EVENT_TYPE_WRITE"),
        ):
            check_refusal(refused, no_permission(client.id, permission))
