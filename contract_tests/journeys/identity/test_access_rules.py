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
from contract_tests.editions import is_since
from contract_tests.nonexistent import NO_CLIENT, NO_NUMBER, NO_TEXT
from contract_tests.refusals import (
    FORBIDDEN,
    Refusal,
    expired_key,
    foreign_managed_organization,
    foreign_routing_form,
    guarded,
    low_role,
    no_client_found,
    no_client_named,
    no_credentials,
    no_organization,
    no_permission,
    not_in_organization,
    not_in_organization_of_team,
    not_in_team,
    not_in_team_of_organization,
    unknown_client,
    unknown_event_type,
    unknown_key,
    unknown_membership,
    unknown_team,
    unknown_token,
    wrong_secret,
)

Outcomes = dict[str, Refusal | str]
Expect = Callable[..., None]

PASSES = "passes"

NO_ROLE = (403, "OrganizationRolesGuard - User must have one of the roles: ADMIN, OWNER.")
NO_ORGANIZATION = (403, "OrganizationRolesGuard - No organization associated with the user.")

USER, ITS_CLIENT = "{user}", "{client}"
"""In expected texts: the id of the caller's user, and that of the OAuth client behind the credentials."""

SOLO, MEMBER, ADMIN, OWNER = "the key of solo", "the key of a member", "the key of an admin", "the key of an owner"
CLIENT, BARE_CLIENT = "client credentials", "client credentials without permissions"
TOKEN, BARE_TOKEN = "a managed user", "a managed user without permissions"
GOOD = (SOLO, MEMBER, ADMIN, OWNER, CLIENT, BARE_CLIENT, TOKEN, BARE_TOKEN)
ADMINS = (ADMIN, OWNER, CLIENT, BARE_CLIENT)
MANAGED = (TOKEN, BARE_TOKEN)


def bad() -> Outcomes:
    """The refusals of bad credentials."""
    return {
        "nothing": no_credentials(),
        "a secret without an id": no_credentials(half_a_pair="x-cal-secret-key"),
        "an unknown key": unknown_key(),
        "an expired key": expired_key(),
        "an unknown token": unknown_token(),
        "an expired token": (498, "ACCESS_TOKEN_IS_EXPIRED"),
        "a wrong secret": wrong_secret(),
        "an unknown client": unknown_client(NO_CLIENT),
    }


def refused_keys() -> Outcomes:
    """Unknown keys are refused even on public paths."""
    return {"an unknown key": unknown_key()}


def each(callers: tuple[str, ...], outcome: Refusal | str) -> Outcomes:
    """The same outcome for several callers."""
    return dict.fromkeys(callers, outcome)


@dataclass
class Callers:
    """A client for each kind of credentials, and the ids of the users and OAuth clients behind the good ones."""

    clients: dict[str, Client]
    user_ids: dict[str, int]
    client_ids: dict[str, str]


@pytest.fixture
def callers(deployment: Deployment, platform: Client, owner: Client, admin: Client, member: Client) -> Callers:
    """All kinds of credentials on the sandbox; on a deployment those that it has."""
    token, token_id = _managed_user(deployment, platform)
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
    user_ids = {name: data(clients[name].get("/v2/me"))["id"] for name in (MEMBER, ADMIN, OWNER, CLIENT)}
    found = Callers(clients, {**user_ids, TOKEN: token_id}, {})
    if deployment.is_sandbox:
        _add_sandbox_callers(found, deployment, platform)
    return found


def _add_sandbox_callers(callers: Callers, deployment: Deployment, platform: Client) -> None:
    bare: dict[str, Any] = {"name": unique("bare"), "redirectUris": [], "permissions": []}
    created = data(platform.post("/v2/oauth-clients", json=bare), 201)
    bare_client = deployment.client_credentials(created["clientId"], created["clientSecret"])
    expired = callers.clients[TOKEN]
    deployment.advance(minutes=61)
    token, token_id = _managed_user(deployment, platform)
    bare_token, bare_token_id = _managed_user(deployment, bare_client, created["clientId"])
    callers.clients |= {
        "an expired key": deployment.bearer("cal_sandbox_expired"),
        "an expired token": expired,
        SOLO: deployment.user("solo"),
        BARE_CLIENT: bare_client,
        TOKEN: token,
        BARE_TOKEN: bare_token,
    }
    callers.user_ids |= {
        SOLO: data(callers.clients[SOLO].get("/v2/me"))["id"],
        BARE_CLIENT: callers.user_ids[CLIENT],
        TOKEN: token_id,
        BARE_TOKEN: bare_token_id,
    }
    callers.client_ids |= dict.fromkeys((BARE_CLIENT, BARE_TOKEN), created["clientId"])


def _managed_user(deployment: Deployment, client: Client, client_id: str | None = None) -> tuple[Client, int]:
    """A new managed user and the id."""
    body = {"email": f"{unique('user')}@example.com", "name": "User"}
    path = f"/v2/oauth-clients/{client_id or deployment.client_id}/users"
    created = data(client.post(path, json=body), 201)
    return deployment.bearer(created["accessToken"]), created["user"]["id"]


@pytest.fixture
def expect(callers: Callers) -> Expect:
    """Sends one request with each kind of credentials and compares the outcomes.

    `passes` is the status behind all access rules. Expected texts may contain USER and ITS_CLIENT.
    """

    def compare(expected: Outcomes, method: str, path: str, passes: int = 200, **options: Any) -> None:
        for name, client in callers.clients.items():
            reply = client.request(method, path, **options)
            found, wanted = outcome(reply, passes), expected[name]
            if wanted != PASSES:
                status, text = wanted
                ids = {"user": callers.user_ids.get(name), "client": callers.client_ids.get(name)}
                wanted = (int(status), text.format(**ids))
            assert found == wanted, f"with {name}: expected {wanted}, not {found}"

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
def team(callers: Callers, organization: str, founder: Client) -> Iterator[int]:
    """A team of the organization with its owner and the member."""
    owner = callers.clients[OWNER]
    made = data(founder.post(f"{organization}/teams", json={"name": "Crew", "slug": unique("crew")}), 201)["id"]
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
    expect(bad() | each(GOOD, PASSES), "GET", "/v2/webhooks")


def test_credentials_may_be_missing_where_they_are_optional(expect: Expect) -> None:
    anonymous = each(("nothing", "a secret without an id"), PASSES)
    expected = bad() | anonymous | each(GOOD, PASSES)
    expect(expected, "POST", "/v2/slots/reservations", passes=400, json={}, v=SLOTS)


def test_public_operations_refuse_unknown_keys_only(expect: Expect, team: int) -> None:
    expect(each((*bad(), *GOOD), PASSES) | refused_keys(), "GET", f"/v2/teams/{team}/event-types")


def test_permissions_bind_clients_and_tokens_but_no_keys(expect: Expect) -> None:
    bare = each((BARE_CLIENT, BARE_TOKEN), no_permission(ITS_CLIENT, "PROFILE_READ"))
    expect(bad() | each(GOOD, PASSES) | bare, "GET", "/v2/me")


def test_bookings_check_permissions_before_credentials(expect: Expect) -> None:
    early: Outcomes = {
        "nothing": no_client_named(),
        "a secret without an id": no_client_named(),
        "an unknown token": no_client_found("access token=nothing"),
        "an unknown client": no_client_found(f"client id={NO_CLIENT}"),
        **each((BARE_CLIENT, BARE_TOKEN), no_permission(ITS_CLIENT, "BOOKING_READ")),
    }
    expect(bad() | each(GOOD, PASSES) | early, "GET", "/v2/bookings", v=BOOKINGS)


def test_an_organization_has_to_be_one(expect: Expect, team: int) -> None:
    for organization_id in (NO_NUMBER, team):
        expected = bad() | each(GOOD, no_organization(organization_id))
        expect(expected, "GET", f"/v2/organizations/{organization_id}/teams")


def test_users_and_absences_look_for_the_organization_first(expect: Expect) -> None:
    for path in ("users", "ooo", "users/1/ooo"):
        expected = each((*bad(), *GOOD), no_organization(NO_NUMBER)) | refused_keys()
        expect(expected, "GET", f"/v2/organizations/{NO_NUMBER}/{path}")


def outside(organization_id: int | None) -> Outcomes:
    """The refusals of all who are no administrators of the organization."""
    ordinary = each((MEMBER, *MANAGED), low_role(USER, "ORG_ADMIN", organization=organization_id))
    return ordinary | {SOLO: not_in_organization(organization_id)}


def outside_team(organization_id: int | None, team_id: int, *, member: Refusal | None = None) -> Outcomes:
    """The refusals of all who are neither in the team nor administrators of the organization.

    `member` is the refusal of the member, where that user is in the team.
    """
    refused = each((MEMBER, *MANAGED), not_in_team_of_organization(organization_id, team_id))
    refused |= {SOLO: not_in_organization_of_team(organization_id)}
    return refused | ({} if member is None else {MEMBER: member})


def test_members_of_an_organization(expect: Expect, deployment: Deployment, organization: str) -> None:
    stranger: Outcomes = {SOLO: not_in_organization(deployment.organization_id)}
    expect(bad() | each(GOOD, PASSES) | stranger, "GET", f"{organization}/attributes")


def test_admins_of_an_organization(expect: Expect, deployment: Deployment, organization: str) -> None:
    expected = bad() | each(ADMINS, PASSES) | outside(deployment.organization_id)
    expect(expected, "GET", f"{organization}/memberships")


def test_admins_of_a_team_or_of_its_organization(
    expect: Expect, deployment: Deployment, organization: str, team: int
) -> None:
    organization_id = deployment.organization_id
    plain = low_role(USER, "TEAM_ADMIN", organization=organization_id, team=team)
    others = outside_team(organization_id, team, member=plain)
    expect(bad() | each(ADMINS, PASSES) | others, "GET", f"{organization}/teams/{team}/memberships")


def test_members_of_a_team(expect: Expect, team: int) -> None:
    others = each((SOLO, ADMIN, *MANAGED), not_in_team(team))
    expect(bad() | each(GOOD, PASSES) | others, "GET", f"/v2/teams/{team}")


def test_admins_of_a_team_that_is_asked_without_its_organization(expect: Expect, team: int) -> None:
    others = each((SOLO, ADMIN, *MANAGED), not_in_team(team)) | {MEMBER: low_role(USER, "TEAM_ADMIN", team=team)}
    expect(bad() | each(GOOD, PASSES) | others, "GET", f"/v2/teams/{team}/memberships")


def test_owners_of_a_team(expect: Expect, team: int) -> None:
    others = each((SOLO, ADMIN, *MANAGED), not_in_team(team)) | {MEMBER: low_role(USER, "TEAM_OWNER", team=team)}
    expect(bad() | each(GOOD, PASSES) | others, "PATCH", f"/v2/teams/{team}", passes=400, json={"name": 5})


@pytest.mark.parametrize("kind", ["schedules", "bookings"])
def test_a_user_belongs_to_the_organization(
    expect: Expect, deployment: Deployment, organization: str, kind: str
) -> None:
    text = f"user with id={NO_NUMBER} is not part of the organization with id={deployment.organization_id}."
    refusal = guarded("IsUserInOrg", text, formerly=FORBIDDEN)
    version = {"v": BOOKINGS} if kind == "bookings" else {}
    expected = bad() | each(ADMINS, refusal) | outside(deployment.organization_id)
    expect(expected, "GET", f"{organization}/users/{NO_NUMBER}/{kind}", **version)


def test_a_webhook_belongs_to_the_organization(expect: Expect, deployment: Deployment, organization: str) -> None:
    text = f"webhook with id={NO_TEXT} is not part of the organization with id={deployment.organization_id}."
    refusal = guarded("IsWebhookInOrg", text, formerly=FORBIDDEN)
    expected = bad() | each(ADMINS, refusal) | outside(deployment.organization_id)
    expect(expected, "GET", f"{organization}/webhooks/{NO_TEXT}")


def test_a_membership_belongs_to_the_organization(expect: Expect, deployment: Deployment, organization: str) -> None:
    expected = bad() | each(ADMINS, unknown_membership(NO_NUMBER)) | outside(deployment.organization_id)
    expect(expected, "GET", f"{organization}/memberships/{NO_NUMBER}")


@pytest.mark.sandbox_only("a platform organization on the plan SCALE")
def test_a_managed_organization_belongs_to_its_manager(expect: Expect, organization: str) -> None:
    expected = bad() | each(ADMINS, foreign_managed_organization(1, NO_NUMBER)) | outside(1)
    expect(expected, "GET", f"{organization}/organizations/{NO_NUMBER}")


def test_the_membership_of_a_team_is_none_of_its_organization(
    expect: Expect, callers: Callers, deployment: Deployment, organization: str, team: int
) -> None:
    memberships = data(callers.clients[OWNER].get(f"/v2/teams/{team}/memberships"))
    membership_id = memberships[0]["id"]
    expected = bad() | each(ADMINS, unknown_membership(membership_id)) | outside(deployment.organization_id)
    expect(expected, "GET", f"{organization}/memberships/{membership_id}")


def test_an_absence_belongs_to_its_user(
    expect: Expect, callers: Callers, deployment: Deployment, organization: str
) -> None:
    path = f"{organization}/users/{callers.user_ids[MEMBER]}/ooo/{NO_NUMBER}"
    refusal = (403, "This OOO entry does not belong to this user.")
    expect(bad() | each(ADMINS, refusal) | outside(deployment.organization_id), "DELETE", path)


def test_a_team_belongs_to_its_organization(expect: Expect, deployment: Deployment, organization: str) -> None:
    others = outside_team(deployment.organization_id, NO_NUMBER)
    expect(bad() | each(ADMINS, unknown_team(NO_NUMBER)) | others, "GET", f"{organization}/teams/{NO_NUMBER}")


def test_an_organization_is_no_team_of_itself(expect: Expect, deployment: Deployment, organization: str) -> None:
    """All members of the organization are members of the "team" that the organization is."""
    organization_id = deployment.organization_id
    plain = low_role(USER, "TEAM_ADMIN", organization=organization_id, team=organization_id)
    others = each((MEMBER, *MANAGED), plain) | {SOLO: not_in_organization_of_team(organization_id)}
    path = f"{organization}/teams/{organization_id}/memberships"
    expect(bad() | each(ADMINS, unknown_team(organization_id)) | others, "GET", path)


def test_a_user_of_a_team_belongs_to_it(
    expect: Expect, callers: Callers, deployment: Deployment, organization: str, team: int
) -> None:
    organization_id, user_id = deployment.organization_id, callers.user_ids[ADMIN]
    plain = low_role(USER, "TEAM_ADMIN", organization=organization_id, team=team)
    text = (
        f"user with id=({user_id}) is not part of the team with id=({team}) in the organization with "
        f"id=({organization_id})"
    )
    refusal = guarded("IsUserInOrgTeam", text, formerly=FORBIDDEN)
    path = f"{organization}/teams/{team}/users/{user_id}/schedules"
    expect(bad() | each(ADMINS, refusal) | outside_team(organization_id, team, member=plain), "GET", path)


def test_a_routing_form_belongs_to_its_team(
    expect: Expect, deployment: Deployment, organization: str, team: int
) -> None:
    organization_id = deployment.organization_id
    plain = low_role(USER, "TEAM_ADMIN", organization=organization_id, team=team)
    foreign = foreign_routing_form(team, NO_TEXT)
    # The role was asked for before the form, and is asked for after it since 2026-03.
    others = each(GOOD, foreign) if is_since("2026-03") else outside_team(organization_id, team, member=plain)
    path = f"{organization}/teams/{team}/routing-forms/{NO_TEXT}/responses"
    expect(bad() | each(ADMINS, foreign) | others, "GET", path)


def test_a_webhook_belongs_to_its_user(expect: Expect, webhook: str) -> None:
    expect(bad() | each(GOOD, (404, f"Webhook ({NO_TEXT}) not found")), "GET", f"/v2/webhooks/{NO_TEXT}")
    text = f"user with id=({USER}) is not the owner of webhook with id=({webhook})"
    foreign = guarded("IsUserWebhookGuard", text, formerly=FORBIDDEN)
    expect(bad() | each(GOOD, foreign) | {MEMBER: PASSES}, "GET", f"/v2/webhooks/{webhook}")


def test_the_webhooks_of_an_event_type_belong_to_its_owner(expect: Expect, event_type: int) -> None:
    expect(bad() | each(GOOD, unknown_event_type(NO_NUMBER)), "GET", f"/v2/event-types/{NO_NUMBER}/webhooks")
    foreign = guarded("IsUserEventTypeWebhookGuard", f"User ({USER}) is not the owner of event type ({event_type})")
    expect(bad() | each(GOOD, foreign) | {MEMBER: PASSES}, "GET", f"/v2/event-types/{event_type}/webhooks")


def test_an_oauth_client_belongs_to_the_organization_of_the_request(expect: Expect) -> None:
    unknown = (404, "OAuthClientGuard - OAuth client not found.")
    credentials = ("a secret without an id", "a wrong secret", CLIENT, BARE_CLIENT)
    others = each(credentials, unknown_client(NO_CLIENT)) | {
        "nothing": no_credentials(half_a_pair="x-cal-client-id"),
        SOLO: (403, "OAuthClientGuard - No organization associated with the user."),
    }
    expect(bad() | each(GOOD, unknown) | others, "GET", f"/v2/oauth-clients/{NO_CLIENT}/users")


def test_managed_users_are_for_the_client_and_the_admins_of_its_organization(
    expect: Expect, deployment: Deployment
) -> None:
    refused = each((MEMBER, *MANAGED), NO_ROLE) | {
        # The client's id in the path makes credentials of the secret alone, and half a pair of nothing.
        "nothing": no_credentials(half_a_pair="x-cal-client-id"),
        "a secret without an id": PASSES,
        "an unknown client": wrong_secret(),
        BARE_CLIENT: wrong_secret(),
        SOLO: (403, "OAuthClientGuard - No organization associated with the user."),
    }
    path = f"/v2/oauth-clients/{deployment.client_id}/users"
    expect(bad() | each((ADMIN, OWNER, CLIENT), PASSES) | refused, "GET", path)


def test_members_may_read_oauth_clients(expect: Expect, key_of_the_organization: None) -> None:
    del key_of_the_organization
    expect(bad() | each(GOOD, PASSES) | {SOLO: NO_ORGANIZATION}, "GET", "/v2/oauth-clients")


def test_admins_and_owners_create_oauth_clients(expect: Expect, key_of_the_organization: None) -> None:
    del key_of_the_organization
    expected = bad() | each(ADMINS, PASSES) | each((MEMBER, *MANAGED), NO_ROLE) | {SOLO: NO_ORGANIZATION}
    expect(expected, "POST", "/v2/oauth-clients", passes=400, json={})


@pytest.mark.sandbox_only("the live service wants a login in a browser here")
def test_a_webhook_belongs_to_its_oauth_client(expect: Expect, deployment: Deployment) -> None:
    unknown = (404, f"Webhook ({NO_TEXT}) not found")
    refused = {
        "nothing": no_credentials(half_a_pair="x-cal-client-id"),
        "a secret without an id": unknown,
        "an unknown client": wrong_secret(),
        BARE_CLIENT: wrong_secret(),
        SOLO: NO_ORGANIZATION,
    }
    path = f"/v2/oauth-clients/{deployment.client_id}/webhooks/{NO_TEXT}"
    expect(bad() | each(GOOD, unknown) | refused, "GET", path)
