"""The built site (`make docs`) works offline, and the sandbox serves it so that its search works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Request, expect, sync_playwright

from mock_server.help.pages import BUILT
from mock_server.inspector.tests.chromium import find_chromium
from mock_server.running import running_sandbox

PATIENCE = 60_000
LOADED = re.compile(r"<(?:script|img|iframe|source)\b[^>]*\bsrc=\"([^\"]+)\"|<link\b[^>]*\bhref=\"([^\"]+)\"")
REMOTE = re.compile(r"^(?:https?:)?//")


@pytest.fixture(scope="module")
def site() -> Path:
    assert (BUILT / "index.html").is_file(), "build it first: make docs"
    return BUILT


def loaded_by(page: Path) -> Iterator[str]:
    """The addresses that a browser loads with a page."""
    for script, link in LOADED.findall(page.read_text(encoding="utf-8")):
        yield script or link


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    pages = sorted(site.rglob("*.html"))
    assert len(pages) > 50
    assert {address for page in pages for address in loaded_by(page) if REMOTE.match(address)} == set()
    for style in site.rglob("*.css"):
        assert re.findall(r"@import|url\([\"']?(?:https?:)?//", style.read_text(encoding="utf-8")) == [], style.name


@pytest.mark.usefixtures("site")
def test_the_search_works_where_the_sandbox_serves_the_site() -> None:
    path = find_chromium()
    complaints: list[str] = []
    requested: set[str] = set()

    def on_console(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def on_request(request: Request) -> None:
        requested.add(request.url)

    with running_sandbox() as sandbox, sandbox.world() as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.on("console", on_console)
        page.on("request", on_request)
        page.goto(f"{url}/help/")
        page.get_by_placeholder("Search").first.fill("minimum notice")
        page.get_by_placeholder("Search").first.press("Enter")
        expect(page.locator("#search-results ul.search li").first).to_be_visible(timeout=PATIENCE)
        page.locator("#search-results ul.search li a").first.click()
        expect(page.locator("article h1").first).to_be_visible(timeout=PATIENCE)
        browser.close()
        assert complaints == []
        assert {each for each in requested if not each.startswith((sandbox.url, "data:"))} == set()
