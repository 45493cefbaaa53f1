"""Runs a sandbox under uvicorn."""

from __future__ import annotations

import socket
from functools import partial
from typing import Any, cast

import typer
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mock_server.runtime.settings import LOOPBACK_HOSTS, Settings
from mock_server.server import Sandbox
from mock_server.state.errors import Unusable

HEAD_LIMIT = 256 * 1024
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

CREDENTIALS = (
    ("owner", "1", "cal_sandbox_owner", "OWNER of organization 1 (Acme)"),
    ("admin", "2", "cal_sandbox_admin", "ADMIN of organization 1"),
    ("member", "3", "cal_sandbox_member", "MEMBER of organization 1"),
    ("solo", "4", "cal_sandbox_solo", "no organization; connected calendars"),
    ("expired", "5", "cal_sandbox_expired", "the key has expired"),
)


class CannotListen(Unusable):
    """The address cannot be listened on."""


class Protocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol, which neither waits for ever for a request's head nor keeps one without end."""

    def __init__(self, *arguments: Any, read_timeout: float, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._read_timeout = read_timeout
        self._head = 0

    def connection_made(self, transport: Any) -> None:
        """Begins to wait for a whole request head."""
        super().connection_made(transport)
        self._patience = self.loop.call_later(self._read_timeout, self._give_up)

    def data_received(self, data: bytes) -> None:
        """Counts what arrives while no head is complete."""
        self._head += len(data)
        super().data_received(data)
        if self._head > HEAD_LIMIT and not self.transport.is_closing():
            self.transport.write(TOO_LARGE)
            self._give_up()

    def on_headers_complete(self) -> None:
        """The head is there."""
        self._patience.cancel()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """What arrives is no head."""
        self._head = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """What follows is the next head."""
        self._head = 0
        super().on_message_complete()

    def on_message_begin(self) -> None:
        """A further request on a kept connection has the same time."""
        self._patience.cancel()
        self._patience = self.loop.call_later(self._read_timeout, self._give_up)
        super().on_message_begin()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is there to wait for."""
        self._patience.cancel()
        super().connection_lost(exc)

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


def serve(settings: Settings) -> None:
    """Serves until Ctrl-C. Raises CannotListen."""
    sandbox = Sandbox(settings)
    listener = listen(settings.host, settings.port)
    _announce(sandbox, listener.getsockname()[1])
    uvicorn.Server(configuration(sandbox)).run([listener])


def configuration(sandbox: Sandbox) -> uvicorn.Config:
    """How uvicorn runs a sandbox."""
    return uvicorn.Config(
        sandbox.app,
        http=cast("type[Protocol]", partial(Protocol, read_timeout=sandbox.settings.read_timeout)),
        ws="none",
        lifespan="on",
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=5,
    )


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises CannotListen."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        raise CannotListen(
            f"Cannot listen on {host}:{port}: {error.strerror}. Stop what is listening there, or choose another --port."
        ) from None
    listener.listen(1024)
    return listener


def _announce(sandbox: Sandbox, port: int) -> None:
    settings = sandbox.settings
    shown = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{'127.0.0.1' if settings.host in LOOPBACK_HOSTS else shown}:{port}"
    lines = [
        f"Cal.com API v2 sandbox on {url}",
        f"  docs page    {url}/docs",
        f"  description  {url}/openapi.json",
        f"  control      {url}/_sandbox/health",
    ]
    if settings.admin_token is not None:
        lines.append(f"  admin token  {settings.admin_token}   (header Sandbox-Token, for /_sandbox)")
    if settings.world is None:
        lines += ["", "Credentials of the default world (Authorization: Bearer <key>):"]
        lines += [f"  {name:8} user {number}  {key:20} {what}" for name, number, key, what in CREDENTIALS]
        lines.append("  OAuth client sandbox-client, secret sandbox-client-secret")
    typer.echo("\n".join(lines))
