"""Worlds that several processes share: each instance of SharedWorlds stands for a process."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from mock_server.state.clock import Clock
from mock_server.state.collection import Schema
from mock_server.state.edition import Edition
from mock_server.state.errors import (
    LogUnusable,
    UnknownWorld,
    VersionConflict,
    WorldExists,
    WorldGone,
)
from mock_server.state.jobs import JOBS, Job, schedule
from mock_server.state.shared import storage
from mock_server.state.shared.options import InvalidStoreUrl, is_store_url, read_store_url, without_credentials
from mock_server.state.shared.scripts import LIST_BYTES
from mock_server.state.shared.worlds import SharedWorlds
from mock_server.state.tests.library import AUTHORS, BOOKS, NOON, SCHEMA, filled
from mock_server.state.tests.store_server import StoreServer
from mock_server.state.tests.test_logs import live_a_little, states
from mock_server.state.transaction import Event, Transaction

Story = Callable[..., Awaitable[None]]


def opened(url: str, **options: Any) -> SharedWorlds:
    schema = options.pop("schema", SCHEMA)
    return SharedWorlds(schema, filled, read_store_url(url), lambda: NOON, **options)


def play(story: Story, *processes: SharedWorlds) -> None:
    """Runs `story` while all processes follow the store, as their servers do."""

    async def run() -> None:
        followers = [each.follow() for each in processes]
        for follower in followers:
            await anext(follower)
        try:
            await story(*processes)
        finally:
            for follower in followers:
                await anext(follower, None)

    asyncio.run(run())


async def add(worlds: SharedWorlds, title: str, world: str | None = None) -> None:
    """A request that adds a book."""
    entered = await worlds.enter(world)
    await entered.change(lambda tx: tx[BOOKS].create(title=title, year=1, author_id=1))


async def titles(worlds: SharedWorlds, world: str | None = None) -> set[str]:
    """The titles that a request sees."""
    entered = await worlds.enter(world)
    return {row.title for row in entered.begin().table(BOOKS).rows.values()}


async def are_alike(*processes: SharedWorlds) -> bool:
    for each in processes:
        await each.catch_up()
    return all(states(each) == states(processes[0]) for each in processes)


def test_a_request_sees_what_was_committed_elsewhere_before_it(store_url: str) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        for number in range(5):
            await add(one, f"one {number}")
            assert f"one {number}" in await titles(two)
            await add(two, f"two {number}")
            assert f"two {number}" in await titles(one)
        assert one.default.version == two.default.version == 11

    play(story, opened(store_url), opened(store_url))


def test_simultaneous_writes_of_all_processes_are_all_kept_and_lead_to_one_state(store_url: str) -> None:
    async def story(*processes: SharedWorlds) -> None:
        await asyncio.gather(*(add(each, f"{n} {k}") for n, each in enumerate(processes) for k in range(10)))
        assert len(await titles(processes[0])) == 3 + 30
        assert await are_alike(*processes)

    play(story, opened(store_url), opened(store_url), opened(store_url))


def test_a_commit_on_a_state_that_has_changed_elsewhere_is_a_conflict(store_url: str) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        late = two.default.begin()
        late[AUTHORS].update(2, name="Benjamin")
        await add(one, "First")
        with pytest.raises(VersionConflict):
            await two.default.commit_async(late)
        assert "First" in {row.title for row in two.default.begin().table(BOOKS).rows.values()}, "it has caught up"

    play(story, opened(store_url), opened(store_url))


def test_worlds_clocks_and_resets_of_one_process_are_those_of_all(store_url: str) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        await one.create_async("branch")
        await add(two, "Branch", "branch")
        assert "Branch" in await titles(one, "branch")
        with pytest.raises(WorldExists):
            await two.create_async("branch")
        await (await two.enter("branch")).change_clock(lambda _: Clock(frozen_at=NOON))
        branch = await one.enter("branch")
        assert branch.root.clock.frozen_at == NOON
        await branch.reset_async()
        assert "Branch" not in await titles(two, "branch")
        await one.drop_async("branch")
        with pytest.raises(UnknownWorld):
            await two.enter("branch")
        with pytest.raises(WorldGone):
            branch.check_exists()
        await two.create_async("branch")
        await add(one, "Again", "branch")
        assert await are_alike(one, two)

    play(story, opened(store_url), opened(store_url))


def test_a_process_that_still_serves_a_dropped_world_is_refused(store_url: str) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        await one.create_async("branch")
        world = await two.enter("branch")
        tx = world.begin()
        tx[AUTHORS].update(1, name="Late")
        await one.drop_async("branch")
        await one.create_async("branch")
        with pytest.raises(WorldGone):
            await world.commit_async(tx)
        assert (await two.enter("branch")).begin()[AUTHORS].require(1).name == "Ada"

    play(story, opened(store_url), opened(store_url))


def test_two_processes_that_create_one_world_at_once_get_one(store_url: str) -> None:
    async def story(*processes: SharedWorlds) -> None:
        made = await asyncio.gather(*(each.create_async("branch") for each in processes), return_exceptions=True)
        assert sorted(type(each).__name__ for each in made) == ["SharedWorld", "WorldExists", "WorldExists"]
        assert await are_alike(*processes)

    play(story, opened(store_url), opened(store_url), opened(store_url))


def test_a_job_runs_once_and_commits_of_others_reach_observers(store_url: str) -> None:
    schema = Schema((*SCHEMA.collections.values(), JOBS))
    seen: list[int] = []

    def handle(tx: Transaction, job: Job) -> None:
        tx[BOOKS].create(title=job.kind, year=1, author_id=1)

    def start() -> Any:
        root = filled()
        tx = Transaction(type(root).empty(schema, "jobs"), NOON)
        tx[AUTHORS].create(name="Ada")
        schedule(tx, "print", NOON, {})
        return tx.root()

    processes = [
        SharedWorlds(schema, start, read_store_url(store_url), lambda: NOON, {"print": handle}) for _ in range(3)
    ]
    processes[0].observe(lambda *change: seen.append(change[1]))

    async def story(*processes: SharedWorlds) -> None:
        counts = await asyncio.gather(*(each.default.run_jobs_async() for each in processes))
        assert sum(counts) == 1
        assert await titles(processes[0]) == {"print"}
        assert await are_alike(*processes)
        assert seen == [2]

    play(story, *processes)


def test_counters_of_a_dropped_world_do_not_come_back(store_url: str, shared_server: StoreServer) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        await one.create_async("short")
        world = await two.enter("short")
        feed = world.companion.feed
        assert feed is not None
        count = "return redis.call('HINCRBY', KEYS[1], ARGV[1], 1)"
        assert [await feed.evaluate(count, "hits", ("solo",)) for _ in range(2)] == [1, 2]
        await one.drop_async("short")
        with shared_server.client() as client:
            left = set(client.keys(f"{one.engine.keys.prefix}*"))
            with pytest.raises(WorldGone):
                await feed.evaluate(count, "hits", ("solo",))
            assert set(client.keys(f"{one.engine.keys.prefix}*")) == left

    play(story, opened(store_url), opened(store_url))


def test_events_are_published_in_the_process_that_committed(store_url: str) -> None:
    heard: list[str] = []

    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        one.listen(lambda _, events: heard.extend(f"one {event.name}" for event in events))
        two.listen(lambda _, events: heard.extend(f"two {event.name}" for event in events))
        tx = one.default.begin()
        tx[AUTHORS].update(1, name="Augusta")
        tx.emit(Event("RENAMED", {}))
        await one.default.commit_async(tx)
        alone = (await two.enter()).begin()
        alone.emit(Event("SEEN", {}))
        await two.default.commit_async(alone)
        assert await are_alike(one, two)

    play(story, opened(store_url), opened(store_url))
    assert heard == ["one RENAMED", "two SEEN"]


# -- Snapshots ---------------------------------------------------------------------------------------------------------


def test_a_snapshot_bounds_the_stream_and_newcomers_load_it_with_the_tail(
    store_url: str, shared_server: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "KEPT_ENTRIES", 5)

    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        for number in range(60):
            await add(one if number % 2 else two, f"Volume {number}")
        assert await are_alike(one, two)

    processes = (opened(store_url, compact_after=1000), opened(store_url, compact_after=1000))
    play(story, *processes)
    keys = processes[0].engine.keys.world(1)
    with shared_server.client() as client:
        assert client.xlen(keys.log) < 40
        assert int(client.hget(keys.state, "version")) > 30
        assert client.exists(keys.snapshotting) == 0
        counts = client.hgetall(processes[0].engine.keys.blobs)
        blobs = client.keys(f"{processes[0].engine.keys.blob}*")
        assert len(blobs) == len(counts) == client.scard(keys.blobs), "blobs without a reference are deleted"
    assert states(opened(store_url)) == states(processes[0])


def test_a_process_that_was_left_behind_by_a_snapshot_loads_it(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "KEPT_ENTRIES", 5)
    behind = opened(store_url)
    ahead = opened(store_url, compact_after=2000)

    async def story(ahead: SharedWorlds) -> None:
        for number in range(100):
            await add(ahead, f"Volume {number}")

    async def later(ahead: SharedWorlds, behind: SharedWorlds) -> None:
        assert await are_alike(ahead, behind)
        await add(behind, "Last")
        assert "Last" in await titles(ahead)

    play(story, ahead)
    play(later, ahead, behind)


def test_past_changes_are_the_same_for_all_processes_and_outlive_a_snapshot(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "KEPT_ENTRIES", 5)
    one = opened(store_url, compact_after=1000)

    async def story(one: SharedWorlds) -> None:
        for number in range(30):
            await add(one, f"Volume {number}")
        await one.default.change(lambda tx: tx[AUTHORS].update(1, name="Augusta"))
        await one.default.reset_async()
        newcomer = await asyncio.to_thread(opened, store_url)
        changes = await newcomer.default.past_changes(3)
        assert changes == await one.default.past_changes(3)
        assert [each.version for each in changes] == [33, 32, 31]
        assert await newcomer.default.past_changes(2, before=33) == changes[1:]
        assert changes[2].before == [None]
        assert [author.name for author in changes[1].before] == ["Ada"]
        assert changes[1].record.changes[0].row.name == "Augusta"  # pyright: ignore[reportAttributeAccessIssue]
        assert len(await newcomer.default.past_changes(100)) < 30
        await newcomer.disconnect()

    play(story, one)


def test_large_entries_do_not_stay_in_the_stream(
    store_url: str, shared_server: StoreServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "KEPT_BYTES", 500)
    worlds = opened(store_url, compact_after=1000)

    async def story(worlds: SharedWorlds) -> None:
        for number in range(60):
            await add(worlds, f"Volume {number}")

    play(story, worlds)
    with shared_server.client() as client:
        assert client.xlen(worlds.engine.keys.world(1).log) < 40
    assert states(opened(store_url)) == states(worlds)


def test_worlds_share_the_blobs_that_are_equal(store_url: str, shared_server: StoreServer) -> None:
    worlds = opened(store_url)

    async def story(worlds: SharedWorlds) -> None:
        with shared_server.client() as client:
            before = client.hgetall(worlds.engine.keys.blobs)
            await worlds.create_async("branch")
            await add(worlds, "Branch", "branch")
            await worlds.create_async("twig", "branch")
            shared = client.hgetall(worlds.engine.keys.blobs)
            assert len(shared) == len(before) + 1, "only the books of the twig are new"
            await worlds.drop_async("branch")
            await worlds.drop_async("twig")
            assert client.hgetall(worlds.engine.keys.blobs) == before

    play(story, worlds)


def test_a_store_restores_everything(store_url: str) -> None:
    worlds = opened(store_url, compact_after=500)
    live_a_little(worlds)
    assert states(opened(store_url)) == states(worlds)


def test_blobs_that_have_gone_are_stored_again(store_url: str) -> None:
    worlds = opened(store_url)

    async def story(worlds: SharedWorlds) -> None:
        await add(worlds, "Lost")
        await worlds.create_async("branch")
        await worlds.drop_async("branch")  # The last world that needed the blob of its books.
        await worlds.create_async("branch")

    play(story, worlds)
    assert states(opened(store_url)) == states(worlds)


# -- What is refused ---------------------------------------------------------------------------------------------------


def test_a_store_of_another_edition_or_version_is_refused(store_url: str) -> None:
    opened(store_url)
    other = Schema(tuple(SCHEMA.collections.values()), Edition("2026-03"))
    with pytest.raises(LogUnusable, match="has worlds of edition 2025-04; this server serves edition 2026-03"):
        opened(store_url, schema=other)
    smaller = Schema((AUTHORS,))
    with pytest.raises(LogUnusable, match="was written by another version of this program"):
        opened(store_url, schema=smaller)


@pytest.mark.parametrize("part", ["store", "directory", "worlds", "commits"])
def test_keys_of_another_program_are_refused_and_left_alone(
    store_url: str, shared_server: StoreServer, part: str
) -> None:
    key = f"{read_store_url(store_url).prefix}:{part}"
    with shared_server.client() as client:
        client.set(key, "theirs")
        with pytest.raises(LogUnusable, match="that are not a store of this program"):
            opened(store_url)
        assert client.get(key) == b"theirs"
        client.delete(key)
        client.hset(f"{read_store_url(store_url).prefix}:store", "id", "theirs")
        with pytest.raises(LogUnusable, match="that are not a store of this program"):
            opened(store_url)


def test_stores_with_different_prefixes_are_separate(store_url: str) -> None:
    async def story(one: SharedWorlds, two: SharedWorlds) -> None:
        await add(one, "Mine")
        assert "Mine" not in await titles(two)

    play(story, opened(store_url), opened(f"{store_url}-other"))


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("valkey://", "no host"),
        ("valkey://host:x/0", "an invalid host or port"),
        ("valkey://host/first", "a database that is not a number"),
        ("valkey://host?prefix=", "a prefix that is not"),
        ("valkey://host?prefix=a*", "a prefix that is not"),
        ("valkey://host?wait=-1", "a wait that is not a number"),
        ("valkey://host?patience=0", "a patience that is not"),
        ("valkey://me:secret@host?colour=red", "the unknown option colour"),
        ("valkey://me:secret@host?ca=ca.pem", "ca, which needs valkeys://"),
        ("valkeys://me:secret@host?ca=/no/such/ca.pem", "a ca that is no file: /no/such/ca.pem"),
    ],
)
def test_an_invalid_url_is_refused_without_being_repeated(url: str, complaint: str) -> None:
    with pytest.raises(InvalidStoreUrl, match=complaint) as refusal:
        read_store_url(url)
    assert "secret" not in str(refusal.value)


def test_lists_keep_their_last_entries_within_a_number_of_bytes(store_url: str, shared_server: StoreServer) -> None:
    async def story(worlds: SharedWorlds) -> None:
        keys, feed = worlds.default.keys, worlds.default.companion.feed
        assert feed is not None
        for _ in range(12):
            feed.send("journal", b"a request", 10)
        for _ in range(3):
            feed.send("outbox", bytes(LIST_BYTES // 2), 10)
        await feed.flush()
        with shared_server.client() as client:
            ids = {part: [entry[0] for entry in client.xrange(keys.part(part))] for part in ("journal", "outbox")}
        assert ids == {"journal": [b"%d-0" % number for number in range(3, 13)], "outbox": [b"2-0", b"3-0"]}

    play(story, opened(store_url))


def test_urls_and_their_options() -> None:
    options = read_store_url("rediss://me:se%40cret@example.com:1234/5?prefix=ci&wait=2&patience=1.5")
    assert (options.host, options.port, options.db, options.tls) == ("example.com", 1234, 5, True)
    assert (options.user, options.password, options.prefix) == ("me", "se@cret", "ci")
    assert (options.wait, options.patience) == (2, 1.5)
    assert options.address == "valkeys://example.com:1234/5?prefix=ci"
    assert "se" not in repr(options).partition("://")[0] + repr(options).partition("@")[2]
    assert without_credentials("valkey://me:se@c/ret@host/0") == "valkey://host/0"
    assert without_credentials("valkey:/me:secret@host") == "valkey:/host"
    assert without_credentials("me:secret@host") == "host"
    assert without_credentials("file:///me@home/commits.log") == "file:///me@home/commits.log"
    assert [is_store_url(each) for each in ("memory", "file:x", "valkey:x", "REDIS://h", "valkeys://h")] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_a_store_that_needs_a_password_says_so_without_showing_it(store_url: str) -> None:
    url = store_url.replace("://", "://nobody:secret@") + "&patience=0.1"
    with pytest.raises(LogUnusable, match="does not accept the user or the password") as refusal:
        opened(url)
    assert "secret" not in str(refusal.value)
