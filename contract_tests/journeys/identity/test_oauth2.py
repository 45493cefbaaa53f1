"""Third-party OAuth2 clients: from the consent page to tokens, what these may do, and when they end."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from requests_oauthlib import OAuth2Session  # pyright: ignore[reportMissingTypeStubs]

from contract_tests.browser import Browser
from contract_tests.clients import Client, Deployment, data, error, unique
from contract_tests.editions import in_force

pytestmark = [
    pytest.mark.since("2026-03"),
    pytest.mark.sandbox_only("the consent page of a real deployment is behind the login of its web application"),
]

CALLBACK = "http://localhost:3000/callback"
APP = {"client_id": "oauth2-sandbox-client", "client_secret": "oauth2-sandbox-secret"}
MOBILE_APP = {"client_id": "sandbox-mobile-app"}
TOKEN = "/v2/auth/oauth2/token"
VERIFIER = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
"""That of VERIFIER, from the appendix of RFC 7636."""

BOOKINGS = {"cal-api-version": "2024-08-13"}
ALL_WRONG = (
    "extra property is wrong,property extra should not exist , "
    "client_id property is wrong,client_id must be a string , "
    "refresh_token property is wrong,refresh_token must be a string "
)
UNAVAILABLE = "insufficient_scope: this endpoint is not available for third-party OAuth tokens"


def claims_of(token: str) -> dict[str, Any]:
    """The claims in a token. The signature is not checked."""
    return jwt.decode(token, options={"verify_signature": False})  # pyright: ignore[reportUnknownMemberType]


@pytest.fixture(autouse=True)
def insecure_transport(monkeypatch: pytest.MonkeyPatch) -> None:
    """oauthlib insists on https otherwise, for loopback addresses too."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def authorized(deployment: Deployment, user: str, **query: str) -> dict[str, str]:
    """What the redirect to the client carries after `user` has approved."""
    form = {"redirect_uri": CALLBACK, "user": user, "decision": "approve", **query}
    reply = httpx.post(f"{deployment.url}/_sandbox/oauth2/authorize", data=form)
    assert reply.status_code == 303, reply.text
    return {name: value for name, [value] in parse_qs(urlsplit(reply.headers["location"]).query).items()}


def code_for(deployment: Deployment, user: str = "solo@example.com", **query: str) -> str:
    return authorized(deployment, user, **({"client_id": "oauth2-sandbox-client"} | query))["code"]


def exchange(code: str, client: dict[str, str] = APP, **fields: str) -> dict[str, str]:
    return {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK, **client, **fields}


def refresh(token: str, client: dict[str, str] = APP) -> dict[str, str]:
    return {"grant_type": "refresh_token", "refresh_token": token, **client}


def tokens(anonymous: Client, body: dict[str, str]) -> dict[str, Any]:
    reply = anonymous.post(TOKEN, json=body)
    assert reply.status_code == 200, reply.text
    return reply.json()


def refusal(reply: httpx.Response) -> tuple[int, str, str]:
    body = reply.json()
    assert body.keys() == {"error", "error_description"}
    return reply.status_code, body["error"], body["error_description"]


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def scoped(deployment: Deployment, anonymous: Client, user: str, *scopes: str) -> dict[str, str]:
    """The headers of a token with these scopes, of a client of its own."""
    form = {"name": unique("app"), "redirectUri": CALLBACK, "scopes": list(scopes)}
    made = deployment.control("POST", "oauth2-clients", json=form).json()
    client = {"client_id": made["clientId"], "client_secret": made["clientSecret"]}
    code = code_for(deployment, user, client_id=client["client_id"], scope=" ".join(scopes))
    return bearer(tokens(anonymous, exchange(code, client))["access_token"])


def test_a_standard_library_completes_the_flow(deployment: Deployment, browser: Browser) -> None:
    session: Any = OAuth2Session(APP["client_id"], redirect_uri=CALLBACK)
    address, state = session.authorization_url(f"{deployment.url}/_sandbox/oauth2/authorize")
    browser.open(address)
    assert browser.page is not None and "Sandbox app" in browser.page.text
    browser.submit("approve", user="solo@example.com", decision="approve")
    assert browser.url.startswith(f"{CALLBACK}?code=") and browser.url.endswith(f"&state={state}")
    secret = {"client_secret": APP["client_secret"]}
    first = session.fetch_token(
        deployment.url + TOKEN, authorization_response=browser.url, include_client_id=True, **secret
    )
    assert (first["token_type"], first["expires_in"]) == ("bearer", 1800)
    assert session.get(f"{deployment.url}/v2/me").json()["data"]["email"] == "solo@example.com"
    deployment.advance(minutes=31)
    assert session.get(f"{deployment.url}/v2/me").status_code == 401
    second = session.refresh_token(deployment.url + TOKEN, client_id=APP["client_id"], **secret)
    assert second["access_token"] != first["access_token"]
    assert session.get(f"{deployment.url}/v2/me").status_code == 200
    session.close()


def test_a_standard_library_completes_the_flow_with_pkce(deployment: Deployment, browser: Browser) -> None:
    scope = ["PROFILE_READ", "BOOKING_READ"]
    session: Any = OAuth2Session(MOBILE_APP["client_id"], redirect_uri=CALLBACK, scope=scope, pkce="S256")
    address, _ = session.authorization_url(f"{deployment.url}/_sandbox/oauth2/authorize")
    browser.open(address)
    assert browser.page is not None and "<li>BOOKING_READ</li>" in browser.page.text
    browser.submit("approve", user="solo@example.com", decision="approve")
    fetched = session.fetch_token(deployment.url + TOKEN, authorization_response=browser.url, include_client_id=True)
    said = claims_of(fetched["access_token"])
    assert (said["scope"], said["token_type"], said["clientId"], said["userId"], said["teamId"]) == (
        scope, "Access Token", MOBILE_APP["client_id"], 4, None,
    )  # fmt: skip
    # The library adds the token to the headers that it is given.
    assert session.get(f"{deployment.url}/v2/bookings", headers=dict(BOOKINGS)).status_code == 200
    session.close()


def test_a_denied_client_is_told_so(deployment: Deployment, browser: Browser) -> None:
    query = f"client_id=oauth2-sandbox-client&redirect_uri={CALLBACK}&state=a%26b"
    browser.open(f"{deployment.url}/_sandbox/oauth2/authorize?{query}")
    browser.submit("approve", decision="deny")
    assert browser.url == f"{CALLBACK}?error=access_denied&error_description=The+user+denied+access&state=a%26b"


def test_a_client_is_shown_without_its_secret(solo: Client) -> None:
    assert data(solo.get("/v2/auth/oauth2/clients/oauth2-sandbox-client")) == {
        "client_id": "oauth2-sandbox-client",
        "redirect_uri": CALLBACK,
        "name": "Sandbox app",
        "logo": None,
        "is_trusted": False,
        "client_type": "CONFIDENTIAL",
    }
    other = {"If-None-Match": 'W/"of-something-else"'}
    assert data(solo.get("/v2/auth/oauth2/clients/oauth2-sandbox-client", headers=other))["name"] == "Sandbox app"
    assert error(solo.get("/v2/auth/oauth2/clients/sandbox-client"), 404)["message"] == "unauthorized_client"
    as_platform = solo.get(
        "/v2/auth/oauth2/clients/oauth2-sandbox-client", headers={"x-cal-secret-key": "oauth2-sandbox-secret"}
    )
    assert as_platform.status_code == 401


def test_tokens_are_sent_without_envelope_and_not_stored(deployment: Deployment, anonymous: Client) -> None:
    reply = anonymous.post(TOKEN, data=exchange(code_for(deployment)))
    assert reply.json().keys() == {"access_token", "token_type", "refresh_token", "expires_in"}
    assert (reply.headers["cache-control"], reply.headers["pragma"]) == ("no-store", "no-cache")
    assert reply.headers["x-request-id"] != "unknown-request-id"


def test_a_code_is_good_once_and_for_ten_minutes(deployment: Deployment, anonymous: Client) -> None:
    code = code_for(deployment)
    tokens(anonymous, exchange(code))
    bad = (400, "invalid_grant", "code_invalid_or_expired")
    assert refusal(anonymous.post(TOKEN, json=exchange(code))) == bad
    late = code_for(deployment)
    deployment.advance(minutes=10)
    assert refusal(anonymous.post(TOKEN, json=exchange(late))) == bad
    other = code_for(deployment, client_id="sandbox-mobile-app", scope="PROFILE_READ", **S256)
    assert refusal(anonymous.post(TOKEN, json=exchange(other))) == bad


S256 = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


def test_a_wrong_verifier_uses_up_the_code(deployment: Deployment, anonymous: Client) -> None:
    code = code_for(deployment, client_id="sandbox-mobile-app", scope="PROFILE_READ", **S256)
    wrong, right = (exchange(code, MOBILE_APP, code_verifier=each) for each in ("v" * 43, VERIFIER))
    assert refusal(anonymous.post(TOKEN, json=wrong)) == (400, "invalid_grant", "pkce_verification_failed")
    assert refusal(anonymous.post(TOKEN, json=right)) == (400, "invalid_grant", "code_invalid_or_expired")
    code = code_for(deployment, client_id="sandbox-mobile-app", scope="PROFILE_READ", **S256)
    tokens(anonymous, exchange(code, MOBILE_APP, code_verifier=VERIFIER))


def test_a_wrong_secret_or_redirect_leaves_the_code(deployment: Deployment, anonymous: Client) -> None:
    code = code_for(deployment)
    wrong = exchange(code) | {"client_secret": "wrong"}
    assert refusal(anonymous.post(TOKEN, json=wrong)) == (401, "invalid_client", "invalid_client_credentials")
    elsewhere = {"redirect_uri": f"{CALLBACK}/"}
    assert refusal(anonymous.post(TOKEN, json=wrong | elsewhere)) == (400, "invalid_grant", "redirect_uri_mismatch")
    without = {name: value for name, value in exchange(code).items() if name != "client_secret"}
    unproved = anonymous.post(TOKEN, json=without | {"code_verifier": VERIFIER})
    assert refusal(unproved) == (401, "invalid_client", "invalid_client_credentials")
    tokens(anonymous, exchange(code))


def test_a_challenge_needs_its_verifier_of_every_client(deployment: Deployment, anonymous: Client) -> None:
    reply = anonymous.post(TOKEN, json=exchange(code_for(deployment, **S256)))
    assert refusal(reply) == (400, "invalid_request", "pkce_missing_parameters_or_invalid_method")


@pytest.mark.parametrize(
    ("status", "user", "refused"),
    [("PENDING", "solo@example.com", "client_not_approved"), ("REJECTED", "owner@acme.example", "client_rejected")],
)
def test_a_client_that_is_not_approved_gets_no_tokens(
    deployment: Deployment, anonymous: Client, status: str, user: str, refused: str
) -> None:
    form = {"name": "New app", "redirectUri": CALLBACK, "status": status, "userId": 1}
    made = deployment.control("POST", "oauth2-clients", json=form).json()
    client = {"client_id": made["clientId"], "client_secret": made["clientSecret"]}
    code = code_for(deployment, user, client_id=client["client_id"])
    reply = anonymous.post(TOKEN, json=exchange(code, client))
    assert refusal(reply) == (401, "unauthorized_client", refused)
    again = anonymous.post(TOKEN, json=exchange(code, client))
    assert refusal(again) == (400, "invalid_grant", "code_invalid_or_expired")
    if status == "PENDING":
        tokens(anonymous, exchange(code_for(deployment, "owner@acme.example", client_id=client["client_id"]), client))


def test_refresh_tokens_stay_good_for_thirty_days(deployment: Deployment, anonymous: Client) -> None:
    first = tokens(anonymous, exchange(code_for(deployment)))
    for _ in range(2):
        tokens(anonymous, refresh(first["refresh_token"]))
    as_access = anonymous.get("/v2/me", headers=bearer(first["refresh_token"]))
    assert as_access.status_code == 401
    bad = (400, "invalid_grant", "invalid_refresh_token")
    assert refusal(anonymous.post(TOKEN, json=refresh(first["access_token"]))) == bad
    other = anonymous.post(TOKEN, json=refresh(first["refresh_token"], MOBILE_APP))
    assert refusal(other) == (400, "invalid_grant", "client_id_mismatch")
    wrong = anonymous.post(TOKEN, json=refresh("no token") | {"client_secret": "wrong"})
    assert refusal(wrong) == (401, "invalid_client", "invalid_client_credentials")
    deployment.advance(days=29, hours=23)
    tokens(anonymous, refresh(first["refresh_token"]))
    deployment.advance(hours=1)
    assert refusal(anonymous.post(TOKEN, json=refresh(first["refresh_token"]))) == bad


@pytest.mark.parametrize(
    ("body", "description"),
    [
        ({}, "client_id is required"),
        ({"client_id": "", "grant_type": "x"}, "client_id is required"),
        ([], "client_id is required"),
        ({"client_id": "a", "grant_type": 5}, "grant_type must be 'authorization_code' or 'refresh_token'"),
        ({"client_id": 5, "grant_type": "refresh_token", "extra": 1}, ALL_WRONG),
        (
            {**exchange("c"), "code_verifier": VERIFIER},
            "code_verifier property is wrong,property code_verifier should not exist ",
        ),
    ],
)
def test_an_incomplete_request_is_told_what_is_wrong(anonymous: Client, body: Any, description: str) -> None:
    assert refusal(anonymous.post(TOKEN, json=body)) == (400, "invalid_request", description)


def test_refusals_carry_the_request_id_of_the_caller(anonymous: Client) -> None:
    assert anonymous.post(TOKEN, json={}).headers["x-request-id"] == "unknown-request-id"
    named = anonymous.post(TOKEN, json={}, headers={"x-request-id": "mine-7"})
    assert named.headers.get_list("x-request-id") == ["mine-7"]


def test_forms_are_read_here_only(deployment: Deployment, anonymous: Client, solo: Client) -> None:
    tokens_of_a_form = anonymous.post(TOKEN, data=exchange(code_for(deployment)))
    assert tokens_of_a_form.status_code == 200
    assert data(solo.patch("/v2/me", data={"timeZone": "Europe/Rome"}))["timeZone"] == "Europe/London"
    many = "&".join(f"a{number}=1" for number in range(1001))
    form = {"content-type": "application/x-www-form-urlencoded"}
    assert anonymous.post(TOKEN, content=many, headers=form).status_code == 413
    assert anonymous.post(TOKEN, content="a=1", headers={"content-type": "text/plain"}).json() == {
        "error": "invalid_request",
        "error_description": "client_id is required",
    }


def test_a_token_without_scopes_has_full_access(deployment: Deployment, anonymous: Client) -> None:
    full = bearer(tokens(anonymous, exchange(code_for(deployment, "owner@acme.example")))["access_token"])
    for path in ("/v2/me", "/v2/webhooks", "/v2/organizations/1/teams", "/v2/event-types/9/webhooks"):
        assert "insufficient_scope" not in anonymous.get(path, headers=full).text
    assert anonymous.get("/v2/organizations/1/teams", headers=full).status_code == 200
    assert anonymous.post("/v2/api-keys/refresh", json={}, headers=full).status_code == 401


def test_a_token_is_limited_to_its_scopes(deployment: Deployment, anonymous: Client) -> None:
    headers = scoped(deployment, anonymous, "solo@example.com", "PROFILE_READ", "EVENT_TYPE_WRITE")
    assert anonymous.get("/v2/me", headers=headers).status_code == 200
    lacking = "insufficient_scope: token does not have the required scopes. Required: {}. Token has: {}"
    has = "PROFILE_READ, EVENT_TYPE_WRITE"
    for method, path, scope in (
        ("GET", "/v2/bookings", "BOOKING_READ"),
        ("PATCH", "/v2/me", "PROFILE_WRITE"),
        ("GET", "/v2/calendars", "APPS_READ"),
        ("GET", "/v2/event-types/1/webhooks", "EVENT_TYPE_READ"),
        ("GET", "/v2/organizations/1/ooo", "ORG_SCHEDULE_READ"),
    ):
        reply = anonymous.request(method, path, json={}, headers=headers | BOOKINGS)
        message = reply.json()["error"]["message"] if reply.status_code == 403 else reply.text
        assert (path, message) == (path, lacking.format(scope, has))
    webhooks = error(anonymous.get("/v2/webhooks", headers=headers), 403)["message"]
    assert webhooks == (lacking.format("WEBHOOK_READ", has) if in_force("more-scopes") else UNAVAILABLE)
    for path in ("/v2/oauth-clients", "/v2/auth/oauth2/clients/oauth2-sandbox-client", "/v2/stripe/connect"):
        assert error(anonymous.get(path, headers=headers), 403)["message"] == UNAVAILABLE
    public = {"eventTypeId": "1", "start": "2050-01-03", "end": "2050-01-04"}
    slots = anonymous.get("/v2/slots", params=public, headers=headers | {"cal-api-version": "2024-09-04"})
    assert slots.status_code == 200


def test_the_scopes_of_an_organization_include_those_of_its_teams(deployment: Deployment, anonymous: Client) -> None:
    wide = scoped(deployment, anonymous, "owner@acme.example", "ORG_MEMBERSHIP_READ")
    narrow = scoped(deployment, anonymous, "owner@acme.example", "TEAM_MEMBERSHIP_READ")
    paths = ("/v2/organizations/1/memberships", "/v2/organizations/1/teams/2/memberships")
    assert [anonymous.get(path, headers=wide).status_code for path in paths] == [200, 200]
    assert [anonymous.get(path, headers=narrow).status_code for path in paths] == [403, 200]


def test_a_scope_stands_for_the_role_of_an_admin(deployment: Deployment, member: Client, anonymous: Client) -> None:
    for path, scope in (
        ("/v2/organizations/1/memberships", "ORG_MEMBERSHIP_READ"),
        ("/v2/organizations/1/teams/2/memberships", "TEAM_MEMBERSHIP_READ"),
        ("/v2/teams/2/memberships", "TEAM_MEMBERSHIP_READ"),
        ("/v2/teams/2/schedules", "TEAM_SCHEDULE_READ"),
        ("/v2/organizations/1/teams/2/schedules", "TEAM_SCHEDULE_READ"),
    ):
        assert member.get(path).status_code == 403
        token = scoped(deployment, anonymous, "member@acme.example", scope)
        assert anonymous.get(path, headers=token).status_code == 200
        foreign = scoped(deployment, anonymous, "solo@example.com", scope)
        assert anonymous.get(path, headers=foreign).status_code == 403


def test_a_token_for_a_team_acts_as_its_owner(deployment: Deployment, anonymous: Client) -> None:
    got = tokens(anonymous, exchange(code_for(deployment, "owner@acme.example", team="2")))
    said = claims_of(got["access_token"])
    assert (said["userId"], said["teamId"]) == (None, 2)
    assert data(anonymous.get("/v2/me", headers=bearer(got["access_token"])))["email"] == "owner@acme.example"


def test_tokens_of_a_deleted_user_are_refused(deployment: Deployment, owner: Client, anonymous: Client) -> None:
    got = tokens(anonymous, exchange(code_for(deployment, "member@acme.example")))
    assert owner.delete("/v2/organizations/1/users/3").status_code == 200
    reply = anonymous.get("/v2/calendars", headers=bearer(got["access_token"]))
    assert "third-party token - No user or team owner" in error(reply, 401)["message"]


def test_a_forged_token_is_refused(anonymous: Client) -> None:
    claims: dict[str, Any] = {
        "userId": 1,
        "teamId": None,
        "scope": [],
        "clientId": "oauth2-sandbox-client",
        "token_type": "Access Token",
    }
    secret = "A sandbox has no secrets: everybody may know this key."
    forged = jwt.encode({**claims, "exp": 4_000_000_000}, secret)  # pyright: ignore[reportUnknownMemberType]
    assert anonymous.get("/v2/calendars", headers=bearer(forged)).status_code == 401


def test_the_journal_shows_no_codes_secrets_or_tokens(deployment: Deployment, anonymous: Client) -> None:
    sent = exchange(code_for(deployment))
    got = anonymous.post(TOKEN, data=sent).json()
    anonymous.post(TOKEN, json=refresh(got["refresh_token"]))
    anonymous.post(TOKEN, json=exchange(code_for(deployment), MOBILE_APP, code_verifier=VERIFIER))
    shown = deployment.control("GET", "requests").text
    secrets = (sent["code"], "oauth2-sandbox-secret", VERIFIER, got["access_token"], got["refresh_token"])
    assert not [secret for secret in secrets if secret in shown]
    assert "create_oauth2_tokens" in shown
