"""`cal-mock proxy`: from options to an exit status."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn

from contract_tests.addresses import InvalidAddress, server_address
from contract_tests.editions import OtherEdition, require_edition
from contract_tests.proxy.check import Checker
from contract_tests.proxy.errors import CannotProxy
from contract_tests.proxy.forwarding import Forwarder
from contract_tests.proxy.observer import Observer
from mock_server.runtime.exit_status import ExitStatus
from mock_server.runtime.listening import CannotListen, at, listen

CLEAN, BREACHES, COULD_NOT_RUN = ExitStatus.CLEAN, ExitStatus.FOUND, ExitStatus.NOT_DONE
CONNECT_TIMEOUT = 5.0


@dataclass(frozen=True)
class Choices:
    """The options of the command; port 0 picks a free one."""

    upstream: str
    host: str = "127.0.0.1"
    port: int = 8090
    json: Path | None = None


class _Server(uvicorn.Server):
    """A server that leaves signals to the command, which prints a summary."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """See uvicorn.Server.capture_signals."""
        yield


def run(choices: Choices) -> int:
    """Serves until Ctrl-C. Returns 0 if nothing broke the description, 1 if something did, 2 for no result."""
    try:
        listener = listen(choices.host, choices.port)
        try:
            upstream = checked_upstream(choices.upstream)
            observer = Observer(Checker(), lambda line: print(line, flush=True), choices.json)
        except CannotProxy:
            listener.close()
            raise
    except (CannotProxy, CannotListen) as error:
        print(f"cal-mock: cannot proxy: {error}", file=sys.stderr)
        return COULD_NOT_RUN
    host, port = listener.getsockname()[:2]
    print(f"Proxy on http://{at(host, port)} for {upstream}; Ctrl-C ends it.", flush=True)
    asyncio.run(_serve(_server(upstream, observer), listener))
    observer.close()
    print(observer.summary(), flush=True)
    return status(observer)


def status(observer: Observer) -> int:
    """The exit status, with a line on standard error if there is no result."""
    if observer.breaches:
        return BREACHES
    if not observer.operations:
        reason = "the upstream gave no reply" if observer.failures else "no request of the API came through"
        print(f"cal-mock: nothing was checked: {reason}", file=sys.stderr)
        return COULD_NOT_RUN
    if observer.failures or observer.unchecked:
        print("cal-mock: not everything could be checked", file=sys.stderr)
        return COULD_NOT_RUN
    return CLEAN


@contextmanager
def running_proxy(upstream: str, observer: Observer) -> Generator[str]:
    """Runs a proxy in a thread, on a free port; yields its address."""
    listener = listen("127.0.0.1", 0)
    server = _server(upstream, observer)
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    waiting = threading.Event()
    while not server.started and thread.is_alive():
        waiting.wait(0.01)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        observer.close()


def checked_upstream(url: str) -> str:
    """`url` without a trailing slash.

    Raises CannotProxy if it is not an address, nothing listens there, or a sandbox there serves another edition.
    """
    try:
        url = server_address("--upstream", url)
    except InvalidAddress as error:
        raise CannotProxy(str(error)) from None
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        socket.create_connection((parts.hostname or "", port), CONNECT_TIMEOUT).close()
    except OSError as error:
        raise CannotProxy(f"the upstream {url} cannot be reached: {error.strerror or error}") from None
    try:
        require_edition(url)
    except OtherEdition as error:
        raise CannotProxy(str(error)) from None
    return url


def _server(upstream: str, observer: Observer) -> _Server:
    configuration = uvicorn.Config(
        Forwarder(upstream, observer.finished),
        ws="none",
        lifespan="on",
        log_level="critical",
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=3,
    )
    return _Server(configuration)


async def _serve(server: _Server, listener: socket.socket) -> None:
    def stop() -> None:
        server.force_exit = server.should_exit
        server.should_exit = True

    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):  # Windows has no such handlers; there, Ctrl-C ends the process.
            loop.add_signal_handler(each, stop)
    await server.serve([listener])
