"""Refreshing the API key in use."""

from __future__ import annotations

import re
from typing import Any

import pytest

from contract_tests.clients import Client, Deployment, data, error
from contract_tests.journeys.identity.conftest import OAuthClient
from contract_tests.refusals import check_refusal, expired_key, unknown_key

USES_KEY = pytest.mark.sandbox_only("uses up the key that the tests run with")

REFRESH = "/v2/api-keys/refresh"
NO_KEY = (
    "ApiKeysService - This endpoint can only be accessed using an API key by providing "
    "'Authorization: Bearer <apiKey>' header"
)


@USES_KEY
def test_a_new_key_replaces_the_old_one(deployment: Deployment, solo: Client) -> None:
    me = data(solo.get("/v2/me"))
    key = data(solo.post(REFRESH))["apiKey"]
    assert re.fullmatch(r"cal_[0-9a-f]{32}", key)
    assert data(deployment.bearer(key).get("/v2/me")) == me
    check_refusal(solo.get("/v2/me"), unknown_key())


@USES_KEY
def test_a_new_key_belongs_to_the_same_organization(deployment: Deployment, owner: Client) -> None:
    before = data(owner.get("/v2/oauth-clients"))
    fresh = deployment.bearer(data(owner.post(REFRESH, json={}))["apiKey"])
    assert data(fresh.get("/v2/oauth-clients")) == before


@USES_KEY
@pytest.mark.parametrize(("body", "days"), [({}, 30), ({"apiKeyDaysValid": 2}, 2), ({"apiKeyDaysValid": None}, 30)])
def test_a_key_works_through_the_whole_day_on_which_it_expires(
    deployment: Deployment, solo: Client, body: dict[str, Any], days: int
) -> None:
    key = deployment.bearer(data(solo.post(REFRESH, json=body))["apiKey"])
    deployment.advance(days=days)
    data(key.get("/v2/me"))
    deployment.advance(days=1)
    check_refusal(key.get("/v2/me"), expired_key())


@USES_KEY
def test_a_key_may_never_expire(deployment: Deployment, solo: Client) -> None:
    body = {"apiKeyNeverExpires": True}
    key = deployment.bearer(data(solo.post(REFRESH, json=body))["apiKey"])
    deployment.advance(days=20_000)
    data(key.get("/v2/me"))


@USES_KEY
def test_days_and_never_exclude_each_other_and_the_key_stays_valid(solo: Client) -> None:
    refusal = error(solo.post(REFRESH, json={"apiKeyDaysValid": 5, "apiKeyNeverExpires": True}), 400)
    assert refusal["message"] == (
        "ApiKeysService -Cannot set both apiKeyDaysValid and apiKeyNeverExpires. It has to be either or none of them."
    )
    data(solo.post(REFRESH, json={"apiKeyDaysValid": 5, "apiKeyNeverExpires": False}))


@USES_KEY
def test_a_member_may_not_refresh_a_key_of_the_organization(member: Client) -> None:
    refusal = error(member.post(REFRESH), 401)
    assert refusal == {"code": "TRPCError", "message": "You are not authorized to access this resource"}
    data(member.get("/v2/me"))


def test_a_managed_user_has_no_key_to_exchange(client: OAuthClient) -> None:
    assert error(client.user().api.post(REFRESH, json={}), 401)["message"] == NO_KEY


@USES_KEY
def test_only_keys_are_exchanged(client: OAuthClient, deployment: Deployment) -> None:
    beside_a_key = deployment.user("solo")
    beside_a_key.headers.update({"x-cal-client-id": client.id, "x-cal-secret-key": client.secret})
    for other in (client.api, beside_a_key):
        assert error(other.post(REFRESH, json={}), 401)["message"] == NO_KEY


def test_the_body_is_validated_before_the_kind_of_credentials(client: OAuthClient) -> None:
    [invalid] = error(client.user().api.post(REFRESH, json={"apiKeyDaysValid": 0}), 400)["details"]["errors"]
    assert invalid["property"] == "apiKeyDaysValid"
