"""What changed in 2026-03: refusals that name their guard, optional credentials, clients, managed users, and me."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract_tests.clients import EVENT_TYPES, SCHEDULES, Client, Deployment, data, error, own_id, unique
from contract_tests.journeys.bookings.conftest import host_with
from contract_tests.managed_users import ManagedUsers
from contract_tests.nonexistent import NO_NUMBER

pytestmark = pytest.mark.since("2026-03")

BOOKINGS = "2024-08-13"
SLOTS = "2024-09-04"
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
def users(deployment: Deployment, platform: Client) -> str:
    """The path of the users of the OAuth client."""
    del platform
    return f"/v2/oauth-clients/{deployment.client_id}/users"


@pytest.fixture
def bookable(undisturbed: None, solo: Client, anonymous: Client) -> Iterator[dict[str, Any]]:
    """The body of a booking of a free hour of solo's."""
    del undisturbed
    host = host_with(solo, anonymous)
    yield {
        "eventTypeId": host.offer(),
        "start": host.at("10:00"),
        "attendee": {"name": "Ann", "email": "ann@example.com", "timeZone": "UTC"},
    }
    host.clean()


OUTSIDE = pytest.mark.sandbox_only("a user outside of the organization")
LOW_ROLE = "user with id={mia} does not have the minimum required role={role} within organization with id={org}"


@pytest.mark.parametrize(
    ("user", "path", "status", "guard", "text"),
    [
        ("owner", f"organizations/{NO_NUMBER}/teams", 403, "IsOrgGuard",
         f"provided organization id={NO_NUMBER} does not represent any existing organization."),
        pytest.param("solo", "organizations/{org}/teams", 403, "RolesGuard",
                     "User is not a member of the organization with id={org}.", marks=OUTSIDE),
        pytest.param("solo", "organizations/{org}/teams/{team}/memberships", 403, "RolesGuard",
                     "User is not part of the organization with id={org}.", marks=OUTSIDE),
        ("solo", "teams/{team}/memberships", 403, "RolesGuard", "User is not a member of the team with id={team}."),
        ("member", "organizations/{org}/users", 403, "RolesGuard", LOW_ROLE.replace("{role}", "ORG_ADMIN") + "."),
        ("owner", f"organizations/{{org}}/teams/{NO_NUMBER}", 404, "IsTeamInOrg", f"Team ({NO_NUMBER}) not found."),
        ("owner", f"organizations/{{org}}/memberships/{NO_NUMBER}", 404, "IsMembershipInOrg",
         f"Membership ({NO_NUMBER}) not found."),
        ("owner", f"organizations/{{org}}/users/{NO_NUMBER}/schedules", 403, "IsUserInOrg",
         f"user with id={NO_NUMBER} is not part of the organization with id={{org}}."),
        ("owner", "organizations/{org}/teams/{team}/users/{mia}/schedules", 403, "IsUserInOrgTeam",
         "user with id=({mia}) is not part of the team with id=({team}) in the organization with id=({org})"),
        ("owner", f"organizations/{{org}}/organizations/{NO_NUMBER}", 403, "IsManagedOrgInManagerOrg",
         f"Managed organization with id={NO_NUMBER} is not owned by manager organization with id={{org}}."),
        ("owner", f"organizations/{{org}}/teams/{{team}}/routing-forms/{NO_UUID}/responses", 403,
         "IsRoutingFormInTeam", f"team with id=({{team}}) does not own routing form with id=({NO_UUID})."),
        ("owner", f"organizations/{{org}}/webhooks/{NO_UUID}", 403, "IsWebhookInOrg",
         f"webhook with id={NO_UUID} is not part of the organization with id={{org}}."),
        ("owner", "oauth-clients/nope", 404, "OAuthClientGuard", "OAuth client not found."),
    ],
)  # fmt: skip
def test_a_guard_names_itself_and_its_reason(
    request: pytest.FixtureRequest, founder: Client, organization: str, member: Client, user: str, path: str,
    status: int, guard: str, text: str,
) -> None:  # fmt: skip
    client: Client = request.getfixturevalue(user)
    team = data(founder.post(f"{organization}/teams", json={"name": unique("team")}), 201)["id"]
    ids = {"org": organization.rpartition("/")[2], "team": team, "mia": own_id(member)}
    message = error(client.get(f"/v2/{path.format(**ids)}"), status)["message"]
    assert message == f"{guard} - {text.format(**ids)}"


def test_a_low_role_in_a_team_is_named(founder: Client, member: Client, organization: str) -> None:
    team, mia = data(founder.post(f"{organization}/teams", json={"name": unique("team")}), 201)["id"], own_id(member)
    path = f"{organization}/teams/{team}/memberships"
    data(founder.post(path, json={"userId": mia, "role": "MEMBER", "accepted": True}), 201)
    low = LOW_ROLE.format(mia=mia, role="TEAM_ADMIN", org=organization.rpartition("/")[2])
    assert error(member.get(path), 403)["message"] == f"RolesGuard - {low} team with id={team}."


@pytest.mark.parametrize(
    ("user", "path", "status", "message"),
    [
        ("solo", f"webhooks/{NO_UUID}", 404, f"Webhook ({NO_UUID}) not found"),
        ("owner", "organizations/{org}/teams/x", 400, "Validation failed (numeric string is expected)"),
    ],
)
def test_some_refusals_of_guards_name_none(
    request: pytest.FixtureRequest, organization: str, user: str, path: str, status: int, message: str
) -> None:
    client: Client = request.getfixturevalue(user)
    path = path.format(org=organization.rpartition("/")[2])
    assert error(client.get(f"/v2/{path}"), status)["message"] == message


def test_a_webhook_of_another_user_names_both(solo: Client, member: Client) -> None:
    url = f"https://hooks.example.com/{unique('hook')}"
    hook = {"subscriberUrl": url, "triggers": ["BOOKING_CREATED"], "active": True}
    made = data(solo.post("/v2/webhooks", json=hook), 201)["id"]
    assert error(member.get(f"/v2/webhooks/{made}"), 403)["message"] == (
        f"IsUserWebhookGuard - user with id=({own_id(member)}) is not the owner of webhook with id=({made})"
    )


def test_a_client_of_another_organization_names_both(
    deployment: Deployment, owner: Client, organization: str, users: str
) -> None:
    made = data(owner.post(f"{organization}/organizations", json={"name": unique("Managed")}), 201)
    stranger = deployment.bearer(made["apiKey"])
    assert error(stranger.get(users.removesuffix("/users")), 403)["message"] == (
        f"OAuthClientGuard - forbidden. oAuth client with id={deployment.client_id} does not belong to the "
        f"organization with id={made['id']}."
    )


@pytest.mark.parametrize(
    ("headers", "message"),
    [
        ({"x-cal-client-id": "CLIENT"}, HALF_A_PAIR.format("x-cal-client-id", "x-cal-secret-key")),
        ({"x-cal-secret-key": "x"}, HALF_A_PAIR.format("x-cal-secret-key", "x-cal-client-id")),
        (
            {"x-cal-client-id": "CLIENT", "x-cal-secret-key": "wrong"},
            "ApiAuthStrategy - oAuth client - Invalid client secret",
        ),
        (
            {"x-cal-client-id": "nope", "x-cal-secret-key": "wrong"},
            "ApiAuthStrategy - oAuth client - Client with ID nope not found",
        ),
        pytest.param(
            {"Authorization": "Bearer cal_sandbox_expired"},
            "ApiAuthStrategy - api key - Your api key is expired",
            marks=pytest.mark.sandbox_only("an expired key of the default world"),
        ),
        ({"Authorization": "Bearer cal_unknown"}, "CustomThrottlerGuard - Invalid API Key"),
        ({"Authorization": "Bearer unknown"}, "Invalid Access Token."),
    ],
)
def test_refused_credentials_name_the_strategy(
    deployment: Deployment, platform: Client, anonymous: Client, headers: dict[str, str], message: str
) -> None:
    del platform
    headers = {name: value.replace("CLIENT", str(deployment.client_id)) for name, value in headers.items()}
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


@pytest.mark.sandbox_only("the organization of the default world")
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


@pytest.mark.parametrize("headers", [{"x-cal-client-id": "nope"}, {"x-cal-secret-key": "x"}])
def test_half_a_pair_of_client_headers_books_anonymously(
    anonymous: Client, bookable: dict[str, Any], headers: dict[str, str]
) -> None:
    booking = data(anonymous.post("/v2/bookings", json=bookable, headers=headers, v=BOOKINGS), 201)
    assert data(anonymous.get(f"/v2/bookings/{booking['uid']}", headers=headers, v=BOOKINGS))["uid"] == booking["uid"]


@pytest.mark.parametrize(
    "headers",
    [{"Authorization": "Bearer unknown"}, {"x-cal-client-id": "nope", "x-cal-secret-key": "wrong"}],
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
    error(anonymous.get("/v2/event-types", params={"username": "nobody"}, headers=headers, v=EVENT_TYPES), 401)
    assert data(anonymous.get(path, v=BOOKINGS))["status"] == "accepted"


@pytest.mark.parametrize("collection", ["teams", "users", "attributes"])
def test_an_empty_page_means_the_default(owner: Client, organization: str, collection: str) -> None:
    path = f"{organization}/{collection}"
    assert data(owner.get(path, params={"take": "", "skip": ""})) == data(owner.get(path))
    error(owner.get(path, params={"take": "0", "skip": ""}), 400)


def test_an_oauth_client_keeps_whether_calendar_events_are_written(owner: Client, users: str) -> None:
    client = users.removesuffix("/users")
    assert data(owner.get(client))["areCalendarEventsEnabled"] is True
    assert data(owner.patch(client, json={"areCalendarEventsEnabled": False}))["areCalendarEventsEnabled"] is False
    assert data(owner.patch(client, json={"name": "Renamed"}))["areCalendarEventsEnabled"] is False
    error(owner.patch(client, json={"areCalendarEventsEnabled": 1}), 400)


def test_an_address_gets_the_clients_id_once(
    deployment: Deployment, platform: Client, users: str, managed_users: ManagedUsers
) -> None:
    user = managed_users.new()
    address = f"{unique('renamed')}+{deployment.client_id}@example.com"
    changed = data(platform.patch(f"{users}/{user.id}", json={"email": address}))
    assert changed["email"] == address
    plain = address.replace(f"+{deployment.client_id}", "")
    assert error(platform.post(users, json={"email": plain, "name": "Again"}), 409)["message"].endswith(f"ID={user.id}")


@pytest.mark.sandbox_only("an organization of a known slug")
def test_a_new_address_renames_the_profile(
    platform: Client, users: str, anonymous: Client, managed_users: ManagedUsers
) -> None:
    user = managed_users.new(timeZone="UTC")
    made = data(
        user.api.post("/v2/event-types", json={"title": "T", "slug": "t", "lengthInMinutes": 30}, v=EVENT_TYPES), 201
    )
    name = data(platform.patch(f"{users}/{user.id}", json={"email": f"{unique('new')}@example.com"}))["username"]
    query = {"organizationSlug": "acme", "username": name, "eventTypeSlug": made["slug"]}
    days = data(anonymous.get("/v2/slots", params={**query, "start": "2050-03-07", "end": "2050-03-09"}, v=SLOTS))
    assert days


@pytest.mark.parametrize(("given", "kept"), [("12", 12), ("24", 24), (24, 24)])
def test_a_time_format_may_be_text(platform: Client, users: str, given: object, kept: int) -> None:
    body = {"email": f"{unique('format')}@example.com", "name": "F", "timeFormat": given, "timeZone": None}
    user = data(platform.post(users, json=body), 201)["user"]
    assert (user["timeFormat"], user["timeZone"], user["defaultScheduleId"]) == (kept, "Europe/London", None)
    changed = data(platform.patch(f"{users}/{user['id']}", json={"timeFormat": "12"}))
    assert changed["timeFormat"] == 12
    wrong = error(platform.patch(f"{users}/{user['id']}", json={"timeFormat": "13"}), 400)
    assert "isIn" in wrong["details"]["errors"][0]["constraints"]


@pytest.mark.sandbox_only("a member who is no managed user")
def test_the_address_of_an_ordinary_user_waits_for_verification(solo: Client, managed_users: ManagedUsers) -> None:
    before = data(solo.get("/v2/me"))
    assert data(solo.patch("/v2/me", json={"email": "new@example.com", "bio": "Me"})) == {**before, "bio": "Me"}
    assert error(solo.patch("/v2/me", json={"email": "owner@acme.example"}), 409)["code"] == "CONFLICT"
    user = managed_users.new()
    assert data(user.api.patch("/v2/me", json={"email": "other@example.com"}))["email"] == "other@example.com"


def test_a_default_schedule_has_to_be_the_callers_own(solo: Client, member: Client) -> None:
    def schedule_of(client: Client) -> int:
        body = {"name": unique("hours"), "timeZone": "UTC", "isDefault": False}
        return data(client.post("/v2/schedules", json=body, v=SCHEDULES), 201)["id"]

    unknown = error(solo.patch("/v2/me", json={"defaultScheduleId": NO_NUMBER}), 404)
    assert unknown["message"] == f"Schedule with ID={NO_NUMBER} does not exist."
    theirs, own = schedule_of(member), schedule_of(solo)
    foreign = error(solo.patch("/v2/me", json={"defaultScheduleId": theirs}), 403)
    assert foreign["message"] == f"User with ID={own_id(solo)} does not own schedule with ID={theirs}"
    assert data(solo.patch("/v2/me", json={"defaultScheduleId": own}))["defaultScheduleId"] == own


@pytest.mark.sandbox_only("a member who is no managed user")
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


def test_a_picture_of_an_organization_user_may_be_an_https_url(owner: Client, organization: str) -> None:
    body = {"email": f"{unique('pic')}@example.com", "avatarUrl": "http://example.com/a.png"}
    [wrong] = error(owner.post(f"{organization}/users", json=body), 400)["details"]["errors"]
    assert wrong["constraints"] == {
        "avatarValidator": "avatarUrl must be a valid HTTPS URL (HTTP not allowed) or base64 encoded image"
    }


@pytest.mark.sandbox_only("the organization of the default world")
def test_managed_organizations_come_in_pages(owner: Client) -> None:
    path = "/v2/organizations/1/organizations"
    made = [data(owner.post(path, json={"name": unique("Managed")}), 201)["id"] for _ in range(3)]
    reply = owner.get(path, params={"skip": 1, "take": 1}).json()
    assert [each["id"] for each in reply["data"]] == made[1:2]
    assert (reply["pagination"]["totalItems"], reply["pagination"]["hasNextPage"]) == (3, True)
