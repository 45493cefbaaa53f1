"""Messages that commits of processes on one store send: once, in order, and taken over from dead processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

import msgspec
import pytest

from mock_server.state.errors import WorldGone
from mock_server.state.outbound import OutboundMessage, Transmission
from mock_server.state.shared import worlds as shared_worlds
from mock_server.state.shared.outbound import StoredMessage, message_id, take_over
from mock_server.state.shared.world import SharedWorld
from mock_server.state.shared.worlds import SharedWorlds
from mock_server.state.tests.library import AUTHORS
from mock_server.state.tests.store_server import StoreServer
from mock_server.state.tests.test_shared_worlds import opened, play
from mock_server.state.transaction import Event, Transaction
from mock_server.state.worlds import World

MORE_THAN_LUA_UNPACKS = 10_000


class Letters:
    """A sender that sends letters to the address in the event's name, and waits before each while it is held up."""

    def __init__(self, name: str, sent: list[str]) -> None:
        self._name = name
        self._sent = sent
        self.is_free = asyncio.Event()
        self.is_free.set()
        self.lost: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []

    def pack(self, _: Transaction, events: list[Event]) -> list[OutboundMessage]:
        return [OutboundMessage(each.name, f"{each.payload['text']} to {each.name}".encode()) for each in events]

    def enqueue(self, _: World, content: bytes, transmission: Transmission) -> None:
        self.tasks.append(asyncio.get_running_loop().create_task(self._send(content.decode(), transmission)))

    async def record_loss(self, _: World, content: bytes, transmission: Transmission) -> None:
        self.lost.append(content.decode())
        await transmission.finish()

    def handle_events(self, world: World, events: list[Event]) -> None:
        raise AssertionError(f"the shared store has messages for {events} of {world.name}")

    async def _send(self, text: str, transmission: Transmission) -> None:
        while (start := await transmission.start()) == "wait":
            await asyncio.sleep(0.01)
        if start == "gone":
            return
        await self.is_free.wait()
        self._sent.append(f"{self._name}: {text}")
        await transmission.finish()


async def post(worlds: SharedWorlds, text: str, *addresses: str) -> None:
    """A request that changes something and sends letters."""

    def operation(tx: Transaction) -> None:
        tx[AUTHORS].update(1, name=text)
        for address in addresses:
            tx.emit(Event(address, {"text": text}))

    await (await worlds.enter()).change(operation)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.01)


def keys_of_messages(server: StoreServer, worlds: SharedWorlds) -> list[bytes]:
    keys = worlds.default.keys
    with server.client() as client:
        names = (keys.messages, keys.waiting, keys.owners, worlds.engine.keys.messages)
        return [name for name in names if client.exists(name)]


def test_messages_are_sent_once_in_order_from_the_process_that_committed(
    store_url: str, shared_server: StoreServer
) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        sent: list[str] = []
        first, second = Letters("one", sent), Letters("two", sent)
        one.send_with("letters", first)
        two.send_with("letters", second)
        first.is_free.clear()
        await post(one, "a", "ann")
        await post(two, "b", "ann", "ben")
        await post(one, "c", "ann")
        await until(lambda: sent == ["two: b to ben"])
        assert len(keys_of_messages(shared_server, one)) == 4
        first.is_free.set()
        await until(lambda: len(sent) == 4)
        assert sent == ["two: b to ben", "one: a to ann", "two: b to ann", "one: c to ann"]
        await asyncio.gather(*first.tasks, *second.tasks)
        assert keys_of_messages(shared_server, one) == []

    play(story, opened(store_url), opened(store_url))


def test_the_messages_of_a_dead_process_are_taken_over_unless_it_had_begun_to_send_them(
    store_url: str, shared_server: StoreServer
) -> None:
    sent: list[str] = []

    async def dies(one: SharedWorlds) -> None:
        letters = Letters("one", sent)
        letters.is_free.clear()
        one.send_with("letters", letters)
        await post(one, "a", "ann")
        await post(one, "b", "ann")
        owners = one.default.keys.owners
        with shared_server.client() as client:
            await until(lambda: any(owner.endswith(b"*") for owner in client.hvals(owners)))
        for task in letters.tasks:
            task.cancel()

    async def takes_over(two: SharedWorlds, three: SharedWorlds) -> None:
        senders = [Letters("heir", sent), Letters("heir", sent)]
        for worlds, sender in zip((two, three), senders, strict=True):
            worlds.send_with("letters", sender)
        await asyncio.gather(two.take_over(), three.take_over())
        await until(lambda: sent == ["heir: b to ann"])
        assert [*senders[0].lost, *senders[1].lost] == ["a to ann"]
        await asyncio.gather(*senders[0].tasks, *senders[1].tasks)
        assert keys_of_messages(shared_server, two) == []

    play(dies, opened(store_url))
    play(takes_over, opened(store_url), opened(store_url))


def test_sending_can_begin_again_after_a_lost_reply_of_the_store(store_url: str) -> None:
    async def story(worlds: SharedWorlds) -> None:
        worlds.send_with("letters", Letters("one", []))
        [transmission, later] = await worlds.default.store_messages("letters", [OutboundMessage("ann", b"a")] * 2)
        assert [await each.start() for each in (transmission, later, transmission)] == ["first", "wait", "first"]
        await transmission.finish()
        assert [await each.start() for each in (transmission, later)] == ["gone", "first"]

    play(story, opened(store_url))


def test_what_is_added_to_a_dropped_world_leaves_no_keys(store_url: str, shared_server: StoreServer) -> None:
    async def story(worlds: SharedWorlds) -> None:
        world = await worlds.create_async("branch")
        assert isinstance(world, SharedWorld)
        feed = world.companion.feed
        assert feed is not None
        feed.send("journal", b"{}", 10)
        await worlds.drop_async("branch")
        await feed.flush()
        with pytest.raises(WorldGone):
            await world.store_messages("letters", [OutboundMessage("ann", b"a")])
        with shared_server.client() as client:
            assert client.keys(f"{world.keys.base}:*") == []

    play(story, opened(store_url))


def test_a_living_process_keeps_its_messages(store_url: str) -> None:
    sent: list[str] = []

    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        letters = Letters("one", sent)
        letters.is_free.clear()
        one.send_with("letters", letters)
        two.send_with("letters", Letters("two", sent))
        await post(one, "a", "ann")
        await two.take_over()
        letters.is_free.set()
        await until(lambda: sent == ["one: a to ann"])

    play(story, opened(store_url), opened(store_url))


def test_any_number_of_messages_is_taken_over(store_url: str, shared_server: StoreServer) -> None:
    async def story(worlds: SharedWorlds) -> None:
        keys, content = worlds.default.keys, msgspec.msgpack.encode(StoredMessage("letters", "ann", b"a"))
        ids = [message_id(version, 0) for version in range(MORE_THAN_LUA_UNPACKS)]
        with shared_server.client() as client:
            client.hset(keys.messages, mapping=dict.fromkeys(ids, content))
            client.hset(keys.owners, mapping=dict.fromkeys(ids, "dead"))
        assert [key for key, _, _ in await take_over(worlds.engine, keys)] == ids

    play(story, opened(store_url))


def test_a_process_counts_as_alive_also_when_it_cannot_take_over(
    store_url: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared_worlds, "HEARTBEAT_INTERVAL", 0.01)
    worlds, signs = opened(store_url), count(1)
    heard = asyncio.Event()

    async def fails() -> None:
        if next(signs) == 3:
            heard.set()
        raise RuntimeError("a defect of a sender")

    async def story(_: SharedWorlds) -> None:
        async with asyncio.timeout(20):
            await heard.wait()

    monkeypatch.setattr(worlds, "take_over", fails)
    play(story, worlds)
    assert "a defect of a sender" in caplog.text


@pytest.mark.parametrize("how", ["reset", "drop"])
def test_a_reset_and_a_drop_keep_back_what_has_not_left(store_url: str, shared_server: StoreServer, how: str) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        sent: list[str] = []
        letters, others = Letters("one", sent), Letters("two", sent)
        letters.is_free.clear()
        one.send_with("letters", letters)
        two.send_with("letters", others)
        await one.create_async("branch")
        for worlds in (one, two):
            await worlds.enter("branch")
        for worlds, text in ((one, "a"), (two, "b")):
            tx = (await worlds.enter("branch")).begin()
            tx.emit(Event("ann", {"text": text}))
            await worlds.get("branch").commit_async(tx)
        if how == "reset":
            await one.get("branch").reset_async()
        else:
            await one.drop_async("branch")
        await asyncio.gather(*others.tasks)
        assert sent == []
        letters.is_free.set()
        await asyncio.gather(*letters.tasks)
        with shared_server.client() as client:
            assert client.smembers(one.engine.keys.messages) == set()

    play(story, opened(store_url), opened(store_url))
