"""Streams requests to the upstream and replies to the client, unchanged."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace

import httpx
from httpx import Headers
from starlette.types import Receive, Scope, Send

from contract_tests.http import Reply, Request
from contract_tests.proxy.exchange import BodyCopy, ProxiedExchange
from mock_server.runtime.cookies import no_cookies

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
        # Answered by the proxy's own server.
        b"expect",
    }
)
SILENCE = 120.0
"""Seconds without a byte from the upstream after which the request fails."""

RawHeaders = list[tuple[bytes, bytes]]
Finished = Callable[[ProxiedExchange], None]


class ClientGone(Exception):
    """The client disconnected before its request was complete."""


class UpstreamGone(Exception):
    """The upstream broke off in the middle of a reply."""


class Forwarder:
    """An ASGI application in front of `upstream`. `finished` is called with each finished exchange."""

    def __init__(self, upstream: str, finished: Finished) -> None:
        self._upstream = httpx.URL(upstream)
        self._base = self._upstream.raw_path.rstrip(b"/")
        self._host = self._upstream.netloc
        self._finished = finished
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(SILENCE, connect=10, pool=SILENCE),
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=100),
            cookies=no_cookies(),
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
        recorder = _Recorder(scope)
        try:
            await self._pass_on(recorder, self._request(recorder, receive), send)
        except ClientGone:
            return
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            recorder.failure = f"{type(error).__name__}: {error}".rstrip(": ")
            await _answer_for_upstream(recorder, send, timed_out=isinstance(error, httpx.TimeoutException))
        finally:
            self._finished(recorder.exchange())

    def _request(self, recorder: _Recorder, receive: Receive) -> httpx.Request:
        sent = recorder.request
        target = self._base + sent.target.encode("latin-1")
        headers = [(b"Host", self._host), *_end_to_end(sent.headers.raw, without=b"host")]
        has_body = "content-length" in sent.headers or "transfer-encoding" in sent.headers
        if has_body and "content-length" not in sent.headers:
            headers.append((b"Transfer-Encoding", b"chunked"))
        return httpx.Request(
            sent.method,
            self._upstream,
            headers=headers,
            stream=_Body(receive, recorder.request_body) if has_body else httpx.ByteStream(b""),
            # The client's bytes are passed on unchanged, however unusual.
            extensions={"target": target, "timeout": self._client.timeout.as_dict()},
        )

    async def _pass_on(self, recorder: _Recorder, request: httpx.Request, send: Send) -> None:
        reply = await self._client.send(request, stream=True, follow_redirects=False)
        try:
            headers = _end_to_end(reply.headers.raw)
            await send({"type": "http.response.start", "status": reply.status_code, "headers": headers})
            recorder.reply_headers = Headers(headers)
            async for chunk in reply.aiter_raw():
                recorder.reply_body.add(chunk)
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            recorder.status = reply.status_code
        finally:
            await reply.aclose()


class _Recorder:
    """Collects one exchange while it passes through."""

    def __init__(self, scope: Scope) -> None:
        self._at, self._started = time.time(), time.perf_counter()
        raw_path: bytes = scope.get("raw_path") or scope["path"].encode()
        query: bytes = scope["query_string"]
        target = (raw_path + (b"?" + query if query else b"")).decode("latin-1")
        self.request = Request(scope["method"], target, Headers(scope["headers"]))
        self.request_body, self.reply_body = BodyCopy(), BodyCopy()
        self.reply_headers: Headers | None = None
        self.status: int | None = None
        self.failure: str | None = None

    def exchange(self) -> ProxiedExchange:
        """All that was collected."""
        request, reply = replace(self.request, body=bytes(self.request_body.content)), None
        if self.status is not None and self.reply_headers is not None:
            reply = Reply(request, self.status, self.reply_headers, bytes(self.reply_body.content))
        return ProxiedExchange(
            request, reply, self._at, time.perf_counter() - self._started, self.failure,
            self.request_body.is_whole, self.reply_body.is_whole,
        )  # fmt: skip


class _Body(httpx.AsyncByteStream):
    """The client's body, streamed while it arrives."""

    def __init__(self, receive: Receive, copy: BodyCopy) -> None:
        self._receive = receive
        self._copy = copy

    async def __aiter__(self) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk: bytes = message.get("body", b"")
            more = message.get("more_body", False)
            if chunk:
                self._copy.add(chunk)
                yield chunk


def _end_to_end(headers: RawHeaders, without: bytes = b"") -> RawHeaders:
    """The end-to-end headers, in their order."""
    named = {
        each.strip().lower() for name, value in headers if name.lower() == b"connection" for each in value.split(b",")
    }
    dropped = HOP_BY_HOP | named | {without}
    return [(name, value) for name, value in headers if name.lower() not in dropped]


async def _answer_for_upstream(recorder: _Recorder, send: Send, *, timed_out: bool) -> None:
    """Answers that there is no reply. If part of one has been sent already, the connection can only be cut."""
    if recorder.reply_headers is not None:
        raise UpstreamGone(recorder.failure)
    text = f"cal-mock proxy: the upstream gave no reply: {recorder.failure}\n".encode()
    headers: RawHeaders = [(b"content-type", b"text/plain"), (b"content-length", str(len(text)).encode())]
    await send({"type": "http.response.start", "status": 504 if timed_out else 502, "headers": headers})
    await send({"type": "http.response.body", "body": text})
