"""The dispatcher: in order for each subscriber, nobody waits for another, bounded, and a stop takes little time."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from mock_server.webhooks import dispatcher as dispatcher_module
from mock_server.webhooks.deliveries import Deliveries, Delivery
from mock_server.webhooks.dispatcher import Subscriber, WebhookDispatcher
from mock_server.webhooks.events import WebhookEvent
from mock_server.webhooks.hosts import AllowedHosts

Answer = Callable[[str, bytes], Awaitable[bytes | None]]

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
MOVED = b"HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\n\r\n"


class Receiver:
    """Answers on a port of this machine; `got` are the paths that were called."""

    def __init__(self, answer: Answer) -> None:
        self.got: list[str] = []
        self._answer = answer
        self.url = ""
        self._open: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        path = head.split(" ")[1]
        length = next(int(line.partition(":")[2]) for line in head.lower().splitlines() if "content-length" in line)
        body = await reader.readexactly(length)
        self.got.append(path)
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
    found = Receiver(answer)
    server = await asyncio.start_server(found.take, "127.0.0.1", 0)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield found
    finally:
        server.close()
        await found.close()
        await asyncio.sleep(0)  # The transports close in the next round.


def send(dispatcher: WebhookDispatcher, url: str, **payload: Any) -> Delivery:
    event = WebhookEvent(created_at="2030-01-01T00:00:00.000Z", payload=payload)
    return dispatcher.send("default", "BOOKING_CREATED", event, Subscriber(url))


async def settled(*deliveries: Delivery) -> None:
    async with asyncio.timeout(10):
        while not all(each.is_settled for each in deliveries):
            await asyncio.sleep(0.005)


@asynccontextmanager
async def running(**options: Any):
    dispatcher = WebhookDispatcher(AllowedHosts(), Deliveries(), **options)
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
        async with receiver(slower_and_faster) as there, running() as dispatcher:
            sent = [send(dispatcher, f"{there.url}/hook", n=number) for number in range(6)]
            await settled(*sent)
            assert seen == [each.body for each in sent]
            assert [each.reply and each.reply[0] for each in sent] == [200] * 6

    asyncio.run(scenario())


def test_a_subscriber_that_hangs_holds_up_nobody_else() -> None:
    never = asyncio.Event()

    async def hang_on_slow(path: str, _body: bytes) -> bytes | None:
        if path == "/slow":
            await never.wait()
        return OK

    async def scenario() -> None:
        async with receiver(hang_on_slow) as there, running(patience=2, grace=0.1) as dispatcher:
            slow, quick = send(dispatcher, f"{there.url}/slow"), send(dispatcher, f"{there.url}/quick")
            await settled(quick)
            assert (quick.status, slow.status) == ("delivered", "sending")
            await settled(slow)
            assert slow.reason == "There was no answer within 2 seconds."

    asyncio.run(scenario())


def test_redirects_are_answers_and_nothing_is_sent_twice() -> None:
    async def redirect(_path: str, _body: bytes) -> bytes:
        return MOVED

    async def scenario() -> None:
        async with receiver(redirect) as there, running() as dispatcher:
            delivery = send(dispatcher, f"{there.url}/hook")
            await settled(delivery)
            assert delivery.reply is not None
            assert delivery.reply[0] == 302
            assert there.got == ["/hook"]

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("url", "status", "reason"),
    [
        ("not a url", "failed", "The subscriber URL is no http or https URL."),
        ("ftp://127.0.0.1/x", "failed", "The subscriber URL is no http or https URL."),
        ("http://user:word@127.0.0.1/", "failed", "The subscriber URL has credentials in it."),
        ("http://127.0.0.1:99999/", "failed", "The subscriber URL has no port that can be called: 99999."),
        ("http://[::1", "failed", "The subscriber URL cannot be read"),
        ("http://10.0.0.1/", "refused", "10.0.0.1 is not on this machine."),
    ],
)
def test_what_cannot_be_sent_is_noted_with_its_reason(url: str, status: str, reason: str) -> None:
    async def scenario() -> None:
        async with running() as dispatcher:
            delivery = send(dispatcher, url)
            await settled(delivery)
            assert delivery.status == status
            assert (delivery.reason or "").startswith(reason)
            assert delivery.attempts == 0

    asyncio.run(scenario())


def test_a_full_lane_drops_what_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "LANE_LIMIT", 2)
    dispatcher = WebhookDispatcher(AllowedHosts(), Deliveries())
    first, second, third = (send(dispatcher, "http://127.0.0.1:1/") for _ in range(3))
    other = send(dispatcher, "http://127.0.0.1:2/")
    assert [each.status for each in (first, second, third, other)] == ["waiting", "waiting", "dropped", "waiting"]


def test_a_full_queue_drops_what_comes_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "QUEUE_LIMIT", 1)
    dispatcher = WebhookDispatcher(AllowedHosts(), Deliveries())
    assert [send(dispatcher, f"http://127.0.0.1:{port}/").status for port in (1, 2)] == ["waiting", "dropped"]


def test_what_waited_before_the_start_is_sent_after_it() -> None:
    async def scenario() -> None:
        async with receiver(at_once) as there:
            dispatcher = WebhookDispatcher(AllowedHosts(), Deliveries())
            delivery = send(dispatcher, f"{there.url}/hook")
            background = dispatcher.run()
            await anext(background)
            await settled(delivery)
            await anext(background, None)
            assert delivery.status == "delivered"

    asyncio.run(scenario())


def test_a_stop_waits_for_the_grace_time_and_then_drops() -> None:
    never = asyncio.Event()

    async def hang(_path: str, _body: bytes) -> None:
        await never.wait()

    async def scenario() -> None:
        async with receiver(hang) as there:
            async with running(grace=0.1) as dispatcher:
                under_way, waiting = send(dispatcher, f"{there.url}/hook"), send(dispatcher, f"{there.url}/hook")
                while not there.got:
                    await asyncio.sleep(0.005)
            assert [under_way.status, waiting.status] == ["dropped", "dropped"]

    asyncio.run(scenario())


def test_a_forgotten_world_sends_nothing_more() -> None:
    async def scenario() -> None:
        async with receiver(at_once) as there:
            dispatcher = WebhookDispatcher(AllowedHosts(), Deliveries())
            send(dispatcher, f"{there.url}/hook")
            dispatcher.forget("default")
            background = dispatcher.run()
            await anext(background)
            later = send(dispatcher, f"{there.url}/hook")
            await settled(later)
            await anext(background, None)
            assert there.got == ["/hook"]
            assert later.number == 2

    asyncio.run(scenario())


def test_of_a_packed_reply_no_more_is_unpacked_than_is_kept() -> None:
    packed = gzip.compress(b"x" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(packed)}\r\n\r\n"

    async def bomb(_path: str, _body: bytes) -> bytes:
        return head.encode() + packed

    async def scenario() -> None:
        async with receiver(bomb) as there, running() as dispatcher:
            await settled(send(dispatcher, f"{there.url}/first"))  # Loads the client.
            tracemalloc.start()
            try:
                delivery = send(dispatcher, f"{there.url}/hook")
                await settled(delivery)
                assert delivery.reply is not None
                assert delivery.reply[2] == b"x" * dispatcher_module.KEPT_REPLY
                assert tracemalloc.get_traced_memory()[1] < 10_000_000
            finally:
                tracemalloc.stop()

    asyncio.run(scenario())


def test_events_with_very_many_subscribers_are_told_in_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dispatcher_module, "SLICE", 0.0)
    dispatcher = WebhookDispatcher(AllowedHosts(), Deliveries())
    told: list[int] = []

    def sent() -> Iterator[Any]:
        for number in range(3):
            told.append(number)
            yield number

    async def scenario() -> None:
        dispatcher._untold.append(("default", sent()))  # pyright: ignore[reportPrivateUsage]
        background = dispatcher.run()
        await anext(background)
        assert dispatcher.has_pending_events("default")
        assert told == []
        monkeypatch.setattr(dispatcher_module, "SLICE", 1.0)
        while dispatcher.has_pending_events("default"):
            await asyncio.sleep(0)
        await anext(background, None)

    asyncio.run(scenario())
    assert told == [0, 1, 2]
