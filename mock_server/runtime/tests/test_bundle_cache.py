"""Bundles are made once for each content, whatever the cache folder is like."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from mock_server.runtime import bundle_cache
from mock_server.runtime.bundle_cache import KEPT, cached_bundle

NOTES = {"info": {"title": "Notes"}}
START = """
import sys
from pathlib import Path
from mock_server.runtime import bundle_cache

def make():
    with Path(sys.argv[2]).open("a") as file:
        file.write("made\\n")
    sys.stdin.readline()
    return {"info": {"title": "Notes"}}

bundle_cache.cache_folder = lambda: Path(sys.argv[1])
print("started", flush=True)
print(bundle_cache.cached_bundle("bundle-1.json", make)["info"]["title"])
"""


@contextmanager
def started(*arguments: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that is about to ask for a bundle."""
    command = [sys.executable, "-c", START, *map(str, arguments)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "started\n"
            yield process
        finally:
            process.kill()


def never() -> dict[str, Any]:
    raise AssertionError("The bundle is there already.")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache folder, which does not exist yet."""
    path = tmp_path / "below" / "cache"
    monkeypatch.setattr(bundle_cache, "cache_folder", lambda: path)
    return path


def test_what_was_made_is_kept(folder: Path) -> None:
    assert cached_bundle("bundle-1.json", lambda: NOTES) == NOTES
    assert cached_bundle("bundle-1.json", never) == NOTES
    assert cached_bundle("bundle-2.json", dict) == {}
    assert sorted(path.name for path in folder.glob("bundle-*")) == ["bundle-1.json", "bundle-2.json"]


def test_starts_at_the_same_time_make_it_once(tmp_path: Path) -> None:
    made = tmp_path / "made"
    with ExitStack() as stack:
        starts = [stack.enter_context(started(tmp_path / "cache", made)) for _ in range(3)]
        for start in starts:
            print("go on", file=start.stdin, flush=True)
        assert [start.communicate(timeout=60)[0] for start in starts] == ["Notes\n"] * 3
    assert made.read_text() == "made\n"


def test_what_cannot_be_made_is_not_kept_and_does_not_keep_others_out(folder: Path) -> None:
    def fail() -> dict[str, Any]:
        raise ValueError("not valid")

    with pytest.raises(ValueError, match="not valid"):
        cached_bundle("bundle-1.json", fail)
    assert not list(folder.glob("bundle-*"))
    assert cached_bundle("bundle-1.json", lambda: NOTES) == NOTES


def test_a_folder_that_cannot_be_made_only_costs_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setattr(bundle_cache, "cache_folder", lambda: tmp_path / "file" / "cache")
    assert cached_bundle("bundle-1.json", lambda: NOTES) == NOTES


def test_a_full_disk_only_costs_time_and_leaves_no_parts(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(Path, "replace", fail)
    assert cached_bundle("bundle-1.json", lambda: NOTES) == NOTES
    assert not list(folder.glob("bundle-*"))


def test_a_wait_that_is_too_long_ends_with_a_bundle_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle_cache, "LOCK_SECONDS", 0)
    assert cached_bundle("bundle-1.json", lambda: cached_bundle("bundle-1.json", lambda: NOTES)) == NOTES
    assert folder.is_dir()


def test_a_user_without_a_home_has_no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platformdirs, "user_cache_path", lambda *_, **__: Path("~/.cache/cal-mock"))
    assert bundle_cache.cache_folder() is None
    assert cached_bundle("bundle-1.json", lambda: NOTES) == NOTES


def test_old_bundles_make_room(folder: Path) -> None:
    for number in range(KEPT + 3):
        cached_bundle(f"bundle-{number}.json", lambda: NOTES)
        os.utime(folder / f"bundle-{number}.json", (number, number))
    cached_bundle("bundle-new.json", lambda: NOTES)
    kept = {path.name for path in folder.glob("bundle-*")}
    assert len(kept) == KEPT
    assert {"bundle-new.json", f"bundle-{KEPT + 2}.json"} <= kept
