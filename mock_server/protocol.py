"""uvicorn's HTTP protocol, hardened against slow clients, oversized headers and HTTP/2 upgrade offers."""

from __future__ import annotations

from typing import Any, cast

import httptools
from uvicorn.protocols.http.httptools_impl import (
    HEADER_VALUE_RE,
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from mock_server.runtime.at_once import AT_ONCE
from mock_server.runtime.boundary import CLOSE

HEAD_LIMIT = 256 * 1024
HEADER_LIMIT = 2000
"""The limit of Node.js, which ignores further headers. Here they are refused, since they may be credentials."""
URL_LIMIT = 65_535
"""The limit of httptools' URL parser."""

TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
HOP_BY_HOP = frozenset({b"connection", b"upgrade", b"http2-settings"})


class Parser(httptools.HttpRequestParser):
    """Continues with HTTP/1.1 when a client offers an upgrade, instead of treating the body as another protocol."""

    def __init__(self, protocol: Protocol) -> None:
        super().__init__(protocol)
        self._reader = protocol

    def feed_data(self, data: Any) -> None:
        """See httptools.HttpRequestParser."""
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._reader.retry_without_upgrade(data[upgrade.args[0] :])


class WholeMessages:
    """Reads the body of a request, and writes its reply, in one call. See runtime/at_once.py."""

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle

    def stands_for(self, send: Any) -> bool:
        """Whether `send` is uvicorn's own."""
        return send == self._cycle.send

    def whole_body(self, receive: Any) -> bytes | None:
        """The body, if all of it has arrived and nothing has read from it; `receive` has to be uvicorn's own."""
        cycle = self._cycle
        if cycle.more_body or cycle.disconnected or cycle.response_complete or receive != cycle.receive:
            return None
        cycle.flow.resume_reading()
        body, cycle.body = bytes(cycle.body), bytearray()
        return body

    def drop(self) -> None:
        """Closes the connection at once."""
        self._cycle.disconnected = True
        self._cycle.transport.abort()

    async def __call__(self, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        """Does what uvicorn does for the two messages of a reply. Raises RuntimeError for an invalid header."""
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
    """Limits the time and size of a request head, and declines every upgrade.

    Some clients, such as the JDK's, offer an upgrade to HTTP/2 with their first request.
    """

    def __init__(self, *arguments: Any, read_timeout: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.parser = Parser(self)
        self.url = b""
        self._read_timeout = read_timeout
        self._head = 0
        self._header_count = 0
        self._is_upgrade_offer = False
        self._answered: RequestResponseCycle | None = None

    def connection_made(self, transport: Any) -> None:
        """Starts the timeout for the request head."""
        super().connection_made(transport)
        self._head_timeout = self.loop.call_later(self._read_timeout, self._close)

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancels the timeout and the reply in progress."""
        self._head_timeout.cancel()
        if self._answered is not None:
            self._answered.disconnected = True
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Counts the bytes of an incomplete head."""
        self._head += len(data)
        super().data_received(data)
        if self._head > HEAD_LIMIT and not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self._close()

    def retry_without_upgrade(self, rest: bytes) -> None:
        """Parses the request again without the upgrade offer. Ignores the data after a CONNECT."""
        if not self._is_upgrade_offer:
            return
        method, version = self.parser.get_method(), self.parser.get_http_version().encode()
        lines = [b"%s: %s\r\n" % header for header in self.headers if header[0] not in HOP_BY_HOP]
        self._is_upgrade_offer = False
        self.parser = Parser(self)
        self.parser.feed_data(b"%s %s HTTP/%s\r\n%s\r\n%s" % (method, self.url, version, b"".join(lines), rest))

    def on_message_begin(self) -> None:
        """Restarts the timeout for the next request on the connection."""
        self._head_timeout.cancel()
        self._head_timeout = self.loop.call_later(self._read_timeout, self._close)
        self._header_count = 0
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Raises ValueError for a URL that is too long for its parser."""
        super().on_url(url)
        if len(self.url) > URL_LIMIT:
            raise ValueError("The URL is too long.")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Counts the headers and drops those over the limit."""
        # The refusal follows at the end of the head: a client that is still sending might never read it.
        self._header_count += 1
        if self._header_count <= HEADER_LIMIT:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stops the timeout. Raises ValueError if there are too many headers."""
        self._head_timeout.cancel()
        if self._header_count > HEADER_LIMIT:
            raise ValueError("There are too many headers.")
        self._is_upgrade_offer = self.parser.should_upgrade() and self.parser.get_method() != b"CONNECT"
        if not self._is_upgrade_offer:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Resets the byte count, which applies to heads only."""
        self._head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Resets the byte count for the next head."""
        if not self._is_upgrade_offer:
            self._head = 0
            super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuses invalid HTTP with 400, and an oversized head with 431."""
        if len(self.url) > URL_LIMIT or self._header_count > HEADER_LIMIT:
            self.transport.write(TOO_LARGE)
            self._close()
        else:
            super().send_400_response(msg)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        cast("dict[str, Any]", cycle.scope).setdefault("extensions", {})[AT_ONCE] = WholeMessages(cycle)
        # uvicorn marks only the last request of a connection as disconnected. With pipelined requests, the one being
        # answered is an earlier one, whose reply would be written to a closed connection.
        self._answered = cycle
        super()._start_asgi_task(cycle, app)

    def _close(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()
