"""Caches bundles in the user's cache folder, so that a description is read and validated only when it changes."""

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
"""How long a process waits for another one that is making the same bundle, before it makes its own."""

KEPT = 60
"""The number of files kept, newest first: enough for all editions in a few states of a few checkouts."""


def cache_folder() -> Path | None:
    """The user's cache folder on this operating system; None if there is none."""
    folder = platformdirs.user_cache_path("cal-mock", appauthor=False)
    return folder if folder.is_absolute() else None


def read_bundle(path: Path) -> dict[str, Any] | None:
    """The bundle in a file; None if it is missing or incomplete."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])
    except (OSError, msgspec.DecodeError):
        return None


def encode_bundle(bundle: dict[str, Any]) -> bytes:
    """The content of a bundle's file."""
    return msgspec.json.encode(bundle)


def cached_bundle(name: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The cached bundle of that file name, else the result of `make`, which is then cached.

    Of several processes that start at once, one makes it and the others wait. If the cache is not writable, each
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
    """Whether `content` was the last content remembered under this name."""
    folder = cache_folder()
    with suppress(OSError):
        return folder is not None and (folder / name).read_bytes() == content
    return False


def remember(name: str, content: bytes) -> None:
    """Replaces the content remembered under this name, if the cache is writable."""
    folder = cache_folder()
    if folder is not None:
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / name, content)


@contextmanager
def _lock(folder: Path) -> Generator[None]:
    """Locks out other processes; proceeds without a lock if the folder is not writable or the wait is too long."""
    lock = FileLock(folder / "bundles.lock", timeout=LOCK_SECONDS)
    with suppress(OSError):  # Includes filelock's Timeout.
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _write(path: Path, content: bytes) -> None:
    """Writes a file atomically. Raises OSError."""
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
    """Removes all but the newest bundles. Raises OSError."""
    bundles = sorted(folder.glob("bundle-*.json"), key=lambda path: path.stat().st_mtime)
    for path in bundles[:-KEPT]:
        path.unlink(missing_ok=True)
