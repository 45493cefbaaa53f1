"""The inspector's page and its files, as a browser and as an API client ask for them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mock_server.inspector import pages
from mock_server.running import RunningSandbox, running_sandbox

BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
FILES = Path(pages.__file__).parent / "static"


@pytest.fixture(scope="module")
def running() -> Iterator[RunningSandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def client(running: RunningSandbox) -> Iterator[httpx.Client]:
    with running.world() as url, httpx.Client(base_url=url) as client:
        yield client


def test_a_browser_gets_the_page_at_the_root_of_every_world(running: RunningSandbox, client: httpx.Client) -> None:
    for root in (running.url, str(client.base_url).rstrip("/")):
        page = httpx.get(f"{root}/", headers=BROWSER)
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
        linked = re.findall(r'(?:href|src)="(inspector/[^"]+)"', page.text)
        assert len(linked) == 3
        for name in linked:
            assert (
                httpx.get(f"{root}/{name}").raise_for_status().headers["content-type"].startswith(("text/", "image/"))
            )


def test_a_world_without_its_slash_leads_to_the_page(client: httpx.Client) -> None:
    root = str(client.base_url).rstrip("/")
    moved = httpx.get(root, headers=BROWSER)
    assert (moved.status_code, moved.headers["location"]) == (308, f"{httpx.URL(root).path}/")


def test_a_client_of_the_api_gets_json_at_the_root(client: httpx.Client) -> None:
    for accept in ("*/*", "application/json", ""):
        reply = client.get("/", headers={"accept": accept})
        assert (reply.status_code, reply.json()["error"]["message"]) == (404, "Cannot GET /")


def test_the_page_runs_its_own_scripts_only_and_in_no_frame(client: httpx.Client) -> None:
    headers = client.get("/", headers=BROWSER).headers
    policy = dict(each.strip().split(" ", 1) for each in headers["content-security-policy"].split(";"))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert "accept" in headers["vary"]


def test_what_is_not_a_file_of_the_inspector_is_not_found(client: httpx.Client) -> None:
    for path in ("/inspector/", "/inspector/index.html", "/inspector/../pages.py", "/inspector/%2e%2e/pages.py"):
        assert client.get(path, headers=BROWSER).status_code == 404


def test_no_file_has_inline_scripts_or_styles_or_writes_markup() -> None:
    page = (FILES / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<style|style=|\bon\w+=|<script(?! type=\"module\" src=)", page) == []
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|https?://(?!www\.w3|127\.0\.0\.1)"
    )
    for path in FILES.glob("*.js"):
        assert forbidden.findall(path.read_text(encoding="utf-8")) == [], path.name


def test_files_are_sent_once_and_checked_afterwards(client: httpx.Client) -> None:
    first = client.get("/inspector/main.js")
    again = client.get("/inspector/main.js", headers={"if-none-match": first.headers["etag"]})
    assert (first.headers["cache-control"], again.status_code) == ("no-cache", 304)
