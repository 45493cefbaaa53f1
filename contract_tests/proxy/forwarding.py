"""Passes requests on to the upstream and replies back, as they are and while they arrive."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from contract_tests.proxy.exchange import Exchange, Headers

HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
        # The proxy's own server has answered it.
        b"expect",
    }
)
SILENCE = 120.0
"""Seconds without a byte from the upstream, after which it is given up."""

Finished = Callable[[Exchange], None]


class ClientGone(Exception):
    """The client has hung up before its request was whole."""


class UpstreamGone(Exception):
    """The upstream has broken off in the middle of a reply."""


class Forwarder:
    """An ASGI application in front of `upstream`. `finished` is told each exchange after the client has its reply."""

    def __init__(self, upstream: str, finished: Finished) -> None:
        self._upstream = httpx.URL(upstream)
        self._base = self._upstream.raw_path.rstrip(b"/")
        self._host = self._upstream.netloc
        self._finished = finished
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(SILENCE, connect=10, pool=SILENCE),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._forward(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await self._client.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    async def _forward(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        exchange = Exchange(
            method=scope["method"],
            path=raw_path.decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            request_headers=list(scope["headers"]),
            at=time.time(),
        )
        try:
            await self._pass_on(exchange, self._request(exchange, receive), send)
        except ClientGone:
            return
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            exchange.failure = f"{type(error).__name__}: {error}".rstrip(": ")
            await _answer_for_upstream(exchange, send, gave_up=isinstance(error, httpx.TimeoutException))
        finally:
            exchange.seconds = time.perf_counter() - started
            self._finished(exchange)

    def _request(self, exchange: Exchange, receive: Receive) -> httpx.Request:
        target = self._base + exchange.url.encode("latin-1")
        headers = [(b"Host", self._host), *_passed_on(exchange.request_headers, without=b"host")]
        has_body = any(name in (b"content-length", b"transfer-encoding") for name, _ in exchange.request_headers)
        if has_body and exchange.header("content-length") is None:
            headers.append((b"Transfer-Encoding", b"chunked"))
        stream = _Body(receive, exchange) if has_body else httpx.ByteStream(b"")
        return httpx.Request(
            exchange.method,
            self._upstream,
            headers=headers,
            stream=stream,
            # What the client wrote goes on byte by byte, however strange.
            extensions={"target": target, "timeout": self._client.timeout.as_dict()},
        )

    async def _pass_on(self, exchange: Exchange, request: httpx.Request, send: Send) -> None:
        reply = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            headers = _passed_on(reply.headers.raw)
            await send({"type": "http.response.start", "status": reply.status_code, "headers": headers})
            exchange.reply_headers = [(name.lower(), value) for name, value in headers]
            async for chunk in reply.aiter_raw():
                exchange.reply_body.add(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            exchange.status = reply.status_code
        finally:
            await reply.aclose()


class _Body(httpx.AsyncByteStream):
    """The client's body, while it arrives."""

    def __init__(self, receive: Receive, exchange: Exchange) -> None:
        self._receive = receive
        self._exchange = exchange

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            if chunk:
                self._exchange.request_body.add(chunk)
                yield chunk


def _passed_on(headers: Headers, without: bytes = b"") -> Headers:
    """End-to-end headers, in their order."""
    named = {
        each.strip().lower() for name, value in headers if name.lower() == b"connection" for each in value.split(b",")
    }
    dropped = HOP_BY_HOP | named | {without}
    return [(name, value) for name, value in headers if name.lower() not in dropped]


async def _answer_for_upstream(exchange: Exchange, send: Send, *, gave_up: bool) -> None:
    """Says that there is no reply; where a part of one has gone out already, the connection can only be cut."""
    if exchange.reply_headers:
        raise UpstreamGone(exchange.failure)
    text = f"cal-mock proxy: the upstream gave no reply: {exchange.failure}\n".encode()
    headers: list[Any] = [(b"content-type", b"text/plain"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 504 if gave_up else 502, "headers": headers})
    await send({"type": "http.response.body", "body": text})
