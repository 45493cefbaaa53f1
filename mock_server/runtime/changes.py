"""The register of behaviour changes between editions, ``openapi/changes.yaml``, and their uses in the code.

`has` of a call or a transaction takes the name of a change, as a string literal, and returns whether it is in
force. The server refuses to start if the code uses a name that the register does not have.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
import yaml

from mock_server.runtime.bundle import DescriptionError, description_folder
from mock_server.runtime.bundle_cache import is_remembered, remember
from mock_server.runtime.editions import chosen_edition
from mock_server.state.edition import EDITIONS, Edition, is_later

REGISTER = "changes.yaml"
CODE = Path(__file__).parent.parent
"""The package whose modules use changes."""

_ASKED = re.compile(rb"""\.has\(\s*["']([^"']*)["']\s*\)""")
_NOT_SERVED = frozenset({"tests", "bench", "openapi", "__pycache__"})


class Change(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A change: its first edition, the operations (ids, or ``all``), and the consequences for a client."""

    name: Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
    edition: str
    operations: list[str] | Literal["all"]
    text: Annotated[str, msgspec.Meta(min_length=1)]


def read_changes(folder: Path | None = None) -> tuple[Change, ...]:
    """The register, in the order of its rows. Raises DescriptionError."""
    path = (folder or description_folder()) / REGISTER
    try:
        rows: list[Any] = yaml.load(path.read_text(encoding="utf-8"), yaml.CSafeLoader) or []
        changes = tuple(_change(number, row) for number, row in enumerate(rows, 1))
    except (OSError, yaml.YAMLError) as error:
        raise DescriptionError(f"{REGISTER} cannot be read: {' '.join(str(error).split())}") from None
    names = [change.name for change in changes]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DescriptionError(f"{REGISTER} has two rows named {twice}.")
    return changes


def edition_named(name: str, changes: tuple[Change, ...]) -> Edition:
    """An edition with the changes in force in it."""
    return Edition(name, frozenset(change.name for change in changes if not is_later(change.edition, name)))


def edition_of_process() -> Edition:
    """The edition used if none is given. Raises DescriptionError, UnknownEdition."""
    return edition_named(chosen_edition(), read_changes())


def check_asked(changes: tuple[Change, ...], code: Path = CODE) -> None:
    """Raises DescriptionError if the code uses a change that the register does not have."""
    known = {change.name for change in changes}
    for name, path in asked(code):
        if name not in known:
            raise DescriptionError(
                f"{path.relative_to(code.parent)} asks for the change {name!r}, which openapi/{REGISTER} does not have."
            )


def check_asked_at_start(changes: tuple[Change, ...], code: Path = CODE) -> None:
    """Like check_asked, but only if the files have changed since the last check. A wheel is checked when built."""
    if description_folder().parent == code:
        return
    state = hashlib.sha256(repr(sorted(change.name for change in changes)).encode())
    for path in _modules(str(code)):
        found = path.stat()
        state.update(f"{path.path} {found.st_mtime_ns} {found.st_size}\n".encode())
    name = f"asked-{hashlib.sha256(str(code).encode()).hexdigest()[:24]}"
    if not is_remembered(name, state.digest()):
        check_asked(changes, code)
        remember(name, state.digest())


def asked(code: Path = CODE) -> Iterator[tuple[str, Path]]:
    """The names of the changes used in the code, each with the file that uses it."""
    for module in _modules(str(code)):
        path = Path(module.path)
        content = path.read_bytes()
        if b".has(" in content:
            yield from ((name.decode(), path) for name in _ASKED.findall(content))


def _modules(folder: str) -> Iterator[os.DirEntry[str]]:
    """The modules that a server may run. Uses scandir, the fastest way, since every start of a checkout reads them."""
    with os.scandir(folder) as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.endswith(".py"):
                yield entry
            elif entry.name not in _NOT_SERVED and "." not in entry.name and entry.is_dir():
                yield from _modules(entry.path)


def _change(number: int, row: Any) -> Change:
    try:
        change = msgspec.convert(row, Change)
    except msgspec.ValidationError as error:
        raise DescriptionError(f"{REGISTER}, row {number}: {error}.") from None
    if change.edition not in EDITIONS[1:]:
        raise DescriptionError(
            f"{REGISTER}, {change.name}: {change.edition} is not an edition after the first. "
            f"There are: {', '.join(EDITIONS[1:])}."
        )
    return change
