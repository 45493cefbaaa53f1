"""Images of log files after a crash or disk failure, by kind, with the expected result of opening each."""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec

from mock_server.state.errors import LogUnusable
from mock_server.state.file_log import FileLog
from mock_server.state.frames import record_length
from mock_server.state.recovery import repair
from mock_server.state.snapshot import take
from mock_server.state.tests.library import BOOKS, SCHEMA, filled
from mock_server.state.worlds import World, Worlds

PAGE = 4096


class Original(NamedTuple):
    """An intact log: its bytes, the start of its first record, the end of every record, and all its states."""

    content: bytes
    start: int
    ends: list[int]
    checkpoint_version: int
    states: dict[int, bytes]


class Image(NamedTuple):
    """A file, the kind of failure that it simulates, and the first byte that differs from the intact log.

    A damaged one has records that were written whole at or after that byte; any other is to start.
    """

    kind: str
    content: bytes
    first_change: int
    is_damaged: bool


def original(path: Path, commits: int, *, compact_after: int = 10**9) -> Original:
    """Writes a log with so many commits; with a small `compact_after` it begins with a checkpoint."""
    log = FileLog(path, SCHEMA, compact_after=compact_after)
    worlds = Worlds(SCHEMA, filled, log)
    states = {worlds.version: state(worlds)}
    for number in range(commits):
        write(worlds.default, number)
        states[worlds.version] = state(worlds)
    worlds.close()
    content = path.read_bytes()
    start = content.index(b"\n") + 1
    ends = [start]
    while ends[-1] < len(content):
        ends.append(ends[-1] + record_length(memoryview(content), ends[-1]))
    version = msgspec.json.decode(content[:start]).get("version", 0)
    return Original(content, start, ends[1:], version, states)


def write(world: World, number: int) -> None:
    """A commit of its own size."""
    tx = world.begin()
    tx[BOOKS].create(title=f"{number} " + "x" * (number * 37 % 500), year=number, author_id=1)
    world.commit(tx)


def state(worlds: Worlds) -> bytes:
    """The state of the default world."""
    return msgspec.json.encode(take(worlds.default.root), order="sorted")


def images(log: Original, seed: int, each: int) -> Iterator[Image]:
    """Images of all kinds that differ from the original; `each` is the number of random images per kind."""
    chance = random.Random(seed)
    content, size = log.content, len(log.content)
    last, several = log.ends[-2], log.ends[-min(4, len(log.ends))]

    def changed(kind: str, image: bytes, *, damaged: bool = False) -> Iterator[Image]:
        if image != content:
            first = first_difference(image, content)
            yield Image(kind, image, first, damaged or (log.checkpoint_version > 0 and first < log.ends[0]))

    for at in range(several, size):
        yield from changed("cut", content[:at])
        yield from changed("zeros to the end", content[:at] + bytes(size - at))
    for at in range(size // PAGE * PAGE, last - 8 * PAGE, -PAGE):
        if at > log.ends[0]:
            yield from changed("last pages zero", content[:at] + bytes(size - at))
            yield from changed("last pages zero, grown", content[:at] + bytes(size - at + PAGE))
    for _ in range(each):
        at = chance.randrange(last + 12, size - 4)
        yield from changed("noise in the last record", content[:at] + chance.randbytes(size - at))
        yield from changed("noise for the last record", content[:last] + chance.randbytes(size - last))
        at = chance.randrange(log.start, size)
        yield from changed("many zeros to the end", content[:at] + bytes(size - at))
        yield from changed("noise after the end", content + chance.randbytes(chance.choice((1, 11, 12, 13, 300, 5000))))
        yield from changed("zeros after the end", content + bytes(chance.choice((1, 11, 12, 13, 300, 5000))))
        yield from changed(
            "a bit in the middle", flipped(content, chance.randrange(log.start, last), chance), damaged=True
        )
        yield from changed(
            "a bit in the last record", flipped(content, chance.randrange(last, size), chance), damaged=True
        )
    if not log.checkpoint_version:
        for at in range(1, log.start):
            yield Image("cut header", content[:at], 0, False)
            yield Image("header in zeros", content[:at] + bytes(PAGE - at), 0, False)


def first_difference(image: bytes, content: bytes) -> int:
    """The first byte at which they differ."""
    lengths = range(1, min(len(image), len(content)) + 1)
    return bisect_left(lengths, True, key=lambda length: image[:length] != content[:length])


def flipped(content: bytes, at: int, chance: random.Random) -> bytes:
    """With one bit of byte `at` changed."""
    return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def judged(image: Image, log: Original, folder: Path) -> str:
    """The result of opening an image: `starts` or `refused`. Raises AssertionError if it is wrong or data is lost."""
    path = folder / "image.log"
    for left in folder.iterdir():
        left.unlink()
    path.write_bytes(image.content)
    whole = sum(end <= image.first_change for end in log.ends)
    version = max(log.checkpoint_version + whole - (log.checkpoint_version > 0), 0)
    try:
        _check_start(path, log, version, image)
    except LogUnusable as refusal:
        assert image.is_damaged, f"{image.kind}: {refusal}"
        assert path.read_bytes() == image.content, "a refused log is not touched"
        if whole:
            assert f"after record {version}" in str(refusal), image.kind
        repair(path)
        _check_start(path, log, version if whole else 0, image)
        return "refused"
    assert not image.is_damaged, f"{image.kind} at byte {image.first_change} was not noticed"
    return "starts"


def _check_start(path: Path, log: Original, version: int, image: Image) -> None:
    """Checks that all intact records are there, and everything else is saved in a side file."""
    worlds = Worlds(SCHEMA, filled, FileLog(path, SCHEMA))
    try:
        if version:
            assert (worlds.version, state(worlds)) == (version, log.states[version]), image.kind
            kept = b"".join(each.read_bytes() for each in path.parent.glob("*.cut-*"))
            assert image.content.endswith(kept), image.kind
            assert path.read_bytes() + kept == image.content, image.kind
        else:
            assert worlds.version == 1, image.kind
        write(worlds.default, 10**6)
    finally:
        worlds.close()
