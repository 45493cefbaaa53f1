"""`cal-mock store`: maintains the file of a commit log."""

from __future__ import annotations

from pathlib import Path

import click

from mock_server.commands.errors import plain_errors
from mock_server.commands.options import FILE


@click.group()
def store() -> None:
    """Maintain the file of a commit log."""


@store.command()
@click.argument("path", type=FILE)
def repair(path: Path) -> None:
    """Cut a damaged log at its first invalid record. What is cut off is saved in a file beside it."""
    from mock_server.state.recovery import repair as run

    with plain_errors():
        click.echo(run(path))
