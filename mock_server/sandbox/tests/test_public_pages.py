"""The public pages of the control plane on an open address."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

BASE = "http://sandbox.example:8080"
PAGE = f"{BASE}/_sandbox/oauth/zoom"
BACK = f"{BASE}/v2/conferencing/zoom/oauth/callback"
FROM_ANOTHER_SITE = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}


@pytest.fixture(scope="module")
def sandbox() -> Sandbox:
    """A sandbox on an open address."""
    return Sandbox(Settings(host="0.0.0.0", admin_token="only-the-admin-knows"))


def get(sandbox: Sandbox, url: str, **headers: str) -> httpx.Response:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(sandbox.app)) as client:
            return await client.get(url, headers=headers)

    return asyncio.run(ask())


def test_consent_pages_and_feeds_need_no_admin_token(sandbox: Sandbox) -> None:
    page = get(sandbox, f"{PAGE}?redirect_uri={BACK}&state=%7B%7D", **FROM_ANOTHER_SITE)
    assert page.status_code == 200
    assert page.headers["content-type"].startswith("text/html")
    assert get(sandbox, f"{BASE}/_sandbox/feeds/holidays.ics").headers["content-type"].startswith("text/calendar")


def test_the_form_of_a_page_may_redirect_to_any_url(sandbox: Sandbox) -> None:
    page = get(sandbox, f"{PAGE}?redirect_uri={BACK}&state=%7B%7D")
    [policy] = page.headers.get_list("content-security-policy")
    assert "default-src 'none'" in policy
    assert "form-action" not in policy
    assert "upgrade-insecure-requests" not in policy


@pytest.mark.parametrize("path", ["/snapshot", "/requests", "/worlds", "/oauth", "/feeds"])
def test_all_other_calls_need_the_admin_token(sandbox: Sandbox, path: str) -> None:
    for headers in ({}, FROM_ANOTHER_SITE):
        assert get(sandbox, f"{BASE}/_sandbox{path}", **headers).status_code == 403


@pytest.mark.parametrize("path", ["/oauth/../snapshot", "/feeds/..%2fsnapshot"])
def test_similar_paths_are_not_public(sandbox: Sandbox, path: str) -> None:
    reply = get(sandbox, f"{BASE}/_sandbox{path}", **FROM_ANOTHER_SITE)
    assert reply.status_code in (403, 404)
    assert "collections" not in reply.text


@pytest.mark.parametrize("back", ["", "javascript:alert(1)", "https://evil.example/", f"{BACK}/", f"{BACK}?x=1"])
def test_a_page_leads_to_its_own_operation_only(sandbox: Sandbox, back: str) -> None:
    assert get(sandbox, f"{PAGE}?redirect_uri={back}&state=%7B%7D").status_code == 400


def test_an_unknown_provider_has_no_page(sandbox: Sandbox) -> None:
    assert get(sandbox, f"{BASE}/_sandbox/oauth/evil").status_code == 404
