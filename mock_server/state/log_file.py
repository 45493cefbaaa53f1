"""The file of a commit log: exclusively locked, appended to atomically, synced, truncated and replaced."""

from __future__ import annotations

import contextlib
import io
import logging
import os
import threading
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mock_server.state.errors import LogUnusable, LogUnwritable

if TYPE_CHECKING:
    from filelock import BaseFileLock

Fsync = Literal["always", "second", "never"]
"""When an append is synced: before it returns, within a second, or whenever the operating system decides."""

SYNC_DELAY = 0.5
"""Seconds from an append to its sync: well below one second, since the sync itself takes time."""

_FLAGS = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_BINARY", 0)

_logger = logging.getLogger(__name__)


class LogFile:
    """An open log file. `end` is its length, excluding failed writes.

    `trouble` is set when a failure left the content of the disk unknown; nothing is appended until the file has been
    replaced. Raises LogUnusable if the file cannot be opened or another process has locked it.
    """

    def __init__(self, path: Path, fsync: Fsync) -> None:
        self.path = path
        self.trouble: str | None = None
        self._fsync: Fsync = fsync
        self._lock = _locked(path)
        try:
            self._file = _opened(path)
        except OSError as error:
            self._lock.release()
            raise _cannot_open(path, error) from None
        self.end = os.fstat(self._file.fileno()).st_size
        self._handling = threading.Lock()  # Keeps the file open while it is being synced.
        self._syncer = _Syncer(self._sync_in_background) if fsync == "second" else None

    def read(self) -> bytes:
        """The content of the file."""
        return self.path.read_bytes()

    def append(self, content: bytes) -> None:
        """Adds all of `content`, or nothing. Raises LogUnwritable."""
        if self.trouble is not None:
            raise self._unwritable(self.trouble)
        trouble = self._write(content)
        if trouble is not None:
            self._undo_append()
            raise self._unwritable(trouble)
        self.end += len(content)
        if self._syncer is not None:
            self._syncer.request()

    def sync(self) -> None:
        """Syncs the file to disk unless `fsync` is never. Raises OSError."""
        if self._fsync != "never":
            with self._handling:
                os.fsync(self._file.fileno())

    def cut(self, offset: int) -> Path:
        """Truncates the file at byte `offset` and returns the path of a new file with the removed content."""
        kept = self._free_name(f"{self.path.name}.cut-{offset}")
        try:
            with create(kept) as file:
                file.write(self.read()[offset:])
                os.fsync(file.fileno())
            os.ftruncate(self._file.fileno(), offset)
        except OSError as error:
            raise LogUnusable(f"The end of the log {self.path} cannot be moved to {kept}: {error.strerror}.") from None
        self.end = offset
        return kept

    def replace(self, new: Path) -> None:
        """Replaces this file with the file `new`. Raises OSError; then `trouble` may be set."""
        with self._handling:
            self._file.close()  # Some systems cannot replace an open file.
            try:
                new.replace(self.path)
            finally:
                self._reopen()
        self.trouble = None
        sync_folder(self.path.parent)

    def close(self) -> None:
        """Syncs, closes and unlocks the file."""
        if self._syncer is not None:
            self._syncer.stop()
        try:
            self.sync()
        except OSError as error:
            _logger.error("The log %s could not be synced at the end: %s.", self.path, error.strerror)  # noqa: TRY400
        self._file.close()
        self._lock.release()

    def _write(self, content: bytes) -> str | None:
        """Writes at the end of the file. Returns the reason of a failure."""
        try:
            written = self._file.write(content)
            if self._fsync == "always":
                os.fsync(self._file.fileno())
        except OSError as error:
            return error.strerror or str(error)
        return None if written == len(content) else "there is no room for it"

    def _reopen(self) -> None:
        try:
            self._file = _opened(self.path)
            self.end = os.fstat(self._file.fileno()).st_size
        except OSError as error:
            self.trouble = error.strerror or "it cannot be opened"
            raise

    def _undo_append(self) -> None:
        """Truncates the file to its length before a failed append."""
        try:
            os.ftruncate(self._file.fileno(), self.end)
        except OSError as error:
            self.trouble = error.strerror or "a record could not be taken back"

    def _sync_in_background(self) -> None:
        try:
            self.sync()
        except OSError as error:
            # After a failed sync the operating system may have discarded the unwritten data.
            self.trouble = error.strerror or "it could not be synced"
            _logger.error("The log %s could not be synced: %s.", self.path, self.trouble)  # noqa: TRY400

    def _free_name(self, name: str) -> Path:
        names = (name if number == 1 else f"{name}-{number}" for number in count(1))
        return next(path for each in names if not (path := self.path.with_name(each)).exists())

    def _unwritable(self, trouble: str) -> LogUnwritable:
        return LogUnwritable(f"The log {self.path} cannot be written: {trouble}.")


class _Syncer:
    """Calls `sync` in its own thread, SYNC_DELAY seconds after the first unserved request."""

    def __init__(self, sync: Callable[[], None]) -> None:
        self._sync = sync
        self._requested = threading.Event()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="log sync", daemon=True)
        self._thread.start()

    def request(self) -> None:
        self._requested.set()

    def stop(self) -> None:
        self._stopped.set()
        self._requested.set()
        self._thread.join()

    def _run(self) -> None:
        # Checked in every iteration: stop() may be called just before its request is cleared.
        while not self._stopped.is_set():
            self._requested.wait()
            if self._stopped.wait(SYNC_DELAY):
                return
            self._requested.clear()
            self._sync()


def create(path: Path) -> io.BufferedWriter:
    """Creates a file that only its owner can read. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0)
    file = io.FileIO(os.open(path, flags, 0o600), "w")
    _keep_private(path)
    return io.BufferedWriter(file)


def sync_folder(folder: Path) -> None:
    """Syncs the directory entries of `folder`, if the system supports that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def _locked(path: Path) -> BaseFileLock:
    """Locks a log. The lock is a separate file, since the log itself is replaced from time to time."""
    from filelock import FileLock, Timeout  # Slow to import, and most sandboxes have no log file.

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(path.with_name(f"{path.name}.lock"), mode=0o600, thread_local=False)
        lock.acquire(timeout=0)
    except Timeout:
        raise LogUnusable(
            f"The log {path} is in use by another process. Stop that one, or name another file."
        ) from None
    except OSError as error:
        raise _cannot_open(path, error) from None
    return lock


def _opened(path: Path) -> io.FileIO:
    file = io.FileIO(os.open(path, _FLAGS, 0o600), "r+")
    _keep_private(path)
    return file


def _keep_private(path: Path) -> None:
    """Makes a file that already existed readable by its owner only."""
    with contextlib.suppress(OSError):  # Another user owns it, or the file system has no permissions.
        path.chmod(0o600)


def _cannot_open(path: Path, error: OSError) -> LogUnusable:
    return LogUnusable(f"The log {path} cannot be opened: {error.strerror}.")
