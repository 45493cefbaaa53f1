"""Credits of organizations and users, and what charges take."""

from __future__ import annotations

from typing import Any

import pytest

from contract_tests.clients import Client, Deployment, data, error

pytestmark = pytest.mark.since("2026-09")

AVAILABLE, CHARGE = "/v2/credits/available", "/v2/credits/charge"


def charge(client: Client, amount: int, **fields: Any) -> Any:
    return client.post(CHARGE, json={"credits": amount, "creditFor": "SMS", **fields})


def left(monthly: int, additional: int) -> dict[str, Any]:
    balance = {"monthlyRemaining": monthly, "additional": additional}
    return {"hasCredits": monthly + additional > 0, "balance": balance}


def test_members_share_the_credits_of_their_organization(owner: Client, member: Client, solo: Client) -> None:
    assert data(owner.get(AVAILABLE)) == data(member.get(AVAILABLE)) == left(1000, 0)
    assert data(charge(member, 30)) == data(owner.get(AVAILABLE)) == left(970, 0)
    assert data(solo.get(AVAILABLE)) == left(0, 250)


def test_a_reference_is_charged_once(solo: Client, member: Client) -> None:
    for _ in range(2):
        assert data(charge(solo, 50, externalRef="call-1")) == left(0, 200)
    assert data(charge(solo, 50, externalRef="call-2")) == left(0, 150)
    assert data(charge(member, 50, externalRef="call-1")) == left(950, 0), "the reference is the balance's own"


def test_more_than_there_is_cannot_be_charged(solo: Client) -> None:
    refusal = error(charge(solo, 251, externalRef="big"), 400)
    assert refusal["message"] == "Not enough credits: 251 are needed, and 250 are available."
    assert data(charge(solo, 250, externalRef="big")) == left(0, 0)
    error(charge(solo, 1), 400)


@pytest.mark.sandbox_only("moves the clock")
def test_the_credits_of_a_month_are_back_in_the_next(owner: Client, deployment: Deployment) -> None:
    deployment.control("PUT", "clock", json={"now": "2050-01-31T23:00:00Z", "frozen": True})
    assert data(charge(owner, 1000)) == left(0, 0)
    deployment.control("PUT", "clock", json={"now": "2050-02-01T00:00:00Z", "frozen": True})
    assert data(owner.get(AVAILABLE)) == left(1000, 0)


@pytest.mark.parametrize("fields", [{"credits": 0}, {"credits": "5"}, {"creditFor": "TEA"}, {"externalRef": 7}])
def test_malformed_charges_are_refused(solo: Client, fields: dict[str, Any]) -> None:
    error(solo.post(CHARGE, json={"credits": 5, "creditFor": "AI_AGENT", **fields}), 400)
    assert data(solo.get(AVAILABLE)) == left(0, 250)
