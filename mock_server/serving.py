"""Runs a sandbox under uvicorn."""

from __future__ import annotations

import logging
import socket
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import cast

import click
import msgspec
import uvicorn

from mock_server.calendars.model import BUSY_EVENTS
from mock_server.event_types.model import EVENT_TYPES
from mock_server.protocol import Protocol
from mock_server.runtime.console import has_colours, write_all, write_locked
from mock_server.runtime.garbage import collection_paused, keep_pauses_short
from mock_server.runtime.listening import at, listen
from mock_server.runtime.masking import MaskedFormatter
from mock_server.runtime.request_log import LogFormat, RequestLog
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox
from mock_server.state.transaction import Transaction
from mock_server.worlds.default_world import CREDENTIALS, SOLO, THIRD_PARTY_CLIENTS

_REACHED_AT = {"localhost": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}
"""The address at which local clients reach a server that listens on this host."""


KEEP_ALIVE = 75
"""Seconds that an idle connection stays open: longer than in common clients, so that none sends into a closing one."""


class Server(uvicorn.Server):
    """Serves a sandbox. A shutdown aborts work in threads instead of waiting for it.

    `on_start` is called once connections are accepted.
    """

    def __init__(self, sandbox: Sandbox, on_start: Callable[[], object] = lambda: None) -> None:
        super().__init__(configuration(sandbox))
        self._workers = sandbox.workers
        self._on_start = on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn.Server."""
        await super().startup(sockets)
        if self.started:
            self._on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See uvicorn.Server."""
        self._workers.stop()
        await super().shutdown(sockets)


def serve(settings: Settings, log_format: LogFormat | None = None) -> None:
    """Serves until Ctrl-C, and prints a line for each request in `log_format`. Raises CannotListen."""
    log_warnings()
    with listen(settings.host, settings.port) as listener:
        port: int = listener.getsockname()[1]
        with collection_paused():
            sandbox = Sandbox(msgspec.structs.replace(settings, port=port))
        click.echo(announcement(sandbox), err=log_format == "json")
        run(sandbox, listener, log_format)


def serve_as_worker(
    settings: Settings, listener: socket.socket, log_format: LogFormat | None, lock: str, ready: Callable[[str], object]
) -> None:
    """Serves in one of several processes. Calls `ready` with the announcement once connections are accepted.

    `lock` is the file that the processes lock while they print.
    """
    log_warnings()
    with collection_paused():
        sandbox = Sandbox(settings)
    run(sandbox, listener, log_format, lock=lock, on_start=lambda: ready(announcement(sandbox)))


def run(
    sandbox: Sandbox,
    listener: socket.socket,
    log_format: LogFormat | None = None,
    *,
    lock: str | None = None,
    on_start: Callable[[], object] = lambda: None,
) -> None:
    """Serves a sandbox until Ctrl-C. See serve and serve_as_worker."""
    keep_pauses_short()
    with _logging_requests(sandbox, log_format, lock):
        Server(sandbox, on_start).run([listener])


def log_warnings() -> None:
    """Sends warnings and errors to the standard error, without secrets."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskedFormatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])


@contextmanager
def _logging_requests(sandbox: Sandbox, form: LogFormat | None, lock: str | None) -> Generator[None]:
    """Prints requests on the standard output, if a format is given."""
    if form is None:
        yield
        return
    write = partial(write_all, sys.stdout.fileno())
    if lock is not None:
        write = partial(write_locked, lock, write)
    log = RequestLog(write, sandbox.secrets, form=form, colours=form == "text" and has_colours(sys.stdout))
    sandbox.app.add_observer(log.add)
    try:
        yield
    finally:
        log.close()


def configuration(sandbox: Sandbox) -> uvicorn.Config:
    """The uvicorn configuration of a sandbox."""
    return uvicorn.Config(
        sandbox.app,
        http=cast("type[Protocol]", partial(Protocol, read_timeout=sandbox.settings.read_timeout)),
        ws="none",
        lifespan="on",
        log_config=None,  # Uvicorn's own sets up the logging of the whole process, also of one that only embeds us.
        log_level="warning",
        access_log=False,
        server_header=False,
        timeout_keep_alive=KEEP_ALIVE,
        timeout_graceful_shutdown=5,
    )


def announcement(sandbox: Sandbox) -> str:
    """The text that `serve` prints: addresses, and the credentials of the default world."""
    settings = sandbox.settings
    url = f"http://{at(_REACHED_AT.get(settings.host, settings.host), settings.port)}"
    lines = [
        f"Cal.com API v2 sandbox on {url}",
        f"  edition      {settings.edition}",
        f"  help         {url}/help/",
        f"  API docs     {url}/docs",
        f"  description  {url}/openapi.json",
        f"  control      {url}/_sandbox/health",
    ]
    if settings.admin_token is not None and settings.shows_token:
        lines.append(f"  admin token  {settings.admin_token}   (header Sandbox-Token, for /_sandbox)")
    if settings.world is None:
        lines += ["", "Credentials of the default world (Authorization: Bearer <key>):"]
        lines += [f"  {name:8} user {number}  {key:20} {what}" for name, number, key, what in CREDENTIALS]
        lines.append("  OAuth client sandbox-client, secret sandbox-client-secret")
        if sandbox.worlds.default.begin().has("third-party-tokens"):
            lines += [
                f"  third-party client {client}, {f'secret {secret}' if secret else 'public, needs PKCE'}"
                for client, secret in THIRD_PARTY_CLIENTS
            ]
            lines.append(f"    consent page {url}/_sandbox/oauth2/authorize")
        lines += _bookable(sandbox)
    return "\n".join(lines)


def _bookable(sandbox: Sandbox) -> list[str]:
    """The event types of solo in the default world, and the times at which solo is busy."""
    world = sandbox.worlds.default
    tx = Transaction(world.start, world.begin().now)
    lines = ["", "Event types of solo, who works Monday to Friday from 9 to 17 in London:"]
    lines += [f"  {each.id:<4} {each.title}, {each.length} minutes" for each in tx[EVENT_TYPES].find(user_id=SOLO)]
    lines += [
        f"  busy {each.title}, {each.start:%H:%M} to {each.end:%H:%M} {each.time_zone}, {each.recurrence or each.start}"
        for each in tx.table(BUSY_EVENTS).rows.values()
    ]
    return lines
