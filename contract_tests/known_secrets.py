"""The secrets that a run has been given, or has been told in replies: none of them may stand in a report."""

from __future__ import annotations

import os
import re
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Literal

import msgspec

from mock_server.runtime.masking import Masker, described, secrets_in

KEPT = 500
_MADE_UP = re.compile(r"[\w.~+/=-]{8,200}", re.ASCII)
"""What servers make up. Texts that a generator wrote are masked where their names say that they are secret."""


class KnownSecrets:
    """Grows with the run; of those that replies tell, the last KEPT."""

    def __init__(self, given: Iterable[str] = ()) -> None:
        self._given = frozenset(given)
        self._variables: dict[str, str] = {}
        self._learned: dict[str, None] = {}
        self._masker: Masker | None = None

    def add(self, given: Iterable[str]) -> None:
        """Credentials that the run was given."""
        self._given |= frozenset(given)
        self._masker = None

    def learn(self, body: bytes) -> None:
        """Keeps the secrets that a reply tells."""
        try:
            content = msgspec.json.decode(body)
        except (msgspec.DecodeError, RecursionError):
            return
        for each in secrets_in(content, described().fields):
            if each not in self._learned and _MADE_UP.fullmatch(each):
                self._learned[each] = None
                self._masker = None
        while len(self._learned) > KEPT:
            del self._learned[next(iter(self._learned))]

    @property
    def masker(self) -> Masker:
        """Masks all of them, and what looks or is named like one."""
        if self._masker is None:
            self._masker = Masker(self._given | self._learned.keys())
        return self._masker

    def name(self, variables: Mapping[str, str]) -> None:
        """The variables of the environment that stand for credentials, where they are not CAL_API_KEY."""
        self._variables = dict(variables)

    @property
    def variables(self) -> Mapping[str, str]:
        """The credentials that the run was given, with the names of the variables that stand for them."""
        return dict.fromkeys(self._given, "CAL_API_KEY") | self._variables

    @property
    def given(self) -> frozenset[str]:
        """The credentials that the run was given."""
        return self._given

    @property
    def learned(self) -> frozenset[str]:
        """What replies told."""
        return frozenset(self._learned)


class MaskedFile:
    """Writes to a file line by line, without secrets."""

    def __init__(self, file: IO[str], known: KnownSecrets) -> None:
        self._file = file
        self._known = known
        self._line = ""

    def write(self, text: str) -> int:
        """See typing.IO."""
        *whole, self._line = (self._line + text).split("\n")
        self._file.writelines(f"{self._known.masker.text(line)}\n" for line in whole)
        return len(text)

    def flush(self) -> None:
        """See typing.IO. A line that has only begun waits."""
        self._file.flush()

    def close(self) -> None:
        """Writes what is left."""
        self.write("\n" if self._line else "")
        self._file.close()

    def isatty(self) -> bool:
        """See typing.IO."""
        return False


def open_private(path: Path, mode: Literal["a", "w"]) -> IO[str]:
    """Opens a text file that only its owner can read, whoever could before."""
    file = open(path, mode, encoding="utf-8", opener=_opener)  # noqa: SIM115 (a path takes no opener)
    path.chmod(0o600)
    return file


@contextmanager
def private_files(folder: Path) -> Generator[None]:
    """What is written meanwhile, by libraries too, only its owner can read; so is all that is in the folder."""
    before = os.umask(0o077)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        for each in folder.iterdir():
            if each.is_file():
                each.chmod(each.stat().st_mode & 0o700)
        yield
    finally:
        os.umask(before)


def _opener(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
