"""Serves the inspector to browsers at the root of a world: `/` and `/w/<world>/`.

Its files are in `static/`. They hold no data: the page reads everything from the control plane, which checks who asks.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from mock_server.runtime.exchange import Exchange
from mock_server.runtime.reply import Header, Reply

FILES = "/inspector/"
PAGE = "index.html"
MEDIA_TYPES = {
    ".html": b"text/html; charset=utf-8",
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
}
POLICY = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    b"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
)
HEADERS: tuple[Header, ...] = (
    (b"content-security-policy", POLICY),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-cache"),
    (b"vary", b"accept"),
)


def inspector_reply(exchange: Exchange) -> Reply | None:
    """The page or one of its files; None for other paths, and where the client does not accept HTML at the root."""
    path = exchange.path
    if path in ("", "/") and "text/html" in exchange.headers.get("accept", ""):
        if not path:  # Relative addresses of the page need the slash.
            return Reply(308, b"", ((b"location", exchange.base_path.encode() + b"/"),), enveloped=False)
        return _file(PAGE)
    name = path.removeprefix(FILES)
    return _file(name) if name not in (path, PAGE) else None


def _file(name: str) -> Reply | None:
    content = _contents().get(name)
    if content is None:
        return None
    media_type = MEDIA_TYPES[name[name.rindex(".") :]]
    return Reply(200, content, ((b"content-type", media_type), *HEADERS), enveloped=False)


@cache
def _contents() -> dict[str, bytes]:
    """All files by name."""
    folder = files(__package__ or "").joinpath("static")
    return {file.name: file.read_bytes() for file in folder.iterdir()}
