"""Threads for work that would block the event loop, and waits that end when the server stops.

State is immutable, so threads may read it safely; commits stay on the event loop. A thread releases the interpreter
every few milliseconds, except during a single call into a C library: such calls must be short.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

from mock_server.state.work import THREAD_LIMIT, Budget, TooMuchWork, WorkStopped, within

THREADS = 2
LOOK_EVERY = 0.1
"""Seconds until a wait notices that the server stops."""

T = TypeVar("T")


class Workers:
    """At most THREADS threads. `stop` aborts their work at its next `spend`, and all waits."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._executor = ThreadPoolExecutor(THREADS, thread_name_prefix="work")

    async def run(self, function: Callable[..., T], *arguments: Any, limit: int = THREAD_LIMIT) -> T:
        """Returns the result of `function` or raises its exception; raises TooMuchWork, WorkStopped."""
        work = partial(self._work, limit, function, *arguments)
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)

    async def sleep(self, seconds: float) -> None:
        """Waits on the event loop. Raises WorkStopped."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if self._stop.is_set():
                raise WorkStopped
            await asyncio.sleep(min(left, LOOK_EVERY))

    def stop(self) -> None:
        """Aborts all work and waits, and cancels queued work."""
        self._stop.set()

    async def serve(self) -> AsyncIterator[None]:
        """A background of the application: stops with it."""
        self._stop.clear()
        yield
        self.stop()

    def _work(self, limit: int, function: Callable[..., T], *arguments: Any) -> T:
        budget = Budget(limit, TooMuchWork, self._stop)
        budget.take(0)
        with within(budget):
            return function(*arguments)
