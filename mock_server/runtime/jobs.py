"""Runs due jobs in the background while the clock is running."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator

from mock_server.state.errors import LogUnwritable, StoreUnavailable, VersionConflict, WorldGone
from mock_server.state.worlds import World, Worlds

TICK = 0.5
JOBS_AT_ONCE = 5
"""Jobs that run in a row before other requests get their turn."""

_logger = logging.getLogger(__name__)


async def run_due_jobs(worlds: Worlds, tick: float = TICK) -> AsyncIterator[None]:
    """A background of the application: runs the due jobs of all worlds every `tick` seconds."""
    tickers = [asyncio.create_task(_tick(shard, tick)) for shard in worlds.shards()]
    yield
    for ticker in tickers:
        ticker.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await ticker


async def _tick(worlds: Worlds, tick: float) -> None:
    while True:
        await asyncio.sleep(tick)
        try:
            await worlds.refresh()
        except StoreUnavailable:
            continue
        for world in worlds.all():
            await _run_jobs(world)


async def _run_jobs(world: World) -> None:
    try:
        while await world.run_jobs_async(most=JOBS_AT_ONCE) == JOBS_AT_ONCE:
            await asyncio.sleep(0)
    except (WorldGone, LogUnwritable, StoreUnavailable, VersionConflict):
        pass  # The world was dropped, or the jobs wait until the store can be written again.
    except Exception:
        _logger.exception("The due jobs of world %s could not be run", world.name)
