"""Takes the events of each commit and posts them to their subscribers, in the background and in order.

Every subscriber URL has a lane of its own: its deliveries go out one after another, and wait for nobody else's. A lane
holds at most LANE_LIMIT, all lanes together QUEUE_LIMIT and bodies of QUEUE_BYTES; what comes when there is no room is
dropped, and what was there before stays. Nothing is tried twice, redirects are not followed, and nothing that a
subscriber does reaches a request.

Source: Cal.com API v2, webhooks: delivery.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
import zlib
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from mock_server.runtime.delivery_mark import ROUNDS
from mock_server.runtime.workers import Workers
from mock_server.state.transaction import Event, Transaction
from mock_server.state.work import Budget, TooMuchWork, WorkStopped, within
from mock_server.state.worlds import World
from mock_server.webhooks.bodies import build_message
from mock_server.webhooks.deliveries import Deliveries, Delivery
from mock_server.webhooks.events import TRIGGERS, WebhookEvent
from mock_server.webhooks.hosts import AllowedHosts, HostNotAllowed, HostNotResolved
from mock_server.webhooks.model import WEBHOOKS, Webhook
from mock_server.webhooks.subscribers import subscribers
from mock_server.webhooks.templates import TemplateError

if TYPE_CHECKING:
    import httpx

LANE_LIMIT = 1000
QUEUE_LIMIT = 10_000
QUEUE_BYTES = 64 * 1024 * 1024
AT_ONCE = 100
PATIENCE = 30.0
GRACE = 3.0
KEPT_REPLY = 10_000
LOOP_WORK, TEMPLATE_WORK = 2_000, 200_000
"""What rendering a template may cost on the event loop, and at all. The live service has no limit, and goes down."""
TOO_LONG = "It writes too much: its blocks repeat too often, or it is too long"
UNTOLD_LIMIT = 10_000
SLICE = 0.005
"""Seconds for which events are told to their subscribers before other work has its turn."""
HIGHEST_PORT = 65_535

_logger = logging.getLogger(__name__)

Lane = tuple[str, str]
IsInbox = Callable[["httpx.URL"], bool]


class Subscriber(msgspec.Struct, frozen=True):
    """Where an event goes, and how it is written and signed there."""

    url: str
    template: str | None = None
    secret: str | None = None
    webhook_id: str | None = None

    @classmethod
    def of(cls, webhook: Webhook, url: str | None = None) -> Subscriber:
        """A webhook as it is now, at another URL if one is given."""
        return cls(url or webhook.subscriber_url, webhook.payload_template, webhook.secret, webhook.id)


class WebhookDispatcher:
    """Sends deliveries. `patience` is how many seconds a subscriber has to answer, `grace` how long a stop waits.

    `is_inbox` says of a URL whether it is that of an inbox, if it leads to this machine.
    """

    def __init__(
        self,
        allowed: AllowedHosts,
        deliveries: Deliveries,
        *,
        workers: Workers | None = None,
        is_inbox: IsInbox = lambda _: False,
        patience: float = PATIENCE,
        grace: float = GRACE,
    ) -> None:
        self.deliveries = deliveries
        self._allowed = allowed
        self._workers = workers or Workers()
        self._is_inbox = is_inbox
        self._patience = patience
        self._grace = grace
        self._lanes: dict[Lane, deque[Delivery]] = {}
        self._waiting = 0
        self._waiting_bytes = 0
        self._tasks: dict[Lane, asyncio.Task[None]] = {}
        self._client: httpx.AsyncClient | None = None
        self._client_lock = asyncio.Lock()
        self._room = asyncio.Semaphore(AT_ONCE)
        self._is_running = False
        self._untold: deque[tuple[str, Iterator[Delivery]]] = deque()
        self._teller: asyncio.Task[None] | None = None

    def take(self, world: World, events: list[Event]) -> None:
        """Queues what a commit told. A defect here is logged; the request that made the commit does not feel it.

        Where there are very many events or subscribers, most of it is done after the request.
        """
        tx = world.begin()
        told = [each for each in events if each.name in TRIGGERS]
        if len(self._untold) + len(told) > UNTOLD_LIMIT:
            _logger.warning("%d events of world %s are not told: too many wait already", len(told), world.name)
            return
        self._untold += [(world.name, self._sent(tx, world.name, each.name, each.payload["event"])) for each in told]
        self._tell()
        if self._untold and self._is_running and self._teller is None:
            self._teller = asyncio.get_running_loop().create_task(self._tell_all())

    def has_pending_events(self, world: str) -> bool:
        """Whether deliveries of past events are still to be queued."""
        return any(name == world for name, _ in self._untold)

    def _tell(self) -> None:
        end = time.perf_counter() + SLICE
        while self._untold and time.perf_counter() < end:
            world, sent = self._untold[0]
            try:
                is_done = next(sent, None) is None
            except Exception:
                _logger.exception("An event of world %s could not be told", world)
                is_done = True
            if is_done:
                self._untold.popleft()

    async def _tell_all(self) -> None:
        while self._untold:
            await asyncio.sleep(0)
            self._tell()
        self._teller = None

    def _sent(self, tx: Transaction, world: str, trigger: str, event: WebhookEvent) -> Iterator[Delivery]:
        if event.audience is not None:
            found = subscribers(tx, trigger, event.audience)
        else:
            webhook = tx[WEBHOOKS].get(event.webhook_id)
            found = [] if webhook is None else [webhook]
        for webhook in found:
            yield self.send(world, trigger, event, Subscriber.of(webhook, event.subscriber_url))

    def send(self, world: str, trigger: str, event: WebhookEvent, to: Subscriber) -> Delivery:
        """Queues an event for one subscriber. Where the template is wrong nothing is sent, as upstream."""
        delivery = self.deliveries.add(
            world, at=event.created_at, trigger=trigger, url=to.url, webhook_id=to.webhook_id
        )
        if event.rounds >= ROUNDS:
            delivery.settle("dropped", f"It is the last of {ROUNDS} deliveries that led to one another.")
            return delivery
        draft = partial(build_message, to.template, trigger, event.created_at, event.payload)
        try:
            with within(Budget(LOOP_WORK)):
                delivery.write(draft(), to.secret, event.rounds)
        except TooMuchWork:
            delivery.draft, delivery.secret, delivery.rounds = draft, to.secret, event.rounds
        except TemplateError as error:
            delivery.settle("failed", f"The payload template cannot be used: {error}.")
            return delivery
        self.deliveries.measure(delivery)
        self._queue(delivery)
        return delivery

    def replay(self, earlier: Delivery) -> Delivery:
        """Queues the same request once more."""
        again = self.deliveries.add(
            earlier.world,
            at=earlier.at,
            trigger=earlier.trigger,
            url=earlier.url,
            webhook_id=earlier.webhook_id,
            headers=earlier.headers,
            body=earlier.body,
            replay_of=earlier.number,
        )
        self._queue(again)
        return again

    def forget(self, world: str) -> None:
        """Forgets all deliveries of a world that was reset or has ended; what waits is not sent."""
        for waiting in [waiting for lane, waiting in list(self._lanes.items()) if lane[0] == world]:
            while waiting:
                self._next(waiting)
        self._untold = deque(each for each in self._untold if each[0] != world)
        self.deliveries.clear(world)

    async def run(self) -> AsyncIterator[None]:
        """A background of the application: sends until the end, and then what waits for at most `grace` seconds."""
        self._is_running = True
        self._teller = asyncio.get_running_loop().create_task(self._tell_all())
        for lane in self._lanes:
            self._start(lane)
        yield
        self._is_running = False
        if self._teller is not None:
            self._teller.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=self._grace)
        for task in list(self._tasks.values()):
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        for delivery in [each for lane in self._lanes.values() for each in lane]:
            delivery.settle("dropped", "The sandbox stopped.")
        if self._client is not None:
            await self._client.aclose()

    def _queue(self, delivery: Delivery) -> None:
        lane = (delivery.world, delivery.url)
        waiting = self._lanes.setdefault(lane, deque())
        if len(waiting) >= LANE_LIMIT:
            delivery.settle("dropped", f"{LANE_LIMIT} deliveries to this subscriber wait already.")
        elif self._waiting >= QUEUE_LIMIT:
            delivery.settle("dropped", f"{QUEUE_LIMIT} deliveries wait already.")
        elif self._waiting_bytes + len(delivery.body) > QUEUE_BYTES:
            delivery.settle("dropped", f"Deliveries with {self._waiting_bytes} bytes wait already.")
        else:
            waiting.append(delivery)
            self._waiting += 1
            self._waiting_bytes += len(delivery.body)
            if self._is_running and lane not in self._tasks:
                self._start(lane)

    def _next(self, waiting: deque[Delivery]) -> Delivery:
        """Takes the next one that waits in a lane."""
        delivery = waiting.popleft()
        self._waiting -= 1
        self._waiting_bytes -= len(delivery.body)
        return delivery

    def _start(self, lane: Lane) -> None:
        self._tasks[lane] = asyncio.get_running_loop().create_task(self._walk(lane))

    async def _walk(self, lane: Lane) -> None:
        """Sends what waits in a lane, one after another, until it is empty."""
        waiting = self._lanes[lane]
        try:
            while waiting:
                async with self._room:
                    if not waiting:  # The world was reset meanwhile.
                        break
                    await self._post(self._next(waiting))
        finally:
            del self._tasks[lane]
            if not waiting:
                self._lanes.pop(lane, None)

    async def _post(self, delivery: Delivery) -> None:
        started = time.perf_counter()
        delivery.status = "sending"
        try:
            await self._write(delivery)
            async with asyncio.timeout(self._patience):
                await self._call(delivery)
            delivery.settle("delivered")
        except (TemplateError, TooMuchWork) as error:
            reason = TOO_LONG if isinstance(error, TooMuchWork) else error
            delivery.settle("failed", f"The payload template cannot be used: {reason}.")
        except WorkStopped:
            delivery.settle("dropped", "The sandbox stopped.")
        except HostNotAllowed as refusal:
            delivery.settle("refused", str(refusal))
        except (HostNotResolved, InvalidSubscriberUrl) as error:
            delivery.settle("failed", str(error))
        except TimeoutError:
            delivery.settle("failed", f"There was no answer within {self._patience:g} seconds.")
        except asyncio.CancelledError:
            delivery.settle("dropped", "The sandbox stopped before there was an answer.")
            raise
        except Exception as error:
            delivery.settle("failed", f"{type(error).__name__}: {error}")
        finally:
            delivery.duration = time.perf_counter() - started
            self.deliveries.measure(delivery)

    async def _write(self, delivery: Delivery) -> None:
        """Renders the template of a delivery that is not written yet, beside the event loop."""
        if delivery.draft is not None:
            written = await self._workers.run(delivery.draft, limit=TEMPLATE_WORK)
            delivery.write(written, delivery.secret, delivery.rounds)
            delivery.draft = None

    async def _call(self, delivery: Delivery) -> None:
        import httpx

        url = _sendable(httpx.URL, delivery.url)
        client = await self._opened()
        addresses = await self._allowed.addresses(url.host, to_this_machine=self._is_inbox(url))
        for place, address in enumerate(addresses):
            delivery.address = address
            delivery.attempts = 1
            try:
                await self._exchange(client, delivery, url, address)
            except httpx.ConnectError:
                if place + 1 == len(addresses):
                    raise
            else:
                return

    async def _exchange(self, client: httpx.AsyncClient, delivery: Delivery, url: httpx.URL, address: str) -> None:
        """Posts to the address that was checked, under the name that the URL has."""
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
                if len(kept) >= KEPT_REPLY:
                    break
            shown = _unpacked(kept[:KEPT_REPLY], reply.headers.get("content-encoding", ""))
            delivery.reply = (reply.status_code, dict(reply.headers), shown)

    async def _opened(self) -> httpx.AsyncClient:
        """The client, made when it is first needed and outside of the event loop: it loads certificates."""
        async with self._client_lock:
            if self._client is None:
                self._client = await asyncio.to_thread(_client)
            return self._client


class InvalidSubscriberUrl(Exception):
    """The text that a webhook has for a URL is none that can be called."""


def _unpacked(packed: bytes, encoding: str) -> bytes:
    """The first KEPT_REPLY bytes of a reply; as it came where it cannot be unpacked."""
    if encoding.strip().lower() not in ("gzip", "deflate"):
        return packed
    try:
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(packed, KEPT_REPLY)
    except zlib.error:
        return packed


def _client() -> httpx.AsyncClient:
    import httpx

    client = httpx.AsyncClient(
        timeout=None,
        trust_env=False,
        follow_redirects=False,
        limits=httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=0),
    )
    client.headers.clear()
    return client


def _sendable(parse: type[httpx.URL], text: str) -> httpx.URL:
    try:
        url = parse(text)
    except Exception as error:
        raise InvalidSubscriberUrl(f"The subscriber URL cannot be read: {error}.") from None
    if url.scheme not in ("http", "https") or not url.host:
        raise InvalidSubscriberUrl("The subscriber URL is no http or https URL.")
    if url.port is not None and not 0 < url.port <= HIGHEST_PORT:
        raise InvalidSubscriberUrl(f"The subscriber URL has no port that can be called: {url.port}.")
    if url.userinfo:
        raise InvalidSubscriberUrl("The subscriber URL has credentials in it.")
    return url
