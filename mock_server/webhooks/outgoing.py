"""The deliveries of one world: those that are kept for reading, and those that wait in a lane per subscriber URL."""

from __future__ import annotations

import asyncio
from bisect import insort
from collections import deque
from collections.abc import Callable, Iterator

from mock_server.webhooks.deliveries import Deliveries, Delivery


class Lane:
    """The deliveries waiting for one subscriber URL, in order, and the task that sends them."""

    def __init__(self, outgoing: OutgoingDeliveries, url: str) -> None:
        self.outgoing = outgoing
        self.url = url
        self.waiting: deque[Delivery] = deque()
        self.task: asyncio.Task[None] | None = None

    def append(self, delivery: Delivery) -> None:
        """Adds a delivery: at the end, or in the order of the store if it was taken over from another process."""
        if self.waiting and self.waiting[-1].key > delivery.key:
            insort(self.waiting, delivery, key=lambda each: each.key)
        else:
            self.waiting.append(delivery)


class OutgoingDeliveries:
    """The part of a world's companion that belongs to webhooks.

    `discard` removes the world's deliveries from the queue that all worlds share.
    """

    def __init__(self, deliveries: Deliveries, discard: Callable[[OutgoingDeliveries], None]) -> None:
        self.deliveries = deliveries
        self.lanes: dict[str, Lane] = {}
        self.pending: deque[Iterator[Delivery]] = deque()
        """For each event whose deliveries are not all queued yet, the rest of them."""
        self._discard = discard

    @property
    def is_finished(self) -> bool:
        """Whether no delivery is waiting or in progress."""
        return not self.pending and all(each.is_finished for each in self.deliveries)

    def reset(self) -> None:
        """See Part. Waiting deliveries are not sent."""
        self._discard(self)
        self.deliveries.clear()

    def close(self) -> None:
        """See Part."""
        self._discard(self)
        self.deliveries.close()
