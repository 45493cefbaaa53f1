"""Recovery of log files: cuts off a torn end, refuses damage, and repairs it on request."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec

from mock_server.state.collection import Schema
from mock_server.state.edition import OLDEST
from mock_server.state.errors import LogUnusable
from mock_server.state.frames import Scan, record_length, scan
from mock_server.state.log_file import LogFile

FORMAT = 3
READABLE_FORMATS = (2, FORMAT)
"""Format 2 has no checkpoints."""

HEADER_LIMIT = 1000

_logger = logging.getLogger(__name__)


class Header(msgspec.Struct, omit_defaults=True):
    """The first line of a log file. With a `version`, the first record is the checkpoint of that version.

    Logs that name no edition were written when there was only one.
    """

    cal_mock_log: int
    schema: str
    version: int = 0
    edition: str = OLDEST

    def line(self) -> bytes:
        """The line as written to the file."""
        return msgspec.json.encode(self) + b"\n"


class Contents(msgspec.Struct, frozen=True):
    """The content of a log file: the header, the byte where records start, and the result of scanning them."""

    header: Header
    start: int
    scan: Scan

    @property
    def version(self) -> int:
        """The version of the last valid record."""
        return self.header.version + self.scan.count - (self.header.version > 0)

    @property
    def lacks_checkpoint(self) -> bool:
        """Whether the checkpoint, on which all other records depend, is invalid."""
        return self.header.version > 0 and self.scan.count == 0


def recover(file: LogFile, schema: Schema) -> Contents:
    """Reads a log file and writes the header of a new one. A torn end is cut off and saved in a file beside the log.

    Raises LogUnusable for damage and for a file that is not a log of this version and edition.
    """
    content = file.read()
    fresh = Header(FORMAT, schema.fingerprint(), edition=schema.edition.name)
    if _is_torn_header(content, fresh):
        if content:
            _cut_torn_end(file, Contents(fresh, 0, Scan(len(content), 0, 0)))
        file.append(fresh.line())
        return Contents(fresh, file.end, Scan(file.end, file.end, 0))
    contents = _contents(file.path, content, fresh)
    if contents.header.edition != fresh.edition:
        raise LogUnusable(
            f"The log {file.path} was written in edition {contents.header.edition}; this server serves edition "
            f"{fresh.edition}. Start with --edition {contents.header.edition}, or name another file."
        )
    if contents.header.schema != fresh.schema:
        raise _other_version(file.path, contents.header, fresh.schema)
    if contents.scan.is_damaged or contents.lacks_checkpoint:
        raise LogUnusable(_damage(file.path, contents))
    if not contents.scan.is_whole:
        _cut_torn_end(file, contents)
    return contents


def repair(path: Path) -> str:
    """Cuts a log at its first invalid record, if there is one, and returns a message about it. Raises LogUnusable."""
    if not path.is_file():
        raise LogUnusable(f"There is no log {path}.")
    file = LogFile(path, "second")
    try:
        content = file.read()
        contents = _contents(path, content, None)
        if contents.scan.is_whole:
            return f"The log {path} is whole: {contents.version} records. Nothing was changed."
        kept = file.cut(0 if contents.lacks_checkpoint else contents.scan.end)
    finally:
        file.close()
    lost = contents.scan.size - contents.scan.end
    if contents.lacks_checkpoint:
        return f"The state that the log {path} begins with is damaged, so nothing of it can be used. All is in {kept}."
    return (
        f"The log {path} was cut at byte {contents.scan.end}, after record {contents.version}. The {lost} bytes that "
        f"followed, with {contents.scan.following} whole records, are in {kept}."
    )


def _contents(path: Path, content: bytes, fresh: Header | None) -> Contents:
    line = content[:HEADER_LIMIT].partition(b"\n")[0] + b"\n"
    try:
        header = msgspec.json.decode(line, type=Header)
    except (msgspec.DecodeError, UnicodeDecodeError):
        if fresh is not None and record_length(memoryview(content), len(fresh.line())):
            raise LogUnusable(f"The first line of the log {path} is damaged. Restore it from a copy.") from None
        raise LogUnusable(f"{path} is not a commit log of this program. Name another file.") from None
    if header.cal_mock_log not in READABLE_FORMATS:
        raise _other_version(path, header, None if fresh is None else fresh.schema)
    return Contents(header, len(line), scan(content, len(line)))


def _is_torn_header(content: bytes, fresh: Header) -> bool:
    """Whether a new log ends within its first line. A crash of the machine may have left zeros in place of the rest."""
    line = fresh.line()
    written = content.rstrip(b"\0")
    return len(written) < len(line) and line.startswith(written)


def _cut_torn_end(file: LogFile, contents: Contents) -> None:
    kept = file.cut(contents.scan.end)
    _logger.warning(
        "The last write to the log %s was cut off at byte %d: the %d bytes from there are no whole record. "
        "They are kept in %s; %d records are intact.",
        file.path,
        contents.scan.end,
        contents.scan.size - contents.scan.end,
        kept,
        contents.version,
    )


def _damage(path: Path, contents: Contents) -> str:
    found = contents.scan
    after = f"{found.following} whole records after it" if found.following else "no whole record after it"
    loss = "everything" if contents.lacks_checkpoint else f"that record, with {after} ({found.size - found.end} bytes)"
    return (
        f"The log {path} is damaged at byte {found.end}, after record {contents.version}. Restore it from a copy, or "
        f"run `cal-mock store repair {path}`, which cuts it there: {loss} would be lost. What is cut is kept beside it."
    )


def _other_version(path: Path, header: Header, schema: str | None) -> LogUnusable:
    own = f"format {FORMAT}" if schema is None else f"format {FORMAT}, schema {schema}"
    return LogUnusable(
        f"The log {path} was written by another version of this program (format {header.cal_mock_log}, "
        f"schema {header.schema}; this one writes {own}). Keep it for that version, and name another file."
    )
