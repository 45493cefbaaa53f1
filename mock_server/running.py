"""Runs a sandbox in a thread of this process, for tests: real HTTP on a free port of 127.0.0.1."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import count

import msgspec
from uvicorn._types import ASGIApplication

from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox
from mock_server.serving import Server, listen

_serial = count(1)


class RunningSandbox:
    """A running sandbox with its URL."""

    def __init__(self, sandbox: Sandbox, port: int) -> None:
        self.sandbox = sandbox
        self.url: str = f"http://127.0.0.1:{port}"

    @contextmanager
    def world(self) -> Generator[str]:
        """The URL of a fresh world, which is dropped at the end. Tests in worlds of their own are isolated."""
        name = f"test-{next(_serial)}"
        default = self.sandbox.worlds.default
        self.sandbox.worlds.create_from(name, self.sandbox.worlds.new_state(default.start))
        try:
            yield f"{self.url}/w/{name}"
        finally:
            self.sandbox.worlds.drop(name)


@contextmanager
def running_sandbox(
    settings: Settings | None = None, *, wrap: Callable[[Sandbox], ASGIApplication] | None = None
) -> Generator[RunningSandbox]:
    """Starts a sandbox on a free port and stops it at the end. It is strict unless `settings` are given.

    `wrap` returns an application that is served in front of the sandbox.
    """
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        sandbox = Sandbox(msgspec.structs.replace(settings or Settings(strict=True), port=port))
        server = Server(sandbox)
        if wrap is not None:
            server.config.app = wrap(sandbox)
        thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
        thread.start()
        started = threading.Event()
        while not server.started and thread.is_alive():
            started.wait(0.01)
        if not server.started:
            raise RuntimeError("The sandbox did not start; its log says why.")
        try:
            yield RunningSandbox(sandbox, port)
        finally:
            server.should_exit = True
            thread.join(10)
