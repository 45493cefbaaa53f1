"""The lifecycle of access and refresh tokens."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from contract_tests.clients import Deployment, data, error
from contract_tests.journeys.identity.conftest import MakeClient, OAuthClient
from contract_tests.managed_users import ManagedUsers
from contract_tests.refusals import check_refusal, foreign_origin

CLOCK = pytest.mark.sandbox_only("moves the clock")
UNIQUE = pytest.mark.sandbox_only("upstream, tokens that are made within one second are equal")


def claims(token: str) -> dict[str, Any]:
    # PyJWT's type of a key names a package that need not be installed.
    return jwt.decode(token, options={"verify_signature": False})  # pyright: ignore[reportUnknownMemberType]


def moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def test_tokens_carry_their_type_and_expiry(client: OAuthClient) -> None:
    user = client.user()
    for kind, token, expiry in (
        ("access_token", user.access_token, user.created["accessTokenExpiresAt"]),
        ("refresh_token", user.refresh_token, user.created["refreshTokenExpiresAt"]),
    ):
        said = claims(token)
        assert (said["type"], said["clientId"], said["ownerId"], said["expiresAt"]) == (
            kind,
            client.id,
            user.id,
            expiry,
        )
        assert "exp" not in said and "userId" not in said


def test_lifetimes_are_truncated_to_the_minute_and_to_the_day(client: OAuthClient) -> None:
    created = client.user().created
    issued = datetime.fromtimestamp(claims(created["accessToken"])["iat"], UTC)
    access, refresh = moment(created["accessTokenExpiresAt"]), moment(created["refreshTokenExpiresAt"])
    assert access == (issued + timedelta(minutes=60)).replace(second=0)
    assert (refresh.hour, refresh.minute, refresh.second) == (0, 0, 0)
    assert timedelta(days=364) < refresh - issued <= timedelta(days=366)


@UNIQUE
def test_a_refresh_token_can_be_used_once(client: OAuthClient) -> None:
    user = client.user()
    fresh = data(client.refresh(user.refresh_token))
    assert claims(fresh["accessToken"])["userId"] == user.id
    assert error(client.refresh(user.refresh_token), 400)["message"] == "Invalid refresh token"
    assert data(client.refresh(fresh["refreshToken"]))["accessToken"] != fresh["accessToken"]


def test_a_refresh_keeps_the_present_access_token_valid(client: OAuthClient) -> None:
    user = client.user()
    data(client.refresh(user.refresh_token))
    assert data(user.api.get("/v2/me"))["id"] == user.id


@UNIQUE
def test_a_forced_refresh_revokes_all_earlier_tokens(client: OAuthClient, deployment: Deployment) -> None:
    user, other = client.user(), client.user()
    second = data(client.refresh(user.refresh_token))
    fresh = data(client.force_refresh(user))
    for token in (user.access_token, second["accessToken"]):
        assert error(deployment.bearer(token).get("/v2/me"), 401)["message"] == "Invalid Access Token."
    assert error(client.refresh(second["refreshToken"]), 400)["message"] == "Invalid refresh token"
    assert data(deployment.bearer(fresh["accessToken"]).get("/v2/me"))["id"] == user.id
    data(other.api.get("/v2/me"))


@UNIQUE
def test_tokens_of_the_same_second_differ(client: OAuthClient) -> None:
    user = client.user()
    pairs = [data(client.force_refresh(user)) for _ in range(5)]
    assert len({pair[name] for pair in pairs for name in ("accessToken", "refreshToken")}) == 10


@pytest.mark.parametrize("which", ["access token", "other client's token", "unknown"])
def test_only_refresh_tokens_of_the_client_are_accepted(
    client: OAuthClient, make_client: MakeClient, which: str
) -> None:
    token = {
        "access token": lambda: client.user().access_token,
        "other client's token": lambda: make_client().user().refresh_token,
        "unknown": lambda: "nothing",
    }[which]()
    assert error(client.refresh(token), 400)["message"] == "Invalid refresh token"


def test_browsers_may_use_a_token_from_the_clients_origins_only(make_client: MakeClient) -> None:
    client = make_client(redirectUris=["https://app.example.org", "https://*.preview.example.org"])
    user = client.user()
    for origin in ("https://app.example.org", "https://pr-7.preview.example.org"):
        data(user.api.get("/v2/me", headers={"Origin": origin}))
    stranger = "https://app.example.org.evil.example"
    check_refusal(user.api.get("/v2/me", headers={"Origin": stranger}), foreign_origin(stranger, client.id))
    data(client.api.patch(f"/v2/oauth-clients/{client.id}", json={"redirectUris": ["https://moved.example.org"]}))
    error(user.api.get("/v2/me", headers={"Origin": "https://app.example.org"}), 401)


@pytest.mark.sandbox_only("the origins of the default world's client")
@pytest.mark.parametrize("origin", ["http://localhost:5173", "http://localhost:3000", "the sandbox's own"])
def test_pages_in_development_may_use_the_tokens_of_the_default_client(
    managed_users: ManagedUsers, deployment: Deployment, origin: str
) -> None:
    user = managed_users.new()
    own = deployment.url.partition("/w/")[0]
    origin = origin if origin.startswith("http") else own
    data(user.api.get("/v2/me", headers={"Origin": origin}))
    for other in (f"{own}0", "http://localhost.example.org:3000", "https://app.example.org"):
        error(user.api.get("/v2/me", headers={"Origin": other}), 401)


@CLOCK
def test_an_access_token_expires_within_the_hour(client: OAuthClient, deployment: Deployment) -> None:
    user = client.user()
    deployment.advance(minutes=58)
    data(user.api.get("/v2/me"))
    deployment.advance(minutes=2)
    refusal = error(user.api.get("/v2/me"), 498)
    assert refusal == {
        "code": "TokenExpiredException",
        "message": "ACCESS_TOKEN_IS_EXPIRED",
        "details": "ACCESS_TOKEN_IS_EXPIRED",
    }
    fresh = data(client.refresh(user.refresh_token))
    assert data(deployment.bearer(fresh["accessToken"]).get("/v2/me"))["id"] == user.id


@CLOCK
def test_a_refresh_deletes_the_clients_expired_access_tokens(client: OAuthClient, deployment: Deployment) -> None:
    user, other = client.user(), client.user()
    deployment.advance(minutes=61)
    error(other.api.get("/v2/me"), 498)
    data(client.refresh(user.refresh_token))
    assert error(other.api.get("/v2/me"), 401)["message"] == "Invalid Access Token."


@CLOCK
def test_a_refresh_token_is_valid_for_almost_a_year(client: OAuthClient, deployment: Deployment) -> None:
    user = client.user()
    deployment.advance(days=363)
    fresh = data(client.refresh(user.refresh_token))
    assert data(deployment.bearer(fresh["accessToken"]).get("/v2/me"))["id"] == user.id


@CLOCK
def test_a_refresh_token_expires_after_a_year(client: OAuthClient, deployment: Deployment) -> None:
    user = client.user()
    deployment.advance(days=367)
    assert error(client.refresh(user.refresh_token), 400)["message"] == "Invalid refresh token"
