"""A commit log in a file: what was acknowledged survives the process.

The file starts with a line of JSON that names its format and the schema of the entities. Then come records in
MessagePack, see `frames`. An append is one write to the operating system before it returns, so a killed process loses
nothing; `fsync` decides what a killed machine may lose. When the history has become long beside the state, a new file
that begins with a checkpoint takes the place of the old one, in the background and in one step.
"""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from io import BufferedWriter
from pathlib import Path
from typing import Any

import msgspec

from mock_server.state.checkpoint import Checkpoint
from mock_server.state.collection import Schema
from mock_server.state.errors import LogUnusable, LogUnwritable, VersionConflict
from mock_server.state.frames import framed, record_length
from mock_server.state.log import Committed, Record, TakeCheckpoint
from mock_server.state.log_file import Fsync, LogFile, create
from mock_server.state.recovery import FORMAT, Header, recovered
from mock_server.state.transaction import Change

COMPACT_AFTER = 256 * 1024
"""Bytes of history that are not worth a checkpoint."""

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
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)
        self._new = path.with_name(f"{path.name}.new")
        self._compaction: threading.Thread | None = None
        self._patience = 0
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
        """See CommitLog: when a start would spend much of its time on the history, which is slower to read."""
        history = self._file.end - self._history_start
        return self._compaction is None and history > max(self._compact_after, self._history_start // 8, self._patience)

    @property
    def has_lost_touch(self) -> bool:
        """See CommitLog."""
        return self._file.trouble is not None

    def append(self, expected_version: int, record: Record) -> int:
        """See CommitLog."""
        with self._appending:
            if expected_version != self._version:
                raise VersionConflict(f"the log stands at {self._version}, not at {expected_version}")
            self._file.append(framed(self._encoder.encode(record)))
            self._version += 1
            return self._version

    def read(self, since: int) -> Iterator[tuple[int, Record]]:
        """See CommitLog."""
        if since < self._checkpoint_version:
            raise LookupError(f"records up to version {self._checkpoint_version} are no longer kept")
        content = memoryview(self._file.read())
        place = self._history_start
        for version in range(self._checkpoint_version + 1, self._version + 1):
            end = place + record_length(content, place)
            if version > since:
                yield version, self._record(version, content[place + _HEAD_LENGTH : end])
            place = end

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
        with contextlib.suppress(FileNotFoundError):  # A process that was killed while it compacted leaves it.
            self._new.unlink()
        contents = recovered(self._file, self._schema)
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
        self._patience = 2 * (end - self._history_start)  # Where it fails, the next try is when there is twice as much.
        try:
            self._replace(take, version, end)
        except OSError as error:
            _logger.warning("The log %s could not be shortened: %s.", self.path, error.strerror)
        finally:
            self._compaction = None

    def _replace(self, take: TakeCheckpoint, version: int, end: int) -> None:
        """Writes a file that begins with the checkpoint of `version`, whose record ends at byte `end`; swaps it in.

        Whenever the process is killed, there is either the old file or the new one, each with all records.
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
                    self._patience = 0
        except OSError:
            with contextlib.suppress(OSError):
                self._new.unlink()
            raise

    def _copy(self, start: int, new: BufferedWriter) -> int:
        """Copies what the file holds from byte `start` to its end; gives the end."""
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
            return self._typed(self._decoder.decode(content))
        except (msgspec.DecodeError, KeyError) as error:
            raise LogUnusable(f"Record {version} of the log {self.path} does not fit this program: {error}.") from None

    def _typed(self, record: Record) -> Record:
        """Rows come out of MessagePack as maps; makes entities of them."""
        if not isinstance(record, Committed):
            return record
        return msgspec.structs.replace(record, changes=[self._typed_change(change) for change in record.changes])

    def _typed_change(self, change: Change) -> Change:
        if change.row is None:
            return change
        entity: type[Any] = self._schema.collections[change.collection].entity
        return Change(change.collection, change.key, msgspec.convert(change.row, entity, strict=False))
