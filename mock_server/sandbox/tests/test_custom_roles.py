"""The calls that put custom roles to use, and give them to members."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

BASE = "http://127.0.0.1:8080"


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    return Sandbox(Settings(edition="2026-03"))


def put(sandbox: Sandbox, path: str, body: Any) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox.app)) as client:
            return await client.put(f"{BASE}/_sandbox/{path}", json=body)

    return asyncio.run(ask())


def test_custom_roles_are_switched_on_and_off(sandbox: Sandbox) -> None:
    for pbac in (True, False, True):
        reply = put(sandbox, "features/1", {"pbac": pbac})
        assert (reply.status_code, reply.json()) == (200, {"teamId": 1, "pbac": pbac})


def test_a_member_gets_a_system_role(sandbox: Sandbox) -> None:
    reply = put(sandbox, "memberships/3/role", {"roleId": "admin_role"})
    assert (reply.status_code, reply.json()) == (200, {"membershipId": 3, "roleId": "admin_role"})


@pytest.mark.parametrize(
    ("path", "body", "status", "text"),
    [
        ("features/999", {"pbac": True}, 404, "There is no organization or team 999."),
        ("features/acme", {"pbac": True}, 404, "There is no organization or team acme."),
        ("features/1", {"pbac": 1}, 400, 'The body has to be {"pbac": true} or {"pbac": false}.'),
        ("features/1", {}, 400, 'The body has to be {"pbac": true} or {"pbac": false}.'),
        ("features/1", [], 400, 'The body has to be {"pbac": true} or {"pbac": false}.'),
        ("memberships/999/role", {"roleId": "admin_role"}, 404, "There is no membership 999."),
        ("memberships/3/role", {"roleId": 5}, 400, 'The body has to be {"roleId": "..."}, with the id of a role.'),
        ("memberships/3/role", {"roleId": "king"}, 404, "Role with id king within team id 1 not found"),
    ],
)
def test_what_cannot_be_is_refused(sandbox: Sandbox, path: str, body: Any, status: int, text: str) -> None:
    reply = put(sandbox, path, body)
    assert (reply.status_code, reply.json()["error"]) == (status, text)


def test_an_edition_without_custom_roles_refuses_both() -> None:
    sandbox = Sandbox(Settings(edition="2025-04"))
    for path, body in (("features/1", {"pbac": True}), ("memberships/3/role", {"roleId": "admin_role"})):
        reply = put(sandbox, path, body)
        assert (reply.status_code, "2026-03" in reply.json()["error"]) == (404, True)
