"""When a log is synced, and how it handles failures: memory and file always agree."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mock_server.state import log_file
from mock_server.state.errors import LogUnwritable
from mock_server.state.file_log import FileLog
from mock_server.state.tests.crash_images import state, write
from mock_server.state.tests.library import SCHEMA, filled
from mock_server.state.worlds import Worlds


class Syncs:
    """A replacement for `os.fsync` that can fail and be waited for."""

    def __init__(self) -> None:
        self.fails = False
        self.done = threading.Event()
        self._sync = os.fsync

    def __call__(self, descriptor: int) -> None:
        try:
            if self.fails:
                raise OSError(5, "Input/output error")
            self._sync(descriptor)
        finally:
            self.done.set()


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> Syncs:
    syncs = Syncs()
    monkeypatch.setattr(os, "fsync", syncs)
    return syncs


def reopened(path: Path) -> bytes:
    worlds = Worlds(SCHEMA, filled, FileLog(path, SCHEMA))
    try:
        return state(worlds)
    finally:
        worlds.close()


def test_an_append_is_synced_within_a_second_without_another_append(tmp_path: Path, syncs: Syncs) -> None:
    worlds = Worlds(SCHEMA, filled, FileLog(tmp_path / "commits.log", SCHEMA, fsync="second"))
    for number in range(2):
        syncs.done.clear()
        write(worlds.default, number)
        assert syncs.done.wait(0.95)
    worlds.close()


@pytest.mark.parametrize(("fsync", "count"), [("always", 3), ("never", 0)])
def test_syncing_with_each_append_and_never(tmp_path: Path, syncs: Syncs, fsync: Any, count: int) -> None:
    worlds = Worlds(SCHEMA, filled, FileLog(tmp_path / "commits.log", SCHEMA, fsync=fsync))
    synced = 0
    for number in range(3):
        syncs.done.clear()
        write(worlds.default, number)
        synced += syncs.done.is_set()
    worlds.close()
    assert synced == count
    assert syncs.done.is_set() == (fsync == "always")


def test_a_commit_that_could_not_be_synced_is_neither_in_memory_nor_in_the_file(tmp_path: Path, syncs: Syncs) -> None:
    path = tmp_path / "commits.log"
    worlds = Worlds(SCHEMA, filled, FileLog(path, SCHEMA, fsync="always"))
    before, version, size = state(worlds), worlds.version, path.stat().st_size
    syncs.fails = True
    for number in range(2):
        with pytest.raises(LogUnwritable, match="cannot be written: Input/output error"):
            write(worlds.default, number)
        assert (state(worlds), worlds.version, path.stat().st_size) == (before, version, size)
    syncs.fails = False
    write(worlds.default, 3)
    after = state(worlds)
    worlds.close()
    assert reopened(path) == after


def test_after_a_failed_background_sync_the_log_is_rewritten_before_the_next_append(
    tmp_path: Path, syncs: Syncs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_file, "SYNC_DELAY", 0.001)
    path = tmp_path / "commits.log"
    log = FileLog(path, SCHEMA, fsync="second")
    worlds = Worlds(SCHEMA, filled, log)
    syncs.fails = True
    write(worlds.default, 0)
    until(lambda: log.needs_rewrite)
    before = state(worlds)
    with pytest.raises(LogUnwritable, match="Input/output error"):
        write(worlds.default, 1)
    assert state(worlds) == before
    syncs.fails = False
    write(worlds.default, 2)
    assert not log.needs_rewrite
    assert log.checkpoint()[0] > 0
    after = state(worlds)
    worlds.close()
    assert reopened(path) == after
    assert [each.name for each in tmp_path.iterdir() if each.name.endswith(".new")] == []


def test_after_a_failed_append_that_cannot_be_undone_the_log_is_rewritten(
    tmp_path: Path, syncs: Syncs, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "commits.log"
    worlds = Worlds(SCHEMA, filled, FileLog(path, SCHEMA, fsync="always"))

    def fail(*_: Any) -> None:
        raise OSError(5, "Input/output error")

    before = state(worlds)
    syncs.fails = True
    with monkeypatch.context() as broken:
        broken.setattr(os, "ftruncate", fail)
        with pytest.raises(LogUnwritable):
            write(worlds.default, 0)
    with pytest.raises(LogUnwritable):
        write(worlds.default, 1)
    assert state(worlds) == before
    syncs.fails = False
    write(worlds.default, 2)
    after = state(worlds)
    worlds.close()
    assert reopened(path) == after


def until(holds: Callable[[], bool]) -> None:
    """Waits until `holds()`."""
    again = threading.Event()
    for _ in range(1000):
        if holds():
            return
        again.wait(0.01)
    raise AssertionError("it did not come to that")


def test_a_stop_that_comes_while_a_request_is_served_ends_the_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_file, "SYNC_DELAY", 0)
    syncer = log_file._Syncer(lambda: None)

    class StoppedMeanwhile(threading.Event):
        def clear(self) -> None:
            syncer._stopped.set()
            super().clear()

    waiting, syncer._requested = syncer._requested, StoppedMeanwhile()
    waiting.set()
    syncer._thread.join(3)
    assert not syncer._thread.is_alive()
