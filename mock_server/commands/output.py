"""Prints what a command found: JSON for programs, or tables and lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import click
import msgspec

from mock_server.runtime.console import printable


class Output:
    """The output of one command: either `document` prints, or the others do."""

    def __init__(self, as_json: bool) -> None:
        self.is_json = as_json

    def document(self, content: object) -> None:
        """Prints JSON in one line, if JSON was asked for."""
        if self.is_json:
            click.echo(msgspec.json.encode(content))

    def line(self, text: str, *, is_note: bool = False) -> None:
        """Prints a line for people. A note is printed beside JSON, too, on the standard error."""
        if not self.is_json:
            click.echo(text)
        elif is_note:
            click.echo(text, err=True)

    def table(self, head: Sequence[str], rows: Iterable[Sequence[object]], *, empty: str) -> None:
        """Prints a table with aligned columns, or the line `empty` for one without rows."""
        if self.is_json:
            return
        cells = [["-" if each is None else printable(str(each)) for each in row] for row in rows]
        if not cells:
            click.echo(empty)
            return
        widths = [max(map(len, column)) for column in zip(head, *cells, strict=True)]
        for place, row in enumerate([[each.upper() for each in head], *cells]):
            text = "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
            click.echo(click.style(text, dim=True) if place == 0 else text)


def world_time(at: str) -> str:
    """A time of the world, in UTC, for people."""
    moment = datetime.fromisoformat(at)
    return f"{moment:%Y-%m-%d %H:%M:%S}"
