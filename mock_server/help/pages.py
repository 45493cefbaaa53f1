"""Serves the documentation site at `/help`.

`make docs` builds it into the checkout, and wheels contain it. A checkout without it answers with a page about that.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from pathlib import Path

from mock_server.runtime.exchange import Exchange
from mock_server.runtime.reply import Header, Reply

PREFIX = "/help"
PACKED = Path(__file__).parents[1] / "site"
"""The site of a wheel."""
BUILT = Path(__file__).parents[2] / "build" / "docs"
"""The site of a checkout."""
MEDIA_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
}
NAME = re.compile(r"\w[\w.-]*(/\w[\w.-]*)*", re.ASCII)
INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
NOT_BUILT = b"""<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>cal-mock: no documentation</title></head>
<body>
<h1>The documentation is not built</h1>
<p>This sandbox runs from a checkout. <code>make docs</code> builds its documentation; then reload this page.</p>
</body>
</html>
"""


def help_reply(exchange: Exchange) -> Reply | None:
    """A page of the site or one of its files; None for other paths."""
    path = exchange.path
    if path == PREFIX:  # Relative addresses of the first page need the slash.
        location = f"{exchange.base_path}{PREFIX}/"
        return Reply(308, b"", ((b"location", location.encode()),), enveloped=False)
    if not path.startswith(f"{PREFIX}/"):
        return None
    return site_file(path.removeprefix(f"{PREFIX}/") or "index.html")


def site_file(name: str, folders: tuple[Path, ...] = (PACKED, BUILT)) -> Reply | None:
    """A file of the site in the first of the folders that exists."""
    folder = next((each for each in folders if (each / "index.html").is_file()), None)
    if folder is None:
        return _reply(NOT_BUILT, ".html") if name == "index.html" else None
    path = folder / name
    if not NAME.fullmatch(name) or path.suffix not in MEDIA_TYPES or not path.is_file():
        return None
    return _reply(path.read_bytes(), path.suffix)


def _reply(content: bytes, suffix: str) -> Reply:
    headers: tuple[Header, ...] = (
        (b"content-type", MEDIA_TYPES[suffix]),
        (b"content-security-policy", _policy(content if suffix == ".html" else b"")),
        (b"x-frame-options", b"DENY"),
        (b"cache-control", b"no-cache"),
    )
    return Reply(200, content, headers, enveloped=False)


def _policy(page: bytes) -> bytes:
    """The page may use files of this origin and run its own inline script, which sets the theme.

    Its styles are partly inline, its search reads other pages, and its icons are `data:` addresses.
    """
    scripts = b"".join(
        b" 'sha256-" + b64encode(hashlib.sha256(script).digest()) + b"'" for script in INLINE_SCRIPT.findall(page)
    )
    return (
        b"default-src 'none'; script-src 'self'" + scripts + b"; style-src 'self' 'unsafe-inline'; "
        b"img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
