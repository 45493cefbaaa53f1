"""Worlds on several servers: where each is, and what happens when a server is added or down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count

import pytest

from mock_server.runtime.jobs import run_due_jobs
from mock_server.state.collection import Schema
from mock_server.state.errors import LogUnusable, StoreUnavailable, TooManyWorlds, UnknownWorld, WorldExists
from mock_server.state.jobs import JOBS, Job, schedule
from mock_server.state.root import Root
from mock_server.state.shared import sharding
from mock_server.state.shared.options import InvalidStoreList, InvalidStoreUrl, read_store_urls, without_credentials
from mock_server.state.shared.sharding import ShardedWorlds, home_of
from mock_server.state.shared.worlds import SharedWorlds
from mock_server.state.tests.library import AUTHORS, BOOKS, NOON, SCHEMA, filled
from mock_server.state.tests.store_server import StoreServer, store_server
from mock_server.state.tests.test_shared_worlds import add, opened, play, titles
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import Worlds

NAMES = [f"world-{number}" for number in range(8)]
OLD, NEW = "south", "north"
"""Names of two stores. The default world and some of NAMES are at home in the first."""
AT_NEW = next(name for name in NAMES if home_of(name, (OLD, NEW)) == NEW)
AT_OLD = next(name for name in NAMES if home_of(name, (OLD, NEW)) == OLD)
UNKNOWN = next(name for number in count() if home_of(name := f"unknown-{number}", (OLD, NEW)) == OLD)
_serial = count(1)


@pytest.fixture
def second_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoreServer]:
    with store_server(tmp_path_factory.mktemp("second"), appendonly=True) as server:
        yield server


@pytest.fixture
def urls(shared_server: StoreServer, second_server: StoreServer) -> str:
    """Two empty stores."""
    prefix = f"shard-{next(_serial)}"
    return ",".join(
        server.url(prefix, f"&name={name}&patience=0.5")
        for server, name in ((shared_server, OLD), (second_server, NEW))
    )


def sharded(urls: str) -> ShardedWorlds:
    return ShardedWorlds(SCHEMA, filled, read_store_urls(urls), lambda: NOON)


def homes(worlds: ShardedWorlds) -> dict[str, str]:
    """The names of the stores that have the worlds."""
    return {name: key for key, shard in worlds._shards.items() for name in shard.names()}


async def until_loaded(worlds: ShardedWorlds) -> None:
    async with asyncio.timeout(20):
        while any(each.trouble for each in worlds.stores()):
            await asyncio.sleep(0.01)


def test_a_further_store_takes_its_share_and_moves_nothing_else() -> None:
    worlds = [f"pipeline-{number}" for number in range(1000)]
    before = {world: home_of(world, ["a", "b", "c"]) for world in worlds}
    after = {world: home_of(world, ["d", "c", "b", "a"]) for world in worlds}
    moved = [world for world in worlds if before[world] != after[world]]
    assert {after[world] for world in moved} == {"d"}
    assert 200 < len(moved) < 300
    assert home_of("pipeline-4711", ["sandbox-1", "sandbox-2", "sandbox-3"]) == "sandbox-2"


def test_each_world_is_in_one_store_and_served_by_all_processes(urls: str) -> None:
    async def story(one: ShardedWorlds, two: ShardedWorlds) -> None:
        await add(one, "Emma", "default")
        for name in NAMES:
            await one.create_async(name)
        assert homes(one) == {name: home_of(name, (OLD, NEW)) for name in ("default", *NAMES)}
        assert set(homes(one).values()) == {OLD, NEW}
        for name in NAMES:
            assert "Emma" in await titles(two, name)
        await add(two, "Persuasion", AT_NEW)
        branch = await two.create_async("branch", AT_NEW)
        snapshot = await one.create_from_async("copy", one.new_state((await one.enter("branch")).root))
        assert (branch.name, snapshot.name) == ("branch", "copy")
        await (await one.enter(AT_NEW)).reset_async()
        assert "Persuasion" not in await titles(two, AT_NEW)
        assert "Persuasion" in await titles(two, "copy")
        with pytest.raises(WorldExists):
            await two.create_async(AT_NEW)
        await two.drop_async(AT_NEW)
        with pytest.raises(UnknownWorld):
            await one.enter(AT_NEW)
        await one.refresh()
        assert [each.name for each in one.all()] == [each.name for each in two.all()]
        assert one.all()[0] is one.default
        assert one.names() == {"default", "branch", "copy", *NAMES} - {AT_NEW}

    play(story, sharded(urls), sharded(urls))
    play(newcomer_has_all, sharded(urls))


async def newcomer_has_all(worlds: ShardedWorlds) -> None:
    assert len(worlds.all()) == len(NAMES) + 2
    assert not worlds.is_new
    assert "Persuasion" in await titles(worlds, "branch")


def test_the_limit_on_worlds_is_that_of_all_stores(urls: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_server.state.worlds.WORLD_LIMIT", 3)

    async def story(worlds: ShardedWorlds) -> None:
        await worlds.create_async(AT_OLD)
        await worlds.create_async(AT_NEW)
        with pytest.raises(TooManyWorlds):
            await worlds.create_async("one too many")

    play(story, sharded(urls))


def test_worlds_stay_where_they_are_when_a_store_is_added(urls: str) -> None:
    async def before(worlds: SharedWorlds) -> None:
        for name in NAMES:
            await worlds.create_async(name)

    async def after(worlds: ShardedWorlds, other: ShardedWorlds) -> None:
        assert set(homes(worlds).values()) == {OLD}
        await add(worlds, "Emma", AT_NEW)
        assert "Emma" in await titles(other, AT_NEW)
        await worlds.drop_async(AT_NEW)
        await worlds.create_async(AT_NEW)
        assert homes(worlds)[AT_NEW] == NEW
        assert "Emma" not in await titles(other, AT_NEW)

    play(before, opened(urls.partition(",")[0]))
    play(after, sharded(urls), sharded(urls))


def test_a_store_that_is_down_concerns_its_own_worlds_alone(urls: str, second_server: StoreServer) -> None:
    async def story(worlds: ShardedWorlds) -> None:
        await worlds.create_async(AT_NEW)
        await worlds.create_async(AT_OLD)
        second_server.kill()
        with pytest.raises(StoreUnavailable, match=f"{second_server.port}.*cannot be reached"):
            await worlds.enter(AT_NEW)
        await add(worlds, "Emma", AT_OLD)
        await worlds.refresh()
        assert [str(second_server.port) in each.address for each in worlds.stores() if each.trouble] == [True]
        assert worlds.names() == {"default", AT_NEW, AT_OLD}
        with pytest.raises(UnknownWorld):
            await worlds.enter(UNKNOWN)
        second_server.start()
        await until_loaded(worlds)
        await add(worlds, "Persuasion", AT_NEW)
        assert "Persuasion" in await titles(worlds, AT_NEW)

    play(story, sharded(urls))


def test_due_jobs_run_while_another_store_is_down(urls: str, second_server: StoreServer) -> None:
    schema = Schema((*SCHEMA.collections.values(), JOBS))

    def start() -> Root:
        tx = Transaction(Root.empty(schema, "jobs"), NOON)
        tx[AUTHORS].create(name="Ada")
        schedule(tx, "print", NOON, {})
        return tx.root()

    def handle(tx: Transaction, job: Job) -> None:
        tx[BOOKS].create(title=job.kind, year=1, author_id=1)

    async def story(worlds: ShardedWorlds) -> None:
        await worlds.create_async(AT_NEW)
        second_server.kill()
        background = run_due_jobs(worlds, 0.01)
        await anext(background)
        async with asyncio.timeout(20):
            while "print" not in await titles(worlds):
                await asyncio.sleep(0.01)
        await anext(background, None)

    stores = read_store_urls(urls.replace("patience=0.5", "patience=30", 2))
    play(story, ShardedWorlds(schema, start, stores, lambda: NOON, {"print": handle}))


def test_a_store_that_is_down_at_the_start_is_loaded_later(
    urls: str, second_server: StoreServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sharding, "WATCH_INTERVAL", 0.01)

    async def before(worlds: ShardedWorlds) -> None:
        await worlds.create_async(AT_NEW)

    async def story(worlds: ShardedWorlds) -> None:
        assert "answered with 503 until their store can be used" in caplog.text
        for name in (AT_NEW, AT_OLD):
            with pytest.raises(StoreUnavailable, match="cannot be reached"):
                await worlds.enter(name)
        await worlds.create_async(AT_OLD)
        second_server.start()
        await until_loaded(worlds)
        await add(worlds, "Emma", AT_NEW)
        assert "Emma" in await titles(worlds, AT_NEW)
        await (await worlds.enter(AT_NEW)).reset_async()
        assert "Emma" not in await titles(worlds, AT_NEW)

    play(before, sharded(urls))
    second_server.kill()
    play(story, sharded(urls))


def test_a_sandbox_does_not_begin_without_the_default_world(urls: str, second_server: StoreServer) -> None:
    second_server.kill()
    with pytest.raises(LogUnusable, match="it may be in the one that cannot"):
        sharded(urls)


def test_two_worlds_of_one_name_are_not_mixed_up(urls: str, caplog: pytest.LogCaptureFixture) -> None:
    async def one_world(worlds: SharedWorlds) -> None:
        await worlds.create_async(AT_NEW)
        await add(worlds, "Emma", AT_NEW)

    async def story(worlds: ShardedWorlds) -> None:
        assert f"There is a world {AT_NEW} in" in caplog.text
        assert "Emma" not in await titles(worlds, AT_NEW)
        assert [each.name for each in worlds.all()] == ["default", AT_NEW]
        await worlds.drop_async(AT_NEW)
        assert "Emma" in await titles(worlds, AT_NEW)

    play(one_world, opened(urls.partition(",")[0]))
    worlds = SharedWorlds(SCHEMA, filled, read_store_urls(urls)[1], lambda: NOON)
    worlds.create(AT_NEW)
    play(story, sharded(urls))


@pytest.mark.parametrize(
    ("urls", "complaint"),
    [
        ("valkey://one,memory", "'memory' cannot be one of several stores"),
        ("memory,valkey://one", "'memory' cannot be one of several stores"),
        ("valkey://one,file:x.log", "'file:x.log' cannot be one of several stores"),
        ("valkey://one/0?prefix=a,redis://me:secret@one:6379?prefix=a", "store one:6379/0.prefix=a is named twice"),
        ("valkey://one?name=a,valkey://two?name=a", "store a is named twice"),
    ],
)
def test_a_list_that_makes_no_sense_is_refused_without_credentials(urls: str, complaint: str) -> None:
    with pytest.raises(InvalidStoreList, match=complaint) as refusal:
        read_store_urls(urls)
    assert "secret" not in str(refusal.value)


def test_urls_of_a_list_and_their_options() -> None:
    urls = "valkey://me:se%2Ccr,et@one?wait=1, rediss://[::1]:7000/2?prefix=ci&name=two"
    one, two = read_store_urls(urls)
    assert (one.password, one.wait, one.key) == ("se,cr,et", 1, "one:6379/0?prefix=cal-mock")
    assert (two.host, two.tls, two.key, two.address) == ("::1", True, "two", "valkeys://[::1]:7000/2?prefix=ci")
    assert without_credentials(urls) == "valkey://one?wait=1,rediss://[::1]:7000/2?prefix=ci&name=two"
    with pytest.raises(InvalidStoreUrl, match="a comma in its host"):
        read_store_urls("valkey://one,two")
    with pytest.raises(InvalidStoreUrl, match="a name that is not"):
        read_store_urls("valkey://one?name=a*")


def test_one_store_under_two_addresses_is_refused(store_url: str) -> None:
    with pytest.raises(LogUnusable, match="are the same store"):
        sharded(f"{store_url},{store_url.replace('127.0.0.1', 'localhost')}")


def test_callers_that_cannot_await_get_the_same_worlds(urls: str) -> None:
    worlds: Worlds = sharded(urls)
    worlds.create(AT_NEW)
    worlds.create("branch", AT_NEW)
    worlds.drop(AT_NEW)
    assert [each.name for each in worlds.all()] == ["default", "branch"]
    assert worlds.free_name() == "world-2"
