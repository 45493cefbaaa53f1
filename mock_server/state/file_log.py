"""A commit log in a file: acknowledged commits survive the process.

The file starts with a line of JSON that names its format and the schema of the entities. Records in MessagePack follow,
see `frames`. An append returns after one write to the operating system, so a killed process loses nothing; `fsync`
determines what a crash of the machine may lose. When the history has become long compared with the state, a new file
that begins with a checkpoint atomically replaces the old one, in the background.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from io import BufferedWriter
from pathlib import Path

import msgspec

from mock_server.state.checkpoint import Checkpoint
from mock_server.state.collection import Schema
from mock_server.state.errors import LogUnusable, LogUnwritable, VersionConflict
from mock_server.state.frames import framed, record_length
from mock_server.state.log import Record, TakeCheckpoint
from mock_server.state.log_file import Fsync, LogFile, create
from mock_server.state.record_codec import RecordCodec
from mock_server.state.recovery import FORMAT, Header, recover

COMPACT_AFTER = 256 * 1024
"""Bytes of history below which the log is never compacted."""

_HEAD_LENGTH = len(framed(b""))

_logger = logging.getLogger(__name__)


class FileLog:
    """A log file, held open and locked. Raises LogUnusable when it cannot be used."""

    is_persistent = True

    def __init__(
        self, path: Path, schema: Schema, *, fsync: Fsync = "second", compact_after: int = COMPACT_AFTER
    ) -> None:
        self.path = path
        self._schema = schema
        self._compact_after = compact_after
        self._codec = RecordCodec(schema)
        self._new = path.with_name(f"{path.name}.new")
        self._compaction: threading.Thread | None = None
        self._retry_size = 0
        self._appending = threading.Lock()
        self._is_closed = False
        self._file = LogFile(path, fsync)
        try:
            self._recover()
        except BaseException:
            self._file.close()
            raise

    @property
    def version(self) -> int:
        """The version of the last record."""
        return self._version

    @property
    def is_long(self) -> bool:
        """See CommitLog. Reading history is slower than reading a checkpoint and would dominate the time of a start."""
        history = self._file.end - self._history_start
        return self._compaction is None and history > max(
            self._compact_after, self._history_start // 8, self._retry_size
        )

    @property
    def needs_rewrite(self) -> bool:
        """See CommitLog."""
        return self._file.trouble is not None

    def append(self, expected_version: int, record: Record) -> int:
        """See CommitLog."""
        with self._appending:
            if expected_version != self._version:
                raise VersionConflict(f"the log stands at {self._version}, not at {expected_version}")
            self._file.append(framed(self._codec.encode(record)))
            self._version += 1
            return self._version

    def read(self, since: int) -> Iterator[tuple[int, Record]]:
        """See CommitLog."""
        if since < self._checkpoint_version:
            raise LookupError(f"records up to version {self._checkpoint_version} are no longer kept")
        content = memoryview(self._file.read())
        offset = self._history_start
        for version in range(self._checkpoint_version + 1, self._version + 1):
            end = offset + record_length(content, offset)
            if version > since:
                yield version, self._record(version, content[offset + _HEAD_LENGTH : end])
            offset = end

    def checkpoint(self) -> tuple[int, Checkpoint | None]:
        """See CommitLog."""
        if not self._checkpoint_version:
            return 0, None
        content = memoryview(self._file.read())[self._start + _HEAD_LENGTH : self._history_start]
        try:
            return self._checkpoint_version, msgspec.msgpack.decode(content, type=Checkpoint)
        except msgspec.DecodeError as error:
            raise LogUnusable(f"The checkpoint of the log {self.path} does not fit this program: {error}.") from None

    def compact(self, take: TakeCheckpoint) -> None:
        """See CommitLog."""
        self._compaction = threading.Thread(
            target=self._compact, args=(take, self._version, self._file.end), name="log compaction", daemon=True
        )
        self._compaction.start()

    def rewrite(self, take: TakeCheckpoint) -> None:
        """See CommitLog."""
        self._finish_compaction()
        try:
            self._replace(take, self._version, self._file.end)
        except OSError as error:
            raise LogUnwritable(f"The log {self.path} cannot be written: {error.strerror}.") from None
        _logger.warning("The log %s was rewritten and can be written again.", self.path)

    def close(self) -> None:
        """See CommitLog."""
        if not self._is_closed:
            self._is_closed = True
            self._finish_compaction()
            self._file.close()

    def _recover(self) -> None:
        with contextlib.suppress(FileNotFoundError):  # Left by a process that was killed during compaction.
            self._new.unlink()
        contents = recover(self._file, self._schema)
        self._start = self._history_start = contents.start
        self._version = contents.version
        self._checkpoint_version = contents.header.version
        if self._checkpoint_version:
            self._history_start += record_length(memoryview(self._file.read()), self._start)

    def _finish_compaction(self) -> None:
        compaction = self._compaction
        if compaction is not None:
            compaction.join()

    def _compact(self, take: TakeCheckpoint, version: int, end: int) -> None:
        self._retry_size = 2 * (end - self._history_start)  # After a failure, retries at twice the length.
        try:
            self._replace(take, version, end)
        except OSError as error:
            _logger.warning("The log %s could not be shortened: %s.", self.path, error.strerror)
        finally:
            self._compaction = None

    def _replace(self, take: TakeCheckpoint, version: int, end: int) -> None:
        """Replaces the file with one that begins with the checkpoint of `version`, whose record ends at byte `end`.

        Whenever the process is killed, either the old or the new file exists, each with all records.
        """
        try:
            with create(self._new) as new:
                header = Header(FORMAT, self._schema.fingerprint(), version, self._schema.edition.name).line()
                new.write(header)
                new.write(framed(msgspec.msgpack.encode(take())))
                history_start = new.tell()
                copied = self._copy(end, new)
                self._sync(new)
                with self._appending:
                    self._copy(copied, new)
                    self._sync(new)
                    new.close()
                    self._file.replace(self._new)
                    self._start, self._history_start = len(header), history_start
                    self._checkpoint_version = version
                    self._retry_size = 0
        except OSError:
            with contextlib.suppress(OSError):
                self._new.unlink()
            raise

    def _copy(self, start: int, new: BufferedWriter) -> int:
        """Copies the file from byte `start` to its end to `new`, and returns the end."""
        end = self._file.end
        with self.path.open("rb") as file:
            file.seek(start)
            new.write(file.read(end - start))
        return end

    def _sync(self, new: BufferedWriter) -> None:
        new.flush()
        os.fsync(new.fileno())

    def _record(self, version: int, content: memoryview) -> Record:
        try:
            return self._codec.decode(content)
        except (msgspec.DecodeError, KeyError) as error:
            raise LogUnusable(f"Record {version} of the log {self.path} does not fit this program: {error}.") from None
