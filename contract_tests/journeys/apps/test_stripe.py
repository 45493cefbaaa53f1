"""Connecting Stripe, for a user and for a team."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from contract_tests.browser import Browser
from contract_tests.clients import Client, data, error, unique
from contract_tests.managed_users import ManagedUser

DONE, FAILED = "https://client.example.com/done", "https://client.example.com/failed"

pages_are_ours = pytest.mark.sandbox_only("the consent page of a real deployment is Stripe's")


def connect(client: Client, browser: Browser, answer: str, **query: Any) -> None:
    """With the names of the places to return to of every edition."""
    places = {"redir": DONE, "errorRedir": FAILED, "returnTo": DONE, "onErrorReturnTo": FAILED, **query}
    browser.open(data(client.get("/v2/stripe/connect", params=places))["authUrl"])
    browser.submit(answer)


def save(client: Client, managed_user: ManagedUser, team_id: int | None = None, **query: str) -> httpx.Response:
    state = {"returnTo": DONE, "onErrorReturnTo": FAILED, "accessToken": managed_user.access_token, "teamId": team_id}
    return client.get("/v2/stripe/save", params={"state": json.dumps(state), **query})


@pages_are_ours
def test_approving_connects_the_user(managed_user: ManagedUser, browser: Browser) -> None:
    refusal = error(managed_user.api.get("/v2/stripe/check"), 404)
    assert refusal["message"] == "Credentials for stripe not found."
    connect(managed_user.api, browser, "deny")
    assert browser.url == FAILED
    error(managed_user.api.get("/v2/stripe/check"), 404)

    connect(managed_user.api, browser, "approve")
    assert browser.url == DONE
    data(managed_user.api.get("/v2/stripe/check"))
    assert data(managed_user.api.get("/v2/conferencing")) == []


@pytest.mark.until("2026-03", "callbacks-redirect")
@pages_are_ours
def test_only_the_owner_of_a_team_connects_it(managed_user: ManagedUser, browser: Browser, anonymous: Client) -> None:
    team = data(managed_user.api.post("/v2/teams", json={"name": unique("Shop")}), 201)["id"]
    connect(managed_user.api, browser, "approve", teamId=team)
    data(managed_user.api.get(f"/v2/stripe/check/{team}"))
    error(managed_user.api.get("/v2/stripe/check"), 404)

    refusal = error(save(anonymous, managed_user, team_id=1, code="code"), 400)
    assert refusal["message"] == "You must be team owner or admin to do this"


@pages_are_ours
def test_an_account_that_cannot_receive_payments_is_reported(managed_user: ManagedUser, anonymous: Client) -> None:
    assert save(anonymous, managed_user, code="inactive").status_code == 301
    assert error(managed_user.api.get("/v2/stripe/check"), 400)["message"] == "Stripe account is not an active account"


@pytest.mark.until("2026-03", "callbacks-redirect")
def test_other_errors_of_stripe_are_passed_on(managed_user: ManagedUser, anonymous: Client) -> None:
    refusal = error(save(anonymous, managed_user, error="invalid_scope", error_description="no such scope"), 400)
    assert "invalid_scope" in refusal["message"]
    error(managed_user.api.get("/v2/stripe/check"), 404)
