"""The manifest, with which a program finds its way."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import httpx
import pytest

from mock_server.running import RunningSandbox


@pytest.fixture
def manifest(client: httpx.Client) -> dict[str, Any]:
    """The manifest of a fresh world."""
    return client.get("/_sandbox").raise_for_status().json()


def test_its_addresses_are_those_of_the_world(client: httpx.Client, manifest: dict[str, Any]) -> None:
    assert manifest["urls"]["api"] == f"{str(client.base_url).rstrip('/')}/v2"
    for name in ("control", "description", "docs", "help"):
        assert client.get(manifest["urls"][name]).status_code == 200
    assert manifest["world"] in {each["id"] for each in manifest["worlds"]}


def test_its_operations_are_those_of_the_description(client: httpx.Client, manifest: dict[str, Any]) -> None:
    health = client.get("/_sandbox/health").json()
    assert manifest["edition"] == health["edition"]
    assert len(manifest["operations"]) == health["operations"]
    assert sum(each["stateful"] for each in manifest["operations"]) == health["stateful"]
    assert {each["evidence"] for each in manifest["operations"]} <= set(manifest["evidence"])
    [slots] = [each for each in manifest["operations"] if each["id"] == "get_available_slots"]
    assert (slots["method"], slots["path"], slots["versions"]) == ("GET", "/v2/slots", ["2024-09-04"])


def test_its_credentials_work(client: httpx.Client, manifest: dict[str, Any]) -> None:
    for each in manifest["credentials"]["apiKeys"]:
        reply = client.get("/v2/me", headers={"Authorization": f"Bearer {each['key']}"})
        assert reply.status_code == (401 if each["expired"] else 200)
        if not each["expired"]:
            assert reply.json()["data"]["email"] == each["email"]
    for each in manifest["credentials"]["oauthClients"]:
        headers = {"x-cal-client-id": each["id"], "x-cal-secret-key": each["secret"]}
        assert client.get(f"/v2/oauth-clients/{each['id']}/users", headers=headers).status_code == 200


def test_keys_that_the_world_no_longer_has_are_left_out(client: httpx.Client) -> None:
    key = client.post("/v2/api-keys/refresh", json={}).raise_for_status().json()["data"]["apiKey"]
    assert key
    listed = {each["key"] for each in client.get("/_sandbox").json()["credentials"]["apiKeys"]}
    assert "cal_sandbox_solo" not in listed
    assert "cal_sandbox_owner" in listed


def test_its_snippets_run(client: httpx.Client, manifest: dict[str, Any]) -> None:
    script = manifest["snippets"]["python"]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, encoding="utf-8", timeout=30, check=True
    )
    assert "owner@acme.example" in done.stdout
    assert str(client.base_url).rstrip("/") in manifest["snippets"]["curl"]


def test_every_call_says_what_it_does(running: RunningSandbox, manifest: dict[str, Any]) -> None:
    assert all(each["does"].endswith(".") for each in manifest["calls"])
    reading = [each["path"] for each in manifest["calls"] if each["method"] == "GET" and "{" not in each["path"]]
    for path in reading:
        assert "There is no GET" not in httpx.get(f"{running.url}{path}").text, path
