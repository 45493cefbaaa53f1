"""Secrets of Microsoft delegation credentials are replaced before they expire, over HTTP and on the world's clock."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mock_server.running import running_sandbox
from mock_server.runtime.settings import Settings

OWNER = {"Authorization": "Bearer cal_sandbox_owner"}
ORGANIZATION = "/v2/organizations/1"
KEY = {"private_key": "not-a-key", "tenant_id": "t", "client_id": "app-1"}
FAILED = "DELEGATION_CREDENTIAL_SECRET_ROTATION_FAILED"
REQUIRED, ROTATED = "DELEGATION_CREDENTIAL_ROTATION_REQUIRED", "DELEGATION_CREDENTIAL_SECRET_ROTATED"


def body(reply: httpx.Response) -> Any:
    assert reply.is_success, reply.text
    return reply.json()


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """The organization's owner, in a sandbox whose inbox subscribes to events about rotations."""
    running = running_sandbox(Settings(port=0, strict=True, edition="2026-09"))
    with running as sandbox, httpx.Client(base_url=sandbox.url, headers=OWNER) as client:
        inbox = f"{sandbox.url}/_sandbox/webhooks/inbox/org"
        hook = {"subscriberUrl": inbox, "active": True, "triggers": [REQUIRED, ROTATED, FAILED]}
        body(client.post(f"{ORGANIZATION}/webhooks", json=hook))
        yield client


def create(client: httpx.Client, **fields: Any) -> dict[str, Any]:
    given = {"workspacePlatformSlug": "office365", "domain": "acme.example", "serviceAccountKey": KEY}
    return body(client.post(f"{ORGANIZATION}/delegation-credentials", json=given | fields))["data"]


def read(client: httpx.Client, credential: dict[str, Any]) -> dict[str, Any]:
    return body(client.get(f"{ORGANIZATION}/delegation-credentials/{credential['id']}"))["data"]


def blocked(client: httpx.Client, credential: dict[str, Any]) -> bool:
    return read(client, credential)["secretRotationBlocked"]


def sent_within(client: httpx.Client, days: int) -> list[tuple[str, str]]:
    """The triggers, with the expiry that they name, of all events when the clock has been advanced."""
    body(client.post("/_sandbox/clock/advance", json={"days": days}))
    deliveries = body(client.get("/_sandbox/webhooks/deliveries", params={"wait": 5}))["deliveries"]
    payloads = [json.loads(each["request"]["body"])["payload"]["delegationCredential"] for each in deliveries]
    return [(each["trigger"], of["secretExpiresAt"]) for each, of in zip(deliveries, payloads, strict=True)]


def test_a_secret_is_replaced_thirty_days_before_it_expires(client: httpx.Client) -> None:
    credential = create(client)
    assert sent_within(client, 149) == []
    assert read(client, credential)["secret"] == credential["secret"]
    [(trigger, expires)] = sent_within(client, 2)
    assert (trigger, expires) == (ROTATED, read(client, credential)["secret"]["expiresAt"])
    assert expires > credential["secret"]["expiresAt"]
    assert [each for each, _ in sent_within(client, 150)] == [ROTATED, ROTATED]


def test_an_organization_that_opted_out_is_reminded(client: httpx.Client) -> None:
    credential = create(client, optOutAutoSecretRotation=True)
    assert sent_within(client, 151) == [(REQUIRED, credential["secret"]["expiresAt"])]
    assert read(client, credential)["secret"] == credential["secret"]


def test_a_secret_that_cannot_be_replaced_for_two_days_is_blocked_until_a_reset(client: httpx.Client) -> None:
    credential = create(client)
    rotation = f"/_sandbox/delegation-credentials/{credential['id']}/rotation"
    body(client.put(rotation, json={"failure": "missing_permission"}))
    assert sent_within(client, 151) == []
    assert (read(client, credential)["secretRotationErrorCode"], blocked(client, credential)) == (
        "missing_permission",
        False,
    )
    assert sent_within(client, 2) == [(FAILED, credential["secret"]["expiresAt"])]
    [delivery] = body(client.get("/_sandbox/webhooks/deliveries"))["deliveries"]
    assert json.loads(delivery["request"]["body"])["payload"]["error"]["code"] == "missing_permission"
    assert blocked(client, credential)
    body(client.put(rotation, json={"failure": None}))
    assert [each for each, _ in sent_within(client, 1)] == [FAILED]
    reset = body(client.post(f"{ORGANIZATION}/delegation-credentials/{credential['id']}/reset-rotation"))["data"]
    assert (reset["secretRotationBlocked"], reset["secretRotationErrorCode"]) == (False, None)
    assert [each for each, _ in sent_within(client, 1)] == [ROTATED, FAILED]


def test_a_failure_that_passes_within_two_days_is_made_up_for(client: httpx.Client) -> None:
    credential = create(client)
    rotation = f"/_sandbox/delegation-credentials/{credential['id']}/rotation"
    body(client.put(rotation, json={"failure": "transient"}))
    assert sent_within(client, 151) == []
    body(client.put(rotation, json={"failure": None}))
    assert [each for each, _ in sent_within(client, 2)] == [ROTATED]
    assert (read(client, credential)["secretRotationErrorCode"], blocked(client, credential)) == (None, False)


def test_only_known_errors_of_secrets_that_expire_are_set(client: httpx.Client) -> None:
    def put(credential_id: str, given: object) -> int:
        return client.put(f"/_sandbox/delegation-credentials/{credential_id}/rotation", json=given).status_code

    credential = create(client)["id"]
    wrong = ({}, {"failure": "tired"}, {"failure": None, "after": 1}, [])
    assert [put(credential, each) for each in wrong] == [400] * len(wrong)
    google = {"private_key": "k", "client_email": "robot@acme.example", "client_id": "1"}
    other = create(client, workspacePlatformSlug="google", domain="b.example", serviceAccountKey=google)["id"]
    assert [put(each, {"failure": None}) for each in (other, "nothing")] == [404, 404]


def test_a_deleted_credential_is_not_rotated(client: httpx.Client) -> None:
    credential = create(client)
    body(client.delete(f"{ORGANIZATION}/delegation-credentials/{credential['id']}"))
    assert sent_within(client, 151) == []
