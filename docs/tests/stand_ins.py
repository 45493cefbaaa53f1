"""What the documentation only names, for its code blocks to run: a deployment, an application, a Valkey server."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from functools import cached_property
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from mock_server.running import running_sandbox
from mock_server.runtime.settings import Settings
from mock_server.state.edition import DEFAULT_EDITION
from mock_server.state.tests.store_server import store_server


class StandIns:
    """Starts what a page names when its code needs it. `close` stops everything."""

    def __init__(self) -> None:
        self._running = ExitStack()
        self._names: tuple[tuple[re.Pattern[str], Callable[[], str]], ...] = (
            (re.compile(r"https://(?:api|staging)\.example\.com|(?<=BASE_URL=)\.\.\."), lambda: self._deployment),
            (re.compile(r" --right-key cal_live_\.\.\."), str),  # With one key it could do less than the other sandbox.
            (re.compile(r"cal_live_\.\.\.|(?<=CAL_API_KEY=)(?:cal_)?\.\.\."), lambda: "cal_sandbox_solo"),
            (re.compile(r"(?<=CAL_CLIENT_ID=)\.\.\."), lambda: "sandbox-client"),
            (re.compile(r"(?<=CAL_CLIENT_SECRET=)\.\.\."), lambda: "sandbox-client-secret"),
            (re.compile(r"http://localhost:3000"), lambda: self._application),
            (re.compile(r"valkey://127\.0\.0\.1:6379/0"), lambda: self._store),
        )

    def in_place(self, code: str) -> str:
        """The code with stand-ins in place of what it names."""
        for pattern, stand_in in self._names:
            if pattern.search(code):
                code = pattern.sub(stand_in(), code)
        return code

    def close(self) -> None:
        """Stops what has been started."""
        self._running.close()

    @cached_property
    def _deployment(self) -> str:
        """Another sandbox."""
        return self._running.enter_context(running_sandbox(Settings(edition=DEFAULT_EDITION, strict=True))).url

    @cached_property
    def _application(self) -> str:
        """An application that takes webhooks."""
        server = self._running.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), _Application))
        self._running.callback(server.shutdown)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    @cached_property
    def _store(self) -> str:
        folder = self._running.enter_context(TemporaryDirectory())
        return self._running.enter_context(store_server(Path(folder))).url("docs")


class _Application(BaseHTTPRequestHandler):
    """Accepts every webhook."""

    def do_POST(self) -> None:
        """See BaseHTTPRequestHandler."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent."""
