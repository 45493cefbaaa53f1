"""The record format of log files, and how an invalid record is classified: a torn last write, or damage.

A record is its content's length (4 bytes), the CRC-32 of the content (4 bytes), the CRC-32 of these eight bytes
(4 bytes), and the content.
"""

from __future__ import annotations

import re
import struct
import zlib

import msgspec

HEAD_LENGTH = 12
LONGEST_SEARCH = 1024 * 1024

_FRAME = struct.Struct(">II")
_CHECK = struct.Struct(">I")


class Scan(msgspec.Struct, frozen=True):
    """A file of `size` bytes: `count` valid records up to byte `end`, where the file ends or an invalid record starts.

    `following` is the number of valid records after that. `has_flipped_byte` says that the invalid record was written
    completely, and one of its bytes has changed since.
    """

    size: int
    end: int
    count: int
    following: int = 0
    has_flipped_byte: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether all records are valid."""
        return self.end == self.size

    @property
    def is_damaged(self) -> bool:
        """Whether the invalid record was written completely or is followed by valid ones. Otherwise the end is torn."""
        return self.following > 0 or self.has_flipped_byte


def framed(content: bytes) -> bytes:
    """`content` as a record."""
    frame = _FRAME.pack(len(content), zlib.crc32(content))
    return b"".join((frame, _CHECK.pack(zlib.crc32(frame)), content))


def scan(file: bytes, start: int) -> Scan:
    """Validates the records of a file from byte `start` on."""
    view = memoryview(file)
    end, count = start, 0
    while end < len(file) and (length := record_length(view, end)):
        end += length
        count += 1
    if end == len(file):
        return Scan(len(file), end, count)
    return Scan(len(file), end, count, _count_following(file, end + 1), _has_flipped_byte(view, end))


def record_length(view: memoryview, offset: int) -> int:
    """The length of the valid record at `offset`, including its header; 0 if there is none."""
    length = _stated_length(view, offset)
    if length is None:
        return 0
    end = offset + HEAD_LENGTH + length
    _, checksum = _FRAME.unpack_from(view, offset)
    if end > len(view) or zlib.crc32(view[offset + HEAD_LENGTH : end]) != checksum:
        return 0
    return HEAD_LENGTH + length


def _stated_length(view: memoryview, offset: int) -> int | None:
    """The content length in the header at `offset`, or None if the header is invalid."""
    if offset + HEAD_LENGTH > len(view):
        return None
    (check,) = _CHECK.unpack_from(view, offset + _FRAME.size)
    if zlib.crc32(view[offset : offset + _FRAME.size]) != check:
        return None
    return _FRAME.unpack_from(view, offset)[0]


def _count_following(file: bytes, start: int) -> int:
    """The number of valid records anywhere after `start`."""
    view = memoryview(file)
    last = len(file.rstrip(b"\0"))  # No header is all zeros.
    highest = min((len(file) - start) >> 24, 0xFF)  # The length of a record that fits has no larger first byte.
    heads = re.compile(rb"[\x00-" + re.escape(bytes([highest])) + rb"](?!\x00{11})", re.DOTALL)
    count = 0
    while found := heads.search(file, start, last):
        length = record_length(view, found.start())
        count += length > 0
        start = found.start() + (length or 1)
    return count


def _has_flipped_byte(view: memoryview, offset: int) -> bool:
    """Whether the record at `offset` was written completely and differs in one byte from what was written."""
    content = view[offset + HEAD_LENGTH :]
    if not content:
        return False
    length, checksum = _FRAME.unpack_from(view, offset)
    if _stated_length(view, offset) is not None:
        return length <= len(content) and _differs_in_one_byte(content[:length], checksum)
    # The header is invalid. If its checksum or length matches the content, only the header has changed.
    actual = zlib.crc32(content)
    (check,) = _CHECK.unpack_from(view, offset + _FRAME.size)
    return actual == checksum or zlib.crc32(_FRAME.pack(len(content), actual)) == check


def _differs_in_one_byte(content: memoryview, checksum: int) -> bool:
    """Whether changing one byte gives `content` the checksum, unless everything from that byte on was never written.

    The XOR of two CRCs depends only on the position and the XOR of the changed byte. It is traced back from the end of
    the content to that byte.
    """
    if len(content) > LONGEST_SEARCH:
        return any(content[-LONGEST_SEARCH:])
    difference = zlib.crc32(content) ^ checksum
    for offset in range(len(content) - 1, -1, -1):
        if difference in _ONE_BYTE:
            return any(content[offset:])
        last = _BY_HIGH_BYTE[difference >> 24]
        difference = ((difference ^ _TABLE[last]) << 8) & 0xFFFFFFFF | last
    return False


def _table_entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (0xEDB88320 if byte & 1 else 0)
    return byte


_TABLE = [_table_entry(byte) for byte in range(256)]
_ONE_BYTE = frozenset(_TABLE[1:])
_BY_HIGH_BYTE = {entry >> 24: byte for byte, entry in enumerate(_TABLE)}
