"""The code blocks of pages."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from docs.builder.markdown import BLOCK_NOTE, FENCE

CODE = frozenset({"sh", "fish", "console", "python", "http", "json", "yaml", "text"})
"""The languages that pages may use; `text` is no code."""


@dataclass(frozen=True)
class Block:
    """A code block: where it stands, its language, its code, and the note behind the language.

    `file` is the name under which the code is stored, `not_run` the reason why it is not run. `shortened_by` has
    options with which its commands take seconds, and `tested_by` the module that runs it.
    """

    page: Path
    line: int
    language: str
    code: str
    file: str = ""
    not_run: str = ""
    shortened_by: str = ""
    tested_by: str = ""

    def __str__(self) -> str:
        """Where the block stands."""
        return f"{self.page}:{self.line}"


def blocks_of(page: Path) -> Iterator[Block]:
    """The code blocks of a page, in their order. Raises ValueError for an indented one, or one without a language."""
    lines = page.read_text(encoding="utf-8").split("\n")
    number = 0
    while number < len(lines):
        fence = FENCE.match(lines[number])
        if fence is None:
            _refuse_indented(page, lines, number)
            number += 1
            continue
        end = next(place for place in range(number + 1, len(lines)) if lines[place].strip() == fence["ticks"])
        if not fence["info"].startswith("{"):
            code = textwrap.dedent("\n".join(lines[number + 1 : end])) + "\n"
            yield _block(page, number + 1, fence["info"], code)
        number = end + 1


def _block(page: Path, line: int, info: str, code: str) -> Block:
    note = BLOCK_NOTE.match(info)
    language = note["language"] if note else info.strip()
    if language not in CODE:
        raise ValueError(f"{page}:{line}: {info!r} is none of {', '.join(sorted(CODE))}")
    notes = {} if note is None else {note["kind"].replace(" ", "_"): note["note"].strip()}
    return Block(page, line, language, code, **notes)


def _refuse_indented(page: Path, lines: list[str], number: int) -> None:
    """Blocks without a fence have no language, and are not run."""
    if lines[number].startswith("    ") and not lines[number - 1].strip() and not _in_list(lines, number):
        raise ValueError(f"{page}:{number + 1}: a code block without a fence")


def _in_list(lines: list[str], number: int) -> bool:
    before = (line for line in reversed(lines[:number]) if line.strip() and not line.startswith(" "))
    return re.match(r"[-*] |\d+\. ", next(before, "")) is not None
