"""Rate limits over HTTP: subjects, limits, and the world's clock."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mock_server.running import running_sandbox
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description
from mock_server.runtime.settings import Settings
from mock_server.worlds.loader import DEFAULT_WORLD_FILE

OWN_LIMITS = """
key_limits:
  - {id: a, api_key_id: key-solo, name: short, limit: 2, ttl: 1000, block_duration: 5000}
  - {id: b, api_key_id: key-solo, name: long, limit: 3, ttl: 60000, block_duration: 30000}
"""
SECRET = {"x-cal-secret-key": "sandbox-client-secret"}
CREDENTIALS = {"x-cal-client-id": "sandbox-client", **SECRET}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox with rate limits, in which one key has two limits."""
    world: Path = tmp_path_factory.mktemp("worlds") / "limits.yaml"
    world.write_text(DEFAULT_WORLD_FILE.read_text(encoding="utf-8") + OWN_LIMITS, encoding="utf-8")
    with running_sandbox(Settings(port=0, strict=True, rate_limit=True, world=world)) as running:
        yield running.url


@pytest.fixture
def client(server: str) -> Iterator[httpx.Client]:
    """Starts with empty counters and a frozen clock."""
    with httpx.Client(base_url=server) as client:
        client.post("/_sandbox/reset").raise_for_status()
        client.put("/_sandbox/clock", json={"frozen": True}).raise_for_status()
        yield client


def key(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer cal_sandbox_{name}"}


def left(reply: httpx.Response, name: str = "default") -> int:
    return int(reply.headers[f"x-ratelimit-remaining-{name}"])


@pytest.mark.parametrize(
    ("headers", "limit"),
    [(key("owner"), 120), ({"Authorization": "Bearer token"}, 500), (CREDENTIALS, 500), (SECRET, 120), ({}, 120)],
    ids=["key", "token", "client", "secret alone", "address"],
)
def test_each_kind_of_credential_has_its_limit(client: httpx.Client, headers: dict[str, str], limit: int) -> None:
    path = "/v2/oauth-clients/sandbox-client/users"
    for hits in (1, 2):
        reply = client.get(path, headers=headers)
        assert reply.headers["x-ratelimit-limit-default"] == str(limit)
        assert left(reply) == limit - hits
        assert reply.headers["x-ratelimit-reset-default"] == "60"


def test_a_request_over_the_limit_is_refused_until_the_block_ends(client: httpx.Client) -> None:
    replies = [client.get("/v2/me", headers=key("expired")) for _ in range(121)]
    assert [reply.status_code for reply in replies] == [401] * 120 + [429]
    assert replies[-1].json()["error"] == {
        "code": "ThrottlerException",
        "message": "Too many requests. Please try again later.",
        "details": "Too many requests. Please try again later.",
    }
    assert "retry-after" not in replies[-1].headers
    client.post("/_sandbox/clock/advance", json={"seconds": 59}).raise_for_status()
    assert client.get("/v2/me", headers=key("expired")).status_code == 429
    client.post("/_sandbox/clock/advance", json={"seconds": 1}).raise_for_status()
    assert left(client.get("/v2/me", headers=key("expired"))) == 119


def test_the_limits_of_a_key_refuse_when_all_are_used_up(client: httpx.Client) -> None:
    replies = [client.get("/v2/me", headers=key("solo")) for _ in range(4)]
    assert [reply.status_code for reply in replies] == [200, 200, 200, 429]
    assert [(left(reply, "short"), left(reply, "long")) for reply in replies] == [(1, 2), (0, 1), (0, 0), (0, 0)]
    assert "x-ratelimit-limit-default" not in replies[0].headers
    client.post("/_sandbox/clock/advance", json={"seconds": 5}).raise_for_status()
    again = client.get("/v2/me", headers=key("solo"))
    assert (again.status_code, left(again, "short"), left(again, "long")) == (200, 1, 0)


def test_the_limits_of_a_key_are_deleted_with_it(client: httpx.Client) -> None:
    fresh = client.post("/v2/api-keys/refresh", headers=key("solo")).json()["data"]["apiKey"]
    reply = client.get("/v2/me", headers={"Authorization": f"Bearer {fresh}"})
    assert reply.headers["x-ratelimit-limit-default"] == "120"


def test_refused_credentials_are_counted_but_unknown_keys_are_not(client: httpx.Client) -> None:
    wrong = {"x-cal-client-id": "sandbox-client", "x-cal-secret-key": "wrong"}
    assert [left(client.get("/v2/me", headers=wrong)) for _ in range(2)] == [499, 498]
    unknown = client.get(
        "/v2/slots/reservations/x", headers={"Authorization": "Bearer cal_nothing", "cal-api-version": "2024-09-04"}
    )
    assert (unknown.status_code, unknown.json()["error"]["message"]) == (401, "Invalid API Key")
    assert not [name for name in unknown.headers if name.startswith("x-ratelimit")]


def test_the_address_comes_from_the_header_of_a_proxy(client: httpx.Client) -> None:
    for address in ("203.0.113.1", "203.0.113.2"):
        assert left(client.get("/v2/me", headers={"cf-connecting-ip": address})) == 119


def test_operations_with_limits_of_their_own_in_2026_03() -> None:
    resources = {
        "request_{}email_verification_code": "emails_requests",
        "request_{}phone_verification_code": "phones_requests",
        "verify_{}phone": "phones_verify",
    }
    limits = {
        "add_booking_guests": ("booking_guests_add", 5),
        "add_booking_attendee": ("booking_attendees_add", 5),
        "update_booking_location": ("booking_location_update", 5),
        "request_email_verification_code": ("users_verified_resources_emails_requests", 5),
        "request_phone_verification_code": ("users_verified_resources_phones_requests", 3),
        "verify_email": ("users_verified_resources_phones_verify", 3),
    }
    for owner, prefix in (("team_", "teams"), ("organization_team_", "org_teams")):
        for operation_id, name in resources.items():
            limits[operation_id.format(owner)] = (f"{prefix}_verified_resources_{name}", 3)
    limits["request_team_email_verification_code"] = ("teams_verified_resources_emails_requests", 5)
    described = Description(load_bundle(edition="2026-03"))
    own = {each.id: (each.rate_limit.name, each.rate_limit.hits) for each in described if each.rate_limit}
    assert own == limits


def test_requests_that_match_no_operation_are_not_counted(client: httpx.Client) -> None:
    for reply in (
        client.get("/v2/nothing"),
        client.options("/v2/me"),
        client.patch("/v2/me", content=b"{", headers={"Content-Type": "application/json"}),
    ):
        assert "x-ratelimit-limit-default" not in reply.headers
    assert left(client.get("/v2/me")) == 119
