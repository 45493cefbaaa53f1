"""Runs a sandbox under uvicorn."""

from __future__ import annotations

import socket
from functools import partial
from typing import cast

import click
import msgspec
import uvicorn

from mock_server.protocol import Protocol
from mock_server.runtime.settings import LOOPBACK_HOSTS, Settings
from mock_server.server import Sandbox
from mock_server.state.errors import Unusable

CREDENTIALS = (
    ("owner", "1", "cal_sandbox_owner", "OWNER of organization 1 (Acme)"),
    ("admin", "2", "cal_sandbox_admin", "ADMIN of organization 1"),
    ("member", "3", "cal_sandbox_member", "MEMBER of organization 1"),
    ("solo", "4", "cal_sandbox_solo", "no organization; connected calendars"),
    ("expired", "5", "cal_sandbox_expired", "the key has expired"),
)


class CannotListen(Unusable):
    """The address cannot be listened on."""


def serve(settings: Settings) -> None:
    """Serves until Ctrl-C. Raises CannotListen."""
    listener = listen(settings.host, settings.port)
    port: int = listener.getsockname()[1]
    sandbox = Sandbox(msgspec.structs.replace(settings, port=port))
    _announce(sandbox, port)
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
    # With the protocol named, asyncio turns Nagle's delay off.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
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
    click.echo("\n".join(lines))
