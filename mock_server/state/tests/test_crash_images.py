"""After a crash a log starts with all intact records; a damaged log is refused; acknowledged commits are never lost."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from mock_server.state.file_log import FileLog
from mock_server.state.tests.crash_images import images, judged, original, write
from mock_server.state.tests.library import BOOKS, SCHEMA, filled
from mock_server.state.worlds import Worlds

SEED = 14
NEVER = 10**9
"""Bytes after which a log is compacted, far more than these tests write."""
WRITER = """
import sys
from pathlib import Path
from mock_server.state.file_log import FileLog
from mock_server.state.tests.crash_images import write
from mock_server.state.tests.library import SCHEMA, filled
from mock_server.state.worlds import Worlds

worlds = Worlds(SCHEMA, filled, FileLog(Path(sys.argv[1]), SCHEMA, compact_after=int(sys.argv[2])))
for number in range(10**6):
    write(worlds.default, number)
    print(number, flush=True)
"""


@pytest.mark.slow("starts from dozens of damaged logs")
@pytest.mark.parametrize("compact_after", [NEVER, 3000])
def test_every_crash_image_starts_and_every_damaged_one_is_refused(
    tmp_path: Path, compact_after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "fsync", lambda _: None)  # Syncing is slow, and makes no difference to these files.
    log = original(tmp_path / "original.log", 40, compact_after=compact_after)
    assert (log.checkpoint_version > 0) == (compact_after < NEVER)
    folder = tmp_path / "image"
    folder.mkdir()
    chosen = list(images(log, SEED, each=10))
    random.Random(SEED).shuffle(chosen)
    # A sample of each kind.
    seen: Counter[str] = Counter()
    for image in chosen:
        seen[image.kind] += 1
        if seen[image.kind] <= 8:
            judged(image, log, folder)
    assert len(seen) >= 9


@pytest.mark.parametrize(("compact_after", "rounds"), [(NEVER, 1), (2000, 3)])
def test_kill_9_at_any_moment_loses_no_acknowledged_commit(tmp_path: Path, compact_after: int, rounds: int) -> None:
    chance = random.Random(SEED)
    versions = [
        killed_after(tmp_path / f"{number}.log", compact_after, chance.randrange(100, 300)) for number in range(rounds)
    ]
    assert all(versions) == (compact_after < NEVER)


def killed_after(path: Path, compact_after: int, commits: int) -> int:
    """Kills a process writing to `path`; returns the version of its checkpoint.

    That is after so many acknowledged commits, or when the log has been compacted, if that takes longer.
    """
    command = [sys.executable, "-W", "ignore", "-c", WRITER, str(path), str(compact_after)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, encoding="utf-8") as process:
        assert process.stdout is not None
        acknowledged = int(process.stdout.readline())
        file = path.stat().st_ino
        while acknowledged < commits - 1 or (compact_after < NEVER and path.stat().st_ino == file):
            acknowledged = int(process.stdout.readline())
        process.kill()
        for line in process.stdout:  # What it acknowledged before the signal reached it.
            acknowledged = int(line) if line.endswith("\n") else acknowledged
    log = FileLog(path, SCHEMA)
    checkpoint_version, _ = log.checkpoint()
    worlds = Worlds(SCHEMA, filled, log)
    books = len(worlds.default.root.table(BOOKS).rows) - len(filled().table(BOOKS).rows)
    assert acknowledged + 1 <= books <= acknowledged + 2
    assert sorted(row.year for row in worlds.default.begin()[BOOKS].find(author_id=1) if row.id > 3) == list(
        range(books)
    )
    write(worlds.default, books)
    worlds.close()
    return checkpoint_version
