"""The dispatcher: order per subscriber, independent subscribers, limits, and a quick shutdown."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mock_server.state.collection import Schema
from mock_server.state.root import Root
from mock_server.state.worlds import Worlds
from mock_server.webhooks import dispatcher as dispatcher_module
from mock_server.webhooks.deliveries import Delivery
from mock_server.webhooks.dispatcher import Subscriber, WebhookDispatcher
from mock_server.webhooks.events import WebhookEvent
from mock_server.webhooks.hosts import AllowedHosts

Answer = Callable[[str, bytes], Awaitable[bytes | None]]

WORLD = Worlds(Schema(()), lambda: Root.empty(Schema(()), "")).default
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
MOVED = b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"


class Receiver:
    """A subscriber on a local port; `got` are the paths that were called, `heads` the request heads."""

    def __init__(self, answer: Answer) -> None:
        self.got: list[str] = []
        self.heads: list[str] = []
        self._answer = answer
        self.url = ""
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        length = next(int(line.partition(":")[2]) for line in head.lower().splitlines() if "content-length" in line)
        body = await reader.readexactly(length)
        self.got.append(path)
        self.heads.append(head.lower())
        reply = await self._answer(path, body)
        if reply is not None:
            writer.write(reply)
            await writer.drain()
        writer.close()

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self.serve(reader, writer))
        self._open[task] = writer

    async def close(self) -> None:
        for task, writer in self._open.items():
            task.cancel()
            writer.close()
            with contextlib.suppress(asyncio.CancelledError):
                await task


@asynccontextmanager
async def receiver(answer: Answer):
    subscriber = Receiver(answer)
    server = await asyncio.start_server(subscriber.take, "127.0.0.1", 0)
    subscriber.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield subscriber
    finally:
        server.close()
        await subscriber.close()
        await asyncio.sleep(0)  # The transports close in the next iteration of the loop.


def send(dispatcher: WebhookDispatcher, url: str, **payload: Any) -> Delivery:
    event = WebhookEvent(created_at="2030-01-01T00:00:00.000Z", payload=payload)
    return dispatcher.send(dispatcher.outgoing(WORLD), "BOOKING_CREATED", event, Subscriber(url))


async def finished(*deliveries: Delivery) -> None:
    async with asyncio.timeout(10):
        while not all(each.is_finished for each in deliveries):
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(**options: Any):
    dispatcher = WebhookDispatcher(AllowedHosts(), **options)
    background = dispatcher.run()
    await anext(background)
    try:
        yield dispatcher
    finally:
        await anext(background, None)


async def at_once(_path: str, _body: bytes) -> bytes:
    return OK


def test_deliveries_of_one_subscriber_keep_their_order() -> None:
    seen: list[bytes] = []

    async def slower_and_faster(_path: str, body: bytes) -> bytes:
        await asyncio.sleep(0.02 if len(seen) % 2 else 0)
        seen.append(body)
        return OK

    async def scenario() -> None:
        async with receiver(slower_and_faster) as subscriber, running() as dispatcher:
            sent = [send(dispatcher, f"{subscriber.url}/hook", n=number) for number in range(6)]
            await finished(*sent)
            assert seen == [each.body for each in sent]
            assert [each.reply and each.reply.status for each in sent] == [200] * 6

    asyncio.run(scenario())


def test_a_hanging_subscriber_does_not_delay_others() -> None:
    never = asyncio.Event()

    async def hang_on_slow(path: str, _body: bytes) -> bytes | None:
        if path == "/slow":
            await never.wait()
        return OK

    async def scenario() -> None:
        async with receiver(hang_on_slow) as subscriber, running(reply_timeout=2, grace=0.1) as dispatcher:
            slow, quick = send(dispatcher, f"{subscriber.url}/slow"), send(dispatcher, f"{subscriber.url}/quick")
            await finished(quick)
            assert (quick.status, slow.status) == ("delivered", "sending")
            await finished(slow)
            assert slow.reason == "There was no reply within 2 seconds."

    asyncio.run(scenario())


def test_redirects_count_as_replies_and_are_not_followed() -> None:
    async def redirect(_path: str, _body: bytes) -> bytes:
        return MOVED

    async def scenario() -> None:
        async with receiver(redirect) as subscriber, running() as dispatcher:
            delivery = send(dispatcher, f"{subscriber.url}/hook")
            await finished(delivery)
            assert delivery.reply is not None
            assert delivery.reply.status == 302
            assert subscriber.got == ["/hook"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("url", "status", "reason"),
    [
        ("not a url", "failed", "The subscriber URL is not an http or https URL."),
        ("ftp://127.0.0.1/x", "failed", "The subscriber URL is not an http or https URL."),
        ("http://user:word@127.0.0.1/", "failed", "The subscriber URL contains credentials."),
        ("http://127.0.0.1:99999/", "failed", "The subscriber URL has an invalid port: 99999."),
        ("http://[::1", "failed", "The subscriber URL cannot be read"),
        ("http://10.0.0.1/", "refused", "10.0.0.1 is not on this machine."),
    ],
)
def test_a_delivery_that_cannot_be_sent_has_a_reason(url: str, status: str, reason: str) -> None:
    async def scenario() -> None:
        async with running() as dispatcher:
            delivery = send(dispatcher, url)
            await finished(delivery)
            assert delivery.status == status
            assert (delivery.reason or "").startswith(reason)
            assert delivery.attempts == 0

    asyncio.run(scenario())


def test_a_full_lane_drops_new_deliveries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "LANE_LIMIT", 2)
    dispatcher = WebhookDispatcher(AllowedHosts())
    first, second, third = (send(dispatcher, "http://127.0.0.1:1/") for _ in range(3))
    other = send(dispatcher, "http://127.0.0.1:2/")
    assert [each.status for each in (first, second, third, other)] == ["waiting", "waiting", "dropped", "waiting"]


def test_a_full_queue_drops_new_deliveries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "QUEUE_LIMIT", 1)
    dispatcher = WebhookDispatcher(AllowedHosts())
    assert [send(dispatcher, f"http://127.0.0.1:{port}/").status for port in (1, 2)] == ["waiting", "dropped"]


def test_deliveries_queued_before_the_start_are_sent_after_it() -> None:
    async def scenario() -> None:
        async with receiver(at_once) as subscriber:
            dispatcher = WebhookDispatcher(AllowedHosts())
            delivery = send(dispatcher, f"{subscriber.url}/hook")
            background = dispatcher.run()
            await anext(background)
            await finished(delivery)
            await anext(background, None)
            assert delivery.status == "delivered"

    asyncio.run(scenario())


def test_a_shutdown_waits_for_the_grace_period_and_then_drops_deliveries() -> None:
    never = asyncio.Event()

    async def hang(_path: str, _body: bytes) -> None:
        await never.wait()

    async def scenario() -> None:
        async with receiver(hang) as subscriber:
            async with running(grace=0.1) as dispatcher:
                under_way, waiting = (
                    send(dispatcher, f"{subscriber.url}/hook"),
                    send(dispatcher, f"{subscriber.url}/hook"),
                )
                while not subscriber.got:
                    await asyncio.sleep(0.005)
            assert [under_way.status, waiting.status] == ["dropped", "dropped"]

    asyncio.run(scenario())


def test_deliveries_of_a_reset_world_are_not_sent() -> None:
    async def scenario() -> None:
        async with receiver(at_once) as subscriber:
            dispatcher = WebhookDispatcher(AllowedHosts())
            send(dispatcher, f"{subscriber.url}/hook")
            dispatcher.outgoing(WORLD).reset()
            background = dispatcher.run()
            await anext(background)
            later = send(dispatcher, f"{subscriber.url}/hook")
            await finished(later)
            await anext(background, None)
            assert subscriber.got == ["/hook"]
            assert later.number == 2

    asyncio.run(scenario())


def test_a_cookie_of_one_subscriber_is_not_sent_to_the_next() -> None:
    """They may share a host, and cookies apply to all ports of a host."""

    async def sets_cookie(_path: str, _body: bytes) -> bytes:
        return b"HTTP/1.1 200 OK\r\nset-cookie: uid=first; Path=/\r\ncontent-length: 2\r\n\r\nok"

    async def scenario() -> None:
        async with receiver(sets_cookie) as first, receiver(at_once) as second, running() as dispatcher:
            await finished(send(dispatcher, f"{first.url}/hook"))
            await finished(send(dispatcher, f"{first.url}/hook"), send(dispatcher, f"{second.url}/hook"))
            assert len(first.heads) == 2
            assert len(second.heads) == 1
            assert not [head for head in first.heads + second.heads if "\r\ncookie:" in head]

    asyncio.run(scenario())


def test_a_compressed_reply_is_decompressed_only_as_far_as_it_is_kept() -> None:
    packed = gzip.compress(b"x" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(packed)}\r\n\r\n"

    async def bomb(_path: str, _body: bytes) -> bytes:
        return head.encode() + packed

    async def scenario() -> None:
        async with receiver(bomb) as subscriber, running() as dispatcher:
            await finished(send(dispatcher, f"{subscriber.url}/first"))  # Loads the client.
            tracemalloc.start()
            try:
                delivery = send(dispatcher, f"{subscriber.url}/hook")
                await finished(delivery)
                assert delivery.reply is not None
                assert delivery.reply.body == b"x" * dispatcher_module.KEPT_REPLY_BYTES
                assert tracemalloc.get_traced_memory()[1] < 10_000_000
            finally:
                tracemalloc.stop()

    asyncio.run(scenario())


def test_events_with_very_many_subscribers_are_queued_in_time_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "TIME_SLICE", 0.0)
    dispatcher = WebhookDispatcher(AllowedHosts())
    queued: list[int] = []

    def deliveries() -> Iterator[Any]:
        for number in range(3):
            queued.append(number)
            yield number

    async def scenario() -> None:
        outgoing = dispatcher.outgoing(WORLD)
        outgoing.pending.append(deliveries())
        dispatcher._pending.append(outgoing)
        background = dispatcher.run()
        await anext(background)
        assert outgoing.pending
        assert queued == []
        monkeypatch.setattr(dispatcher_module, "TIME_SLICE", 1.0)
        while outgoing.pending:
            await asyncio.sleep(0)
        await anext(background, None)

    asyncio.run(scenario())
    assert queued == [0, 1, 2]


def test_a_thread_without_an_event_loop_queues_all_deliveries_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "TIME_SLICE", 0.0)

    async def scenario() -> None:
        async with receiver(at_once) as subscriber, running() as dispatcher:
            url = f"{subscriber.url}/hook"
            outgoing, sent = dispatcher.outgoing(WORLD), list[Delivery]()

            def deliveries() -> Iterator[Delivery]:
                for number in range(3):
                    sent.append(send(dispatcher, url, n=number))
                    yield sent[-1]

            def from_the_thread() -> None:
                outgoing.pending.append(deliveries())
                dispatcher._pending.append(outgoing)
                dispatcher.handle_events(WORLD, [])

            await asyncio.sleep(0)
            await asyncio.to_thread(from_the_thread)
            assert [each.status for each in sent] == ["waiting"] * 3
            await finished(*sent, send(dispatcher, url, n=3))
            assert [each.status for each in sent] == ["delivered"] * 3

    asyncio.run(scenario())
