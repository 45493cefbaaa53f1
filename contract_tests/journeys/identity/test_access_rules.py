"""The access matrix: which access rule refuses which credentials, and in which words.

Each test sends one request with every kind of credentials. Bad credentials are refused before everything else, unless
the test says otherwise. A deployment has no expired credentials, no user outside of the organization and no second
OAuth client, so that these kinds are tried on a sandbox only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from contract_tests.clients import BOOKINGS, EVENT_TYPES, SLOTS, Client, Deployment, data, unique
from contract_tests.nonexistent import NO_CLIENT, NO_NUMBER, NO_TEXT

pytestmark = pytest.mark.until("2026-03", "guards-name-themselves")

Refusal = tuple[int, str]
Outcomes = dict[str, Refusal | str]
Expect = Callable[..., None]

PASSES = "passes"

NO_CREDENTIALS = (
    "No authentication method provided. Either pass an API key as 'Bearer' header or OAuth client credentials as "
    "'x-cal-secret-key' and 'x-cal-client-id' headers"
)
FORBIDDEN = (403, "Forbidden resource")
NO_MEMBER = (403, "User is not a member of the organization.")
NO_PART = (403, "User is not part of the organization.")
NOT_IN_TEAM = (403, "User is not a member of the team.")
NO_PART_OF_TEAM = (403, "User is not part of the team and/or, is not an admin nor an owner of the organization.")
NO_ROLE = (403, "OrganizationRolesGuard - User must have one of the roles: ADMIN, OWNER.")
NO_ORGANIZATION = (403, "OrganizationRolesGuard - No organization associated with the user.")

BAD: dict[str, Refusal] = {
    "nothing": (401, NO_CREDENTIALS),
    "a secret without an id": (401, NO_CREDENTIALS),
    "an unknown key": (401, "Invalid API Key"),
    "an expired key": (401, "Your api key is expired"),
    "an unknown token": (401, "Invalid Access Token."),
    "an expired token": (498, "ACCESS_TOKEN_IS_EXPIRED"),
    "a wrong secret": (401, "Invalid client secret"),
    "an unknown client": (401, f"Client with ID {NO_CLIENT} not found"),
}
UNKNOWN_KEY = {"an unknown key": BAD["an unknown key"]}

SOLO, MEMBER, ADMIN, OWNER = "the key of solo", "the key of a member", "the key of an admin", "the key of an owner"
CLIENT, BARE_CLIENT = "client credentials", "client credentials without permissions"
TOKEN, BARE_TOKEN = "a managed user", "a managed user without permissions"
GOOD = (SOLO, MEMBER, ADMIN, OWNER, CLIENT, BARE_CLIENT, TOKEN, BARE_TOKEN)
ADMINS = (ADMIN, OWNER, CLIENT, BARE_CLIENT)
MANAGED = (TOKEN, BARE_TOKEN)


def each(callers: tuple[str, ...], outcome: Refusal | str) -> Outcomes:
    """The same outcome for several callers."""
    return dict.fromkeys(callers, outcome)


@dataclass
class Callers:
    """A client for each kind of credentials, and the ids of the users behind some of them."""

    clients: dict[str, Client]
    user_ids: dict[str, int]


@pytest.fixture
def callers(deployment: Deployment, platform: Client, owner: Client, admin: Client, member: Client) -> Callers:
    """All kinds of credentials on the sandbox; on a deployment those that it has."""
    token = _managed_user(deployment, platform)
    secret_alone = deployment.anonymous()
    secret_alone.headers["x-cal-secret-key"] = deployment.client_secret or ""
    clients = {
        "nothing": deployment.anonymous(),
        "a secret without an id": secret_alone,
        "an unknown key": deployment.bearer("cal_nothing"),
        "an unknown token": deployment.bearer("nothing"),
        "a wrong secret": deployment.client_credentials(deployment.client_id or "", "wrong"),
        "an unknown client": deployment.client_credentials(NO_CLIENT, "wrong"),
        MEMBER: member,
        ADMIN: admin,
        OWNER: owner,
        CLIENT: platform,
        TOKEN: token,
    }
    if deployment.is_sandbox:
        clients |= _sandbox_callers(deployment, platform)
    user_ids = {name: data(clients[name].get("/v2/me"))["id"] for name in (MEMBER, ADMIN, OWNER, CLIENT, TOKEN)}
    return Callers(clients, user_ids)


def _sandbox_callers(deployment: Deployment, platform: Client) -> dict[str, Client]:
    bare: dict[str, Any] = {"name": unique("bare"), "redirectUris": [], "permissions": []}
    created = data(platform.post("/v2/oauth-clients", json=bare), 201)
    bare_client = deployment.client_credentials(created["clientId"], created["clientSecret"])
    expired = _managed_user(deployment, platform)
    deployment.advance(minutes=61)
    return {
        "an expired key": deployment.bearer("cal_sandbox_expired"),
        "an expired token": expired,
        SOLO: deployment.user("solo"),
        BARE_CLIENT: bare_client,
        TOKEN: _managed_user(deployment, platform),
        BARE_TOKEN: _managed_user(deployment, bare_client, created["clientId"]),
    }


def _managed_user(deployment: Deployment, client: Client, client_id: str | None = None) -> Client:
    body = {"email": f"{unique('user')}@example.com", "name": "User"}
    path = f"/v2/oauth-clients/{client_id or deployment.client_id}/users"
    return deployment.bearer(data(client.post(path, json=body), 201)["accessToken"])


@pytest.fixture
def expect(callers: Callers) -> Expect:
    """Sends one request with each kind of credentials and compares the outcomes.

    `passes` is the status behind all access rules.
    """

    def compare(expected: Outcomes, method: str, path: str, passes: int = 200, **options: Any) -> None:
        for name, client in callers.clients.items():
            reply = client.request(method, path, **options)
            found = outcome(reply, passes)
            assert found == expected[name], f"with {name}: expected {expected[name]}, not {found}"

    return compare


@pytest.fixture
def key_of_the_organization(callers: Callers, deployment: Deployment) -> None:
    """Leaves the owner out on a deployment: the key may be a personal one, which reaches OAuth clients by id only."""
    if not deployment.is_sandbox:
        del callers.clients[OWNER]


def outcome(reply: httpx.Response, passes: int) -> Refusal | str:
    """Whether a request came through, or the status and the message of its refusal."""
    return PASSES if reply.status_code == passes else (reply.status_code, reply.json()["error"]["message"])


@pytest.fixture
def team(callers: Callers, organization: str) -> Iterator[int]:
    """A team of the organization with its owner and the member."""
    owner = callers.clients[OWNER]
    made = data(owner.post(f"{organization}/teams", json={"name": "Crew", "slug": unique("crew")}), 201)["id"]
    for user_id, role in {callers.user_ids[OWNER]: "OWNER", callers.user_ids[MEMBER]: "MEMBER"}.items():
        body = {"userId": user_id, "role": role, "accepted": True}
        members = data(owner.get(f"/v2/teams/{made}/memberships"))
        if user_id not in [each["userId"] for each in members]:
            data(owner.post(f"{organization}/teams/{made}/memberships", json=body), 201)
    yield made
    owner.delete(f"{organization}/teams/{made}")


@pytest.fixture
def webhook(callers: Callers) -> Iterator[str]:
    """A webhook of the member."""
    member = callers.clients[MEMBER]
    body = {"subscriberUrl": "https://hooks.example.org/a", "triggers": ["BOOKING_CREATED"], "active": True}
    made = data(member.post("/v2/webhooks", json=body), 201)["id"]
    yield made
    member.delete(f"/v2/webhooks/{made}")


@pytest.fixture
def event_type(callers: Callers) -> Iterator[int]:
    """An event type of the member."""
    member = callers.clients[MEMBER]
    body = {"title": "Mine", "slug": unique("mine"), "lengthInMinutes": 30}
    made = data(member.post("/v2/event-types", json=body, v=EVENT_TYPES), 201)["id"]
    yield made
    member.delete(f"/v2/event-types/{made}", v=EVENT_TYPES)


def test_credentials_have_to_be_good(expect: Expect) -> None:
    expect(BAD | each(GOOD, PASSES), "GET", "/v2/webhooks")


def test_credentials_may_be_missing_where_they_are_optional(expect: Expect) -> None:
    anonymous = each(("nothing", "a secret without an id"), PASSES)
    expected = BAD | anonymous | each(GOOD, PASSES)
    expect(expected, "POST", "/v2/slots/reservations", passes=400, json={}, v=SLOTS)


def test_public_operations_refuse_unknown_keys_only(expect: Expect, team: int) -> None:
    expect(each((*BAD, *GOOD), PASSES) | UNKNOWN_KEY, "GET", f"/v2/teams/{team}/event-types")


def test_permissions_bind_clients_and_tokens_but_no_keys(expect: Expect) -> None:
    expect(BAD | each(GOOD, PASSES) | each((BARE_CLIENT, BARE_TOKEN), FORBIDDEN), "GET", "/v2/me")


def test_bookings_check_permissions_before_credentials(expect: Expect) -> None:
    early = ("nothing", "a secret without an id", "an unknown token", "an unknown client", BARE_CLIENT, BARE_TOKEN)
    expect(BAD | each(GOOD, PASSES) | each(early, FORBIDDEN), "GET", "/v2/bookings", v=BOOKINGS)


def test_an_organization_has_to_be_one(expect: Expect, team: int) -> None:
    for organization_id in (NO_NUMBER, team):
        expect(BAD | each(GOOD, FORBIDDEN), "GET", f"/v2/organizations/{organization_id}/teams")


def test_users_and_absences_look_for_the_organization_first(expect: Expect) -> None:
    for path in ("users", "ooo", "users/1/ooo"):
        expected = each((*BAD, *GOOD), FORBIDDEN) | UNKNOWN_KEY
        expect(expected, "GET", f"/v2/organizations/{NO_NUMBER}/{path}")


def test_members_of_an_organization(expect: Expect, organization: str) -> None:
    expect(BAD | each(GOOD, PASSES) | {SOLO: NO_MEMBER}, "GET", f"{organization}/attributes")


def test_admins_of_an_organization(expect: Expect, organization: str) -> None:
    ordinary = each((MEMBER, *MANAGED), FORBIDDEN)
    expected = BAD | each(ADMINS, PASSES) | ordinary | {SOLO: NO_MEMBER}
    expect(expected, "GET", f"{organization}/memberships")


def test_admins_of_a_team_or_of_its_organization(expect: Expect, organization: str, team: int) -> None:
    others = each(MANAGED, NO_PART_OF_TEAM) | {SOLO: NO_PART, MEMBER: FORBIDDEN}
    expect(BAD | each(ADMINS, PASSES) | others, "GET", f"{organization}/teams/{team}/memberships")


def test_members_of_a_team(expect: Expect, team: int) -> None:
    outside = each((SOLO, ADMIN, *MANAGED), NOT_IN_TEAM)
    expect(BAD | each(GOOD, PASSES) | outside, "GET", f"/v2/teams/{team}")


def test_admins_of_a_team_that_is_asked_without_its_organization(expect: Expect, team: int) -> None:
    outside = each((SOLO, ADMIN, *MANAGED), NOT_IN_TEAM) | {MEMBER: FORBIDDEN}
    expect(BAD | each(GOOD, PASSES) | outside, "GET", f"/v2/teams/{team}/memberships")


def test_owners_of_a_team(expect: Expect, team: int) -> None:
    outside = each((SOLO, ADMIN, *MANAGED), NOT_IN_TEAM) | {MEMBER: FORBIDDEN}
    expect(BAD | each(GOOD, PASSES) | outside, "PATCH", f"/v2/teams/{team}", passes=400, json={"name": 5})


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        (f"memberships/{NO_NUMBER}", (404, f"Membership ({NO_NUMBER}) not found.")),
        (f"webhooks/{NO_TEXT}", FORBIDDEN),
        (f"users/{NO_NUMBER}/schedules", FORBIDDEN),
        (f"users/{NO_NUMBER}/bookings", FORBIDDEN),
    ],
)
def test_things_of_an_organization_belong_to_it(expect: Expect, organization: str, path: str, refusal: Refusal) -> None:
    version = {"v": BOOKINGS} if path.endswith("bookings") else {}
    ordinary = each((MEMBER, *MANAGED), FORBIDDEN) | {SOLO: NO_MEMBER}
    expect(BAD | each(ADMINS, refusal) | ordinary, "GET", f"{organization}/{path}", **version)


@pytest.mark.sandbox_only("a platform organization on the plan SCALE")
def test_a_managed_organization_belongs_to_its_manager(expect: Expect, organization: str) -> None:
    words = f"Managed organization with id={NO_NUMBER} within manager organization with id=1 not found."
    ordinary = each((MEMBER, *MANAGED), FORBIDDEN) | {SOLO: NO_MEMBER}
    expect(BAD | each(ADMINS, (404, words)) | ordinary, "GET", f"{organization}/organizations/{NO_NUMBER}")


def test_the_membership_of_a_team_is_none_of_its_organization(
    expect: Expect, callers: Callers, organization: str, team: int
) -> None:
    memberships = data(callers.clients[OWNER].get(f"/v2/teams/{team}/memberships"))
    membership_id = memberships[0]["id"]
    ordinary = each((MEMBER, *MANAGED), FORBIDDEN) | {SOLO: NO_MEMBER}
    unknown = (404, f"Membership ({membership_id}) not found.")
    expect(BAD | each(ADMINS, unknown) | ordinary, "GET", f"{organization}/memberships/{membership_id}")


def test_an_absence_belongs_to_its_user(expect: Expect, callers: Callers, organization: str) -> None:
    path = f"{organization}/users/{callers.user_ids[MEMBER]}/ooo/{NO_NUMBER}"
    ordinary = each((MEMBER, *MANAGED), FORBIDDEN) | {SOLO: NO_MEMBER}
    refusal = (403, "This OOO entry does not belong to this user.")
    expect(BAD | each(ADMINS, refusal) | ordinary, "DELETE", path)


def test_a_team_belongs_to_its_organization(expect: Expect, organization: str) -> None:
    outside = each((MEMBER, *MANAGED), NO_PART_OF_TEAM) | {SOLO: NO_PART}
    unknown = (404, f"Team ({NO_NUMBER}) not found.")
    expect(BAD | each(ADMINS, unknown) | outside, "GET", f"{organization}/teams/{NO_NUMBER}")


def test_an_organization_is_no_team_of_itself(expect: Expect, deployment: Deployment, organization: str) -> None:
    """All members of the organization are members of the "team" that the organization is."""
    unknown = (404, f"Team ({deployment.organization_id}) not found.")
    others = each((MEMBER, *MANAGED), FORBIDDEN) | {SOLO: NO_PART}
    path = f"{organization}/teams/{deployment.organization_id}/memberships"
    expect(BAD | each(ADMINS, unknown) | others, "GET", path)


def test_a_user_of_a_team_belongs_to_it(expect: Expect, callers: Callers, organization: str, team: int) -> None:
    outside = each(MANAGED, NO_PART_OF_TEAM) | {SOLO: NO_PART, MEMBER: FORBIDDEN}
    path = f"{organization}/teams/{team}/users/{callers.user_ids[ADMIN]}/schedules"
    expect(BAD | each(ADMINS, FORBIDDEN) | outside, "GET", path)


def test_a_routing_form_belongs_to_its_team(expect: Expect, organization: str, team: int) -> None:
    refusal = (404, f"Team with id=({team}) routing form with id=({NO_TEXT}) not found.")
    outside = each(MANAGED, NO_PART_OF_TEAM) | {SOLO: NO_PART, MEMBER: FORBIDDEN}
    path = f"{organization}/teams/{team}/routing-forms/{NO_TEXT}/responses"
    expect(BAD | each(ADMINS, refusal) | outside, "GET", path)


def test_a_webhook_belongs_to_its_user(expect: Expect, webhook: str) -> None:
    expect(BAD | each(GOOD, (404, f"Webhook ({NO_TEXT}) not found")), "GET", f"/v2/webhooks/{NO_TEXT}")
    expect(BAD | each(GOOD, FORBIDDEN) | {MEMBER: PASSES}, "GET", f"/v2/webhooks/{webhook}")


def test_the_webhooks_of_an_event_type_belong_to_its_owner(expect: Expect, callers: Callers, event_type: int) -> None:
    unknown = (404, f"Event type ({NO_NUMBER}) not found")
    expect(BAD | each(GOOD, unknown), "GET", f"/v2/event-types/{NO_NUMBER}/webhooks")
    user_ids = {name: data(client.get("/v2/me"))["id"] for name, client in callers.clients.items() if name == SOLO}
    user_ids |= callers.user_ids
    user_ids |= {BARE_CLIENT: user_ids[CLIENT]}
    callers.clients.pop(BARE_TOKEN, None)  # The id of its user is not known.
    refused: Outcomes = {
        name: (403, f"User ({user_id}) is not the owner of event type ({event_type})")
        for name, user_id in user_ids.items()
    }
    expect(BAD | refused | {MEMBER: PASSES}, "GET", f"/v2/event-types/{event_type}/webhooks")


def test_an_oauth_client_belongs_to_the_organization_of_the_request(expect: Expect) -> None:
    unknown = (404, "OAuthClientGuard - OAuth client not found.")
    credentials = ("a secret without an id", "a wrong secret", CLIENT, BARE_CLIENT)
    others = each(credentials, (401, f"Client with ID {NO_CLIENT} not found")) | {
        SOLO: (403, "OAuthClientGuard - No organization associated with the user."),
    }
    expect(BAD | each(GOOD, unknown) | others, "GET", f"/v2/oauth-clients/{NO_CLIENT}/users")


def test_managed_users_are_for_the_client_and_the_admins_of_its_organization(
    expect: Expect, deployment: Deployment
) -> None:
    refused = each((MEMBER, *MANAGED), NO_ROLE) | {
        # The client's id in the path makes credentials of the secret alone.
        "a secret without an id": PASSES,
        "an unknown client": (401, "Invalid client secret"),
        BARE_CLIENT: (401, "Invalid client secret"),
        SOLO: (403, "OAuthClientGuard - No organization associated with the user."),
    }
    path = f"/v2/oauth-clients/{deployment.client_id}/users"
    expect(BAD | each((ADMIN, OWNER, CLIENT), PASSES) | refused, "GET", path)


def test_members_may_read_oauth_clients(expect: Expect, key_of_the_organization: None) -> None:
    del key_of_the_organization
    expect(BAD | each(GOOD, PASSES) | {SOLO: NO_ORGANIZATION}, "GET", "/v2/oauth-clients")


def test_admins_and_owners_create_oauth_clients(expect: Expect, key_of_the_organization: None) -> None:
    del key_of_the_organization
    expected = BAD | each(ADMINS, PASSES) | each((MEMBER, *MANAGED), NO_ROLE) | {SOLO: NO_ORGANIZATION}
    expect(expected, "POST", "/v2/oauth-clients", passes=400, json={})


@pytest.mark.sandbox_only("the live service wants a login in a browser here")
def test_a_webhook_belongs_to_its_oauth_client(expect: Expect, deployment: Deployment) -> None:
    unknown = (404, f"Webhook ({NO_TEXT}) not found")
    refused = {
        "a secret without an id": unknown,
        "an unknown client": (401, "Invalid client secret"),
        BARE_CLIENT: (401, "Invalid client secret"),
        SOLO: NO_ORGANIZATION,
    }
    path = f"/v2/oauth-clients/{deployment.client_id}/webhooks/{NO_TEXT}"
    expect(BAD | each(GOOD, unknown) | refused, "GET", path)
