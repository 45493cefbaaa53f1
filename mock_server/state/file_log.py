"""A commit log in a file: what was acknowledged survives the process.

The file starts with a line of JSON that names its format and the schema of the entities. Then come records:
length (4 bytes), CRC-32 (4 bytes), MessagePack. An append is one write to the operating system before it returns, so
a killed process loses nothing; `fsync` decides what a killed machine may lose.
"""

from __future__ import annotations

import fcntl
import io
import logging
import os
import struct
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from mock_server.state.collection import Schema
from mock_server.state.errors import LogUnusable, VersionConflict
from mock_server.state.log import Committed, Record
from mock_server.state.transaction import Change

FORMAT = 1
_FRAME = struct.Struct(">II")
Fsync = Literal["always", "second", "never"]

_logger = logging.getLogger(__name__)


class Header(msgspec.Struct):
    """The first line of a log file."""

    cal_mock_log: int
    schema: str


class FileLog:
    """A log file, held open and locked. Raises LogUnusable when it cannot be used."""

    def __init__(self, path: Path, schema: Schema, *, fsync: Fsync = "second") -> None:
        self.path = path
        self._schema = schema
        self._fsync: Fsync = fsync
        self._synced_at = 0.0
        self._encoder = msgspec.msgpack.Encoder()
        self._decoder: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)
        self._closed = False
        self._file = self._open(path)
        try:
            self._start, self._version = self._recover()
        except BaseException:
            self._file.close()
            raise

    @property
    def version(self) -> int:
        """The version of the last record."""
        return self._version

    def append(self, expected_version: int, record: Record) -> int:
        """See CommitLog."""
        if expected_version != self._version:
            raise VersionConflict(f"the log stands at {self._version}, not at {expected_version}")
        payload = self._encoder.encode(record)
        self._file.write(_FRAME.pack(len(payload), zlib.crc32(payload)) + payload)
        self._version += 1
        if self._fsync == "always" or (self._fsync == "second" and time.monotonic() - self._synced_at >= 1):
            os.fsync(self._file.fileno())
            self._synced_at = time.monotonic()
        return self._version

    def read(self, since: int) -> Iterator[tuple[int, Record]]:
        """See CommitLog."""
        with self.path.open("rb") as file:
            file.seek(self._start)
            for version in range(1, self._version + 1):
                length, _ = _FRAME.unpack(file.read(_FRAME.size))
                payload = file.read(length)
                if version > since:
                    yield version, self._typed(self._decoder.decode(payload))

    def close(self) -> None:
        """See CommitLog."""
        if not self._closed:
            self._closed = True
            if self._fsync != "never":
                os.fsync(self._file.fileno())
            self._file.close()

    def _open(self, path: Path) -> io.FileIO:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            file = io.FileIO(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "r+")
        except OSError as error:
            raise LogUnusable(f"The log {path} cannot be opened: {error.strerror}.") from None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            raise LogUnusable(
                f"The log {path} is in use by another process. Stop that one, or name another file."
            ) from None
        return file

    def _recover(self) -> tuple[int, int]:
        """Checks the whole file and cuts a torn end off. Gives where records start and how many there are."""
        size = os.fstat(self._file.fileno()).st_size
        if size == 0:
            header = msgspec.json.encode(Header(FORMAT, self._schema.fingerprint())) + b"\n"
            self._file.write(header)
            return len(header), 0
        with self.path.open("rb") as file:
            start = self._check_header(file.readline())
            position, version = start, 0
            while position < size:
                frame = file.read(_FRAME.size)
                length, checksum = _FRAME.unpack(frame) if len(frame) == _FRAME.size else (size, 0)
                payload = file.read(length)
                if len(payload) < length or zlib.crc32(payload) != checksum:
                    self._cut(position, position + _FRAME.size + length, size, version)
                    break
                position += _FRAME.size + length
                version += 1
        return start, version

    def _check_header(self, line: bytes) -> int:
        try:
            header = msgspec.json.decode(line, type=Header)
        except msgspec.DecodeError:
            raise LogUnusable(f"{self.path} is not a commit log of this program. Name another file.") from None
        if header.cal_mock_log != FORMAT or header.schema != self._schema.fingerprint():
            raise LogUnusable(
                f"The log {self.path} was written by another version of this program (format {header.cal_mock_log}, "
                f"schema {header.schema}; this one writes format {FORMAT}, schema {self._schema.fingerprint()}). "
                "Keep it for that version, and name another file."
            )
        return len(line)

    def _cut(self, position: int, end: int, size: int, version: int) -> None:
        if end < size:
            raise LogUnusable(
                f"The log {self.path} is damaged at byte {position}, after record {version}, and records follow. "
                "Restore it from a copy, or name another file."
            )
        _logger.warning(
            "The last record of the log %s was torn (a write was cut off at byte %d). "
            "It had not been acknowledged and is dropped; %d records are intact.",
            self.path,
            position,
            version,
        )
        os.ftruncate(self._file.fileno(), position)

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
