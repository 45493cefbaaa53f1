"""What changed in 2026-03: refusals that name their guard, optional credentials, clients, managed users, and me."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, Client, Deployment, data, error, unique
from contract_tests.managed_users import ManagedUsers
from contract_tests.nonexistent import NO_NUMBER

pytestmark = [pytest.mark.since("2026-03"), pytest.mark.sandbox_only("starts a sandbox of this edition")]

BOOKINGS = "2024-08-13"
SLOTS = "2024-09-04"
USERS = "/v2/oauth-clients/sandbox-client/users"
NO_UUID = "00000000-0000-4000-8000-000000000000"
NO_AUTHENTICATION = (
    "no authentication provided. Provide either authorization bearer token containing managed user access token or "
    "oAuth client id in 'x-cal-client-id' header."
)
HALF_A_PAIR = (
    "ApiAuthStrategy - Only '{}' header provided. Please also provide '{}' header or Auth bearer token as "
    "'Authentication' header"
)


@pytest.fixture
def team(solo: Client) -> int:
    """A standalone team of solo's."""
    return data(solo.post("/v2/teams", json={"name": unique("team")}), 201)["id"]


@pytest.fixture
def bookable(solo: Client) -> dict[str, Any]:
    """The body of a booking of solo's next free half hour."""
    query = {"eventTypeId": 2, "start": "2050-03-07", "end": "2050-03-09"}
    days = data(solo.get("/v2/slots", params=query, v=SLOTS))
    start = next(slot["start"] for day in days.values() for slot in day)
    return {
        "eventTypeId": 2,
        "start": start,
        "attendee": {"name": "Ann", "email": "ann@example.com", "timeZone": "UTC"},
    }


LOW_ROLE = "user with id=3 does not have the minimum required role={} within organization with id=1{}."


@pytest.mark.parametrize(
    ("user", "path", "status", "guard", "text"),
    [
        ("owner", "organizations/2/teams", 403, "IsOrgGuard",
         "provided organization id=2 does not represent any existing organization."),
        ("solo", "organizations/1/teams", 403, "RolesGuard", "User is not a member of the organization with id=1."),
        ("solo", "organizations/1/teams/2/memberships", 403, "RolesGuard",
         "User is not part of the organization with id=1."),
        ("solo", "teams/2/memberships", 403, "RolesGuard", "User is not a member of the team with id=2."),
        ("member", "organizations/1/users", 403, "RolesGuard", LOW_ROLE.format("ORG_ADMIN", "")),
        ("member", "organizations/1/teams/2/memberships", 403, "RolesGuard",
         LOW_ROLE.format("TEAM_ADMIN", " team with id=2")),
        ("owner", f"organizations/1/teams/{NO_NUMBER}", 404, "IsTeamInOrg", f"Team ({NO_NUMBER}) not found."),
        ("owner", f"organizations/1/memberships/{NO_NUMBER}", 404, "IsMembershipInOrg",
         f"Membership ({NO_NUMBER}) not found."),
        ("owner", "organizations/1/users/4/schedules", 403, "IsUserInOrg",
         "user with id=4 is not part of the organization with id=1."),
        ("owner", "organizations/1/teams/2/users/2/schedules", 403, "IsUserInOrgTeam",
         "user with id=(2) is not part of the team with id=(2) in the organization with id=(1)"),
        ("owner", f"organizations/1/organizations/{NO_NUMBER}", 403, "IsManagedOrgInManagerOrg",
         f"Managed organization with id={NO_NUMBER} is not owned by manager organization with id=1."),
        ("owner", f"organizations/1/teams/2/routing-forms/{NO_UUID}/responses", 403, "IsRoutingFormInTeam",
         f"team with id=(2) does not own routing form with id=({NO_UUID})."),
        ("owner", f"organizations/1/webhooks/{NO_UUID}", 403, "IsWebhookInOrg",
         f"webhook with id={NO_UUID} is not part of the organization with id=1."),
        ("owner", "oauth-clients/nope", 404, "OAuthClientGuard", "OAuth client not found."),
    ],
)  # fmt: skip
def test_a_guard_names_itself_and_its_reason(
    deployment: Deployment, user: str, path: str, status: int, guard: str, text: str
) -> None:
    assert error(deployment.user(user).get(f"/v2/{path}"), status)["message"] == f"{guard} - {text}"


@pytest.mark.parametrize(
    ("user", "path", "status", "message"),
    [
        ("solo", f"webhooks/{NO_UUID}", 404, f"Webhook ({NO_UUID}) not found"),
        ("owner", "organizations/1/teams/x", 400, "Validation failed (numeric string is expected)"),
    ],
)
def test_some_refusals_of_guards_name_none(
    deployment: Deployment, user: str, path: str, status: int, message: str
) -> None:
    assert error(deployment.user(user).get(f"/v2/{path}"), status)["message"] == message


def test_a_webhook_of_another_user_names_both(solo: Client, member: Client) -> None:
    hook = {"subscriberUrl": "http://127.0.0.1:9/hook", "triggers": ["BOOKING_CREATED"], "active": True}
    made = data(solo.post("/v2/webhooks", json=hook), 201)["id"]
    assert error(member.get(f"/v2/webhooks/{made}"), 403)["message"] == (
        f"IsUserWebhookGuard - user with id=(3) is not the owner of webhook with id=({made})"
    )


def test_a_client_of_another_organization_names_both(deployment: Deployment, owner: Client) -> None:
    made = data(owner.post("/v2/organizations/1/organizations", json={"name": unique("Managed")}), 201)
    stranger = deployment.bearer(made["apiKey"])
    assert error(stranger.get("/v2/oauth-clients/sandbox-client"), 403)["message"] == (
        "OAuthClientGuard - forbidden. oAuth client with id=sandbox-client does not belong to the organization with "
        f"id={made['id']}."
    )


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"x-cal-client-id": "sandbox-client"}, HALF_A_PAIR.format("x-cal-client-id", "x-cal-secret-key")),
        ({"x-cal-secret-key": "x"}, HALF_A_PAIR.format("x-cal-secret-key", "x-cal-client-id")),
        (
            {"x-cal-client-id": "sandbox-client", "x-cal-secret-key": "wrong"},
            "ApiAuthStrategy - oAuth client - Invalid client secret",
        ),
        (
            {"x-cal-client-id": "nope", "x-cal-secret-key": "wrong"},
            "ApiAuthStrategy - oAuth client - Client with ID nope not found",
        ),
        ({"Authorization": "Bearer cal_sandbox_expired"}, "ApiAuthStrategy - api key - Your api key is expired"),
        ({"Authorization": "Bearer cal_unknown"}, "CustomThrottlerGuard - Invalid API Key"),
        ({"Authorization": "Bearer unknown"}, "Invalid Access Token."),
    ],
)
def test_refused_credentials_name_the_strategy(anonymous: Client, headers: dict[str, str], message: str) -> None:
    assert error(anonymous.get("/v2/me", headers=headers), 401)["message"] == message


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({}, NO_AUTHENTICATION),
        ({"Authorization": "Bearer unknown"}, "no oAuth client found for access token=unknown"),
        ({"x-cal-client-id": "nope"}, "no oAuth client found for client id=nope"),
    ],
)
def test_missing_permissions_give_the_reason(anonymous: Client, headers: dict[str, str], message: str) -> None:
    reply = anonymous.post("/v2/event-types", json={}, headers=headers, v=EVENT_TYPES)
    assert error(reply, 403)["message"] == f"PermissionsGuard - {message}"


def test_client_credentials_act_as_the_owner_of_the_organization(
    owner: Client, admin: Client, platform: Client
) -> None:
    assert data(platform.get("/v2/me"))["id"] == 1
    memberships = data(owner.get("/v2/organizations/1/memberships"))
    own = next(each["id"] for each in memberships if each["userId"] == 1)
    data(admin.patch(f"/v2/organizations/1/memberships/{own}", json={"role": "MEMBER"}))
    assert data(platform.get("/v2/me"))["id"] == 2, "without an owner it is an admin"


def test_client_credentials_cannot_start_to_connect_a_calendar(platform: Client, solo: Client) -> None:
    data(solo.get("/v2/calendars/google/connect"))
    assert error(platform.get("/v2/calendars/google/connect"), 401)["message"] == (
        "ApiAuthStrategy - Invalid authentication method. Please provide one of the allowed methods: API_KEY, "
        "ACCESS_TOKEN"
    )


@pytest.mark.parametrize("headers", [{"x-cal-client-id": "sandbox-client"}, {"x-cal-secret-key": "x"}])
def test_half_a_pair_of_client_headers_books_anonymously(
    anonymous: Client, bookable: dict[str, Any], headers: dict[str, str]
) -> None:
    booking = data(anonymous.post("/v2/bookings", json=bookable, headers=headers, v=BOOKINGS), 201)
    assert data(anonymous.get(f"/v2/bookings/{booking['uid']}", headers=headers, v=BOOKINGS))["uid"] == booking["uid"]


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "Bearer unknown"}, {"x-cal-client-id": "sandbox-client", "x-cal-secret-key": "wrong"}],
    ids=["token", "client"],
)
def test_wrong_credentials_are_refused_where_none_are_needed(
    anonymous: Client, bookable: dict[str, Any], headers: dict[str, str]
) -> None:
    uid = data(anonymous.post("/v2/bookings", json=bookable, v=BOOKINGS), 201)["uid"]
    path = f"/v2/bookings/{uid}"
    error(anonymous.post("/v2/bookings", json=bookable, headers=headers, v=BOOKINGS), 401)
    error(anonymous.get(path, headers=headers, v=BOOKINGS), 401)
    error(anonymous.post(f"{path}/reschedule", json={"start": bookable["start"]}, headers=headers, v=BOOKINGS), 401)
    error(anonymous.post(f"{path}/cancel", json={}, headers=headers, v=BOOKINGS), 401)
    error(anonymous.get("/v2/event-types", params={"username": "solo"}, headers=headers, v=EVENT_TYPES), 401)
    assert data(anonymous.get(path, v=BOOKINGS))["status"] == "accepted"


@pytest.mark.parametrize(
    "path", ["/v2/organizations/1/teams", "/v2/organizations/1/users", "/v2/organizations/1/attributes"]
)
def test_an_empty_page_means_the_default(owner: Client, path: str) -> None:
    assert data(owner.get(path, params={"take": "", "skip": ""})) == data(owner.get(path))
    error(owner.get(path, params={"take": "0", "skip": ""}), 400)


def test_an_oauth_client_keeps_whether_calendar_events_are_written(owner: Client) -> None:
    client = "/v2/oauth-clients/sandbox-client"
    assert data(owner.get(client))["areCalendarEventsEnabled"] is True
    assert data(owner.patch(client, json={"areCalendarEventsEnabled": False}))["areCalendarEventsEnabled"] is False
    assert data(owner.patch(client, json={"name": "Renamed"}))["areCalendarEventsEnabled"] is False
    error(owner.patch(client, json={"areCalendarEventsEnabled": 1}), 400)


def test_an_address_gets_the_clients_id_once(platform: Client, managed_users: ManagedUsers) -> None:
    user = managed_users.new()
    address = f"{unique('renamed')}+sandbox-client@example.com"
    changed = data(platform.patch(f"{USERS}/{user.id}", json={"email": address}))
    assert changed["email"] == address
    plain = address.replace("+sandbox-client", "")
    assert error(platform.post(USERS, json={"email": plain, "name": "Again"}), 409)["message"].endswith(f"ID={user.id}")


def test_a_new_address_renames_the_profile(platform: Client, anonymous: Client, managed_users: ManagedUsers) -> None:
    user = managed_users.new(timeZone="UTC")
    made = data(
        user.api.post("/v2/event-types", json={"title": "T", "slug": "t", "lengthInMinutes": 30}, v=EVENT_TYPES), 201
    )
    name = data(platform.patch(f"{USERS}/{user.id}", json={"email": f"{unique('new')}@example.com"}))["username"]
    query = {"organizationSlug": "acme", "username": name, "eventTypeSlug": made["slug"]}
    days = data(anonymous.get("/v2/slots", params={**query, "start": "2050-03-07", "end": "2050-03-09"}, v=SLOTS))
    assert days


@pytest.mark.parametrize(("given", "kept"), [("12", 12), ("24", 24), (24, 24)])
def test_a_time_format_may_be_text(platform: Client, given: object, kept: int) -> None:
    body = {"email": f"{unique('format')}@example.com", "name": "F", "timeFormat": given, "timeZone": None}
    user = data(platform.post(USERS, json=body), 201)["user"]
    assert (user["timeFormat"], user["timeZone"], user["defaultScheduleId"]) == (kept, "Europe/London", None)
    changed = data(platform.patch(f"{USERS}/{user['id']}", json={"timeFormat": "12"}))
    assert changed["timeFormat"] == 12
    wrong = error(platform.patch(f"{USERS}/{user['id']}", json={"timeFormat": "13"}), 400)
    assert "isIn" in wrong["details"]["errors"][0]["constraints"]


def test_the_address_of_an_ordinary_user_waits_for_verification(solo: Client, managed_users: ManagedUsers) -> None:
    before = data(solo.get("/v2/me"))
    assert data(solo.patch("/v2/me", json={"email": "new@example.com", "bio": "Me"})) == {**before, "bio": "Me"}
    assert error(solo.patch("/v2/me", json={"email": "owner@acme.example"}), 409)["code"] == "CONFLICT"
    user = managed_users.new()
    assert data(user.api.patch("/v2/me", json={"email": "other@example.com"}))["email"] == "other@example.com"


def test_a_default_schedule_has_to_be_the_callers_own(solo: Client) -> None:
    unknown = error(solo.patch("/v2/me", json={"defaultScheduleId": NO_NUMBER}), 404)
    assert unknown["message"] == f"Schedule with ID={NO_NUMBER} does not exist."
    foreign = error(solo.patch("/v2/me", json={"defaultScheduleId": 1}), 403)
    assert foreign["message"] == "User with ID=4 does not own schedule with ID=1"
    assert data(solo.patch("/v2/me", json={"defaultScheduleId": 4}))["defaultScheduleId"] == 4


def test_managed_and_ordinary_users_do_not_mix(
    owner: Client, solo: Client, platform: Client, managed_users: ManagedUsers, team: int
) -> None:
    managed = managed_users.new()
    because = "the user is platform managed user but team is not because team probably was not created"
    ordinary = data(owner.post("/v2/organizations/1/teams", json={"name": unique("team")}), 201)["id"]
    for path, api in ((f"/v2/organizations/1/teams/{ordinary}", owner), (f"/v2/teams/{team}", solo)):
        reply = api.post(f"{path}/memberships", json={"userId": managed.id, "accepted": True, "role": "MEMBER"})
        assert error(reply, 400)["message"] == f"Can't add user to team - {because} using OAuth credentials."
    theirs = data(platform.post("/v2/organizations/1/teams", json={"name": unique("team")}), 201)["id"]
    path = f"/v2/organizations/1/teams/{theirs}/memberships"
    data(owner.post(path, json={"userId": managed.id, "accepted": True, "role": "MEMBER"}), 201)
    assert (
        "is not platform managed user" in error(owner.post(path, json={"userId": 3, "role": "MEMBER"}), 400)["message"]
    )
    into = error(owner.post("/v2/organizations/1/memberships", json={"userId": 4, "role": "MEMBER"}), 400)
    assert into["message"].startswith("Can't add user to organization - the user is not platform managed user")


def test_a_picture_of_an_organization_user_may_be_an_https_url(owner: Client) -> None:
    body = {"email": f"{unique('pic')}@example.com", "avatarUrl": "http://example.com/a.png"}
    [wrong] = error(owner.post("/v2/organizations/1/users", json=body), 400)["details"]["errors"]
    assert wrong["constraints"] == {
        "avatarValidator": "avatarUrl must be a valid HTTPS URL (HTTP not allowed) or base64 encoded image"
    }


def test_managed_organizations_come_in_pages(owner: Client) -> None:
    path = "/v2/organizations/1/organizations"
    made = [data(owner.post(path, json={"name": unique("Managed")}), 201)["id"] for _ in range(3)]
    reply = owner.get(path, params={"skip": 1, "take": 1}).json()
    assert [each["id"] for each in reply["data"]] == made[1:2]
    assert (reply["pagination"]["totalItems"], reply["pagination"]["hasNextPage"]) == (3, True)
