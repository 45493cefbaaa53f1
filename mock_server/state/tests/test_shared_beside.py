"""The lists, values and counters that processes share beside the state of a world."""

from __future__ import annotations

import asyncio

import pytest

from mock_server.state.shared import keys
from mock_server.state.shared.beside import SharedBeside
from mock_server.state.shared.options import read_store_url
from mock_server.state.shared.worlds import SharedWorlds
from mock_server.state.tests.library import NOON, SCHEMA, filled


def opened(url: str) -> SharedWorlds:
    return SharedWorlds(SCHEMA, filled, read_store_url(url), lambda: NOON)


def beside(worlds: SharedWorlds, name: str = "default") -> SharedBeside:
    found = worlds.get(name).shared
    assert found is not None
    return found


def test_two_processes_share_a_numbered_list_of_limited_length(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "WORLD_PARTS", ("letters",))
    one, two = opened(store_url), opened(store_url)

    async def story() -> None:
        assert await beside(one).add("letters", [b"a", b"b"], longest=3) == 1
        assert await beside(two).add("letters", [b"c", b"d"], longest=3) == 3
        for worlds in (one, two):
            assert await beside(worlds).newest("letters", 2) == [(4, b"d"), (3, b"c")]
            assert await beside(worlds).newest("letters", 2, before=4) == [(3, b"c"), (2, b"b")]
            assert await beside(worlds).after("letters", 2, 10) == [(3, b"c"), (4, b"d")]
        await beside(two).clear("letters")
        assert await beside(one).newest("letters", 2) == []
        assert await beside(one).add("letters", [b"e"], longest=3) == 5, "numbers are not used again"
        for worlds in (one, two):
            await worlds.engine.close()

    asyncio.run(story())


def test_values_and_counters_are_shared_and_a_counter_begins_again(store_url: str) -> None:
    one, two = opened(store_url), opened(store_url)

    async def story() -> None:
        await beside(one).put("faults", b"[]")
        assert await beside(two).get("faults") == b"[]"
        assert await beside(two).get("others") is None
        assert (await beside(one).count("solo", 60)).value == 1
        counted = await beside(two).count("solo", 60, by=2)
        assert counted.value == 3
        assert 0 < counted.seconds_left <= 60
        for worlds in (one, two):
            await worlds.engine.close()

    asyncio.run(story())


def test_a_dropped_world_leaves_no_key_behind(store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "WORLD_PARTS", ("letters",))
    worlds = opened(store_url)

    async def story() -> None:
        client = worlds.engine.client
        before = set(await client.keys(f"{worlds.engine.options.prefix}:*"))
        await worlds.create_async("branch")
        await beside(worlds, "branch").add("letters", [b"a"], longest=3)
        await worlds.drop_async("branch")
        assert set(await client.keys(f"{worlds.engine.options.prefix}:*")) == before
        await worlds._disconnect()

    asyncio.run(story())
