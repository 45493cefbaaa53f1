"""The authorize page of third-party clients, and the calls that create, list and delete these."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

pytestmark = pytest.mark.slow("makes a sandbox for each test")

BASE = "http://127.0.0.1:8080"
OPEN_BASE = "http://sandbox.example:8080"
PAGE = "/_sandbox/oauth2/authorize"
CLIENTS = "/_sandbox/oauth2-clients"
CALLBACK = "http://localhost:3000/callback"
APP = {"client_id": "oauth2-sandbox-client", "redirect_uri": CALLBACK, "state": "s"}
MOBILE_APP = APP | {"client_id": "sandbox-mobile-app", "scope": "PROFILE_READ", "code_challenge_method": "S256"}
CHALLENGE = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
APPROVAL = {"user": "solo@example.com", "decision": "approve"}
FROM_ANOTHER_SITE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    sandbox = Sandbox(Settings(edition="2026-03"))
    yield sandbox
    assert call(sandbox, "GET", f"{BASE}/_sandbox/doctor").json()["complaints"] == []


@pytest.fixture(scope="module")
def open_sandbox() -> Sandbox:
    """A sandbox on an open address."""
    return Sandbox(Settings(edition="2026-03", host="0.0.0.0", admin_token="only-the-admin-knows"))


def call(sandbox: Sandbox, method: str, url: str, **options: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox.app)) as client:
            return await client.request(method, url, **options)

    return asyncio.run(ask())


def answer(reply: httpx.Response) -> dict[str, str]:
    """What a redirect to the client carries."""
    assert reply.status_code == 303, reply.text
    location = reply.headers["location"]
    assert location.startswith(f"{CALLBACK}?")
    return {name: value for name, [value] in parse_qs(urlsplit(location).query).items()}


def test_the_page_shows_what_is_asked_for_and_escapes_it(sandbox: Sandbox) -> None:
    page = call(sandbox, "GET", BASE + PAGE, params=APP | {"state": '"><script>'}, headers=FROM_ANOTHER_SITE)
    assert page.status_code == 200
    assert "Full access to the account" in page.text and "<script>" not in page.text
    assert "Admin token" not in page.text
    assert page.headers.get_list("referrer-policy") == ["same-origin"]
    [policy] = page.headers.get_list("content-security-policy")
    assert "frame-ancestors 'none'" in policy and "form-action" not in policy


@pytest.mark.parametrize(
    "wrong", [{"client_id": "nobody"}, {"redirect_uri": "https://evil.example/"}, {"redirect_uri": f"{CALLBACK}?a=1"}]
)
def test_a_browser_is_not_sent_to_a_uri_that_is_not_the_clients(sandbox: Sandbox, wrong: dict[str, str]) -> None:
    assert call(sandbox, "GET", BASE + PAGE, params=APP | wrong).status_code == 400
    assert call(sandbox, "POST", BASE + PAGE, data=APP | APPROVAL | wrong).status_code == 400


@pytest.mark.parametrize(
    ("query", "refused"),
    [
        (APP | {"response_type": "token"}, "unsupported_response_type"),
        (APP | {"scope": "EVERYTHING"}, "invalid_scope"),
        (APP | {"scope": "PROFILE_READ"}, "invalid_request"),
        (APP | {"code_challenge": CHALLENGE}, "invalid_request"),
        (MOBILE_APP, "invalid_request"),
        (MOBILE_APP | {"code_challenge": "short"}, "invalid_request"),
        (MOBILE_APP | {"code_challenge": CHALLENGE, "code_challenge_method": "plain"}, "invalid_request"),
        (MOBILE_APP | {"code_challenge": CHALLENGE, "scope": ""}, "invalid_scope"),
        (MOBILE_APP | {"code_challenge": CHALLENGE, "scope": "PROFILE_READ ORG_BOOKING_READ"}, "invalid_request"),
    ],
)
def test_a_client_is_told_what_is_wrong_with_its_request(sandbox: Sandbox, query: dict[str, str], refused: str) -> None:
    for reply in (
        call(sandbox, "GET", BASE + PAGE, params=query),
        call(sandbox, "POST", BASE + PAGE, data=query | APPROVAL),
    ):
        got = answer(reply)
        assert (got["error"], got["state"]) == (refused, "s")


def test_a_client_may_name_legacy_scopes(sandbox: Sandbox) -> None:
    query = APP | APPROVAL | {"scope": "READ_PROFILE,READ_BOOKING"}
    assert answer(call(sandbox, "POST", BASE + PAGE, data=query)).keys() == {"code", "state"}


@pytest.mark.parametrize("form", [{"user": "nobody@example.com"}, {"team": "2"}, {"team": "x"}, {"decision": "maybe"}])
def test_a_form_that_makes_no_sense_is_refused(sandbox: Sandbox, form: dict[str, str]) -> None:
    assert call(sandbox, "POST", BASE + PAGE, data=APP | APPROVAL | form).status_code == 400


@pytest.mark.parametrize(
    "headers", [FROM_ANOTHER_SITE, {"origin": "https://evil.example"}, {"origin": "null"}, {"host": "evil.example"}]
)
def test_other_sites_cannot_approve(sandbox: Sandbox, headers: dict[str, str]) -> None:
    assert call(sandbox, "POST", BASE + PAGE, data=APP | APPROVAL, headers=headers).status_code == 403


def test_the_pages_own_form_is_taken(sandbox: Sandbox) -> None:
    headers = {"origin": BASE, "sec-fetch-site": "same-origin"}
    assert "code" in answer(call(sandbox, "POST", BASE + PAGE, data=APP | APPROVAL, headers=headers))


def test_an_open_address_asks_for_the_admin_token(open_sandbox: Sandbox) -> None:
    page = call(open_sandbox, "GET", OPEN_BASE + PAGE, params=APP, headers=FROM_ANOTHER_SITE)
    assert "Admin token" in page.text
    for token in ({}, {"token": "guessed"}):
        assert call(open_sandbox, "POST", OPEN_BASE + PAGE, data=APP | APPROVAL | token).status_code == 403
    right = {"token": "only-the-admin-knows"}
    assert "code" in answer(call(open_sandbox, "POST", OPEN_BASE + PAGE, data=APP | APPROVAL | right))
    elsewhere = {"origin": "https://evil.example"}
    reply = call(open_sandbox, "POST", OPEN_BASE + PAGE, data=APP | APPROVAL | right, headers=elsewhere)
    assert reply.status_code == 403
    for method, path in (("GET", CLIENTS), ("POST", CLIENTS), ("DELETE", f"{CLIENTS}/oauth2-sandbox-client")):
        assert call(open_sandbox, method, OPEN_BASE + path, json={}).status_code == 403


def test_clients_are_created_listed_and_deleted(sandbox: Sandbox) -> None:
    form = {"name": "New app", "redirectUri": "https://app.example.com/back", "scopes": ["PROFILE_READ"], "userId": 4}
    made = call(sandbox, "POST", BASE + CLIENTS, json=form)
    assert made.status_code == 201
    client = made.json()
    assert len(client.pop("clientSecret")) > 20
    assert (client["clientType"], client["status"], client["scopes"]) == ("CONFIDENTIAL", "APPROVED", ["PROFILE_READ"])
    mobile = call(sandbox, "POST", BASE + CLIENTS, json=form | {"clientType": "PUBLIC"}).json()
    assert "clientSecret" not in mobile
    listed = call(sandbox, "GET", BASE + CLIENTS).json()["clients"]
    assert {each["clientId"] for each in listed} == {
        "oauth2-sandbox-client", "sandbox-mobile-app", client["clientId"], mobile["clientId"],
    }  # fmt: skip
    assert client in listed
    assert call(sandbox, "DELETE", f"{BASE}{CLIENTS}/{client['clientId']}").json() == {"status": "ok"}
    assert call(sandbox, "DELETE", f"{BASE}{CLIENTS}/{client['clientId']}").status_code == 404


def test_the_codes_of_a_deleted_client_are_gone(sandbox: Sandbox) -> None:
    code = answer(call(sandbox, "POST", BASE + PAGE, data=APP | APPROVAL))["code"]
    call(sandbox, "DELETE", f"{BASE}{CLIENTS}/oauth2-sandbox-client")
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": "oauth2-sandbox-client",
        "redirect_uri": CALLBACK,
    }
    reply = call(
        sandbox, "POST", f"{BASE}/v2/auth/oauth2/token", json=body | {"client_secret": "oauth2-sandbox-secret"}
    )
    assert reply.json()["error_description"] == "client_not_found"


@pytest.mark.parametrize(
    ("form", "about"),
    [
        ({"redirectUri": "https://a.example/"}, "name"),
        ({"name": " "}, "name"),
        ({"redirectUri": "http://app.example.com/"}, "redirectUri"),
        ({"redirectUri": "javascript:alert(1)"}, "redirectUri"),
        ({"redirectUri": "https://a.example/#x"}, "redirectUri"),
        ({"redirectUri": "https://a.example/\r\nx: y"}, "redirectUri"),
        ({"scopes": ["EVERYTHING"]}, "EVERYTHING"),
        ({"userId": 99}, "99"),
        ({"clientType": "SECRET"}, "clientType"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_client_is_refused(sandbox: Sandbox, form: dict[str, Any], about: str) -> None:
    good = {} if form.keys() == {"redirectUri"} and about == "name" else {"name": "App", "redirectUri": CALLBACK}
    reply = call(sandbox, "POST", BASE + CLIENTS, json=good | form)
    assert reply.status_code == 400
    assert about in reply.json()["error"]


def test_an_older_edition_has_no_third_party_clients() -> None:
    april = Sandbox(Settings(edition="2025-04"))
    for method, path in (
        ("GET", CLIENTS),
        ("POST", CLIENTS),
        ("DELETE", f"{CLIENTS}/oauth2-sandbox-client"),
        ("GET", PAGE),
    ):
        reply = call(april, method, BASE + path)
        assert reply.status_code == 404
        assert "2026-03" in reply.json()["error"]
    assert call(april, "GET", f"{BASE}/_sandbox/snapshot").json()["collections"].get("oauth2_clients", []) == []
