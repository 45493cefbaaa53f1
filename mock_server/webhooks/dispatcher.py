"""Posts the events of each commit to their subscribers, in the background and in order.

Each subscriber URL has its own lane: its deliveries go out one at a time, independently of other lanes. A lane holds at
most LANE_LIMIT deliveries, all lanes together QUEUE_LIMIT deliveries and QUEUE_BYTES of bodies; beyond that, new
deliveries are dropped. There are no retries, redirects are not followed, and a subscriber never delays or fails a
request.

Source: Cal.com API v2, webhooks: delivery.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from itertools import zip_longest
from typing import TYPE_CHECKING

import msgspec

from mock_server.runtime.delivery_mark import ROUNDS
from mock_server.runtime.shared_limit import SharedLimit
from mock_server.runtime.workers import Workers
from mock_server.state.companion import Slot
from mock_server.state.outbound import OutboundMessage, Transmission
from mock_server.state.transaction import Event, Transaction
from mock_server.state.work import Budget, TooMuchWork, WorkStopped, within
from mock_server.state.worlds import World
from mock_server.webhooks.bodies import build_message
from mock_server.webhooks.deliveries import KEPT_BYTES_IN_ALL, Deliveries, Delivery, DeliveryReply
from mock_server.webhooks.events import WebhookEvent
from mock_server.webhooks.hosts import AllowedHosts, HostNotAllowed, HostNotResolved
from mock_server.webhooks.model import PAYLOAD_VERSION, WEBHOOKS, Webhook
from mock_server.webhooks.outgoing import Lane, OutgoingDeliveries
from mock_server.webhooks.payloads import TRIGGERS
from mock_server.webhooks.shared_deliveries import SharedDeliveries
from mock_server.webhooks.subscribers import subscribers
from mock_server.webhooks.templates import TemplateError

if TYPE_CHECKING:
    import httpx

SENDER = "webhooks"
"""The name under which a store that processes share keeps deliveries until they are sent."""
LANE_LIMIT = 1000
QUEUE_LIMIT = 10_000
QUEUE_BYTES = 64 * 1024 * 1024
CONCURRENT_DELIVERIES = 100
REPLY_TIMEOUT = 30.0
SHUTDOWN_GRACE = 3.0
KEPT_REPLY_BYTES = 10_000
LOOP_WORK, TEMPLATE_WORK = 2_000, 200_000
"""Budgets for rendering a template on the event loop and in a worker. The live service has no limit, and crashes."""
TOO_LONG = "It writes too much: its blocks repeat too often, or it is too long"
STOPPED = "The sandbox stopped."
LOST = "The process that sent it died before there was a reply."
GONE = "The world was reset before it was sent, or another process sends it."
FIRST_WAIT, LONGEST_WAIT = 0.02, 0.5
"""Seconds between checks whether another process has sent its earlier deliveries to the same subscriber."""
STORED_AT_ONCE = 100
"""Deliveries of a trigger that are stored in one step, where processes share a store."""
PENDING_EVENT_LIMIT = 10_000
TIME_SLICE = 0.005
"""Seconds spent on queueing deliveries before the event loop runs other tasks."""
HIGHEST_PORT = 65_535

_logger = logging.getLogger(__name__)

IsInbox = Callable[["httpx.URL"], bool]


class Subscriber(msgspec.Struct, frozen=True):
    """A URL that events are delivered to, with the template and the secret for its messages."""

    url: str
    template: str | None = None
    secret: str | None = None
    webhook_id: str | None = None
    version: str = PAYLOAD_VERSION

    @classmethod
    def of(cls, webhook: Webhook, url: str | None = None) -> Subscriber:
        """The subscriber that a webhook describes; `url` overrides the webhook's URL."""
        return cls(url or webhook.subscriber_url, webhook.payload_template, webhook.secret, webhook.id, webhook.version)


class _Packed(msgspec.Struct, frozen=True, tag="event"):
    """A delivery of an event, for a store that processes share."""

    trigger: str
    event: WebhookEvent
    to: Subscriber
    request_id: str | None = None

    def outbound(self) -> OutboundMessage:
        return OutboundMessage(self.to.url, _encode(self))


class _PackedReplay(msgspec.Struct, frozen=True, tag="replay"):
    """A delivery that repeats an earlier one, for a store that processes share."""

    at: str
    trigger: str
    url: str
    webhook_id: str | None
    headers: dict[str, str]
    body: bytes
    replay_of: int

    def outbound(self) -> OutboundMessage:
        return OutboundMessage(self.url, _encode(self))


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(_Packed | _PackedReplay).decode


class WebhookDispatcher:
    """Sends deliveries.

    `reply_timeout` is how many seconds a subscriber has to reply, `grace` how many seconds a shutdown waits for
    deliveries in progress. `is_inbox` returns whether a URL on this machine is that of a sandbox inbox.
    """

    def __init__(
        self,
        allowed: AllowedHosts,
        *,
        workers: Workers | None = None,
        is_inbox: IsInbox = lambda _: False,
        reply_timeout: float = REPLY_TIMEOUT,
        grace: float = SHUTDOWN_GRACE,
    ) -> None:
        shared = SharedLimit(KEPT_BYTES_IN_ALL)
        self.slot = Slot[OutgoingDeliveries](
            lambda: OutgoingDeliveries(Deliveries(shared), self._discard),
            lambda feed: OutgoingDeliveries(SharedDeliveries(shared, feed), self._discard),
        )
        self._allowed = allowed
        self._workers = workers or Workers()
        self._is_inbox = is_inbox
        self._reply_timeout = reply_timeout
        self._grace = grace
        self._busy_lanes: dict[Lane, None] = {}
        """The lanes of all worlds with a delivery that is waiting or in progress."""
        self._waiting = 0
        self._waiting_bytes = 0
        self._client: httpx.AsyncClient | None = None
        self._client_lock = asyncio.Lock()
        self._concurrency = asyncio.Semaphore(CONCURRENT_DELIVERIES)
        self._turn = asyncio.Lock()
        self._is_running = False
        self._pending: deque[OutgoingDeliveries] = deque()
        """The worlds with pending events, once for each event."""
        self._pending_task: asyncio.Task[None] | None = None
        self._finishing: set[asyncio.Task[None]] = set()

    def outgoing(self, world: World) -> OutgoingDeliveries:
        """The deliveries of a world. Raises WorldGone."""
        return world.companion[self.slot]

    def handle_events(self, world: World, events: list[Event]) -> None:
        """Queues deliveries for the events of a commit. Errors are logged and never reach the request.

        With very many events or subscribers, most of the work is done after the request.
        """
        triggered = [each for each in events if each.name in TRIGGERS]
        if len(self._pending) + len(triggered) > PENDING_EVENT_LIMIT:
            _logger.warning(
                "%d events of world %s are not delivered: too many are already pending", len(triggered), world.name
            )
            return
        if triggered:
            tx, outgoing = world.begin(), self.outgoing(world)
            outgoing.pending += [self._deliveries_of(tx, outgoing, each) for each in triggered]
            self._pending += [outgoing] * len(triggered)
        self._queue_pending()
        if self._pending and self._is_running and self._pending_task is None:
            self._start_pending_task()

    def pack(self, tx: Transaction, events: list[Event]) -> list[OutboundMessage]:
        """See Sender: a message for each subscriber of each event."""
        return [
            _Packed(each.name, each.payload["event"], to, each.request_id).outbound()
            for each in events
            if each.name in TRIGGERS
            for to in _subscribers_of(tx, each)
        ]

    def enqueue(self, world: World, content: bytes, transmission: Transmission) -> None:
        """See Sender."""
        self._enqueue(self.outgoing(world), _decode(content), transmission)

    def _enqueue(
        self, outgoing: OutgoingDeliveries, packed: _Packed | _PackedReplay, transmission: Transmission | None
    ) -> Delivery:
        delivery = _added(outgoing, packed, transmission)
        if isinstance(packed, _Packed):
            self._prepare(outgoing, delivery, packed.event, packed.to)
        else:
            self._queue(outgoing, delivery)
        outgoing.deliveries.announce(delivery)
        if delivery.is_finished and transmission is not None:
            self._finish_in_background(transmission)
        return delivery

    async def record_loss(self, world: World, content: bytes, transmission: Transmission) -> None:
        """See Sender."""
        outgoing = self.outgoing(world)
        delivery = _added(outgoing, _decode(content), transmission)
        delivery.finish("failed", LOST)
        outgoing.deliveries.announce(delivery)
        await outgoing.deliveries.flush()
        await transmission.finish(outgoing.deliveries.change(delivery))

    def _queue_pending(self) -> None:
        """Queues deliveries of pending events for TIME_SLICE seconds."""
        end = time.perf_counter() + TIME_SLICE
        while self._pending and time.perf_counter() < end:
            self._queue_next()

    def _queue_next(self) -> None:
        outgoing = self._pending[0]
        try:
            is_done = next(outgoing.pending[0], None) is None
        except Exception:
            _logger.exception("The deliveries of an event could not be queued")
            is_done = True
        if is_done:
            self._pending.popleft()
            outgoing.pending.popleft()

    async def _queue_all_pending(self) -> None:
        while self._pending:
            await asyncio.sleep(0)
            self._queue_pending()
        self._pending_task = None

    def _start_pending_task(self) -> None:
        loop = _running_loop()
        if loop is not None:
            self._pending_task = loop.create_task(self._queue_all_pending())
            return
        while self._pending:
            self._queue_next()

    def _deliveries_of(self, tx: Transaction, outgoing: OutgoingDeliveries, committed: Event) -> Iterator[Delivery]:
        event: WebhookEvent = committed.payload["event"]
        for to in _subscribers_of(tx, committed):
            yield self.send(outgoing, committed.name, event, to, request_id=committed.request_id)

    def send(
        self,
        outgoing: OutgoingDeliveries,
        trigger: str,
        event: WebhookEvent,
        to: Subscriber,
        *,
        request_id: str | None = None,
    ) -> Delivery:
        """Queues an event for one subscriber. With an invalid template nothing is sent, as upstream."""
        return self._enqueue(outgoing, _Packed(trigger, event, to, request_id), None)

    def _prepare(self, outgoing: OutgoingDeliveries, delivery: Delivery, event: WebhookEvent, to: Subscriber) -> None:
        """Builds the message of a delivery and queues it, or finishes the delivery at once."""
        if event.rounds >= ROUNDS:
            delivery.finish("dropped", f"A chain of {ROUNDS} deliveries led to this event; longer chains are cut off.")
            return
        delivery.secret, delivery.rounds = to.secret, event.rounds
        delivery.version = to.version if event.style.names_version else None
        draft = partial(
            build_message, to.template, delivery.trigger, event.created_at, event.payload_in(to.version), event.style
        )
        try:
            with within(Budget(LOOP_WORK)):
                delivery.set_message(draft())
        except TooMuchWork:
            delivery.draft, delivery.is_postponed = draft, True
        except TemplateError as error:
            delivery.finish("failed", _template_failure(error))
            return
        outgoing.deliveries.update_size(delivery)
        self._queue(outgoing, delivery)

    def _finish_in_background(self, transmission: Transmission) -> None:
        task = asyncio.get_running_loop().create_task(transmission.finish())
        self._finishing.add(task)
        task.add_done_callback(self._finishing.discard)

    async def send_all(
        self, world: World, trigger: str, event: WebhookEvent, to: Sequence[Subscriber]
    ) -> list[Delivery]:
        """Queues an event for many subscribers, in slices of TIME_SLICE seconds. Raises WorldGone, StoreUnavailable."""
        deliveries: list[Delivery] = []
        end = time.perf_counter() + TIME_SLICE
        for first in range(0, len(to), STORED_AT_ONCE):
            packed = [_Packed(trigger, event, each) for each in to[first : first + STORED_AT_ONCE]]
            for each, transmission in zip_longest(packed, await self._stored(world, packed)):
                if time.perf_counter() >= end:
                    await asyncio.sleep(0)
                    await self.outgoing(world).deliveries.flush()
                    end = time.perf_counter() + TIME_SLICE
                deliveries.append(self._enqueue(self.outgoing(world), each, transmission))
        return await self.outgoing(world).deliveries.listed(deliveries)

    async def replay(self, world: World, earlier: Delivery) -> Delivery:
        """Queues the same request again, as a new delivery. Raises WorldGone, StoreUnavailable."""
        packed = _PackedReplay(
            earlier.at,
            earlier.trigger,
            earlier.url,
            earlier.webhook_id,
            earlier.headers,
            earlier.body,
            earlier.number,
        )
        transmission = next(iter(await self._stored(world, [packed])), None)
        again = self._enqueue(self.outgoing(world), packed, transmission)
        [listed] = await self.outgoing(world).deliveries.listed([again])
        return listed

    async def _stored(self, world: World, packed: Sequence[_Packed | _PackedReplay]) -> Sequence[Transmission]:
        """Stores deliveries that no commit sends, as many as can wait, if processes share a store."""
        return await world.store_messages(SENDER, self._that_can_wait(packed))

    def _that_can_wait(self, packed: Sequence[_Packed | _PackedReplay]) -> Iterator[OutboundMessage]:
        room = QUEUE_BYTES - self._waiting_bytes
        for each in packed[: max(QUEUE_LIMIT - self._waiting, 0)]:
            message = each.outbound()
            room -= len(message.content)
            if room < 0:
                return
            yield message

    async def clear(self, world: World) -> None:
        """Forgets all deliveries of a world. Waiting ones are not sent. Raises WorldGone, StoreUnavailable."""
        await world.cancel_messages()
        self.outgoing(world).reset()

    def _discard(self, outgoing: OutgoingDeliveries) -> None:
        """Removes the waiting deliveries and pending events of a world. Deliveries in progress are completed."""
        for lane in list(outgoing.lanes.values()):
            while lane.waiting:
                self._pop(lane)
            if lane.task is None:
                self._remove_lane(lane)
        if outgoing.pending:
            self._pending = deque(each for each in self._pending if each is not outgoing)
            outgoing.pending.clear()

    async def run(self) -> AsyncIterator[None]:
        """Background task of the application: sends until shutdown, then for at most `grace` more seconds."""
        self._is_running = True
        self._start_pending_task()
        for lane in self._busy_lanes:
            self._start_lane(lane)
        yield
        self._is_running = False
        await self._stop()

    async def _stop(self) -> None:
        if self._pending_task is not None:
            self._pending_task.cancel()
        tasks = [lane.task for lane in self._busy_lanes if lane.task is not None] + [*self._finishing]
        if tasks:
            await asyncio.wait(tasks, timeout=self._grace)
        for task in tasks:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for delivery in [each for lane in self._busy_lanes for each in lane.waiting]:
            delivery.finish("dropped", STOPPED)
        if self._client is not None:
            await self._client.aclose()

    def _queue(self, outgoing: OutgoingDeliveries, delivery: Delivery) -> None:
        lane = outgoing.lanes.get(delivery.url) or Lane(outgoing, delivery.url)
        if len(lane.waiting) >= LANE_LIMIT:
            delivery.finish("dropped", f"{LANE_LIMIT} deliveries to this subscriber are already waiting.")
        elif self._waiting >= QUEUE_LIMIT:
            delivery.finish("dropped", f"{QUEUE_LIMIT} deliveries are already waiting.")
        elif self._waiting_bytes + len(delivery.body) > QUEUE_BYTES:
            delivery.finish("dropped", f"Deliveries of {self._waiting_bytes} bytes are already waiting.")
        else:
            outgoing.lanes[delivery.url] = lane
            self._busy_lanes[lane] = None
            self._push(lane, delivery)
            if self._is_running and lane.task is None:
                self._start_lane(lane)

    def _push(self, lane: Lane, delivery: Delivery) -> None:
        lane.append(delivery)
        self._waiting += 1
        self._waiting_bytes += len(delivery.body)

    def _pop(self, lane: Lane) -> Delivery:
        """Takes the next delivery out of a lane."""
        delivery = lane.waiting.popleft()
        self._waiting -= 1
        self._waiting_bytes -= len(delivery.body)
        return delivery

    def _start_lane(self, lane: Lane) -> None:
        """Starts sending; without an event loop, the next delivery of the lane does."""
        loop = _running_loop()
        if loop is not None:
            lane.task = loop.create_task(self._drain_lane(lane))

    def _remove_lane(self, lane: Lane) -> None:
        del lane.outgoing.lanes[lane.url]
        del self._busy_lanes[lane]

    async def _drain_lane(self, lane: Lane) -> None:
        """Sends the deliveries of a lane one at a time, until it is empty."""
        pause = FIRST_WAIT
        try:
            while lane.waiting:
                async with self._concurrency:
                    if not lane.waiting:  # The world was reset in the meantime.
                        break
                    has_to_wait = not await self._deliver_once(lane, self._pop(lane))
                if has_to_wait:
                    await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_WAIT) if has_to_wait else FIRST_WAIT
        finally:
            lane.task = None
            if not lane.waiting:
                self._remove_lane(lane)

    async def _deliver_once(self, lane: Lane, delivery: Delivery) -> bool:
        """Sends a delivery, unless another process does or it is not to be sent any more.

        False if another process has to send an earlier one first; then the delivery is back in its lane.
        """
        outgoing, transmission = lane.outgoing, delivery.transmission
        if transmission is None:
            await self._deliver(outgoing, delivery)
            await outgoing.deliveries.announce_change(delivery)
            return True
        await outgoing.deliveries.flush()
        start = await transmission.start(outgoing.deliveries.change(delivery, "sending"))
        if start == "wait":
            self._push(lane, delivery)
            return False
        if start == "first":
            await self._deliver(outgoing, delivery)
            await transmission.finish(outgoing.deliveries.change(delivery))
        else:
            delivery.finish("dropped", GONE)
        return True

    async def _deliver(self, outgoing: OutgoingDeliveries, delivery: Delivery) -> None:
        """Sends a delivery and records the outcome."""
        started = time.perf_counter()
        delivery.status = "sending"
        try:
            await self._render(delivery)
            async with asyncio.timeout(self._reply_timeout):
                await self._post(delivery)
            delivery.finish("delivered")
        except (TemplateError, TooMuchWork) as error:
            delivery.finish("failed", _template_failure(error))
        except WorkStopped:
            delivery.finish("dropped", STOPPED)
        except HostNotAllowed as refusal:
            delivery.finish("refused", str(refusal))
        except (HostNotResolved, InvalidSubscriberUrl) as error:
            delivery.finish("failed", str(error))
        except TimeoutError:
            delivery.finish("failed", f"There was no reply within {self._reply_timeout:g} seconds.")
        except asyncio.CancelledError:
            delivery.finish("dropped", "The sandbox stopped before there was a reply.")
            raise
        except Exception as error:
            delivery.finish("failed", f"{type(error).__name__}: {error}")
        finally:
            delivery.duration = time.perf_counter() - started
            outgoing.deliveries.update_size(delivery)

    async def _render(self, delivery: Delivery) -> None:
        """Renders an expensive template, which `send` has postponed, in a worker."""
        if delivery.draft is not None:
            rendered = await self._workers.run(delivery.draft, limit=TEMPLATE_WORK)
            delivery.set_message(rendered)
            delivery.draft = None

    async def _post(self, delivery: Delivery) -> None:
        """Posts to the first address of the URL's host that accepts a connection."""
        import httpx

        url = _parsed_url(httpx.URL, delivery.url)
        client = await self._http_client()
        addresses = await self._allowed.addresses(url.host, to_this_machine=self._is_inbox(url))
        for index, address in enumerate(addresses):
            delivery.address = address
            delivery.attempts = 1
            try:
                await self._post_to(client, delivery, url, address)
            except httpx.ConnectError:
                if index + 1 == len(addresses):
                    raise
            else:
                return

    async def _post_to(self, client: httpx.AsyncClient, delivery: Delivery, url: httpx.URL, address: str) -> None:
        """Posts to an address that was checked, with the URL's own host name in `Host` and SNI."""
        async with self._turn:
            await asyncio.sleep(0)  # A request costs a millisecond or two: only one begins in each tick of the loop.
        headers = {"host": url.netloc.decode("ascii"), **delivery.headers}
        async with client.stream(
            "POST",
            url.copy_with(host=address),
            content=delivery.body,
            headers=headers,
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        ) as reply:
            kept = b""
            async for part in reply.aiter_raw():
                kept += part
                if len(kept) >= KEPT_REPLY_BYTES:
                    break
            body = _decompressed(kept[:KEPT_REPLY_BYTES], reply.headers.get("content-encoding", ""))
            delivery.reply = DeliveryReply(reply.status_code, dict(reply.headers), body)

    async def _http_client(self) -> httpx.AsyncClient:
        """The client, created on first use and off the event loop, since it loads certificates."""
        async with self._client_lock:
            if self._client is None:
                self._client = await asyncio.to_thread(_new_client)
            return self._client


def _added(
    outgoing: OutgoingDeliveries, packed: _Packed | _PackedReplay, transmission: Transmission | None
) -> Delivery:
    if isinstance(packed, _PackedReplay):
        return outgoing.deliveries.add(**msgspec.structs.asdict(packed), transmission=transmission)
    return outgoing.deliveries.add(
        at=packed.event.created_at,
        trigger=packed.trigger,
        url=packed.to.url,
        webhook_id=packed.to.webhook_id,
        request_id=packed.request_id,
        transmission=transmission,
    )


def _subscribers_of(tx: Transaction, committed: Event) -> list[Subscriber]:
    """The subscribers of an event."""
    event: WebhookEvent = committed.payload["event"]
    if event.audience is not None:
        webhooks = subscribers(tx, committed.name, event.audience)
    else:
        webhook = tx[WEBHOOKS].get(event.webhook_id)
        webhooks = [] if webhook is None else [webhook]
    return [Subscriber.of(webhook, event.subscriber_url) for webhook in webhooks]


class InvalidSubscriberUrl(Exception):
    """A webhook's subscriber URL cannot be called."""


def _template_failure(error: TemplateError | TooMuchWork) -> str:
    reason = TOO_LONG if isinstance(error, TooMuchWork) else error
    return f"The payload template cannot be used: {reason}."


def _decompressed(body: bytes, encoding: str) -> bytes:
    """At most KEPT_REPLY_BYTES of a reply's decompressed body, or `body` itself where it cannot be decompressed."""
    if encoding.strip().lower() not in ("gzip", "deflate"):
        return body
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, KEPT_REPLY_BYTES)
    except zlib.error:
        return body


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """The caller's event loop; None in a thread without one, as where a test of this process moves the clock."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _new_client() -> httpx.AsyncClient:
    import httpx

    from mock_server.runtime.cookies import no_cookies

    client = httpx.AsyncClient(
        timeout=None,
        trust_env=False,
        follow_redirects=False,
        cookies=no_cookies(),
        limits=httpx.Limits(max_connections=CONCURRENT_DELIVERIES, max_keepalive_connections=0),
    )
    client.headers.clear()
    return client


def _parsed_url(parse: type[httpx.URL], text: str) -> httpx.URL:
    """The subscriber URL. Raises InvalidSubscriberUrl where it cannot be called."""
    try:
        url = parse(text)
    except Exception as error:
        raise InvalidSubscriberUrl(f"The subscriber URL cannot be read: {error}.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidSubscriberUrl("The subscriber URL is not an http or https URL.")
    if url.port is not None and not 0 < url.port <= HIGHEST_PORT:
        raise InvalidSubscriberUrl(f"The subscriber URL has an invalid port: {url.port}.")
    if url.userinfo:
        raise InvalidSubscriberUrl("The subscriber URL contains credentials.")
    return url
