"""The files that commands read and write; as an input, `-` stands for the standard input."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from pathlib import Path

import msgspec

from mock_server.state.errors import Unusable


class UnusableFile(Unusable):
    """A file cannot be read or written."""


def json_in(file: Path) -> msgspec.Raw:
    """The JSON in a file. Only its syntax is checked. Raises UnusableFile."""
    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        content.decode()
        return msgspec.json.decode(content, type=msgspec.Raw)
    except OSError as error:
        raise UnusableFile(f"{file} cannot be read: {error.strerror}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UnusableFile(f"{file} is not JSON: {error}.") from None


def write_private(file: Path, content: bytes) -> None:
    """Writes a file that only its owner can read, even if others could read it before. Raises UnusableFile."""
    try:
        with open(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as target:  # noqa: PTH123
            _keep_private(file, target.fileno())
            target.write(content)
    except OSError as error:
        raise UnusableFile(f"{file} cannot be written: {error.strerror}.") from None


def _keep_private(file: Path, descriptor: int) -> None:
    if stat.S_ISREG(os.fstat(descriptor).st_mode):  # A device or a pipe keeps its permissions.
        with contextlib.suppress(OSError):  # Another user owns it, or the file system has no permissions.
            file.chmod(0o600)  # Windows has no os.fchmod before Python 3.13.
