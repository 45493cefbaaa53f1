"""The deliveries of one world: those that were sent, and those that wait in a lane for each subscriber URL."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator

from mock_server.runtime.shared_limit import SharedLimit
from mock_server.webhooks.deliveries import Deliveries, Delivery


class Lane:
    """The deliveries to one subscriber URL that wait, in their order, and the task that sends them."""

    def __init__(self, outgoing: Outgoing, url: str) -> None:
        self.outgoing = outgoing
        self.url = url
        self.waiting: deque[Delivery] = deque()
        self.task: asyncio.Task[None] | None = None


class Outgoing:
    """A part of a world's companion. `discard` takes what waits out of the queue that all worlds share."""

    def __init__(self, shared: SharedLimit, discard: Callable[[Outgoing], None]) -> None:
        self.deliveries = Deliveries(shared)
        self.lanes: dict[str, Lane] = {}
        self.events: deque[Iterator[Delivery]] = deque()
        """Past events whose deliveries have not all been queued."""
        self._discard = discard

    @property
    def is_settled(self) -> bool:
        """Whether nothing waits or is under way."""
        return not self.events and all(each.is_settled for each in self.deliveries)

    def reset(self) -> None:
        """See Part. What waits is not sent."""
        self._discard(self)
        self.deliveries.clear()

    def close(self) -> None:
        """See Part."""
        self.reset()
