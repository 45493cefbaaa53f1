"""A world that publishes allow-lists."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
import pytest

from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

WORLD = """
allowlists:
  - {name: webhooks, direction: egress-from-cal, ipv4: [203.0.113.0/28, 203.0.113.32/28]}
"""
SERVICE = {"direction": "egress-from-cal", "ipv4": ["203.0.113.0/28", "203.0.113.32/28"]}


@pytest.fixture
def sandbox(tmp_path: Path) -> Sandbox:
    file = tmp_path / "world.yaml"
    file.write_text(WORLD, encoding="utf-8")
    return Sandbox(Settings(edition="2026-09", strict=True, world=file))


def get(sandbox: Sandbox, path: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox.app)) as client:
            return await client.get(f"http://127.0.0.1:8080/v2/{path}")

    return asyncio.run(ask())


def test_the_ranges_of_all_services_and_of_one(sandbox: Sandbox) -> None:
    found = get(sandbox, "allowlists").json()["data"]
    assert found == {"metadata": {"schemaVersion": "1"}, "services": {"webhooks": SERVICE}}
    found = get(sandbox, "allowlists/webhooks").json()["data"]
    assert found["service"] == {**SERVICE, "name": "webhooks"}
    assert get(sandbox, "allowlists/mail").status_code == 404
