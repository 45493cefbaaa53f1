"""The test suite of commit logs and stores. Add a new kind of log to LOGS, a new kind of store to `stores`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from mock_server.state.clock import Clock
from mock_server.state.errors import VersionConflict
from mock_server.state.file_log import FileLog
from mock_server.state.log import (
    ClockSet,
    CommitLog,
    Committed,
    MemoryLog,
    Record,
    WorldCreated,
    WorldDropped,
    WorldReset,
    WorldRestored,
)
from mock_server.state.replay import replayed
from mock_server.state.snapshot import take
from mock_server.state.tests.library import AUTHORS, BOOKS, NOON, SCHEMA, Author, Book, filled
from mock_server.state.tests.stores import OpenWorlds
from mock_server.state.transaction import Change
from mock_server.state.worlds import Worlds

LOGS: dict[str, Callable[[Path], CommitLog]] = {
    "memory": lambda _: MemoryLog(),
    "file": lambda folder: FileLog(folder / "commits.log", SCHEMA),
    "file, synced": lambda folder: FileLog(folder / "synced.log", SCHEMA, fsync="always"),
}

ADA = Author(id=1, name="Ada")
BOOK = Book(id=1, title="Engines", year=1843, author_id=1, printed_at=NOON)
RECORDS: list[Record] = [
    WorldCreated("default", snapshot=take(filled())),
    Committed("default", [Change("authors", 1, ADA), Change("books", 1, BOOK)], {"authors": 1, "books": 1}, 7),
    ClockSet("default", Clock(offset_seconds=1.5)),
    ClockSet("default", Clock(frozen_at=NOON)),
    WorldCreated("branch", source="default"),
    Committed("branch", [Change("shelves", "s1", None)], {}, 7),
    WorldReset("branch"),
    WorldRestored("branch", take(filled())),
    WorldDropped("branch"),
]


PERSISTENT = [kind for kind in LOGS if kind != "memory"]


@pytest.fixture(params=LOGS)
def log(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    log = LOGS[request.param](tmp_path)
    yield log
    log.close()


@pytest.fixture(params=PERSISTENT)
def persistent(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    log = LOGS[request.param](tmp_path)
    assert log.is_persistent
    yield log
    log.close()


def append_all(log: CommitLog) -> None:
    for version, record in enumerate(RECORDS):
        assert log.append(version, record) == version + 1


def rows_as_read(records: list[tuple[int, Record]]) -> list[tuple[int, Record]]:
    """Snapshots may be read back as plain data, so they are left out of the comparison."""
    return [
        (version, type(record)(record.world, snapshot=None)) if getattr(record, "snapshot", None) else (version, record)
        for version, record in records
    ]


def test_a_fresh_log_is_empty(log: CommitLog) -> None:
    assert log.version == 0
    assert list(log.read(0)) == []


def test_records_are_read_back_as_they_were_written_and_in_order(persistent: CommitLog) -> None:
    append_all(persistent)
    assert persistent.version == len(RECORDS)
    read = list(persistent.read(0))
    assert rows_as_read(read) == rows_as_read(list(enumerate(RECORDS, start=1)))
    committed = read[1][1]
    assert isinstance(committed, Committed)
    assert [type(change.row) for change in committed.changes] == [Author, Book]
    assert committed.changes[1].row.printed_at == NOON


def test_reading_starts_after_the_given_version(persistent: CommitLog) -> None:
    append_all(persistent)
    assert [version for version, _ in persistent.read(6)] == [7, 8, 9]
    assert list(persistent.read(len(RECORDS))) == []


@pytest.mark.parametrize("expected", [0, 8, 10])
def test_an_append_for_another_version_is_a_conflict_and_changes_nothing(log: CommitLog, expected: int) -> None:
    append_all(log)
    with pytest.raises(VersionConflict):
        log.append(expected, WorldReset("default"))
    assert log.version == len(RECORDS)
    assert len(list(log.read(0))) == (len(RECORDS) if log.is_persistent else 0)
    assert log.append(len(RECORDS), WorldReset("default")) == len(RECORDS) + 1


def live_a_little(worlds: Worlds) -> None:
    """Produces log records of every kind."""
    default = worlds.default
    tx = default.begin()
    tx[AUTHORS].update(1, name=tx.identifiers.cuid())
    tx[BOOKS].create(title="New", year=1, author_id=2)
    default.commit(tx)
    branch = worlds.create("branch")
    tx = branch.begin()
    tx[AUTHORS].delete(1)
    branch.commit(tx)
    worlds.create_from("other", worlds.new_state(branch.root)).set_clock(Clock(frozen_at=NOON))
    worlds.create("gone")
    worlds.drop("gone")
    default.set_clock(Clock().advanced(timedelta(days=2)))
    branch.reset()
    worlds.get("other").restore(worlds.new_state(default.root))
    tx = branch.begin()
    tx[AUTHORS].create(name="Last")
    branch.commit(tx)


def test_replaying_the_commits_of_a_world_gives_its_state(persistent: CommitLog) -> None:
    worlds = Worlds(SCHEMA, filled, persistent, real_time=lambda: NOON)
    root = filled()
    for number in range(5):
        tx = worlds.default.begin()
        tx[AUTHORS].update(1, name=f"Ada {number}", pen_name=tx.identifiers.token())
        tx[BOOKS].create(title=f"Volume {number}", year=number, author_id=1)
        if number == 3:
            tx[AUTHORS].delete(2)
        worlds.default.commit(tx)
    for _, record in persistent.read(1):
        assert isinstance(record, Committed)
        root = replayed(root, record)
    assert take(root) == take(worlds.default.root)


def test_every_store_leads_to_the_same_worlds(worlds: Worlds) -> None:
    plain = Worlds(SCHEMA, filled, real_time=lambda: NOON)
    for each in (worlds, plain):
        live_a_little(each)
    assert states(worlds) == states(plain)


def test_the_worlds_of_a_log_count_its_records(log: CommitLog) -> None:
    worlds = Worlds(SCHEMA, filled, log, lambda: NOON)
    live_a_little(worlds)
    assert worlds.version == log.version == 12


def states(worlds: Worlds) -> dict[str, Any]:
    return {world.name: (take(world.root), take(world.start)) for world in worlds.all()}


def test_a_persistent_store_restores_all_worlds(open_worlds: OpenWorlds) -> None:
    worlds = open_worlds()
    live_a_little(worlds)
    kept, version = states(worlds), worlds.version
    worlds.close()
    again = open_worlds(lambda: pytest.fail("the start world is not wanted"))
    assert states(again) == kept
    assert again.version == version
    live_on = again.default.begin()
    live_on[BOOKS].create(title=live_on.identifiers.token(), year=1, author_id=2)
    assert again.default.commit(live_on) == version + 1
    again.close()


def test_the_memory_log_keeps_no_record() -> None:
    log = MemoryLog()
    worlds = Worlds(SCHEMA, filled, log, lambda: NOON)
    live_a_little(worlds)
    assert log.version > 0
    assert worlds.new_state(filled()).snapshot is None, "no state is packed for a log that keeps none"
    assert list(log.read(0)) == []
    assert not log.is_persistent
