"""uvicorn's HTTP protocol for clients that are slow, boundless or ahead of their time."""

from __future__ import annotations

from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import (
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from mock_server.runtime.boundary import AT_ONCE

HEAD_LIMIT = 256 * 1024
HEADER_LIMIT = 2000
"""As many as Node.js reads. It ignores the others; here they are refused, for one of them may be the credentials."""
URL_LIMIT = 65_535
"""What the parser of URLs can count to."""

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
CLOSE = (b"connection", b"close")
HOP_BY_HOP = frozenset({b"connection", b"upgrade", b"http2-settings"})


class Parser(httptools.HttpRequestParser):
    """Goes on with HTTP/1.1 where a client offers an upgrade, instead of taking the body for another protocol."""

    def __init__(self, protocol: Protocol) -> None:
        super().__init__(protocol)
        self._reader = protocol

    def feed_data(self, data: Any) -> None:
        """See httptools.HttpRequestParser."""
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._reader.go_on(data[upgrade.args[0] :])


class WholeReply:
    """Writes the replies to one request in one piece. See boundary.AtOnce."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def stands_for(self, send: Any) -> bool:
        """Whether `send` is uvicorn's own."""
        return send == self._cycle.send

    async def __call__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Does what uvicorn does with the two messages of a reply. Raises RuntimeError for a header that is none."""
        cycle = self._cycle
        if HEADER_VALUE_RE.search(b"".join([value for _, value in headers])):
            raise RuntimeError("Invalid HTTP header value.")
        if cycle.flow.write_paused and not cycle.disconnected:
            await cycle.flow.drain()
        if cycle.disconnected:
            return
        lines = [b"%s: %s\r\n" % header for header in (*cycle.default_headers, *headers)]
        if CLOSE in headers:
            cycle.keep_alive = False
        elif not cycle.keep_alive:
            lines.append(b"%s: %s\r\n" % CLOSE)
        cycle.response_started = cycle.response_complete = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(b"".join((STATUS_LINE[status], *lines, b"\r\n", body)))
        cycle.message_event.set()
        if not cycle.keep_alive:
            cycle.transport.close()
        cycle.on_response()


class Protocol(HttpToolsProtocol):
    """Neither waits for ever for a request's head nor keeps one without end, and declines every upgrade.

    Some clients, that of Java among them, offer HTTP/2 with their first request, whatever its method.
    """

    def __init__(self, *arguments: Any, read_timeout: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.parser = Parser(self)
        self.url = b""
        self._read_timeout = read_timeout
        self._head = 0
        self._header_count = 0
        self._is_offer = False
        self._answered: RequestResponseCycle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begins to wait for a whole request head."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(self._read_timeout, self._give_up)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there to wait for, or to answer."""
        self._patience.cancel()
        if self._answered is not None:
            self._answered.disconnected = True
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts what arrives while no head is complete."""
        self._head += len(data)
        super().data_received(data)
        if self._head > HEAD_LIMIT and not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self._give_up()

    def go_on(self, rest: bytes) -> None:
        """Reads the request again without the offer of an upgrade. What follows a CONNECT is nobody's."""
        if not self._is_offer:
            return
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [b"%s: %s\r\n" % header for header in self.headers if header[0] not in HOP_BY_HOP]
        self._is_offer = False
        self.parser = Parser(self)
        self.parser.feed_data(b"%s %s HTTP/%s\r\n%s\r\n%s" % (method, self.url, version, b"".join(lines), rest))

    def on_message_begin(self) -> None:
        """A further request on a kept connection has the same time."""
        self._patience.cancel()
        self._patience = self.loop.call_later(self._read_timeout, self._give_up)
        self._header_count = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Raises ValueError where a URL is longer than its parser can count."""
        super().on_url(url)
        if len(self.url) > URL_LIMIT:
            raise ValueError("The URL is too long.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Counts the headers, and keeps no more than there may be."""
        # Refused they are at the end of the head: a client that is still sending might never read the refusal.
        self._header_count += 1
        if self._header_count <= HEADER_LIMIT:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there. Raises ValueError where it has too many headers."""
        self._patience.cancel()
        if self._header_count > HEADER_LIMIT:
            raise ValueError("There are too many headers.")
        self._is_offer = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if not self._is_offer:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """What arrives is no head."""
        self._head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """What follows is the next head."""
        if not self._is_offer:
            self._head = 0
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuses what is no HTTP, or more of it than there is room for."""
        if len(self.url) > URL_LIMIT or self._header_count > HEADER_LIMIT:
            self.transport.write(TOO_LARGE)
            self._give_up()
        else:
            super().send_400_response(msg)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cast("dict[str, Any]", cycle.scope).setdefault("extensions", {})[AT_ONCE] = WholeReply(cycle)
        # uvicorn knows the request that arrived last. Where several wait, that is not the one that is being answered,
        # whose reply would go to a closed connection.
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
