"""Replies written in a single write equal those of any ASGI server."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import httpx
import pytest

from mock_server.running import running_sandbox
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

KEY = {"Authorization": "Bearer cal_sandbox_solo"}
CHANGING = {"date", "x-request-id", "transfer-encoding"}


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_sandbox() as running:
        yield running.url


def over_asgi(method: str, path: str, headers: dict[str, str]) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=Sandbox(Settings(strict=True)).app)
        async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
            return await client.request(method, path, headers=headers)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("GET", "/v2/me", KEY, 200),
        ("HEAD", "/v2/me", KEY, 200),
        ("GET", "/v2/me", {**KEY, "If-None-Match": "*"}, 304),
        ("OPTIONS", "/v2/me", {}, 204),
        ("GET", "/v2/slots", KEY, 404),
        ("GET", "/docs", {}, 200),
    ],
)
def test_a_reply_over_http_equals_that_of_the_application(
    url: str, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    told, known = httpx.request(method, url + path, headers=headers), over_asgi(method, path, headers)
    assert told.status_code == known.status_code == status
    shown, expected = (
        {name: value for name, value in reply.headers.items() if name not in CHANGING} for reply in (told, known)
    )
    if status == 404:
        del shown["etag"], expected["etag"]  # Of a text with a timestamp.
    assert shown == expected
    assert len(told.content) == len(known.content)


def test_a_connection_is_kept_alive_unless_the_client_closes_it(url: str) -> None:
    kept = httpx.get(f"{url}/v2/me", headers=KEY)
    closed = httpx.get(f"{url}/v2/me", headers={**KEY, "Connection": "close"})
    assert ("connection" in kept.headers, closed.headers["connection"]) == (False, "close")
