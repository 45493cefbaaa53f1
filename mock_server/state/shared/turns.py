"""Turns in which processes that write to one world at the same time come one after the other."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress

from mock_server.state.errors import StoreUnavailable

UNUSED = 0.1
"""Seconds after which a turn without a commit ends."""
LASTING = 1.0
"""Seconds for which a process claims turns after the last time that another process came before it."""


class Turns:
    """Waits for a turn with `claim` where other processes have recently been faster; otherwise there are no turns.

    All requests that wait at the same time share the turn, so each of them runs once. `claim` returns whether other
    processes had to be waited for. A commit ends the turn; `release` does so if none has come for some time. Turns are
    for speed and fairness only: a commit that follows an old state is refused anyway.
    """

    def __init__(self, claim: Callable[[], Awaitable[bool]], release: Callable[[], Awaitable[None]]) -> None:
        self._claim = claim
        self._release = release
        self._end = 0.0
        self._claiming: asyncio.Task[None] | None = None
        self._unused: asyncio.TimerHandle | None = None
        self._releasing: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """Another process was faster: there are turns for some time."""
        self._end = time.monotonic() + LASTING

    def use(self) -> None:
        """The process commits, which ends its turn."""
        if self._unused is not None:
            self._unused.cancel()
            self._unused = None

    async def wait(self) -> None:
        """Returns when it is the turn of this process, with all that was committed before. Raises StoreUnavailable."""
        if self._claiming is None:
            if time.monotonic() >= self._end:
                return
            self._claiming = asyncio.get_running_loop().create_task(self._take())
        await asyncio.shield(self._claiming)

    async def _take(self) -> None:
        try:
            if await self._claim():
                self.begin()
        finally:
            self._claiming = None
        self.use()
        self._unused = asyncio.get_running_loop().call_later(UNUSED, self._give_back)

    def _give_back(self) -> None:
        self._unused = None
        self._releasing = asyncio.get_running_loop().create_task(self._released())

    async def _released(self) -> None:
        with suppress(StoreUnavailable):  # It ends by itself.
            await self._release()
