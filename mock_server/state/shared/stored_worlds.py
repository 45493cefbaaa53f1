"""The connections of worlds to the servers of their stores: opened by the event loop of `follow`, or for one call."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from mock_server.state import snapshot as snapshots
from mock_server.state.errors import LogUnusable, StoreUnavailable
from mock_server.state.root import Root
from mock_server.state.worlds import NewState, Worlds

T = TypeVar("T")


class StoredWorlds(Worlds):
    """Worlds in stores that processes share.

    The connections belong to the event loop that runs `follow`, which is `_loop`. Without one, each call from a thread
    connects for itself. `is_new`: the default world was created when the stores were opened.
    """

    is_new = False
    _loop: asyncio.AbstractEventLoop | None = None

    def _open(self, start: Callable[[], Root]) -> None:
        try:
            self.complete(self._load_or_found(start))
        except StoreUnavailable as error:
            raise LogUnusable(str(error)) from None

    async def _load_or_found(self, start: Callable[[], Root]) -> None:
        """Loads all worlds, and creates the default one if there is none. Raises LogUnusable, StoreUnavailable."""
        raise NotImplementedError

    async def disconnect(self) -> None:
        """Closes all connections. They are opened again when they are needed."""
        raise NotImplementedError

    def complete(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """See Worlds. Waits for the event loop of `follow`, which must not be that of the caller."""
        if self._loop is not None and self._loop.is_running():
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()
        return _in_own_thread(self._connected_for(coroutine))

    async def _connected_for(self, coroutine: Coroutine[Any, Any, T]) -> T:
        try:
            return await coroutine
        finally:
            await self.disconnect()

    def close(self) -> None:
        """See Worlds. The connections are closed with `follow`."""

    def new_state(self, root: Root) -> NewState:
        """See Worlds."""
        return NewState(root, snapshots.packed(root))


def _in_own_thread(coroutine: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine on an event loop of its own, also where one is running already."""
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(asyncio.run(coroutine))
        except BaseException as error:
            errors.append(error)

    thread = threading.Thread(target=run, name="store")
    thread.start()
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
