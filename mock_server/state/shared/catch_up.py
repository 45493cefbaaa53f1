"""Reads what is new in a shared store. Requests that ask at the same time share one read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Generic, TypeVar

from redis.exceptions import RedisError

from mock_server.state.shared.engine import FIRST_PAUSE, LONGEST_PAUSE, Engine
from mock_server.state.shared.tasks import cancelled

W = TypeVar("W")


class CatchUp(Generic[W]):
    """Calls `read` with the worlds that are asked for. A caller's read begins after its call.

    Callers wait at most for the patience of the store; the read is repeated as long as one of them waits.
    """

    def __init__(self, engine: Engine, read: Callable[[set[W]], Awaitable[None]]) -> None:
        self._engine = engine
        self._read = read
        self._asked: set[W] = set()
        self._waiting: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None
        self._error: BaseException | None = None

    async def __call__(self, worlds: Iterable[W]) -> None:
        """Returns when the worlds have everything that was committed before the call. Raises StoreUnavailable."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()
        self._asked.update(worlds)
        self._waiting.append(done)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._read_all())
        try:
            async with asyncio.timeout(self._engine.options.patience):
                await done
        except TimeoutError as error:
            raise self._engine.unavailable(self._error or error) from None

    async def stop(self) -> None:
        """Ends reading."""
        if self._task is not None:
            await cancelled(self._task)
            self._task = None

    async def _read_all(self) -> None:
        pause = FIRST_PAUSE
        while self._waiting:
            asked, waiting = self._asked, self._waiting
            self._asked, self._waiting = set(), []
            try:
                await self._read(asked)
            except (RedisError, OSError, TimeoutError) as error:
                self._error = error
                self._asked |= asked
                self._waiting = [each for each in waiting if not each.done()] + self._waiting
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_PAUSE, self._engine.options.patience / 5)
            except Exception as error:
                _finish(waiting, lambda each, error=error: each.set_exception(error))
            else:
                self._error, pause = None, FIRST_PAUSE
                _finish(waiting, lambda each: each.set_result(None))


def _finish(waiting: list[asyncio.Future[None]], finish: Callable[[asyncio.Future[None]], Any]) -> None:
    for each in waiting:
        if not each.done():
            finish(each)
