"""Compaction: the length of a log depends on the state, not on the history, and nothing is lost."""

from __future__ import annotations

import logging
import threading
from pathlib import Path
from typing import Any

import msgspec
import pytest

from mock_server.state import checkpoint as checkpoints
from mock_server.state import file_log
from mock_server.state.checkpoint import Checkpoint, WorldState
from mock_server.state.file_log import FileLog
from mock_server.state.log import Committed, Record, WorldCreated, WorldDropped, WorldReset
from mock_server.state.snapshot import take
from mock_server.state.tests.library import AUTHORS, BOOKS, SCHEMA, filled
from mock_server.state.tests.test_logs import live_a_little, states
from mock_server.state.transaction import Change
from mock_server.state.worlds import World, Worlds

SMALL = 2000


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "commits.log"


def opened(path: Path, compact_after: int = SMALL) -> Worlds:
    return Worlds(SCHEMA, filled, FileLog(path, SCHEMA, compact_after=compact_after))


def rename(world: World, name: str) -> None:
    tx = world.begin()
    tx[AUTHORS].update(1, name=name)
    world.commit(tx)


def fill(world: World, count: int) -> None:
    tx = world.begin()
    for number in range(count):
        tx[BOOKS].create(title=f"Volume {number}", year=number, author_id=1)
    world.commit(tx)


def test_the_log_of_a_small_state_with_a_long_history_is_short(path: Path) -> None:
    log = FileLog(path, SCHEMA, compact_after=SMALL)
    worlds = Worlds(SCHEMA, filled, log)
    for number in range(2000):
        rename(worlds.default, f"Ada {number}")
        if number % 50 == 0:  # On a busy machine the compacting thread may not get to run.
            log._finish_compaction()
    kept, version = states(worlds), worlds.version
    worlds.close()
    assert path.stat().st_size < 5 * SMALL
    again = opened(path)
    assert (states(again), again.version) == (kept, version)
    rename(again.default, "Augusta")
    assert again.version == version + 1
    again.close()


def test_all_operations_on_worlds_survive_compaction_at_any_time(path: Path) -> None:
    worlds = opened(path, compact_after=1)  # Compactions follow each other without a break.
    live_a_little(worlds)
    for number in range(50):
        world = worlds.create(f"w{number}", "branch" if number % 2 else "default")
        rename(world, f"Ada {number}")
        if number % 3 == 0:
            worlds.drop(world.name)
        elif number % 3 == 1:
            world.reset()
    kept, version = states(worlds), worlds.version
    worlds.close()
    again = opened(path)
    assert (states(again), again.version) == (kept, version)
    assert [each.name for each in again.all()] == list(kept)
    again.close()


def test_shared_tables_are_stored_once(path: Path) -> None:
    worlds = opened(path)
    fill(worlds.default, 300)
    for number in range(40):
        rename(worlds.create(f"w{number}"), f"Ada {number}")
        fill_one(worlds.get(f"w{number}"), number)
    kept = [WorldState(each.name, each.start, each.root) for each in worlds.all()]
    worlds.close()
    encoded = msgspec.msgpack.encode(checkpoints.take(kept))
    assert len(encoded) < 2 * len(msgspec.msgpack.encode(checkpoints.take(kept[:1]))) + 40 * 500
    restored = checkpoints.restore(SCHEMA, msgspec.msgpack.decode(encoded, type=Checkpoint))
    assert [(each.name, take(each.start), take(each.root)) for each in restored] == [
        (each.name, take(each.start), take(each.root)) for each in kept
    ]


def fill_one(world: World, number: int) -> None:
    tx = world.begin()
    tx[BOOKS].delete(number + 4)
    tx[BOOKS].create(title="Own", year=number, author_id=1)
    world.commit(tx)


def test_commits_are_possible_while_a_checkpoint_is_written(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entered, allowed = threading.Event(), threading.Event()
    original = checkpoints.take

    def slowly(kept: Any) -> Checkpoint:
        entered.set()
        assert allowed.wait(10)
        return original(kept)

    monkeypatch.setattr(checkpoints, "take", slowly)
    worlds = opened(path)
    number = 0
    while not entered.is_set():
        rename(worlds.default, f"before {number}")
        number += 1
    for more in range(20):
        rename(worlds.default, f"during {more}")
    allowed.set()
    kept = states(worlds)
    worlds.close()
    again = opened(path)
    assert states(again) == kept
    again.close()


def test_a_failed_checkpoint_leaves_the_log_unchanged(
    path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: Path) -> Any:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(file_log, "create", refuse)
    worlds = opened(path)
    for number in range(100):
        rename(worlds.default, f"Ada {number}")
    kept = states(worlds)
    worlds.close()
    complaints = [each.getMessage() for each in caplog.records if each.levelno >= logging.WARNING]
    assert 1 <= len(complaints) <= 5, "not with each commit"
    assert all("could not be shortened: No space left on device" in each for each in complaints)
    monkeypatch.undo()
    again = opened(path)
    assert states(again) == kept
    again.close()


def test_the_file_of_a_killed_compaction_is_removed(path: Path) -> None:
    path.with_name("commits.log.new").write_bytes(b"half of a")
    opened(path).close()
    assert not path.with_name("commits.log.new").exists()


def write_records(path: Path, *records: Record) -> None:
    log = FileLog(path, SCHEMA)
    for version, record in enumerate(records):
        log.append(version, record)
    log.close()


def test_records_of_dropped_worlds_are_skipped(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    change = Change("authors", 1, filled().table(AUTHORS).rows[1].changed(name="Augusta"))
    write_records(
        path,
        WorldCreated("default", snapshot=take(filled())),
        WorldCreated("brief", source="default"),
        WorldDropped("brief"),
        Committed("brief", [change], {}, 0),
        WorldReset("brief"),
        WorldDropped("brief"),
        WorldCreated("late", source="brief"),
        Committed("default", [change], {}, 0),
    )
    worlds = opened(path)
    assert [each.name for each in worlds.all()] == ["default"]
    assert worlds.default.begin()[AUTHORS].require(1).name == "Augusta"
    assert worlds.version == 8
    assert "4 records of the log belong to worlds that had gone" in caplog.text
    worlds.close()


def test_a_conflicting_record_of_a_dropped_world_with_the_same_name_is_skipped(path: Path) -> None:
    ada, ben = (filled().table(AUTHORS).rows[key] for key in (1, 2))
    write_records(
        path,
        WorldCreated("default", snapshot=take(filled())),
        Committed("default", [Change("authors", 77, None), Change("authors", 9, ada.changed(id=9))], {}, 0),
        Committed("default", [Change("authors", 2, ben.changed(country="Italy"))], {}, 0),
    )
    worlds = opened(path)
    rows = worlds.default.begin()[AUTHORS]
    assert (rows.get(9), rows.require(2).country) == (None, "Italy")
    worlds.close()


def test_rows_that_swap_unique_values_are_replayed(path: Path) -> None:
    worlds = opened(path, 10**9)
    for names in (("X", "Ada", "Ben"), ("Y", "Ben", "Ada")):
        tx = worlds.default.begin()
        tx[AUTHORS].update(1, name=names[0])
        tx[AUTHORS].update(2, name=names[1])
        tx[AUTHORS].update(1, name=names[2])
        worlds.default.commit(tx)
    kept = states(worlds)
    worlds.close()
    again = opened(path)
    assert states(again) == kept
    again.close()


def test_a_log_of_the_previous_format_without_checkpoints_is_read(path: Path) -> None:
    worlds = opened(path, 10**9)
    rename(worlds.default, "Augusta")
    kept = states(worlds)
    worlds.close()
    path.write_bytes(path.read_bytes().replace(b'"cal_mock_log":3', b'"cal_mock_log":2', 1))
    again = opened(path)
    assert states(again) == kept
    again.close()
