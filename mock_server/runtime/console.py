"""A command's standard streams, which its parent may have closed or set to an unusual encoding, and text for them."""

from __future__ import annotations

import io
import os
import select
import sys
from collections.abc import Callable
from typing import TextIO


def prepare_streams() -> None:
    """Opens closed streams on the null device, and escapes characters that an output's encoding lacks.

    Otherwise the next file or socket opened would become the standard output and receive the printed text.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def has_colours(stream: TextIO) -> bool:
    """Whether to write colours: only on a terminal, and not if NO_COLOR is set (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def printable(text: str) -> str:
    """`text` in one line, with escapes in place of control characters, which could steer the terminal."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def write_all(descriptor: int, text: bytes) -> None:
    """Writes to an open file without Python's buffer, whose lock a blocked thread would keep when the program ends.

    Raises OSError when nothing reads a pipe any more.
    """
    rest = memoryview(text)
    while rest:
        try:
            rest = rest[os.write(descriptor, rest) :]
        except BlockingIOError:  # Another program with the same terminal has made it non-blocking.
            select.select([], [descriptor], [])


def write_locked(path: str, write: Callable[[bytes], object], text: bytes) -> None:
    """Writes while no other process does that with the same lock file: a pipe may mix what is longer than its buffer.

    The system releases the lock of a process that dies.
    """
    import fcntl  # Not on Windows, where one process serves.

    with open(path, "rb") as lock:  # noqa: PTH123
        fcntl.flock(lock, fcntl.LOCK_EX)
        write(text)
