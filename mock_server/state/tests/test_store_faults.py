"""Faults of the server of a shared store: bounded waits, nothing lost or done twice, and work goes on by itself."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from redis.exceptions import ConnectionError as ConnectionLost

from mock_server.state.errors import StoreUnavailable
from mock_server.state.shared import scripts, storage
from mock_server.state.shared.snapshots import TablePacker
from mock_server.state.shared.worlds import SharedWorlds
from mock_server.state.tests.store_server import StoreServer, store_server
from mock_server.state.tests.test_shared_worlds import add, are_alike, opened, play, titles

PATIENCE = 0.4


@pytest.fixture(scope="module")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreServer]:
    """A server that keeps what it has acknowledged, for tests that stop it."""
    with store_server(tmp_path_factory.mktemp("valkey-with-faults"), appendonly=True) as server:
        yield server


@pytest.fixture
def url(own_server: StoreServer, request: pytest.FixtureRequest) -> str:
    return own_server.url(request.node.name[:60].replace("[", "-").replace("]", "-"), f"&patience={PATIENCE}")


async def refused(worlds: SharedWorlds, text: str, title: str = "Refused") -> None:
    """Adds a book, which has to be refused with that text after a bounded time."""
    begin = time.monotonic()
    with pytest.raises(StoreUnavailable, match=text):
        await add(worlds, title)
    assert time.monotonic() - begin < 10 * PATIENCE, "it waits a bounded time, however busy the machine is"


def test_a_killed_server_loses_nothing_and_the_processes_go_on_when_it_is_back(
    own_server: StoreServer, url: str
) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        await add(one, "Acknowledged")
        own_server.kill()
        await refused(one, "cannot be reached")
        with pytest.raises(StoreUnavailable, match="cannot be reached"):
            await two.enter()
        own_server.start()
        assert "Acknowledged" in await titles(two)
        await add(two, "Later")
        assert await titles(one) == {"Engines", "Notes", "Clocks", "Acknowledged", "Later"}
        assert await are_alike(one, two)

    play(story, opened(url), opened(url))


def test_a_request_that_waits_for_a_restart_succeeds(own_server: StoreServer, url: str) -> None:
    async def story(one: SharedWorlds) -> None:
        own_server.kill()
        waiting = asyncio.create_task(add(one, "Patient"))
        await asyncio.to_thread(own_server.start)
        await waiting
        assert "Patient" in await titles(one)

    play(story, opened(url.replace(f"patience={PATIENCE}", "patience=30")))


def test_a_server_that_hangs_is_given_up_and_nothing_is_done_twice(own_server: StoreServer, url: str) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        world = await one.enter()
        tx = world.begin()
        tx[titles_of(one)].create(title="Perhaps", year=1, author_id=1)
        own_server.pause()
        with pytest.raises(StoreUnavailable, match=r"did not reply in time.*may have been stored"):
            await world.commit_async(tx)
        own_server.resume()
        await add(one, "After")
        assert await are_alike(one, two)
        assert titles_in(two).count("Perhaps") <= 1
        assert titles_in(two).count("After") == 1

    play(story, opened(url), opened(url))


@pytest.mark.parametrize("lost", [1, 2])
def test_a_commit_whose_confirmation_is_lost_is_done_once(url: str, monkeypatch: pytest.MonkeyPatch, lost: int) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        run = one.engine.plain_script
        remaining = lost
        are_lost = asyncio.Event()

        async def losing(text: str, *arguments: Any, **options: Any) -> Any:
            nonlocal remaining
            reply = await run(text, *arguments, **options)
            if text == scripts.APPEND and remaining:
                remaining -= 1
                await add(two, f"In between {remaining}")
                if not remaining:
                    are_lost.set()
                raise ConnectionLost("Connection closed by server.")
            return reply

        monkeypatch.setattr(one.engine, "plain_script", losing)
        await add(one, "Once")
        await are_lost.wait()  # The entry may be read in the stream before its confirmation comes.
        assert await are_alike(one, two)
        assert titles_in(one).count("Once") == 1
        assert one.default.version == 2 + lost

    play(story, opened(url), opened(url))


def test_a_server_without_memory_takes_no_writes_and_goes_on_when_it_has_some(
    own_server: StoreServer, url: str
) -> None:
    async def story(one: SharedWorlds) -> None:
        with own_server.client() as client:
            client.config_set("maxmemory", 1)
            await refused(one, "has used all the memory that it may use")
            assert "Engines" in await titles(one), "reads go on"
            assert one.default.pending == {}, "the server has refused it, so no entry of it can come"
            client.config_set("maxmemory", 0)
        await add(one, "Later")

    play(story, opened(url))


def test_a_world_may_take_longer_to_load_than_the_patience_with_the_server(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    unpack = TablePacker.unpack

    def unpack_slowly(*arguments: Any) -> Any:
        end = time.monotonic() + 1.5 * PATIENCE
        while time.monotonic() < end:
            pass
        return unpack(*arguments)

    opened(url)
    monkeypatch.setattr(TablePacker, "unpack", unpack_slowly)
    monkeypatch.setattr(storage, "UNPACKED_ON_LOOP", 0)
    assert "Engines" in titles_in(opened(url))


def test_a_read_only_replica_takes_no_writes(own_server: StoreServer, url: str) -> None:
    async def story(one: SharedWorlds) -> None:
        with own_server.client() as client:
            client.replicaof("127.0.0.1", 1)
            await refused(one, "is a read-only replica")
            client.replicaof("NO", "ONE")
        await add(one, "Later")

    play(story, opened(url))


def test_too_few_replicas_are_said_and_the_write_is_kept(url: str) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        await refused(one, "0 of 1 replicas have confirmed it", "Unconfirmed")
        assert "Unconfirmed" in await titles(one)
        assert await are_alike(one, two)

    play(story, opened(f"{url}&wait=1"), opened(url))


def test_a_commit_that_is_read_before_its_replicas_have_confirmed_it_is_not_acknowledged(url: str) -> None:
    async def story(one: SharedWorlds) -> None:
        adding = asyncio.create_task(refused(one, "0 of 1 replicas have confirmed it", "Unconfirmed"))
        while "Unconfirmed" not in await titles(one):
            await asyncio.sleep(0)
        await adding

    play(story, opened(f"{url}&wait=1"))


def test_a_commit_that_was_read_is_not_made_again_if_its_confirmation_is_lost(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = storage.Storage.append

    async def append_unnoticed(*arguments: Any) -> bytes:
        await append(*arguments)
        await one.catch_up()
        return b"conflict"  # As if the entry had been trimmed before the second attempt.

    async def story(_: SharedWorlds) -> None:
        await add(one, "Once")
        assert titles_in(one).count("Once") == 1

    one = opened(url)
    monkeypatch.setattr(storage.Storage, "append", append_unnoticed)
    play(story, one)


def test_a_server_that_comes_back_empty_is_refused_and_left_alone(own_server: StoreServer, url: str) -> None:
    async def story(one: SharedWorlds) -> None:
        prefix = one.engine.options.prefix
        with own_server.client() as client:
            client.delete(*client.keys(f"{prefix}:*"))
            await refused(one, "another history")
            with pytest.raises(StoreUnavailable, match="another history"):
                await one.enter()
            assert client.keys(f"{prefix}:*") == []
            fresh = opened(url)
            await refused(one, "another history")
            assert len(fresh.default.root.table(titles_of(fresh)).rows) == 3

    play(story, opened(url))


def test_a_server_with_older_data_is_refused(own_server: StoreServer, url: str) -> None:
    two = opened(url)  # It follows nothing in the background, so it reads only with its own requests.

    async def story(one: SharedWorlds) -> None:
        log = one.default.keys.log
        with own_server.client() as client:
            client.copy(log, f"{log}:saved")
            await add(one, "Lost by the server")
            client.rename(log, f"{log}:newer")
            client.copy(f"{log}:saved", log)
            await refused(one, "another history")
            # The other process did not know of the lost commit. It goes on, and gives the same version to another one.
            await add(two, "Instead")
            assert two.default.version == one.default.version
            await refused(one, "another history")
            client.rename(f"{log}:newer", log)
            await refused(two, "another history")
            await add(one, "On the newer data")
            client.delete(f"{log}:saved")
        await two.engine.close()

    play(story, opened(url))


def titles_of(worlds: SharedWorlds) -> Any:
    return worlds.schema.collections["books"]


def titles_in(worlds: SharedWorlds) -> list[str]:
    return [row.title for row in worlds.default.root.table(titles_of(worlds)).rows.values()]
