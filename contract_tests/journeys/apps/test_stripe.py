"""Connecting Stripe, for a person and for a team."""

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
    places = {"redir": DONE, "errorRedir": FAILED, **query}
    browser.open(data(client.get("/v2/stripe/connect", params=places))["authUrl"])
    browser.submit(answer)


def save(client: Client, person: ManagedUser, team_id: int | None = None, **query: str) -> httpx.Response:
    state = {"returnTo": DONE, "onErrorReturnTo": FAILED, "accessToken": person.access_token, "teamId": team_id}
    return client.get("/v2/stripe/save", params={"state": json.dumps(state), **query})


@pages_are_ours
def test_approving_connects_the_person(person: ManagedUser, browser: Browser) -> None:
    refusal = error(person.api.get("/v2/stripe/check"), 404)
    assert refusal["message"] == "Credentials for stripe not found."
    connect(person.api, browser, "deny")
    assert browser.url == FAILED
    error(person.api.get("/v2/stripe/check"), 404)

    connect(person.api, browser, "approve")
    assert browser.url == DONE
    data(person.api.get("/v2/stripe/check"))
    assert data(person.api.get("/v2/conferencing")) == []


@pages_are_ours
def test_the_owner_of_a_team_connects_it_and_nobody_else(
    person: ManagedUser, browser: Browser, anonymous: Client
) -> None:
    team = data(person.api.post("/v2/teams", json={"name": unique("Shop")}), 201)["id"]
    connect(person.api, browser, "approve", teamId=team)
    data(person.api.get(f"/v2/stripe/check/{team}"))
    error(person.api.get("/v2/stripe/check"), 404)

    refusal = error(save(anonymous, person, team_id=1, code="code"), 400)
    assert refusal["message"] == "You must be team owner or admin to do this"


@pages_are_ours
def test_an_account_that_cannot_receive_money_is_told(person: ManagedUser, anonymous: Client) -> None:
    assert save(anonymous, person, code="inactive").status_code == 301
    assert error(person.api.get("/v2/stripe/check"), 400)["message"] == "Stripe account is not an active account"


def test_other_errors_of_stripe_are_passed_on(person: ManagedUser, anonymous: Client) -> None:
    refusal = error(save(anonymous, person, error="invalid_scope", error_description="no such scope"), 400)
    assert "invalid_scope" in refusal["message"]
    error(person.api.get("/v2/stripe/check"), 404)
