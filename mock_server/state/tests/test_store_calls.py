"""What requests cost in a shared store: how often it is called, and what concurrent requests share."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mock_server.state.errors import StoreUnavailable, VersionConflict
from mock_server.state.shared import storage
from mock_server.state.shared.storage import Storage
from mock_server.state.shared.worlds import SharedWorlds
from mock_server.state.tests.library import BOOKS, SCHEMA
from mock_server.state.tests.store_server import StoreServer
from mock_server.state.tests.test_shared_worlds import add, are_alike, opened, titles
from mock_server.state.transaction import Transaction


def run(story: Callable[..., Awaitable[None]], *processes: SharedWorlds) -> None:
    """Runs `story` while no process follows the store, so that all calls are those of the story."""

    async def run() -> None:
        try:
            await story(*processes)
        finally:
            for each in processes:
                await each.disconnect()

    asyncio.run(run())


class Calls:
    """Counts calls of scripts."""

    def __init__(self, server: StoreServer) -> None:
        self._server = server
        self._before = self._count()

    def since_last(self) -> int:
        """The number of calls since the last time."""
        before, self._before = self._before, self._count()
        return self._before - before

    def _count(self) -> int:
        with self._server.client() as client:
            stats: dict[str, Any] = client.info("commandstats")
        return sum(stats[f"cmdstat_{name}"]["calls"] for name in ("eval", "evalsha") if f"cmdstat_{name}" in stats)


def creating(title: str) -> Callable[[Transaction], Any]:
    return lambda tx: tx[BOOKS].create(title=title, year=1, author_id=1)


def test_a_write_is_two_calls_and_a_read_is_one(store_url: str, shared_server: StoreServer) -> None:
    async def story(worlds: SharedWorlds) -> None:
        await add(worlds, "First")
        calls = Calls(shared_server)
        for number in range(10):
            await add(worlds, f"Volume {number}")
        assert calls.since_last() == 20, "to catch up, and to append"
        for _ in range(10):
            await titles(worlds)
        assert calls.since_last() == 10

    run(story, opened(store_url))


def test_concurrent_requests_share_their_calls(store_url: str, shared_server: StoreServer) -> None:
    async def story(worlds: SharedWorlds) -> None:
        await add(worlds, "First")
        feed = worlds.default.companion.feed
        assert feed is not None
        feed.send("journal", b"First", 100)
        await feed.flush()
        calls = Calls(shared_server)

        async def request(number: int) -> None:
            await add(worlds, f"Volume {number}")
            feed.send("journal", b"a request", 100)
            await feed.flush()

        await asyncio.gather(*map(request, range(30)))
        assert calls.since_last() == 3, "to catch up, to append, and to add to the journal"
        assert worlds.default.version == 1 + 1 + 30, "each has a commit of its own"
        with shared_server.client() as client:
            assert client.xlen(worlds.default.keys.part("journal")) == 31

    run(story, opened(store_url))


def test_concurrent_requests_of_one_process_do_not_conflict(store_url: str) -> None:
    runs: list[str] = []

    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        def operation(number: int) -> Callable[[Transaction], Any]:
            def run(tx: Transaction) -> None:
                runs.append(f"Volume {number}")
                creating(runs[-1])(tx)

            return run

        await asyncio.gather(*(one.default.change(operation(number)) for number in range(30)))
        assert len(runs) == 30
        assert await are_alike(one, two)
        assert set(runs) < await titles(two)

    run(story, opened(store_url), opened(store_url))


def test_a_process_does_not_read_its_own_commits(store_url: str) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        reader = Storage(one.engine, SCHEMA)
        last = await reader.last_change()
        await add(one, "Own")
        last, changed = await reader.changed_since(last)
        assert changed == set()
        await add(two, "Other")
        assert (await reader.changed_since(last))[1] == {one.default.number}

    run(story, opened(store_url), opened(store_url))


def test_what_saw_a_commit_that_another_process_forestalled_runs_again(store_url: str) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        world = one.default
        await add(two, "Faster")
        slower = world.begin_change()
        creating("Slower")(slower)
        commit = asyncio.create_task(world.commit_async(slower))
        await asyncio.sleep(0)
        refusal = world.begin_change()
        assert "Slower" in {row.title for row in refusal.table(BOOKS).rows.values()}, "it need not be stored yet"
        assert "Slower" not in {row.title for row in world.begin().table(BOOKS).rows.values()}
        for outcome in (world.confirm(refusal), world.commit_async(refusal), commit):
            with pytest.raises(VersionConflict):
                await outcome
        await world.confirm(world.begin_change())
        assert await titles(one) == await titles(two) == {"Engines", "Notes", "Clocks", "Faster"}

    run(story, opened(store_url), opened(store_url))


def test_a_commit_that_follows_one_that_cannot_be_stored_is_not_stored_either(
    store_url: str, shared_server: StoreServer
) -> None:
    async def story(worlds: SharedWorlds) -> None:
        await add(worlds, "First")
        with shared_server.client() as client:
            client.config_set("maxmemory", 1)
            try:
                writes = [add(worlds, f"Volume {number}") for number in range(3)]
                outcomes = await asyncio.gather(*writes, return_exceptions=True)
            finally:
                client.config_set("maxmemory", 0)
        assert {type(each) for each in outcomes} == {StoreUnavailable}
        await add(worlds, "Last")
        assert await titles(worlds) == {"Engines", "Notes", "Clocks", "First", "Last"}

    run(story, opened(f"{store_url}&patience=0.2"))


def test_processes_that_write_at_once_take_turns_and_run_each_request_about_once(store_url: str) -> None:
    runs = 0

    async def story(*processes: SharedWorlds) -> None:
        def operation(tx: Transaction) -> None:
            nonlocal runs
            runs += 1
            creating(f"Volume {runs}")(tx)

        async def write(worlds: SharedWorlds) -> None:
            for _ in range(10):
                await (await worlds.enter()).change(operation)

        await asyncio.gather(*(write(each) for each in processes for _ in range(5)))
        assert await are_alike(*processes)
        assert len(await titles(processes[0])) == 3 + 200
        assert runs < 1.5 * 200, "a process whose turn it is not does not run requests in vain"

    run(story, *(opened(store_url) for _ in range(4)))


def test_a_turn_without_a_commit_ends(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "TURN", 60_000)

    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        for each in (one, two):
            each.default.turns.begin()
        await one.default.prepare_change()
        await add(two, "After the turn of another process")
        await add(one, "Later")
        assert await are_alike(one, two)

    run(story, opened(store_url), opened(store_url))
