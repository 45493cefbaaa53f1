"""Worlds are isolated; branch, reset, restore and drop work; listeners are called for commits only."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from mock_server.state.clock import Clock
from mock_server.state.errors import SnapshotUnusable, UnknownWorld, VersionConflict, WorldExists
from mock_server.state.snapshot import take
from mock_server.state.tests.library import AUTHORS, BOOKS, NOON, filled
from mock_server.state.transaction import Event
from mock_server.state.worlds import World, Worlds


def rename(world: World, name: str) -> int | None:
    """Renames the first author in one commit."""
    tx = world.begin()
    tx[AUTHORS].update(1, name=name)
    return world.commit(tx)


def name_in(world: World) -> str:
    return world.begin()[AUTHORS].require(1).name


def test_a_commit_is_visible_to_the_next_transaction(worlds: Worlds) -> None:
    before = worlds.version
    assert rename(worlds.default, "Augusta") == before + 1 == worlds.version
    assert name_in(worlds.default) == "Augusta"


def test_a_transaction_that_is_not_committed_leaves_no_trace(worlds: Worlds) -> None:
    before = take(worlds.default.root)
    tx = worlds.default.begin()
    tx[AUTHORS].delete(1)
    tx.identifiers.uuid4()
    assert take(worlds.default.root) == before


def test_a_commit_without_changes_creates_no_version(worlds: Worlds) -> None:
    before = worlds.version
    assert worlds.default.commit(worlds.default.begin()) is None
    assert worlds.version == before


def test_the_second_of_two_concurrent_transactions_conflicts(worlds: Worlds) -> None:
    first, second = worlds.default.begin(), worlds.default.begin()
    first[AUTHORS].update(1, name="Augusta")
    second[AUTHORS].update(2, name="Benjamin")
    worlds.default.commit(first)
    before = worlds.version
    with pytest.raises(VersionConflict):
        worlds.default.commit(second)
    assert worlds.version == before
    assert [author.name for author in (worlds.default.begin()[AUTHORS].require(key) for key in (1, 2))] == [
        "Augusta",
        "Ben",
    ]


@pytest.mark.parametrize(
    "clock",
    [
        {"offset_seconds": 1e300},
        {"offset_seconds": -1e300},
        {"offset_seconds": float("nan")},
        {"offset_seconds": float("inf")},
        {"offset_seconds": -3_000_000_000},
        {"frozen_at": "9999-12-31T23:59:59.999Z"},
        {"frozen_at": "9000-01-01T00:00:00Z"},
        {"frozen_at": "0001-01-01T00:00:00+14:00"},
    ],
)
def test_times_outside_of_the_clock_range_are_refused(worlds: Worlds, clock: Any) -> None:
    document = msgspec.to_builtins(take(worlds.default.root))
    with pytest.raises(SnapshotUnusable, match=r"The clock goes from 1970 to 9000\."):
        worlds.state_from(document | {"clock": clock})


def test_documents_with_any_clock_in_range_are_restored(worlds: Worlds) -> None:
    document = msgspec.to_builtins(take(worlds.default.root))
    for frozen_at in ("1970-01-01T00:00:00Z", "8999-12-31T23:59:59.999Z"):
        root = worlds.state_from(document | {"clock": {"frozen_at": frozen_at}}).root
        assert take(root).collections == take(worlds.default.root).collections
        assert root.clock.frozen_at == datetime.fromisoformat(frozen_at)


def test_a_branch_and_its_source_are_isolated(worlds: Worlds) -> None:
    rename(worlds.default, "Augusta")
    branch = worlds.create("branch")
    assert name_in(branch) == "Augusta"
    rename(branch, "Branch")
    rename(worlds.default, "Trunk")
    assert (name_in(branch), name_in(worlds.default)) == ("Branch", "Trunk")


def test_a_branch_shares_its_source_and_costs_nothing(worlds: Worlds) -> None:
    branch = worlds.create("branch")
    assert branch.root is worlds.default.root
    rename(branch, "Branch")
    assert branch.root.table(BOOKS) is worlds.default.root.table(BOOKS)


def test_branches_of_one_world_draw_the_same_ids(worlds: Worlds) -> None:
    one, two = worlds.create("one"), worlds.create("two")
    assert one.begin().identifiers.uuid4() == two.begin().identifiers.uuid4()


def test_reset_returns_to_the_start_of_that_world(worlds: Worlds) -> None:
    start = take(worlds.default.root)
    rename(worlds.default, "Augusta")
    branch = worlds.create("branch")
    rename(branch, "Branch")
    branch.set_clock(Clock().advanced(timedelta(days=1)))
    branch.reset()
    assert (name_in(branch), branch.begin().now) == ("Augusta", NOON)
    worlds.default.reset()
    assert take(worlds.default.root) == start
    assert name_in(branch) == "Augusta"


def test_restore_replaces_the_state_and_keeps_the_start(worlds: Worlds) -> None:
    rename(worlds.default, "Augusta")
    kept = worlds.default.root
    rename(worlds.default, "Later")
    worlds.default.restore(worlds.new_state(kept))
    assert name_in(worlds.default) == "Augusta"
    worlds.default.reset()
    assert name_in(worlds.default) == "Ada"


def test_a_transaction_from_before_a_reset_cannot_be_committed(worlds: Worlds) -> None:
    rename(worlds.default, "Augusta")
    tx = worlds.default.begin()
    tx[AUTHORS].update(1, pen_name="late")
    worlds.default.reset()
    with pytest.raises(VersionConflict):
        worlds.default.commit(tx)
    assert name_in(worlds.default) == "Ada"


def test_a_dropped_world_is_unusable_and_its_name_is_free(worlds: Worlds) -> None:
    worlds.create("branch")
    with pytest.raises(WorldExists):
        worlds.create("branch")
    with pytest.raises(WorldExists):
        worlds.create_from("branch", worlds.new_state(filled()))
    worlds.drop("branch")
    for act in (worlds.get, worlds.drop):
        with pytest.raises(UnknownWorld):
            act("branch")
    with pytest.raises(UnknownWorld):
        worlds.create("other", source="branch")
    worlds.create("branch")
    assert [world.name for world in worlds.all()] == ["default", "branch"]


def test_every_world_has_its_own_clock(worlds: Worlds) -> None:
    branch = worlds.create("branch")
    branch.advance(timedelta(hours=1))
    assert branch.begin().now - worlds.default.begin().now == timedelta(hours=1)


def test_events_are_published_only_after_the_commit(worlds: Worlds) -> None:
    heard: list[tuple[str, str, str]] = []
    worlds.listen(
        lambda world, events: heard.extend((world.name, event.name, name_in(world)) for event in events),
    )
    dropped = worlds.default.begin()
    dropped.emit(Event("NEVER", {}))
    tx = worlds.create("branch").begin()
    tx[AUTHORS].update(1, name="Augusta")
    tx.emit(Event("RENAMED", {"id": 1}))
    assert heard == []
    worlds.get("branch").commit(tx)
    assert heard == [("branch", "RENAMED", "Augusta")]


def test_a_conflict_publishes_nothing(worlds: Worlds) -> None:
    heard: list[str] = []
    worlds.listen(lambda _, events: heard.extend(event.name for event in events))
    late = worlds.default.begin()
    late[AUTHORS].update(2, name="Benjamin")
    late.emit(Event("RENAMED", {"id": 2}))
    rename(worlds.default, "Augusta")
    with pytest.raises(VersionConflict):
        worlds.default.commit(late)
    assert heard == []
