"""The deliveries of a world that several processes serve: each lists those of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import msgspec

from mock_server.runtime.shared_limit import SharedLimit
from mock_server.state.companion import Feed
from mock_server.state.outbound import ListEntry
from mock_server.webhooks.deliveries import KEPT_DELIVERIES, Deliveries, Delivery, DeliveryReply, Status

PART = "deliveries"
KEPT_CHANGES = 5 * KEPT_DELIVERIES
"""The changes that a store keeps, for processes that start later."""


class _Progress(msgspec.Struct, frozen=True, array_like=True):
    """The part of a delivery that changes."""

    status: Status
    reason: str | None
    address: str | None
    attempts: int
    duration: float | None
    reply: DeliveryReply | None


class _Listed(msgspec.Struct, frozen=True, array_like=True, tag="listed"):
    """A new delivery."""

    key: str
    at: str
    trigger: str
    url: str
    webhook_id: str | None
    request_id: str | None
    replay_of: int | None
    headers: dict[str, str]
    body: bytes
    progress: _Progress


class _Changed(msgspec.Struct, frozen=True, array_like=True, tag="changed"):
    """The progress of a delivery, with its message if that was rendered only when it was sent."""

    key: str
    progress: _Progress
    message: tuple[dict[str, str], bytes] | None


class _Cleared(msgspec.Struct, frozen=True, array_like=True, tag="cleared"):
    """The entry after which the earlier deliveries are forgotten."""


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Listed | _Changed | _Cleared).decode


class SharedDeliveries(Deliveries):
    """See Deliveries. A delivery has its number, and is listed, once the store has given it one.

    The process that sends a delivery lists a copy of it, which shows what the store has, as in all other processes.
    """

    def __init__(self, shared: SharedLimit, feed: Feed) -> None:
        super().__init__(shared)
        self._feed = feed
        self._by_key: dict[str, Delivery] = {}
        feed.follow(PART, self)

    def add(self, **fields: Any) -> Delivery:
        """See Deliveries. The delivery is listed by `announce`."""
        delivery = Delivery(number=0, **fields)
        if not delivery.key:
            delivery.key = f"~{uuid4().hex}"
        return delivery

    def announce(self, delivery: Delivery) -> None:
        """See Deliveries. A delivery that is listed already, as another process did before it died, is not repeated."""
        listed = _Listed(
            key=delivery.key,
            at=delivery.at,
            trigger=delivery.trigger,
            url=delivery.url,
            webhook_id=delivery.webhook_id,
            request_id=delivery.request_id,
            replay_of=delivery.replay_of,
            headers=delivery.headers,
            body=delivery.body,
            progress=_progress(delivery),
        )
        self._send(listed)

    async def announce_change(self, delivery: Delivery) -> None:
        """See Deliveries."""
        self._send(_changed(delivery))
        await self._feed.flush()

    def change(self, delivery: Delivery, status: Status | None = None) -> ListEntry:
        """See Deliveries."""
        return ListEntry(PART, KEPT_CHANGES, _encode(_changed(delivery, status)))

    async def flush(self) -> None:
        """See Deliveries."""
        await self._feed.flush()

    async def listed(self, deliveries: Sequence[Delivery]) -> list[Delivery]:
        """See Deliveries."""
        await self._feed.pull()
        return [self._by_key.get(each.key, each) for each in deliveries]

    def shed(self) -> int:
        """See Holder."""
        if self._deliveries:
            del self._by_key[self._deliveries[0].key]
        return super().shed()

    def clear(self) -> None:
        """See Deliveries."""
        self._send(_Cleared())

    def close(self) -> None:
        """See Deliveries."""
        super().clear()
        self._by_key.clear()

    def apply(self, number: int, content: bytes) -> None:
        """See Replica."""
        entry = _decode(content)
        if isinstance(entry, _Cleared):
            self.close()
        elif isinstance(entry, _Changed):
            self._change(entry)
        elif entry.key not in self._by_key:
            fields: dict[str, Any] = msgspec.structs.asdict(entry)
            del fields["key"], fields["progress"]
            delivery = Delivery(number=number, **fields)
            delivery.key = entry.key
            _make_progress(delivery, entry.progress)
            self._by_key[entry.key] = delivery
            self.keep(delivery)

    def _change(self, entry: _Changed) -> None:
        delivery = self._by_key.get(entry.key)
        if delivery is None or delivery.is_finished:
            return
        if entry.message is not None:
            delivery.headers, delivery.body = entry.message
        _make_progress(delivery, entry.progress)
        self.update_size(delivery)

    def _send(self, entry: _Listed | _Changed | _Cleared) -> None:
        self._feed.send(PART, _encode(entry), KEPT_CHANGES)


def _changed(delivery: Delivery, status: Status | None = None) -> _Changed:
    message = (delivery.headers, delivery.body) if delivery.is_postponed and delivery.headers else None
    return _Changed(delivery.key, _progress(delivery, status), message)


def _progress(delivery: Delivery, status: Status | None = None) -> _Progress:
    return _Progress(
        status or delivery.status,
        delivery.reason,
        delivery.address,
        delivery.attempts,
        delivery.duration,
        delivery.reply,
    )


def _make_progress(delivery: Delivery, progress: _Progress) -> None:
    delivery.status, delivery.reason = progress.status, progress.reason
    delivery.address, delivery.attempts = progress.address, progress.attempts
    delivery.duration, delivery.reply = progress.duration, progress.reply
