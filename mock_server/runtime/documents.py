"""Serves the description (`/openapi.json`, `/openapi.yaml`) and its docs page (`/docs`), which works offline.

Also redirects the older paths that operations list in `x-forwards`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from pathlib import Path

import msgspec
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_server.runtime.bundle import Document
from mock_server.runtime.description import Description
from mock_server.runtime.exchange import EXCHANGE, Exchange
from mock_server.runtime.reply import Redirect, Reply, redirect_reply

DOCS_PAGE = b"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Cal.com API v2 sandbox</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<p style="font-family: sans-serif; margin: 1em"><a href="docs/changes">What changed between editions</a></p>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
DOCS_START = b"""SwaggerUIBundle({
  url: "openapi.json", dom_id: "#swagger-ui", deepLinking: true, docExpansion: "none", filter: true,
  validatorUrl: null, displayOperationId: true,
  // Another version of a path is written /v2/schedules#2024-04-15; the fragment is not part of the URL.
  requestInterceptor: request => ({...request, url: request.url.replace(/#[^?]*/, "")})
});
"""
# The page may only use its own scripts and styles.
DOCS_POLICY = (
    b"default-src 'self'; script-src 'self' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
)
DOCS_FILES = {
    "swagger-ui.css": b"text/css; charset=utf-8",
    "swagger-ui-bundle.js": b"text/javascript; charset=utf-8",
}


Page = Callable[[Exchange], Reply | None]
"""Answers a request for a page or one of its files; None where it has none of that path."""


class Documents:
    """Serves the paths that belong to no operation.

    `changes` renders the page of changes between editions; `pages` answer for other pages, such as the inspector's.
    """

    def __init__(
        self, app: ASGIApp, *, description: Description, changes: Callable[[], str] | None, pages: Sequence[Page]
    ) -> None:
        self.app = app
        self._bundle = description.bundle
        self._forwards = description.forwards
        self._make_changes = changes
        self._pages = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange: Exchange = scope[EXCHANGE]
        if exchange.method in ("GET", "HEAD"):
            exchange.reply = self._reply(exchange)
        if exchange.reply is None:
            await self.app(scope, receive, send)

    def _reply(self, exchange: Exchange) -> Reply | None:
        path = exchange.path
        if path.startswith("/v2/"):
            return self._forward(exchange) if path in self._forwards else None
        match path:
            case "/openapi.json":
                return _file(self._json, b"application/json; charset=utf-8")
            case "/openapi.yaml":
                return _file(self._yaml, b"application/yaml; charset=utf-8")
            case "/docs":
                return _page(DOCS_PAGE)
            case "/docs/changes" if self._make_changes is not None:
                return _page(self._changes)
            case "/docs/start.js":
                return _file(DOCS_START, b"text/javascript; charset=utf-8")
            case "/health":
                return Reply(200, b"OK", ((b"content-type", b"text/html; charset=utf-8"),))
            case _:
                return self._asset(path) or self._page_of(exchange)

    def _forward(self, exchange: Exchange) -> Reply:
        query = f"?{exchange.query_string.decode('latin-1')}" if exchange.query_string else ""
        return redirect_reply(Redirect(exchange.base_url + self._forwards[exchange.path] + query))

    def _page_of(self, exchange: Exchange) -> Reply | None:
        replies = (page(exchange) for page in self._pages)
        return next((reply for reply in replies if reply is not None), None)

    def _asset(self, path: str) -> Reply | None:
        name = path.removeprefix("/docs/")
        if name not in DOCS_FILES:
            return None
        import swagger_ui_bundle  # Only the docs page needs it.  # pyright: ignore[reportMissingTypeStubs]

        return _file((Path(str(swagger_ui_bundle.swagger_ui_path)) / name).read_bytes(), DOCS_FILES[name])

    @cached_property
    def _json(self) -> bytes:
        return msgspec.json.encode(self._bundle)

    @cached_property
    def _changes(self) -> bytes:
        return b"" if self._make_changes is None else self._make_changes().encode()

    @cached_property
    def _yaml(self) -> bytes:
        return bundle_as_yaml(self._bundle)


def bundle_as_yaml(bundle: Document) -> bytes:
    """The bundle as YAML text."""
    import yaml

    return yaml.dump(bundle, Dumper=yaml.CSafeDumper, sort_keys=False, allow_unicode=True, width=120).encode()


def _page(content: bytes) -> Reply:
    headers = ((b"content-type", b"text/html; charset=utf-8"), (b"content-security-policy", DOCS_POLICY))
    return Reply(200, content, headers, enveloped=False)


def _file(content: bytes, media_type: bytes) -> Reply:
    return Reply(200, content, ((b"content-type", media_type),), enveloped=False)
