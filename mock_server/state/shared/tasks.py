"""Ends tasks of the event loop."""

from __future__ import annotations

import asyncio


async def cancelled(task: asyncio.Task[None]) -> None:
    """Cancels a task until it has ended. The client library loses a cancellation that arrives with a reply."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.05)
