"""Servers to compare with: a sandbox whose replies are altered on the way."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mock_server.runtime.cookies import no_cookies
from mock_server.runtime.listening import listen

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
DROPPED = ("host", "content-length", "transfer-encoding", "connection")


class CutOff(Exception):
    """Raised by what alters: the connection breaks in the middle of the reply."""


class _Broken(Response):
    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"100")]})
        raise CutOff


Alter = Callable[[str, str, httpx.Response], httpx.Response]
"""Gets method, path and reply; gives the reply that the client is to see."""


def without_control_plane(_: str, path: str, reply: httpx.Response) -> httpx.Response:
    """To be altered with: a sandbox that looks like any other server."""
    return httpx.Response(404, json={}) if "/_sandbox" in path else reply


@contextmanager
def altered(upstream: str, alter: Alter) -> Iterator[str]:
    """The address of a server that answers as `upstream` does, but for what `alter` makes of it."""
    client = httpx.AsyncClient(timeout=30, verify=False, cookies=no_cookies())  # The upstream speaks plain HTTP.
    upstream_url = httpx.URL(upstream)

    async def answer(request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in DROPPED}
        reply = await client.request(
            request.method,
            upstream_url.copy_with(raw_path=upstream_url.raw_path.rstrip(b"/") + _target(request)),
            headers=headers,
            content=await request.body(),
        )
        try:
            changed = alter(request.method, _api_path(request.url.path), reply)
        except CutOff:
            return _Broken()
        kept = {name: value for name, value in changed.headers.items() if name not in (*DROPPED, "content-encoding")}
        return Response(changed.content, changed.status_code, kept)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with client:
            yield

    routes = [Route("/{path:path}", answer, methods=METHODS)]
    app = Starlette(routes=routes, lifespan=lifespan)
    with served(app) as url:
        yield url


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The address of an application."""
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, ws="none", log_level="critical", timeout_graceful_shutdown=1))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    waiting = threading.Event()
    while not server.started:
        waiting.wait(0.01)
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(10)


def _target(request: Request) -> bytes:
    """Path and query as they were sent, still percent-encoded."""
    path: bytes = request.scope["raw_path"].partition(b"?")[0]
    query: bytes = request.scope["query_string"]
    return path + (b"?" + query if query else b"")


def _api_path(path: str) -> str:
    """The path as the description has it, whatever the world."""
    start = path.find("/v2/")
    return path[start:] if start >= 0 else path
