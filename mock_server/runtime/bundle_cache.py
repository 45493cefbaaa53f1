"""Keeps bundles in the user's cache folder, so that a description is read and validated once for each content."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import msgspec
import platformdirs
from filelock import FileLock

LOCK_SECONDS = 60
"""How long a start waits for another one that is making the same bundle, before it makes its own."""

KEPT = 60
"""So many files are kept, the last ones made: those of all editions, of a few checkouts at a few moments."""


def cache_folder() -> Path | None:
    """The cache folder of the user on this operating system; None for a user who has none."""
    folder = platformdirs.user_cache_path("cal-mock", appauthor=False)
    return folder if folder.is_absolute() else None


def read_bundle(path: Path) -> dict[str, Any] | None:
    """The bundle in a file; None where there is no whole one."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return None


def encode_bundle(bundle: dict[str, Any]) -> bytes:
    """The content of a bundle's file."""
    return msgspec.json.encode(bundle)


def cached_bundle(name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The bundle of that file name in the cache, else what `make` gives, which is then kept there.

    Of several processes that start at once, one makes it and the others wait. Where the cache cannot be written, each
    makes its own.
    """
    folder = cache_folder()
    if folder is None:
        return make()
    path = folder / name
    if (kept := read_bundle(path)) is not None:
        return kept
    with _lock(folder):
        bundle = read_bundle(path)
        if bundle is None:
            bundle = make()
            with suppress(OSError):
                _write(path, encode_bundle(bundle))
                _remove_old(folder)
        return bundle


def is_remembered(name: str, content: bytes) -> bool:
    """Whether `content` is what was last remembered under this name."""
    folder = cache_folder()
    with suppress(OSError):
        return folder is not None and (folder / name).read_bytes() == content
    return False


def remember(name: str, content: bytes) -> None:
    """Remembers `content` in place of what was remembered under this name, where the cache can be written."""
    folder = cache_folder()
    if folder is not None:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / name, content)


@contextmanager
def _lock(folder: Path) -> Generator[None]:
    """Keeps other processes out, or goes on without where the folder cannot be written or the wait is too long."""
    lock = FileLock(folder / "bundles.lock", timeout=LOCK_SECONDS)
    with suppress(OSError):  # filelock's Timeout is one, too.
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _write(path: Path, content: bytes) -> None:
    """Writes a file that other processes see whole or not at all. Raises OSError."""
    part: Path | None = None
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name, suffix=".part", delete=False) as file:
            part = Path(file.name)
            file.write(content)
        part.replace(path)
    except OSError:
        if part is not None:
            part.unlink(missing_ok=True)
        raise


def _remove_old(folder: Path) -> None:
    """Keeps the newest bundles only. Raises OSError."""
    bundles = sorted(folder.glob("bundle-*.json"), key=lambda path: path.stat().st_mtime)
    for path in bundles[:-KEPT]:
        path.unlink(missing_ok=True)
