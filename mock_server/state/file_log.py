"""A commit log in a file: what was acknowledged survives the process.

The file starts with a line of JSON that names its format and the schema of the entities. Then come records:
length (4 bytes), CRC-32 of the content (4 bytes), CRC-32 of these eight bytes (4 bytes), content in MessagePack. An
append is one write to the operating system before it returns, so a killed process loses nothing; `fsync` decides what
a killed machine may lose. Because a length has a checksum of its own, a torn end is told from damage in the middle.
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
from typing import Any, BinaryIO, Literal

import msgspec

from mock_server.state.collection import Schema
from mock_server.state.errors import LogUnusable, VersionConflict
from mock_server.state.log import Committed, Record
from mock_server.state.transaction import Change

FORMAT = 2
HEADER_LIMIT = 1000
_FRAME = struct.Struct(">II")
_CHECK = struct.Struct(">I")
_HEAD = _FRAME.size + _CHECK.size
Fsync = Literal["always", "second", "never"]

_logger = logging.getLogger(__name__)


class Header(msgspec.Struct):
    """The first line of a log file."""

    cal_mock_log: int
    schema: str


class _Torn(Exception):
    """The file ends within a record."""


class _Damaged(Exception):
    """A record is not as it was written."""


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
            self._start, self._end, self._version = self._recover()
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
        frame = _FRAME.pack(len(payload), zlib.crc32(payload))
        self._end = self._write(self._end, frame + _CHECK.pack(zlib.crc32(frame)) + payload)
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
                length, _ = _FRAME.unpack_from(file.read(_HEAD))
                payload = file.read(length)
                if version > since:
                    yield version, self._record(version, payload)

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

    def _write(self, end: int, content: bytes) -> int:
        """Writes all of `content` at the end of the file, or nothing; gives the new end."""
        written, trouble = 0, "there is no room for it"
        try:
            written = self._file.write(content)
        except OSError as error:
            trouble = error.strerror or trouble
        if written != len(content):
            os.ftruncate(self._file.fileno(), end)
            raise LogUnusable(f"The log {self.path} cannot be written: {trouble}.")
        return end + len(content)

    def _recover(self) -> tuple[int, int, int]:
        """Checks the whole file and cuts a torn end off. Gives where records start and end, and how many there are."""
        size = os.fstat(self._file.fileno()).st_size
        if size == 0:
            header = msgspec.json.encode(Header(FORMAT, self._schema.fingerprint())) + b"\n"
            return len(header), self._write(0, header), 0
        with self.path.open("rb") as file:
            start = self._check_header(file.readline(HEADER_LIMIT))
            position, version = start, 0
            try:
                while position < size:
                    position += _skip_record(file, size - position)
                    version += 1
            except _Torn:
                self._cut(position, version)
            except _Damaged:
                raise LogUnusable(
                    f"The log {self.path} is damaged at byte {position}, after record {version}, and more follows. "
                    "Restore it from a copy, or name another file."
                ) from None
        return start, position, version

    def _check_header(self, line: bytes) -> int:
        try:
            header = msgspec.json.decode(line, type=Header)
        except (msgspec.DecodeError, UnicodeDecodeError):
            raise LogUnusable(f"{self.path} is not a commit log of this program. Name another file.") from None
        if header.cal_mock_log != FORMAT or header.schema != self._schema.fingerprint():
            raise LogUnusable(
                f"The log {self.path} was written by another version of this program (format {header.cal_mock_log}, "
                f"schema {header.schema}; this one writes format {FORMAT}, schema {self._schema.fingerprint()}). "
                "Keep it for that version, and name another file."
            )
        return len(line)

    def _cut(self, position: int, version: int) -> None:
        _logger.warning(
            "The last record of the log %s was torn (a write was cut off at byte %d). "
            "It had not been acknowledged and is dropped; %d records are intact.",
            self.path,
            position,
            version,
        )
        os.ftruncate(self._file.fileno(), position)

    def _record(self, version: int, payload: bytes) -> Record:
        try:
            return self._typed(self._decoder.decode(payload))
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


def _skip_record(file: BinaryIO, left: int) -> int:
    """Checks one record of a file that has `left` more bytes; gives its length. Raises _Torn, _Damaged."""
    head = file.read(_HEAD)
    if len(head) < _HEAD:
        raise _Torn
    length, checksum = _FRAME.unpack_from(head)
    (check,) = _CHECK.unpack_from(head, _FRAME.size)
    if zlib.crc32(head[: _FRAME.size]) != check:
        # A machine that lost power may leave zeros where a record was to be.
        raise _Damaged if any(head) or any(file.read()) else _Torn
    if _HEAD + length > left:
        raise _Torn
    if zlib.crc32(file.read(length)) != checksum:
        raise _Torn if _HEAD + length == left else _Damaged
    return _HEAD + length
