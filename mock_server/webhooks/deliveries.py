"""Deliveries of events to subscribers: queued, in progress and finished."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from typing import Any, Literal

import msgspec

from mock_server.runtime.delivery_mark import MARK
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.webhooks.bodies import Message
from mock_server.webhooks.signature import HEADER, sign

KEPT_DELIVERIES = 1000
KEPT_BYTES_IN_ALL = 64 * 1024 * 1024

OVERHEAD = 2000
"""Bytes that Python needs for a delivery besides its texts."""

Status = Literal["waiting", "sending", "delivered", "failed", "refused", "dropped"]

Draft = Callable[[], Message]
"""Builds the message of a delivery whose rendering was postponed. Raises TemplateError."""

COMMON_HEADERS = {"accept": "*/*", "user-agent": "node"}


class DeliveryReply(msgspec.Struct, frozen=True):
    """A subscriber's reply; `body` is cut off after the first kilobytes."""

    status: int
    headers: dict[str, str]
    body: bytes


class Delivery:
    """One event for one subscriber. Any reply, whatever its status, makes it `delivered`."""

    __slots__ = (
        "address",
        "at",
        "attempts",
        "body",
        "draft",
        "duration",
        "headers",
        "number",
        "reason",
        "replay_of",
        "reply",
        "rounds",
        "secret",
        "size",
        "status",
        "trigger",
        "url",
        "webhook_id",
        "world",
    )

    def __init__(
        self,
        *,
        world: str,
        number: int,
        at: str,
        trigger: str,
        url: str,
        webhook_id: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        replay_of: int | None = None,
    ) -> None:
        self.world = world
        self.number = number
        self.at = at
        self.trigger = trigger
        self.url = url
        self.webhook_id = webhook_id
        self.headers = dict(headers or {})
        self.body = body
        self.draft: Draft | None = None
        self.secret: str | None = None
        self.rounds = 0
        self.replay_of = replay_of
        self.status: Status = "waiting"
        self.reason: str | None = None
        self.address: str | None = None
        self.attempts = 0
        self.duration: float | None = None
        self.reply: DeliveryReply | None = None
        self.size = 0

    @property
    def is_finished(self) -> bool:
        """Whether the status is final."""
        return self.status not in ("waiting", "sending")

    def set_message(self, message: Message, secret: str | None, rounds: int) -> None:
        """Sets body and signed headers."""
        self.headers = signed_headers(message, secret, rounds)
        self.body = message.body

    def memory_size(self) -> int:
        """Roughly how many bytes of memory it takes."""
        size = OVERHEAD + len(self.url) + len(self.body) + len(self.reason or "") + _length(self.headers)
        if self.reply is not None:
            size += _length(self.reply.headers) + len(self.reply.body)
        return size

    def finish(self, status: Status, reason: str | None = None) -> None:
        """Records the outcome."""
        self.status = status
        self.reason = reason

    def view(self) -> dict[str, object]:
        """The delivery as the control plane shows it; bodies as text."""
        return {
            "id": self.number,
            "at": self.at,
            "trigger": self.trigger,
            "webhookId": self.webhook_id,
            "subscriberUrl": self.url,
            "status": self.status,
            "reason": self.reason,
            "attempts": self.attempts,
            "durationMs": None if self.duration is None else round(self.duration * 1000, 3),
            "replayOf": self.replay_of,
            "signature": self.headers.get(HEADER),
            "request": {
                "method": "POST",
                "url": self.url,
                "address": self.address,
                "headers": self.headers,
                "body": self.body.decode("utf-8", "replace"),
            },
            "reply": None
            if self.reply is None
            else {
                "status": self.reply.status,
                "headers": self.reply.headers,
                "body": self.reply.body.decode("utf-8", "replace"),
            },
        }


def signed_headers(message: Message, secret: str | None, rounds: int) -> dict[str, str]:
    """The headers of a delivery of `message`, for an event caused by a chain of `rounds` deliveries."""
    signature = sign(message.body, secret)
    return {"Content-Type": message.content_type, HEADER: signature, MARK: str(rounds + 1), **COMMON_HEADERS}


def _length(headers: Mapping[str, str]) -> int:
    return sum(len(name) + len(value) for name, value in headers.items())


class _WorldDeliveries:
    """The last KEPT_DELIVERIES deliveries of one world."""

    def __init__(self) -> None:
        self.deliveries: deque[Delivery] = deque()

    @property
    def size(self) -> int:
        return sum(each.size for each in self.deliveries)

    def shed(self) -> int:
        """See Holder. The delivery no longer counts, even if it is still to be sent."""
        if not self.deliveries:
            return 0
        delivery = self.deliveries.popleft()
        size, delivery.size = delivery.size, 0
        return size


class Deliveries:
    """The last KEPT_DELIVERIES of each world, within KEPT_BYTES_IN_ALL for all worlds together.

    Numbers are never reused, not even after a reset.
    """

    def __init__(self) -> None:
        self._by_world: dict[str, _WorldDeliveries] = {}
        self._numbers: dict[str, int] = {}
        self._limit = SharedLimit(KEPT_BYTES_IN_ALL)

    def add(self, world: str, **fields: Any) -> Delivery:
        """Creates a delivery with the next number; `fields` are those of Delivery."""
        number = self._numbers[world] = self._numbers.get(world, 0) + 1
        delivery = Delivery(world=world, number=number, **fields)
        kept = self._by_world.setdefault(world, _WorldDeliveries())
        kept.deliveries.append(delivery)
        delivery.size = delivery.memory_size()
        self._limit.grow(kept, delivery.size)
        if len(kept.deliveries) > KEPT_DELIVERIES:
            self._limit.shrink(kept.shed())
        return delivery

    def update_size(self, delivery: Delivery) -> None:
        """Counts a delivery again after its message or reply was set. Ignores one that is no longer kept."""
        kept = self._by_world.get(delivery.world)
        if kept is not None and delivery.size:
            grown = delivery.memory_size() - delivery.size
            delivery.size += grown
            self._limit.grow(kept, grown)

    def of(self, world: str) -> list[Delivery]:
        """The deliveries of a world, oldest first."""
        kept = self._by_world.get(world)
        return [] if kept is None else list(kept.deliveries)

    def get(self, world: str, number: int) -> Delivery | None:
        """One delivery."""
        return next((each for each in self.of(world) if each.number == number), None)

    def clear(self, world: str) -> None:
        """Forgets the deliveries of a world."""
        kept = self._by_world.pop(world, None)
        if kept is not None:
            self._limit.release(kept, kept.size)
            for delivery in kept.deliveries:
                delivery.size = 0

    def drop(self, world: str) -> None:
        """Forgets a world that was dropped, and its numbers."""
        self.clear(world)
        self._numbers.pop(world, None)
