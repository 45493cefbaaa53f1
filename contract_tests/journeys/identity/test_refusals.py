"""The refusal matrix: who is refused by which access rule, and with which words.

Each test asks one operation with every kind of credentials. Bad credentials are refused before everything else, unless
the test says otherwise.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contract_tests.clients import BOOKINGS, SLOTS, Client, Deployment, data, unique

pytestmark = pytest.mark.sandbox_only("knows who is who in the default world")

Refusal = tuple[int, str]
Outcomes = dict[str, Refusal | str]
Ask = Callable[..., Outcomes]

PASSES = "passes"
NOBODY = 999_999

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
    "an unknown client": (401, "Client with ID nothing not found"),
}
UNKNOWN_KEY = {"an unknown key": BAD["an unknown key"]}

SOLO, MEMBER, ADMIN, OWNER = "the key of solo", "the key of a member", "the key of an admin", "the key of an owner"
CLIENT, BARE_CLIENT = "client credentials", "client credentials without permissions"
TOKEN, BARE_TOKEN = "a managed user", "a managed user without permissions"
GOOD = (SOLO, MEMBER, ADMIN, OWNER, CLIENT, BARE_CLIENT, TOKEN, BARE_TOKEN)
RULING = (ADMIN, OWNER, CLIENT, BARE_CLIENT)
MANAGED = (TOKEN, BARE_TOKEN)


def each(callers: tuple[str, ...], outcome: Refusal | str) -> Outcomes:
    """The same outcome for several callers."""
    return dict.fromkeys(callers, outcome)


@pytest.fixture
def callers(deployment: Deployment, platform: Client) -> dict[str, Client]:
    """A client for every kind of credentials."""
    bare = {"name": unique("bare"), "redirectUris": [], "permissions": []}
    created = data(platform.post("/v2/oauth-clients", json=bare), 201)
    bare_client = deployment.client_credentials(created["clientId"], created["clientSecret"])

    def token(client: Client, client_id: str | None) -> str:
        body = {"email": f"{unique('user')}@example.com", "name": "User"}
        return data(client.post(f"/v2/oauth-clients/{client_id}/users", json=body), 201)["accessToken"]

    expired = token(platform, deployment.client_id)
    deployment.advance(minutes=61)
    secret_alone = deployment.anonymous()
    secret_alone.headers["x-cal-secret-key"] = deployment.client_secret or ""
    return {
        "nothing": deployment.anonymous(),
        "a secret without an id": secret_alone,
        "an unknown key": deployment.bearer("cal_nothing"),
        "an expired key": deployment.bearer("cal_sandbox_expired"),
        "an unknown token": deployment.bearer("nothing"),
        "an expired token": deployment.bearer(expired),
        "a wrong secret": deployment.client_credentials("sandbox-client", "wrong"),
        "an unknown client": deployment.client_credentials("nothing", "wrong"),
        SOLO: deployment.user("solo"),
        MEMBER: deployment.user("member"),
        ADMIN: deployment.user("admin"),
        OWNER: deployment.user("owner"),
        CLIENT: platform,
        BARE_CLIENT: bare_client,
        TOKEN: deployment.bearer(token(platform, deployment.client_id)),
        BARE_TOKEN: deployment.bearer(token(bare_client, created["clientId"])),
    }


@pytest.fixture
def ask(callers: dict[str, Client]) -> Ask:
    """Makes one request with every kind of credentials. `passes` is the status behind all access rules."""

    def outcomes(method: str, path: str, passes: int = 200, **options: Any) -> Outcomes:
        replies = {name: client.request(method, path, **options) for name, client in callers.items()}
        return {name: outcome(reply, passes) for name, reply in replies.items()}

    return outcomes


def outcome(reply: httpx.Response, passes: int) -> Refusal | str:
    """Whether a request came through, or the status and the words of its refusal."""
    return PASSES if reply.status_code == passes else (reply.status_code, reply.json()["error"]["message"])


def test_credentials_have_to_be_good(ask: Ask) -> None:
    assert ask("GET", "/v2/webhooks") == BAD | each(GOOD, PASSES)


def test_credentials_may_be_missing_where_they_are_optional(ask: Ask) -> None:
    anonymous = each(("nothing", "a secret without an id"), PASSES)
    found = ask("POST", "/v2/slots/reservations", passes=400, json={}, v=SLOTS)
    assert found == BAD | anonymous | each(GOOD, PASSES)


def test_public_operations_refuse_unknown_keys_only(ask: Ask) -> None:
    assert ask("GET", "/v2/teams/2/event-types") == each((*BAD, *GOOD), PASSES) | UNKNOWN_KEY


def test_permissions_bind_clients_and_tokens_but_no_keys(ask: Ask) -> None:
    assert ask("GET", "/v2/me") == BAD | each(GOOD, PASSES) | each((BARE_CLIENT, BARE_TOKEN), FORBIDDEN)


def test_bookings_check_permissions_before_credentials(ask: Ask) -> None:
    early = ("nothing", "a secret without an id", "an unknown token", "an unknown client", BARE_CLIENT, BARE_TOKEN)
    assert ask("GET", "/v2/bookings", v=BOOKINGS) == BAD | each(GOOD, PASSES) | each(early, FORBIDDEN)


def test_an_organization_has_to_be_one(ask: Ask) -> None:
    assert ask("GET", f"/v2/organizations/{NOBODY}/teams") == BAD | each(GOOD, FORBIDDEN)
    assert ask("GET", "/v2/organizations/2/teams") == BAD | each(GOOD, FORBIDDEN)


def test_users_and_absences_look_for_the_organization_first(ask: Ask) -> None:
    for path in ("users", "ooo", "users/1/ooo"):
        found = ask("GET", f"/v2/organizations/{NOBODY}/{path}")
        assert found == each((*BAD, *GOOD), FORBIDDEN) | UNKNOWN_KEY


def test_members_of_an_organization(ask: Ask) -> None:
    assert ask("GET", "/v2/organizations/1/attributes") == BAD | each(GOOD, PASSES) | {SOLO: NO_MEMBER}


def test_admins_of_an_organization(ask: Ask) -> None:
    ordinary = each((MEMBER, *MANAGED), FORBIDDEN)
    assert ask("GET", "/v2/organizations/1/memberships") == BAD | each(RULING, PASSES) | ordinary | {SOLO: NO_MEMBER}


def test_admins_of_a_team_or_of_its_organization(ask: Ask) -> None:
    found = ask("GET", "/v2/organizations/1/teams/2/memberships")
    others = each(MANAGED, NO_PART_OF_TEAM) | {SOLO: NO_PART, MEMBER: FORBIDDEN}
    assert found == BAD | each(RULING, PASSES) | others


def test_members_of_a_team(ask: Ask) -> None:
    outside = each((SOLO, ADMIN, *MANAGED), NOT_IN_TEAM)
    assert ask("GET", "/v2/teams/2") == BAD | each(GOOD, PASSES) | outside


def test_admins_of_a_team_that_is_asked_without_its_organization(ask: Ask) -> None:
    outside = each((SOLO, ADMIN, *MANAGED), NOT_IN_TEAM) | {MEMBER: FORBIDDEN}
    assert ask("GET", "/v2/teams/2/memberships") == BAD | each(GOOD, PASSES) | outside


def test_owners_of_a_team(ask: Ask) -> None:
    outside = each((SOLO, ADMIN, *MANAGED), NOT_IN_TEAM) | {MEMBER: FORBIDDEN}
    assert ask("PATCH", "/v2/teams/2", passes=400, json={"name": 5}) == BAD | each(GOOD, PASSES) | outside


@pytest.mark.parametrize(
    ("path", "refusal"),
    [
        (f"memberships/{NOBODY}", (404, f"Membership ({NOBODY}) not found.")),
        ("memberships/4", (404, "Membership (4) not found.")),
        ("webhooks/nothing", FORBIDDEN),
        ("users/4/schedules", FORBIDDEN),
        (f"users/{NOBODY}/bookings", FORBIDDEN),
        (
            f"organizations/{NOBODY}",
            (404, f"Managed organization with id={NOBODY} within manager organization with id=1 not found."),
        ),
    ],
)
def test_things_of_an_organization_belong_to_it(ask: Ask, path: str, refusal: Refusal) -> None:
    version = {"v": BOOKINGS} if path.endswith("bookings") else {}
    found = ask("GET", f"/v2/organizations/1/{path}", **version)
    ordinary = each((MEMBER, *MANAGED), FORBIDDEN) | {SOLO: NO_MEMBER}
    assert found == BAD | each(RULING, refusal) | ordinary


def test_an_absence_belongs_to_its_user(ask: Ask) -> None:
    found = ask("DELETE", f"/v2/organizations/1/users/3/ooo/{NOBODY}")
    ordinary = each((MEMBER, *MANAGED), FORBIDDEN) | {SOLO: NO_MEMBER}
    assert found == BAD | each(RULING, (403, "This OOO entry does not belong to this user.")) | ordinary


@pytest.mark.parametrize(("team_id", "path"), [(NOBODY, ""), (1, "/memberships")])
def test_a_team_belongs_to_its_organization(ask: Ask, team_id: int, path: str) -> None:
    found = ask("GET", f"/v2/organizations/1/teams/{team_id}{path}")
    outside = each((MEMBER, *MANAGED), NO_PART_OF_TEAM) | {SOLO: NO_PART}
    if team_id == 1:  # Everybody of the organization is in "team" 1, which is the organization.
        outside |= each((MEMBER, *MANAGED), FORBIDDEN)
    assert found == BAD | each(RULING, (404, f"Team ({team_id}) not found.")) | outside


def test_a_user_of_a_team_belongs_to_it(ask: Ask) -> None:
    found = ask("GET", "/v2/organizations/1/teams/2/users/2/schedules")
    outside = each(MANAGED, NO_PART_OF_TEAM) | {SOLO: NO_PART, MEMBER: FORBIDDEN}
    assert found == BAD | each(RULING, FORBIDDEN) | outside


def test_a_routing_form_belongs_to_its_team(ask: Ask) -> None:
    found = ask("GET", "/v2/organizations/1/teams/2/routing-forms/nothing/responses")
    refusal = (404, "Team with id=(2) routing form with id=(nothing) not found.")
    outside = each(MANAGED, NO_PART_OF_TEAM) | {SOLO: NO_PART, MEMBER: FORBIDDEN}
    assert found == BAD | each(RULING, refusal) | outside


def test_a_webhook_belongs_to_its_user(ask: Ask, deployment: Deployment) -> None:
    assert ask("GET", "/v2/webhooks/nothing") == BAD | each(GOOD, (404, "Webhook (nothing) not found"))
    hook = {"subscriberUrl": "https://hooks.example.org/a", "triggers": ["BOOKING_CREATED"], "active": True}
    hook_id = data(deployment.user("solo").post("/v2/webhooks", json=hook), 201)["id"]
    assert ask("GET", f"/v2/webhooks/{hook_id}") == BAD | each(GOOD, FORBIDDEN) | {SOLO: PASSES}


def test_the_webhooks_of_an_event_type_belong_to_its_owner(ask: Ask, callers: dict[str, Client]) -> None:
    found = ask("GET", f"/v2/event-types/{NOBODY}/webhooks")
    assert found == BAD | each(GOOD, (404, f"Event type ({NOBODY}) not found"))
    user_ids = {
        OWNER: 1,
        ADMIN: 2,
        MEMBER: 3,
        CLIENT: 1,
        BARE_CLIENT: 1,
        TOKEN: data(callers[TOKEN].get("/v2/me"))["id"],
    }
    found = ask("GET", "/v2/event-types/1/webhooks")
    assert found.pop(BARE_TOKEN) != PASSES
    assert found == BAD | {SOLO: PASSES} | {
        name: (403, f"User ({user_id}) is not the owner of event type (1)") for name, user_id in user_ids.items()
    }


def test_an_oauth_client_belongs_to_the_organization_of_the_request(ask: Ask) -> None:
    unknown = (404, "OAuthClientGuard - OAuth client not found.")
    found = ask("GET", "/v2/oauth-clients/nothing/users")
    credentials = ("a secret without an id", "a wrong secret", CLIENT, BARE_CLIENT)
    assert found == BAD | each(GOOD, unknown) | each(credentials, (401, "Client with ID nothing not found")) | {
        SOLO: (403, "OAuthClientGuard - No organization associated with the user."),
    }


def test_managed_users_are_for_the_client_and_those_who_rule_its_organization(ask: Ask) -> None:
    found = ask("GET", "/v2/oauth-clients/sandbox-client/users")
    assert found == BAD | each((ADMIN, OWNER, CLIENT), PASSES) | each((MEMBER, *MANAGED), NO_ROLE) | {
        # The client's id in the path makes credentials of the secret alone.
        "a secret without an id": PASSES,
        "an unknown client": (401, "Invalid client secret"),
        BARE_CLIENT: (401, "Invalid client secret"),
        SOLO: (403, "OAuthClientGuard - No organization associated with the user."),
    }


def test_members_may_look_at_oauth_clients(ask: Ask) -> None:
    found = ask("GET", "/v2/oauth-clients")
    assert found == BAD | each(GOOD, PASSES) | {SOLO: NO_ORGANIZATION}


def test_admins_and_owners_make_oauth_clients(ask: Ask) -> None:
    found = ask("POST", "/v2/oauth-clients", passes=400, json={})
    assert found == BAD | each(RULING, PASSES) | each((MEMBER, *MANAGED), NO_ROLE) | {SOLO: NO_ORGANIZATION}


def test_a_webhook_belongs_to_its_oauth_client(ask: Ask) -> None:
    found = ask("GET", "/v2/oauth-clients/sandbox-client/webhooks/nothing")
    assert found == BAD | each(GOOD, (404, "Webhook (nothing) not found")) | {
        "a secret without an id": (404, "Webhook (nothing) not found"),
        "an unknown client": (401, "Invalid client secret"),
        BARE_CLIENT: (401, "Invalid client secret"),
        SOLO: NO_ORGANIZATION,
    }


def test_every_operation_refuses_bad_credentials(deployment: Deployment) -> None:
    """Also those that have no business logic yet. Public ones only refuse keys that do not exist."""
    description = deployment.anonymous().get("/openapi.json").json()
    refusals = {deployment.bearer("cal_nothing"): "an unknown key", deployment.bearer("nothing"): "an unknown token"}
    asked = 0
    for path, item in description["paths"].items():
        for method, operation in item.items():
            asked += 1
            rules = [rule if isinstance(rule, str) else next(iter(rule)) for rule in operation["x-access"]]
            parameters = [resolved(description, each) for each in operation["parameters"]]
            url = path
            for each in parameters:
                if each["in"] == "path":
                    url = url.replace(f"{{{each['name']}}}", str(each["example"]))
            version = next((each["example"] for each in parameters if each["name"] == "cal-api-version"), None)
            for client, name in refusals.items():
                reply = client.request(method, url, v=version)
                refusal = BAD[name] if name == "an unknown key" else expected_of_an_unknown_token(rules)
                if refusal is not None:
                    assert outcome(reply, 200) == refusal, f"{method} {url} with {name}"
                else:
                    assert reply.status_code not in (401, 403), f"{method} {url} with {name}: {reply.text}"
    assert asked == deployment.control("GET", "health").json()["operations"]


def resolved(description: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    """What a reference in the description stands for."""
    while "$ref" in node:
        _, _, kind, name = node["$ref"].split("/")
        node = description["components"][kind][name]
    return node


def expected_of_an_unknown_token(rules: list[str]) -> Refusal | None:
    """What comes first: the look at permissions, or at the token."""
    if "authenticated" not in rules and "optional-authentication" not in rules:
        return None
    return FORBIDDEN if rules[0] == "permissions" else BAD["an unknown token"]


class Storage:
    """The sandbox's state, changed where no operation can."""

    def __init__(self, deployment: Deployment) -> None:
        self._deployment = deployment

    def change(self, collection: str, **fields: Any) -> None:
        """Sets fields of all rows of a collection."""
        snapshot = self._deployment.control("GET", "snapshot").json()
        for row in snapshot["collections"][collection]:
            row.update(fields)
        self._deployment.control("PUT", "snapshot", json=snapshot)

    def clear(self, collection: str) -> None:
        """Removes all rows of a collection."""
        snapshot = self._deployment.control("GET", "snapshot").json()
        snapshot["collections"][collection] = []
        self._deployment.control("PUT", "snapshot", json=snapshot)


@pytest.fixture
def storage(deployment: Deployment) -> Storage:
    """The sandbox's state."""
    return Storage(deployment)


@pytest.mark.parametrize("plan", ["none", "FREE", "STARTER", "ESSENTIALS", "SCALE", "ENTERPRISE"])
def test_a_platform_needs_the_plan_of_the_operation(owner: Client, storage: Storage, plan: str) -> None:
    storage.change("platform_billings", plan=plan)
    for path, enough in (
        ("teams", ("ESSENTIALS", "SCALE", "ENTERPRISE")),
        ("organizations", ("SCALE", "ENTERPRISE")),
    ):
        words = f"Platform plan - you do not have required plan for this operation. Minimum plan is {enough[0]}."
        found = outcome(owner.get(f"/v2/organizations/1/{path}"), 200)
        assert found == (PASSES if plan in enough else (403, words))


def test_a_platform_needs_a_subscription(owner: Client, storage: Storage) -> None:
    storage.change("platform_billings", subscription_id=None)
    words = "Platform plan - you do not have required plan for this operation. Minimum plan is ESSENTIALS."
    assert outcome(owner.get("/v2/organizations/1/teams"), 200) == (403, words)
    body = {"name": "Client", "redirectUris": [], "permissions": []}
    assert outcome(owner.post("/v2/oauth-clients", json=body), 201) == (
        400,
        "Team is not subscribed to platform plan, cannot create an OAuth Client.",
    )


def test_other_organizations_need_settings_and_no_plan(owner: Client, storage: Storage) -> None:
    storage.change("teams", is_platform=False)
    storage.clear("platform_billings")
    storage.change("organization_settings", is_admin_api_enabled=False)
    data(owner.get("/v2/organizations/1/teams"))
    storage.clear("organization_settings")
    assert outcome(owner.get("/v2/organizations/1/teams"), 200) == (
        403,
        "Organization does not have Admin API access, please contact https://cal.com/sales to upgrade",
    )
    assert outcome(owner.get("/v2/oauth-clients"), 200) == (
        403,
        "OrganizationRolesGuard - Organization is not a platform (SHP).",
    )


def test_pending_memberships_count_except_for_oauth_clients(owner: Client, storage: Storage) -> None:
    storage.change("memberships", accepted=False)
    data(owner.get("/v2/organizations/1/teams"))
    assert outcome(owner.get("/v2/oauth-clients"), 200) == (
        403,
        "OrganizationRolesGuard - User has not accepted membership in the organization.",
    )
    storage.clear("memberships")
    reply = owner.get("/v2/oauth-clients")
    assert reply.status_code == 404
    assert reply.json()["error"] == {
        "code": "NOT_FOUND",
        "message": "Invalid Query: The requested record was not found.",
    }


def test_a_personal_key_reaches_clients_by_id_only(owner: Client, storage: Storage) -> None:
    storage.change("api_keys", team_id=None)
    missing = (401, "GetOrgId decorator: Organization ID not found")
    assert outcome(owner.get("/v2/oauth-clients"), 200) == missing
    assert outcome(owner.post("/v2/oauth-clients", json={}), 201) == missing
    data(owner.get("/v2/oauth-clients/sandbox-client"))
    data(owner.get("/v2/oauth-clients/sandbox-client/users"))


def test_system_administrators_pass_every_role(solo: Client, storage: Storage) -> None:
    storage.change("users", role="ADMIN")
    data(solo.get("/v2/organizations/1/teams"))
    data(solo.get("/v2/teams/2"))
