"""Serves a sandbox and watches its event loop: ``python -m mock_server.bench.watched PORT LOG COLLECTOR REPORT``.

LOG is text or none, COLLECTOR is on or off; at the end, what was seen is written to the file REPORT, as JSON.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from time import perf_counter
from typing import Any

from mock_server.runtime.listening import listen
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox
from mock_server.serving import run

EVERY = 0.001


class Watch:
    """How late a task that wakes every millisecond is, and how long each collection takes, in seconds."""

    def __init__(self, report: str) -> None:
        self._report = report
        self.lateness: list[float] = []
        self.collections: defaultdict[int, list[float]] = defaultdict(list)
        self._began = 0.0

    async def watch(self) -> AsyncIterator[None]:
        """A background of the application."""
        gc.callbacks.append(self._note)
        task = asyncio.create_task(self._wake())
        yield
        task.cancel()
        gc.callbacks.remove(self._note)
        report = {"lateness": self.lateness, "collections": self.collections}
        Path(self._report).write_text(json.dumps(report), encoding="utf-8")

    async def _wake(self) -> None:
        while True:
            due = perf_counter() + EVERY
            await asyncio.sleep(EVERY)
            self.lateness.append(perf_counter() - due)

    def _note(self, phase: str, details: dict[str, Any]) -> None:
        if phase == "start":
            self._began = perf_counter()
        else:
            self.collections[details["generation"]].append(perf_counter() - self._began)


def main() -> None:
    """Serves until the process is told to stop."""
    port, form, collector, report = sys.argv[1:]
    sandbox = Sandbox(Settings(port=int(port)))
    sandbox.app.add_background(Watch(report).watch)
    with listen("127.0.0.1", int(port)) as listener:
        if collector == "off":
            gc.disable()
        run(sandbox, listener, None if form == "none" else "text")


if __name__ == "__main__":
    main()
