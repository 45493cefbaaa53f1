"""How records lie in a log file, and what a bad place in it is: the torn end of a last write, or damage.

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
    """What a file of `size` bytes holds: `count` whole records up to byte `end`, where it ends or the first is bad.

    `following` is the number of whole records after the bad place. `has_flipped_byte` says that the bad record was
    written whole, and one of its bytes has changed since.
    """

    size: int
    end: int
    count: int
    following: int = 0
    has_flipped_byte: bool = False

    @property
    def is_whole(self) -> bool:
        """Whether there is no bad place."""
        return self.end == self.size

    @property
    def is_damaged(self) -> bool:
        """Whether the bad place holds, or is followed by, records that were written whole. Otherwise it is torn."""
        return self.following > 0 or self.has_flipped_byte


def framed(content: bytes) -> bytes:
    """The bytes of a record."""
    frame = _FRAME.pack(len(content), zlib.crc32(content))
    return b"".join((frame, _CHECK.pack(zlib.crc32(frame)), content))


def scan(file: bytes, start: int) -> Scan:
    """Checks the records of a file from byte `start` on."""
    view = memoryview(file)
    end, count = start, 0
    while end < len(file) and (length := record_length(view, end)):
        end += length
        count += 1
    if end == len(file):
        return Scan(len(file), end, count)
    return Scan(len(file), end, count, _count_following(file, end + 1), _has_flipped_byte(view, end))


def record_length(view: memoryview, place: int) -> int:
    """The length of the whole record at `place` with its head; 0 where there is none."""
    length = _stated_length(view, place)
    if length is None:
        return 0
    end = place + HEAD_LENGTH + length
    _, checksum = _FRAME.unpack_from(view, place)
    if end > len(view) or zlib.crc32(view[place + HEAD_LENGTH : end]) != checksum:
        return 0
    return HEAD_LENGTH + length


def _stated_length(view: memoryview, place: int) -> int | None:
    """The length of the content that a valid head at `place` gives."""
    if place + HEAD_LENGTH > len(view):
        return None
    (check,) = _CHECK.unpack_from(view, place + _FRAME.size)
    if zlib.crc32(view[place : place + _FRAME.size]) != check:
        return None
    return _FRAME.unpack_from(view, place)[0]


def _count_following(file: bytes, start: int) -> int:
    """How many whole records there are anywhere after `start`."""
    view = memoryview(file)
    last = len(file.rstrip(b"\0"))  # No head is all zeros.
    highest = min((len(file) - start) >> 24, 0xFF)  # A record that ends within the file has no larger first byte.
    heads = re.compile(rb"[\x00-" + re.escape(bytes([highest])) + rb"](?!\x00{11})", re.DOTALL)
    count = 0
    while found := heads.search(file, start, last):
        length = record_length(view, found.start())
        count += length > 0
        start = found.start() + (length or 1)
    return count


def _has_flipped_byte(view: memoryview, place: int) -> bool:
    """Whether a record was written whole at `place`, and is whole but for one byte."""
    content = view[place + HEAD_LENGTH :]
    if not content:
        return False
    length, checksum = _FRAME.unpack_from(view, place)
    if _stated_length(view, place) is not None:
        return length <= len(content) and _differs_in_one_byte(content[:length], checksum)
    # The head does not fit itself. If the content fits what is left of it, the head alone has changed.
    actual = zlib.crc32(content)
    (check,) = _CHECK.unpack_from(view, place + _FRAME.size)
    return actual == checksum or zlib.crc32(_FRAME.pack(len(content), actual)) == check


def _differs_in_one_byte(content: memoryview, checksum: int) -> bool:
    """Whether changing one byte gives `content` the checksum, and it is not a last byte that was never written.

    The difference of two CRCs depends on the place and the difference of the byte alone. It is followed back from the
    end of the content to the byte.
    """
    if len(content) > LONGEST_SEARCH:
        return any(content[-LONGEST_SEARCH:])
    difference = zlib.crc32(content) ^ checksum
    for place in range(len(content) - 1, -1, -1):
        if difference in _ONE_BYTE:
            return any(content[place:])
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
