"""The file log: recovery from torn records, and refusal of damage."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mock_server.state import checkpoint as checkpoints
from mock_server.state.collection import Schema
from mock_server.state.errors import LogUnusable
from mock_server.state.file_log import FileLog
from mock_server.state.log import Committed, WorldReset
from mock_server.state.tests.library import AUTHORS, SCHEMA, filled
from mock_server.state.transaction import Change
from mock_server.state.worlds import Worlds

COUNT = 5


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "commits.log"


@pytest.fixture
def ends(path: Path) -> list[int]:
    """Creates a log with COUNT records and returns the end of the header and of each record."""
    log = FileLog(path, SCHEMA)
    found = [path.stat().st_size]
    for version in range(COUNT):
        log.append(version, WorldReset(f"world {version}"))
        found.append(path.stat().st_size)
    log.close()
    return found


@pytest.fixture
def opened() -> Iterator[Any]:
    """Opens logs and closes them at the end."""
    logs: list[FileLog] = []

    def open_log(path: Path, schema: Schema = SCHEMA) -> FileLog:
        logs.append(FileLog(path, schema))
        return logs[-1]

    yield open_log
    for log in logs:
        log.close()


def worlds_in(log: FileLog) -> list[str]:
    return [record.world for _, record in log.read(0)]


def flip(path: Path, at: int) -> None:
    """Damages one byte."""
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)


def test_a_truncated_record_is_dropped_with_a_warning(
    path: Path, ends: list[int], opened: Any, caplog: pytest.LogCaptureFixture
) -> None:
    whole = path.read_bytes()
    for cut in range(ends[-2] + 1, ends[-1]):
        path.write_bytes(whole[:cut])
        caplog.clear()
        log = opened(path)
        assert worlds_in(log) == [f"world {number}" for number in range(COUNT - 1)], cut
        [warning] = [record for record in caplog.records if record.levelno == logging.WARNING]
        assert f"cut off at byte {ends[-2]}" in warning.getMessage()
        assert log.append(COUNT - 1, WorldReset("after")) == COUNT
        log.close()
        caplog.clear()
        again = opened(path)
        assert worlds_in(again)[-1] == "after"
        assert not caplog.records
        again.close()


def test_zeros_at_the_end_are_a_torn_record(path: Path, ends: list[int], opened: Any) -> None:
    for zeros in (1, 8, 100, 5000):
        path.write_bytes(path.read_bytes()[: ends[-1]] + bytes(zeros))
        log = opened(path)
        assert log.version == COUNT
        log.close()
        assert path.stat().st_size == ends[-1]


def test_damage_before_the_end_is_refused(path: Path, ends: list[int]) -> None:
    whole = path.read_bytes()
    for at in range(ends[1], ends[2]):
        path.write_bytes(whole)
        flip(path, at)
        with pytest.raises(LogUnusable, match=rf"damaged at byte {ends[1]}, after record 1"):
            FileLog(path, SCHEMA)
        assert len(path.read_bytes()) == len(whole), "nothing may be cut off a damaged log"


def test_a_log_with_a_piece_missing_is_refused(path: Path, ends: list[int]) -> None:
    whole = path.read_bytes()
    path.write_bytes(whole[: ends[1] + 3] + whole[ends[1] + 7 :])
    with pytest.raises(LogUnusable, match="damaged"):
        FileLog(path, SCHEMA)


@pytest.mark.parametrize("content", [b"not a log\n", b"\x00\xff\xfe", b"{}\n", b'{"cal_mock_log":"x","schema":""}\n'])
def test_a_file_that_is_not_a_log_is_refused_and_left_unchanged(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(LogUnusable, match="is not a commit log of this program"):
        FileLog(path, SCHEMA)
    assert path.read_bytes() == content


def test_a_log_of_another_version_is_refused(path: Path, ends: list[int]) -> None:
    with pytest.raises(LogUnusable, match="written by another version"):
        FileLog(path, Schema((AUTHORS,)))
    path.write_bytes(path.read_bytes().replace(b'"cal_mock_log":3', b'"cal_mock_log":1'))
    with pytest.raises(LogUnusable, match=r"written by another version of this program .format 1"):
        FileLog(path, SCHEMA)
    assert path.stat().st_size == ends[-1]


def test_a_log_has_one_owner_at_a_time(path: Path, opened: Any) -> None:
    first = opened(path)
    with pytest.raises(LogUnusable, match="in use by another process"):
        FileLog(path, SCHEMA)
    first.append(0, WorldReset("mine"))
    first.close()
    assert worlds_in(opened(path)) == ["mine"]


@pytest.mark.skipif(os.name != "posix", reason="Other systems have no such rights.")
def test_only_the_owner_can_read_a_log_and_its_side_files(tmp_path: Path, opened: Any) -> None:
    path = tmp_path / "made" / "commits.log"
    log = opened(path)
    assert path.parent.stat().st_mode & 0o077 == 0
    log.append(0, WorldReset("world"))
    log.close()
    path.write_bytes(path.read_bytes() + b"torn")
    path.chmod(0o644)
    path.with_name("commits.log.new").touch(0o644)
    again = opened(path)
    assert {each.name.partition(".cut-")[0]: each.stat().st_mode & 0o077 for each in path.parent.iterdir()} == {
        "commits.log": 0,
        "commits.log.lock": 0,
    }
    again.rewrite(partial(checkpoints.take, []))
    assert path.stat().st_mode & 0o077 == 0


def test_a_path_that_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LogUnusable, match=r"cannot be opened: .+\."):
        FileLog(tmp_path, SCHEMA)


class HalfFull:
    """A file on a disk with room for only half of each write."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def write(self, content: bytes) -> int:
        return self._file.write(content[: len(content) // 2])

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def test_a_partially_written_record_is_removed(path: Path, ends: list[int], opened: Any) -> None:
    log = opened(path)
    file, log._file._file = log._file._file, HalfFull(log._file._file)
    with pytest.raises(LogUnusable, match="cannot be written: there is no room for it"):
        log.append(COUNT, WorldReset("too much"))
    assert (path.stat().st_size, log.version) == (ends[-1], COUNT)
    log._file._file = file
    log.append(COUNT, WorldReset("fits"))
    log.close()
    assert worlds_in(opened(path))[-2:] == [f"world {COUNT - 1}", "fits"]


def test_a_commit_that_could_not_be_written_is_invisible(path: Path, opened: Any) -> None:
    log = opened(path)
    worlds = Worlds(SCHEMA, filled, log)
    file, log._file._file = log._file._file, HalfFull(log._file._file)
    tx = worlds.default.begin()
    tx[AUTHORS].update(1, name="Augusta")
    with pytest.raises(LogUnusable):
        worlds.default.commit(tx)
    log._file._file = file
    assert worlds.default.begin()[AUTHORS].require(1).name == "Ada"


@pytest.mark.parametrize("change", [Change("authors", 1, {"id": "one"}), Change("cellars", 1, {"id": 1})])
def test_a_record_that_does_not_fit_this_program_is_named(path: Path, opened: Any, change: Change) -> None:
    log = opened(path)
    log.append(0, WorldReset("default"))
    log.append(1, Committed("default", [change], {}, 0))
    with pytest.raises(LogUnusable, match=r"Record 2 of the log .* does not fit this program"):
        list(log.read(0))
