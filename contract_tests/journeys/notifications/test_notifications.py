"""Devices and chats in which a user is notified."""

from __future__ import annotations

import httpx
import pytest

from contract_tests.clients import Client, Deployment, data, error
from contract_tests.managed_users import ManagedUser

pytestmark = [
    pytest.mark.since("2026-09"),
    pytest.mark.sandbox_only("only API keys subscribe, and temporary users have none"),
]

APP_PUSH, SLACK, TELEGRAM = (f"/v2/notifications/subscriptions/{name}" for name in ("app-push", "slack", "telegram"))
DEVICE = {"token": "ExponentPushToken[abc]", "platform": "IOS", "deviceId": "phone"}


def removed(name: str) -> dict[str, str]:
    return {"status": "success", "message": f"{name} subscription removed successfully"}


def test_a_device_is_registered_once_and_passes_to_who_registers_it_last(solo: Client, owner: Client) -> None:
    made = data(solo.post(APP_PUSH, json=DEVICE), 201)
    assert (made["userId"], made["type"], made["identifier"]) == (4, "APP_PUSH", DEVICE["token"])
    assert made["updatedAt"] == made["createdAt"]
    again = data(solo.post(APP_PUSH, json={**DEVICE, "platform": "ANDROID"}), 201)
    assert again == {**made, "platform": "ANDROID", "updatedAt": again["updatedAt"]}
    assert data(owner.post(APP_PUSH, json=DEVICE), 201)["id"] == made["id"]
    body = {"token": DEVICE["token"]}
    assert solo.request("DELETE", APP_PUSH, json=body).json() == removed("App push")
    passed_on = data(owner.post(APP_PUSH, json=DEVICE), 201)
    assert passed_on["id"] == made["id"], "a user removes only devices of their own"
    assert owner.request("DELETE", APP_PUSH, json=body).json() == removed("App push")
    assert data(owner.post(APP_PUSH, json=DEVICE), 201)["id"] != made["id"]


def test_a_chat_is_linked_with_the_newest_token_while_it_lasts(solo: Client, deployment: Deployment) -> None:
    def link(intent: dict[str, str], **chat: str) -> int:
        body = {"token": intent["token"], **chat}
        try:
            return deployment.control("POST", "notifications/chats", json=body).status_code
        except httpx.HTTPStatusError as refusal:
            return refusal.response.status_code

    old, new = (data(solo.post(f"{SLACK}/link-intents"), 201) for _ in range(2))
    chat = {"identifier": "U1", "teamId": "T1"}
    assert [link(old, **chat), link(new, **chat), link(new, **chat)] == [404, 200, 404]
    late = data(solo.post(f"{TELEGRAM}/link-intents"), 201)
    deployment.advance(minutes=10)
    assert link(late, identifier="17") == 404
    assert solo.request("DELETE", SLACK, json=chat).json() == removed("Slack")
    assert solo.request("DELETE", TELEGRAM, json={"identifier": "17"}).json() == removed("Telegram")


def test_only_api_keys_subscribe(managed_user: ManagedUser, solo: Client) -> None:
    error(managed_user.api.post(APP_PUSH, json=DEVICE), 401)
    error(solo.post(APP_PUSH, json={**DEVICE, "platform": "WEB"}), 400)
    error(solo.request("DELETE", SLACK, json={"identifier": "U1"}), 400)
