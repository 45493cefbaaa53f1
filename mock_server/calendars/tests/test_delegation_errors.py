"""An organization hears of delegated calendars that could not be read, over HTTP."""

from __future__ import annotations

import json
from typing import Any

import httpx

from mock_server.running import running_sandbox
from mock_server.runtime.settings import Settings

OWNER = {"Authorization": "Bearer cal_sandbox_owner"}
KEY = {"private_key": "not-a-key", "client_email": "robot@project.example", "client_id": "1122334455"}
FAILURE = "User is not in the workspace"


def body(reply: httpx.Response) -> Any:
    assert reply.is_success, reply.text
    return reply.json()


def let_service_fail(client: httpx.Client) -> None:
    """Makes the calendar service fail for the owner, as an account of a world file with `failure` does."""
    world = body(client.get("/_sandbox/snapshot"))
    world["sequences"]["accounts"] += 1
    account = {"integration": "google_calendar", "name": "owner@acme.example", "failure": FAILURE}
    world["collections"]["accounts"].append({"id": world["sequences"]["accounts"], **account})
    body(client.put("/_sandbox/snapshot", json=world))


def test_the_organization_is_told_which_calendar_fails() -> None:
    running = running_sandbox(Settings(port=0, strict=True, edition="2026-03"))
    with running as sandbox, httpx.Client(base_url=sandbox.url, headers=OWNER) as client:
        organization = "/v2/organizations/1"
        hook = {"subscriberUrl": f"{sandbox.url}/_sandbox/webhooks/inbox/org", "active": True}
        body(client.post(f"{organization}/webhooks", json={**hook, "triggers": ["DELEGATION_CREDENTIAL_ERROR"]}))
        given = {"workspacePlatformSlug": "google", "domain": "acme.example", "serviceAccountKey": KEY}
        delegation = body(client.post(f"{organization}/delegation-credentials", json=given))["data"]
        path = f"{organization}/delegation-credentials/{delegation['id']}"
        body(client.patch(path, json={"enabled": True}))

        deliveries = "/_sandbox/webhooks/deliveries"
        body(client.get("/v2/calendars"))
        assert body(client.get(deliveries, params={"wait": 5}))["deliveries"] == []
        let_service_fail(client)
        body(client.get("/v2/calendars"))
        [delivery] = body(client.get(deliveries, params={"wait": 5}))["deliveries"]
        assert delivery["trigger"] == "DELEGATION_CREDENTIAL_ERROR"
        payload = json.loads(delivery["request"]["body"])["payload"]
        assert payload["error"]["message"] == FAILURE
        assert payload["credential"]["delegationCredentialId"] == delegation["id"]
        assert payload["user"] == {"id": 1, "email": "owner@acme.example", "organizationId": 1}
