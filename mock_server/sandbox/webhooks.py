"""The webhook calls of the control plane: deliveries, replays, sample events, and inboxes for tests."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from mock_server.runtime.dates import iso
from mock_server.runtime.integers import integer_from
from mock_server.runtime.json_values import is_list, is_object
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.runtime.workers import Workers
from mock_server.sandbox.errors import Refused
from mock_server.sandbox.queries import seconds, whole_number
from mock_server.sandbox.waiting import until, wait_for_records
from mock_server.state.companion import Feed, Slot
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import World
from mock_server.webhooks.bodies import DeliveryStyle
from mock_server.webhooks.deliveries import Delivery
from mock_server.webhooks.dispatcher import Subscriber, WebhookDispatcher
from mock_server.webhooks.events import WebhookEvent
from mock_server.webhooks.model import WEBHOOKS
from mock_server.webhooks.payloads import TRIGGERS, Trigger
from mock_server.webhooks.samples import sample_payload

if TYPE_CHECKING:
    import httpx

KEPT_RECEIVED = 1000
KEPT_OF_ALL_INBOXES = 5000
"""What a store keeps of a world, for processes that start later."""
PART = "inboxes"
INBOX_LIMIT = 1000
RECEIVED_LIMIT = 1024 * 1024
KEPT_BYTES_IN_ALL = 64 * 1024 * 1024

OVERHEAD = 2000
"""Bytes of memory per received request, in addition to its content."""

DEFAULT_PORTS = {"http": 80, "https": 443}

TRIGGER_FIELDS = {"trigger", "payload", "webhookIds", "subscriberUrls", "payloadTemplate", "secret"}


class Inbox:
    """The last KEPT_RECEIVED requests to one inbox. Calls `forget` when none are left."""

    def __init__(self, forget: Callable[[], object]) -> None:
        self._forget = forget
        self._received: deque[tuple[int, int, dict[str, Any], bytes]] = deque()

    def __len__(self) -> int:
        return len(self._received)

    @property
    def size(self) -> int:
        """Roughly how many bytes it uses."""
        return sum(size for _, size, _, _ in self._received)

    @property
    def last(self) -> int:
        """The number of the newest request."""
        return self._received[-1][0] if self._received else 0

    def add(self, number: int, at: str, headers: Mapping[str, str], raw: bytes) -> int:
        """Stores a request and returns its size."""
        size = OVERHEAD + len(raw) + sum(len(name) + len(value) for name, value in headers.items())
        self._received.append((number, size, {"number": number, "at": at, "headers": dict(headers)}, raw))
        return size

    def shed(self) -> int:
        """See Holder."""
        if not self._received:
            return 0
        _, size, _, _ = self._received.popleft()
        if not self._received:
            self._forget()
        return size

    def view(self, since: int) -> list[dict[str, Any]]:
        """The requests after the number `since`, oldest first, with their bodies as text, and as JSON if possible."""
        return [
            {**head, "body": raw.decode("utf-8", "replace"), "json": _json(raw)}
            for number, _, head, raw in self._received
            if number > since
        ]


_INBOX_PATH = re.compile(rb"(?:/w/[^/?]+)?/_sandbox/webhooks/inbox/[^/?]+(?:\?.*)?", re.DOTALL)


def is_inbox(url: httpx.URL, *, port: int) -> bool:
    """Whether a URL on this machine is that of an inbox of the sandbox on `port`."""
    return (url.port or DEFAULT_PORTS[url.scheme]) == port and _INBOX_PATH.fullmatch(url.raw_path) is not None


class Received(msgspec.Struct, frozen=True, array_like=True, tag="received"):
    """A request to an inbox."""

    inbox: str
    at: str
    headers: dict[str, str]
    body: bytes


class Inboxes:
    """The non-empty inboxes of one world, by name. Requests are numbered, and no number is used again."""

    def __init__(self, shared: SharedLimit) -> None:
        self._limit = shared
        self._number = 0
        self._inboxes: dict[str, Inbox] = {}

    def __len__(self) -> int:
        return len(self._inboxes)

    def receive(self, received: Received) -> None:
        """Stores a request. Raises Refused if there are too many inboxes."""
        self.check_room(received.inbox)
        self._number += 1
        self.keep(self._number, received)

    def check_room(self, name: str) -> None:
        """Raises Refused if there is no such inbox, and no room for another."""
        if name not in self._inboxes and len(self._inboxes) >= INBOX_LIMIT:
            raise Refused(409, f"There are {INBOX_LIMIT} inboxes already; DELETE empties one.")

    def keep(self, number: int, received: Received) -> None:
        """Adds a request to its inbox, and drops the oldest one beyond the limit."""
        name = received.inbox
        inbox = self._inboxes.get(name)
        if inbox is None:
            inbox = self._inboxes[name] = Inbox(lambda: self._inboxes.pop(name, None))
        self._limit.grow(inbox, inbox.add(number, received.at, received.headers, received.body))
        if len(inbox) > KEPT_RECEIVED:
            self._limit.shrink(inbox.shed())

    def count(self, name: str) -> int:
        """The number of requests in an inbox."""
        inbox = self._inboxes.get(name)
        return 0 if inbox is None else len(inbox)

    def last(self, name: str) -> int:
        """See Inbox."""
        inbox = self._inboxes.get(name)
        return 0 if inbox is None else inbox.last

    def view(self, name: str, since: int) -> list[dict[str, Any]]:
        """See Inbox."""
        inbox = self._inboxes.get(name)
        return [] if inbox is None else inbox.view(since)

    def clear(self, name: str) -> None:
        """Empties an inbox."""
        inbox = self._inboxes.pop(name, None)
        if inbox is not None:
            self._limit.release(inbox, inbox.size)

    def reset(self) -> None:
        """See Part."""
        for name in list(self._inboxes):
            self.clear(name)

    def close(self) -> None:
        """See Part."""
        self.reset()


class _Cleared(msgspec.Struct, frozen=True, array_like=True, tag="cleared"):
    """The entry after which the earlier requests to an inbox, or to all of them, are forgotten."""

    inbox: str | None


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Received | _Cleared).decode


class SharedInboxes(Inboxes):
    """The inboxes of a world that several processes serve."""

    def __init__(self, shared: SharedLimit, feed: Feed) -> None:
        super().__init__(shared)
        self._feed = feed
        feed.follow(PART, self)

    def receive(self, received: Received) -> None:
        """See Inboxes."""
        self.check_room(received.inbox)
        self._feed.send(PART, _encode(received), KEPT_OF_ALL_INBOXES)

    def clear(self, name: str) -> None:
        """See Inboxes."""
        self._feed.send(PART, _encode(_Cleared(name)), KEPT_OF_ALL_INBOXES)

    def reset(self) -> None:
        """See Part."""
        self._feed.send(PART, _encode(_Cleared(None)), KEPT_OF_ALL_INBOXES)

    def close(self) -> None:
        """See Part."""
        self._forget(None)

    def apply(self, number: int, content: bytes) -> None:
        """See Replica."""
        entry = _decode(content)
        if isinstance(entry, Received):
            self.keep(number, entry)
        else:
            self._forget(entry.inbox)

    def _forget(self, name: str | None) -> None:
        for each in list(self._inboxes) if name is None else [name]:
            super().clear(each)


DELIVERY_PARAMETERS = ("trigger", "webhookId", "requestId", "since", "before", "wait", "limit")
INBOX_PARAMETERS = ("count", "since", "wait")


class WebhookControls:
    """The calls of the control plane that concern webhooks."""

    def __init__(self, dispatcher: WebhookDispatcher, workers: Workers) -> None:
        self._dispatcher = dispatcher
        self._workers = workers
        shared = SharedLimit(KEPT_BYTES_IN_ALL)
        self.inboxes = Slot[Inboxes](lambda: Inboxes(shared), partial(SharedInboxes, shared))

    async def list_deliveries(self, world: World, query: Mapping[str, str]) -> dict[str, Any]:
        """The matching deliveries; see wait_for_records. `?wait=` also waits until all are finished. Raises Refused."""
        outgoing = self._dispatcher.outgoing(world)

        def matches(delivery: Delivery) -> bool:
            return (
                query.get("trigger", delivery.trigger) == delivery.trigger
                and query.get("webhookId", delivery.webhook_id) == delivery.webhook_id
                and query.get("requestId", delivery.request_id) == delivery.request_id
            )

        found, last = await wait_for_records(
            lambda: reversed(list(outgoing.deliveries)),
            matches,
            query,
            self._workers,
            is_quiet=lambda: outgoing.is_finished,
            feed=world.companion.feed,
        )
        return {"deliveries": [each.view() for each in found], "last": last}

    def get_delivery(self, world: World, number: str) -> dict[str, Any]:
        """One delivery."""
        return self._delivery(world, number).view()

    async def clear_deliveries(self, world: World) -> dict[str, str]:
        """Forgets all deliveries. Waiting ones are not sent."""
        await self._dispatcher.clear(world)
        return {"status": "ok"}

    async def replay(self, world: World, number: str) -> dict[str, Any]:
        """Sends the request of a delivery again, as a new delivery."""
        earlier = self._delivery(world, number)
        if not earlier.headers:
            raise Refused(409, f"Delivery {number} was never written, so there is nothing to send again.")
        return (await self._dispatcher.replay(world, earlier)).view()

    async def trigger(self, world: World, body: dict[str, Any]) -> list[Delivery]:
        """Sends an event with the given `payload` or a sample.

        It is delivered to the webhooks in `webhookIds` and to `subscriberUrls` (with `payloadTemplate` and `secret`).
        Without either, it goes to all active webhooks in the world that subscribe to the trigger.
        """
        trigger, payload = _trigger_of(body)
        tx = world.begin()
        content = sample_payload(trigger, tx.now) if payload is None else payload
        event = WebhookEvent(created_at=iso(tx.now), payload=content, style=DeliveryStyle.of(tx))
        return await self._dispatcher.send_all(world, trigger, event, _subscribers(tx, trigger, body))

    def receive(self, world: World, name: str, headers: Mapping[str, str], raw: bytes) -> dict[str, str]:
        """Stores a request to an inbox."""
        if len(raw) > RECEIVED_LIMIT:
            raise Refused(413, f"An inbox takes at most {RECEIVED_LIMIT} bytes at once.")
        world.companion[self.inboxes].receive(Received(name, iso(world.begin().now), dict(headers), raw))
        return {"status": "ok"}

    async def read_inbox(self, world: World, name: str, query: Mapping[str, str]) -> dict[str, Any]:
        """The requests, oldest first; with `?since=`, those after that number, and the number to give next.

        `?count=` waits until there are that many in all, `?since=` until there is a later one, for at most `?wait=`
        seconds (10; with `?since=` alone 0).
        """
        count, since = whole_number(query, "count", 0), whole_number(query, "since", 0)
        inboxes = world.companion[self.inboxes]

        def is_complete() -> bool:
            return inboxes.count(name) >= count and ("since" not in query or inboxes.last(name) > since)

        longest = seconds(query, "wait", 10.0 if count else 0.0)
        await until(is_complete, longest, self._workers, world.companion.feed)
        received = {"received": inboxes.view(name, since)}
        return {**received, "last": max(since, inboxes.last(name))} if "since" in query else received

    def clear_inbox(self, world: World, name: str) -> dict[str, str]:
        """Empties an inbox."""
        world.companion[self.inboxes].clear(name)
        return {"status": "ok"}

    def _delivery(self, world: World, number: str) -> Delivery:
        delivery = self._dispatcher.outgoing(world).deliveries.get(integer_from(number))
        if delivery is None:
            raise Refused(404, f"There is no delivery {number}.")
        return delivery


def _trigger_of(body: dict[str, Any]) -> tuple[Trigger, dict[str, Any] | None]:
    unknown = set(body) - TRIGGER_FIELDS
    if unknown:
        raise Refused(400, f"A trigger takes {', '.join(sorted(TRIGGER_FIELDS))}, not {', '.join(sorted(unknown))}.")
    trigger, payload = body.get("trigger"), body.get("payload")
    if trigger not in TRIGGERS:
        raise Refused(400, f"`trigger` takes one of {', '.join(TRIGGERS)}.")
    if payload is not None and not is_object(payload):
        raise Refused(400, "`payload` takes an object.")
    return trigger, payload


def _subscribers(tx: Transaction, trigger: str, body: dict[str, Any]) -> list[Subscriber]:
    ids, urls = _texts(body, "webhookIds"), _texts(body, "subscriberUrls")
    template, secret = body.get("payloadTemplate"), body.get("secret")
    if not all(each is None or isinstance(each, str) for each in (template, secret)):
        raise Refused(400, "`payloadTemplate` and `secret` take texts.")
    if not ids and not urls:
        found = [each for each in tx[WEBHOOKS].find(active=True) if trigger in each.triggers]
    else:
        found = [each for each in map(tx[WEBHOOKS].get, ids) if each is not None]
    missing = set(ids) - {each.id for each in found}
    if missing:
        raise Refused(404, f"There is no webhook {', '.join(sorted(missing))}.")
    return [Subscriber.of(each) for each in found] + [Subscriber(url, template, secret) for url in urls]


def _texts(body: dict[str, Any], name: str) -> list[str]:
    texts = body.get(name, [])
    if not is_list(texts) or not all(isinstance(each, str) for each in texts):
        raise Refused(400, f"`{name}` takes a list of texts.")
    return texts


def _json(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None
