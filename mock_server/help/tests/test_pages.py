"""The documentation site at `/help`."""

from __future__ import annotations

import hashlib
from base64 import b64encode
from pathlib import Path

import httpx
import pytest

from mock_server.help.pages import BUILT, PACKED, site_file


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    (folder / "how-to").mkdir(parents=True)
    (folder / "index.html").write_text("<script>theme()</script><script src='x.js'></script>", encoding="utf-8")
    (folder / "how-to" / "clock.html").write_text("<h1>Clock</h1>", encoding="utf-8")
    (folder / "objects.inv").write_text("", encoding="utf-8")
    (tmp_path / "secret.html").write_text("", encoding="utf-8")
    return folder


def test_the_first_page_is_at_help(cal_mock: str) -> None:
    moved = httpx.get(f"{cal_mock}/help")
    assert (moved.status_code, moved.headers["location"]) == (308, f"{httpx.URL(cal_mock).path}/help/")
    page = httpx.get(f"{cal_mock}/help/")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert page.headers["x-frame-options"] == "DENY"
    has_site = any((folder / "index.html").is_file() for folder in (PACKED, BUILT))
    assert ("make docs</code> builds" in page.text) != has_site
    assert httpx.get(f"{cal_mock}/help/nothing.html").status_code == 404


def test_pages_are_those_of_the_first_folder_that_has_a_site(site: Path, tmp_path: Path) -> None:
    reply = site_file("how-to/clock.html", (tmp_path / "packed", site))
    assert reply is not None
    assert reply.body == b"<h1>Clock</h1>"


def test_a_page_may_run_its_own_inline_script_only(site: Path) -> None:
    reply = site_file("index.html", (site,))
    assert reply is not None
    policy = dict(reply.headers)[b"content-security-policy"].decode()
    own = b64encode(hashlib.sha256(b"theme()").digest()).decode()
    assert f"script-src 'self' 'sha256-{own}';" in policy
    assert "http" not in policy


@pytest.mark.parametrize(
    "name", ["../secret.html", "how-to/../../secret.html", "how-to", "objects.inv", ".buildinfo", "/etc/hosts"]
)
def test_what_is_no_page_of_the_site_is_not_found(site: Path, name: str) -> None:
    assert site_file(name, (site,)) is None
