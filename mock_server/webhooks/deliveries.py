"""What was sent to subscribers, or was to be sent, and what came of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Literal

from mock_server.runtime.delivery_mark import MARK
from mock_server.webhooks.bodies import Message
from mock_server.webhooks.signature import HEADER, sign

KEPT_DELIVERIES = 1000

Status = Literal["waiting", "sending", "delivered", "failed", "refused", "dropped"]

COMMON_HEADERS = {"accept": "*/*", "user-agent": "node"}


class Delivery:
    """One event for one subscriber. It is delivered when any answer came, whatever its status."""

    __slots__ = (
        "address",
        "at",
        "attempts",
        "body",
        "duration",
        "headers",
        "number",
        "reason",
        "replay_of",
        "reply",
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
        self.replay_of = replay_of
        self.status: Status = "waiting"
        self.reason: str | None = None
        self.address: str | None = None
        self.attempts = 0
        self.duration: float | None = None
        self.reply: tuple[int, dict[str, str], bytes] | None = None

    @property
    def is_settled(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status not in ("waiting", "sending")

    def settle(self, status: Status, reason: str | None = None) -> None:
        """Notes what came of it."""
        self.status = status
        self.reason = reason

    def shown(self) -> dict[str, Any]:
        """The delivery as the control plane shows it; bodies as texts."""
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
                "status": self.reply[0],
                "headers": self.reply[1],
                "body": self.reply[2].decode("utf-8", "replace"),
            },
        }


def signed_headers(message: Message, secret: str | None, rounds: int) -> dict[str, str]:
    """The headers that a delivery of `message` has, of an event that `rounds` deliveries led to."""
    signature = sign(message.body, secret)
    return {"Content-Type": message.content_type, HEADER: signature, MARK: str(rounds + 1), **COMMON_HEADERS}


class Deliveries:
    """The last KEPT_DELIVERIES of every world. Numbers are not used twice, not even after a reset."""

    def __init__(self) -> None:
        self._kept: dict[str, deque[Delivery]] = {}
        self._numbers: dict[str, int] = {}

    def add(self, world: str, **fields: Any) -> Delivery:
        """A new delivery under the next number."""
        number = self._numbers[world] = self._numbers.get(world, 0) + 1
        delivery = Delivery(world=world, number=number, **fields)
        self._kept.setdefault(world, deque(maxlen=KEPT_DELIVERIES)).append(delivery)
        return delivery

    def of(self, world: str) -> list[Delivery]:
        """The deliveries of a world, oldest first."""
        return list(self._kept.get(world, ()))

    def get(self, world: str, number: int) -> Delivery | None:
        """One delivery."""
        return next((each for each in self.of(world) if each.number == number), None)

    def clear(self, world: str) -> None:
        """Forgets the deliveries of a world."""
        self._kept.pop(world, None)
