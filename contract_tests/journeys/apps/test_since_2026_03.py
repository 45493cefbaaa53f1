"""What changed in 2026-03: callbacks and Stripe of an organization's team, and callbacks that redirect."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from contract_tests.browser import Browser
from contract_tests.clients import Client, data, error, unique
from contract_tests.managed_users import ManagedUser, ManagedUsers

pytestmark = [
    pytest.mark.since("2026-03"),
    pytest.mark.sandbox_only("the consent pages of a real deployment are those of the apps"),
]

DONE, FAILED = "https://client.example.com/done", "https://client.example.com/failed"
PLACES = {"returnTo": DONE, "onErrorReturnTo": FAILED}
NO_STRIPE = "Credentials for stripe not found."


@pytest.fixture
def team(platform: Client) -> str:
    """The path of a new team of the OAuth client."""
    made = data(platform.post("/v2/organizations/1/teams", json={"name": unique("Team")}), 201)
    return f"/v2/organizations/1/teams/{made['id']}"


@pytest.fixture
def lead(platform: Client, managed_users: ManagedUsers, team: str) -> ManagedUser:
    """A managed user who administers the team."""
    user = managed_users.new()
    body = {"userId": user.id, "role": "ADMIN", "accepted": True}
    data(platform.post(f"{team}/memberships", json=body), 201)
    return user


def call_back(client: Client, path: str, token: str, **query: Any) -> str:
    """Where a callback redirects to."""
    state = json.dumps({**PLACES, "accessToken": token, **query.pop("fields", {})})
    reply: httpx.Response = client.get(path, params={"state": state, **query})
    assert reply.status_code == 301, reply.text
    return reply.headers["location"]


def test_a_consent_page_connects_stripe_and_zoom_for_the_team(lead: ManagedUser, team: str, browser: Browser) -> None:
    for ask, name in ((f"{team}/stripe/connect", "authUrl"), (f"{team}/conferencing/zoom/oauth/auth-url", "url")):
        browser.open(data(lead.api.get(ask, params=PLACES))[name])
        browser.submit("approve")
        assert browser.url == DONE
    data(lead.api.get(f"{team}/stripe/check"))
    assert error(lead.api.get("/v2/stripe/check"), 404)["message"] == NO_STRIPE
    [zoom] = data(lead.api.get(f"{team}/conferencing"))
    assert (zoom["type"], zoom["userId"], "key" in zoom) == ("zoom_video", None, False)
    assert zoom["invalid"] is not True


@pytest.mark.parametrize("callback", ["stripe/save", "conferencing/zoom/oauth/callback"])
def test_a_teams_own_callback_redirects_whatever_happens(
    lead: ManagedUser, managed_user: ManagedUser, team: str, callback: str
) -> None:
    path = f"{team}/{callback}"
    assert error(lead.api.get(path, params={"code": "code"}), 400)["message"] == "Missing `state` query param"
    for token, query in (
        ("cal_sandbox_owner", {"code": "x"}),
        (lead.access_token, {"code": "invalid"}),
        (lead.access_token, {"error": "access_denied"}),
    ):
        assert call_back(lead.api, path, token, **query) == FAILED
    assert error(lead.api.get(f"{team}/stripe/check"), 404)["message"] == NO_STRIPE
    assert data(lead.api.get(f"{team}/conferencing")) == []
    for _ in range(2):
        assert call_back(lead.api, path, lead.access_token, code="code") == DONE
    error(managed_user.api.get(path, params={"code": "code"}), 403)


@pytest.mark.parametrize("callback", ["/v2/stripe/save", "/v2/conferencing/zoom/oauth/callback"])
def test_a_state_with_a_team_needs_its_administrator(
    lead: ManagedUser, managed_user: ManagedUser, team: str, callback: str, anonymous: Client
) -> None:
    fields = {"orgId": "1", "teamId": team.rpartition("/")[2]}
    assert call_back(anonymous, callback, managed_user.access_token, code="x", fields=fields) == FAILED
    assert call_back(anonymous, callback, lead.access_token, code="x", fields={**fields, "teamId": "9999"}) == FAILED
    assert call_back(anonymous, callback, lead.access_token, code="x", fields=fields) == DONE


def test_stripe_of_a_user_is_replaced_and_its_failures_redirect(managed_user: ManagedUser, anonymous: Client) -> None:
    save, token = "/v2/stripe/save", managed_user.access_token
    for wrong, query in (
        ("cal_sandbox_solo", {"code": "x"}),
        (token, {"code": "invalid"}),
        (token, {"error": "scope"}),
    ):
        assert call_back(anonymous, save, wrong, **query) == FAILED
    assert error(managed_user.api.get("/v2/stripe/check"), 404)["message"] == NO_STRIPE
    assert call_back(anonymous, save, token, code="inactive") == DONE
    error(managed_user.api.get("/v2/stripe/check"), 400)
    assert call_back(anonymous, save, token, code="x") == DONE
    data(managed_user.api.get("/v2/stripe/check"))
