"""Deliveries of events to subscribers: queued, in progress and finished."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Literal

import msgspec

from mock_server.runtime.delivery_mark import MARK
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.state.outbound import ListEntry, Transmission
from mock_server.webhooks.bodies import Message
from mock_server.webhooks.signature import HEADER, sign

KEPT_DELIVERIES = 1000
KEPT_BYTES_IN_ALL = 64 * 1024 * 1024

OVERHEAD = 2000
"""Bytes that Python needs for a delivery besides its texts."""

Status = Literal["waiting", "sending", "delivered", "failed", "refused", "dropped"]

Draft = Callable[[], Message]
"""Builds the message of a delivery whose rendering was postponed. Raises TemplateError."""

VERSION_HEADER = "X-Cal-Webhook-Version"
COMMON_HEADERS = {"accept": "*/*", "user-agent": "node"}


class DeliveryReply(msgspec.Struct, frozen=True):
    """A subscriber's reply; `body` is cut off after the first kilobytes."""

    status: int
    headers: dict[str, str]
    body: bytes


class Delivery:
    """One event for one subscriber. Any reply, whatever its status, makes it `delivered`.

    `request_id` is that of the request that caused the event, None for a job. `transmission` and its `key` are those of
    the delivery in a store that processes share. `is_postponed`: the body is rendered when it is sent.
    """

    __slots__ = (
        "address",
        "at",
        "attempts",
        "body",
        "draft",
        "duration",
        "headers",
        "is_postponed",
        "key",
        "number",
        "reason",
        "replay_of",
        "reply",
        "request_id",
        "rounds",
        "secret",
        "size",
        "status",
        "transmission",
        "trigger",
        "url",
        "version",
        "webhook_id",
    )

    def __init__(
        self,
        *,
        number: int,
        at: str,
        trigger: str,
        url: str,
        webhook_id: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        replay_of: int | None = None,
        request_id: str | None = None,
        transmission: Transmission | None = None,
    ) -> None:
        self.number = number
        self.transmission = transmission
        self.key = "" if transmission is None else transmission.key
        self.at = at
        self.trigger = trigger
        self.url = url
        self.webhook_id = webhook_id
        self.headers = dict(headers or {})
        self.body = body
        self.draft: Draft | None = None
        self.is_postponed = False
        self.secret: str | None = None
        self.version: str | None = None
        self.rounds = 0
        self.replay_of = replay_of
        self.request_id = request_id
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

    def set_message(self, message: Message) -> None:
        """Sets the body, and headers with its signature."""
        self.headers = signed_headers(message, self.secret, self.rounds, self.version)
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
            "requestId": self.request_id,
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


def signed_headers(message: Message, secret: str | None, rounds: int, version: str | None = None) -> dict[str, str]:
    """The headers of a delivery of `message`, for an event caused by a chain of `rounds` deliveries.

    `version` is that of the payload, in editions where a header names it.
    """
    named = {} if version is None else {VERSION_HEADER: version}
    signed = {"Content-Type": message.content_type, HEADER: sign(message.body, secret)}
    return {**signed, **named, MARK: str(rounds + 1), **COMMON_HEADERS}


def _length(headers: Mapping[str, str]) -> int:
    return sum(len(name) + len(value) for name, value in headers.items())


class Deliveries:
    """The last KEPT_DELIVERIES of one world, within a limit that all worlds share.

    Numbers are never reused, not even after a reset. A delivery that is no longer kept has the size 0, even if it is
    still to be sent.
    """

    def __init__(self, shared: SharedLimit) -> None:
        self._limit = shared
        self._deliveries: deque[Delivery] = deque()
        self._number = 0

    def __len__(self) -> int:
        return len(self._deliveries)

    def __iter__(self) -> Iterator[Delivery]:
        """Oldest first."""
        return iter(tuple(self._deliveries))

    def add(self, **fields: Any) -> Delivery:
        """Creates a delivery with the next number; `fields` are those of Delivery."""
        self._number += 1
        delivery = Delivery(number=self._number, **fields)
        self.keep(delivery)
        return delivery

    def keep(self, delivery: Delivery) -> None:
        """Lists a delivery, and drops the oldest one beyond the limit."""
        self._deliveries.append(delivery)
        delivery.size = delivery.memory_size()
        self._limit.grow(self, delivery.size)
        if len(self._deliveries) > KEPT_DELIVERIES:
            self._limit.shrink(self.shed())

    def announce(self, delivery: Delivery) -> None:
        """Lists a delivery in the other processes that share the list, once its message was built."""

    async def announce_change(self, delivery: Delivery) -> None:
        """Lists in them how a delivery has ended that the store has no message of."""

    def change(self, delivery: Delivery, status: Status | None = None) -> ListEntry | None:  # noqa: ARG002
        """The entry that lists in them how far a delivery is. `status` stands for that of the delivery."""
        return None

    async def flush(self) -> None:
        """Returns when what was announced is in the store."""

    async def listed(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """Deliveries that were added, as they are listed."""
        return list(deliveries)

    def update_size(self, delivery: Delivery) -> None:
        """Counts a delivery again after its message or reply was set. Ignores one that is no longer kept."""
        if delivery.size:
            grown = delivery.memory_size() - delivery.size
            delivery.size += grown
            self._limit.grow(self, grown)

    def get(self, number: int | None) -> Delivery | None:
        """The delivery with that number, if it is kept."""
        return next((each for each in self if each.number == number), None)

    def shed(self) -> int:
        """See Holder."""
        if not self._deliveries:
            return 0
        delivery = self._deliveries.popleft()
        size, delivery.size = delivery.size, 0
        return size

    def clear(self) -> None:
        """Forgets all deliveries, but not the last number."""
        self._limit.release(self, sum(each.size for each in self._deliveries))
        for delivery in self._deliveries:
            delivery.size = 0
        self._deliveries.clear()

    def close(self) -> None:
        """Forgets all deliveries in this process, as the world was dropped."""
        self.clear()
