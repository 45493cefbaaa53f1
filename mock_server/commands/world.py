"""Commands for world files: `world schema` and `world check`."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from mock_server.commands.errors import plain_errors
from mock_server.commands.options import EDITION, FILE


@click.group()
def world() -> None:
    """Write, check, export and import files with start worlds, for `serve --world`."""


@world.command()
def schema() -> None:
    """Print the JSON Schema of world files, for editors."""
    from mock_server import areas
    from mock_server.worlds.json_schema import world_schema

    click.echo(msgspec.json.format(msgspec.json.encode(world_schema(areas.schema())), indent=2))


@world.command()
@click.argument("file", type=FILE)
@EDITION
def check(file: Path, edition: str) -> None:
    """Check a file with a start world. Names every mistake with its line; exits with status 1 if there are any."""
    from mock_server.sandbox.world_check import check_world

    with plain_errors():
        mistakes = check_world(file, edition)
    for mistake in mistakes:
        click.echo(mistake)
    if mistakes:
        raise SystemExit(1)
    click.echo(f"{file} is a world of edition {edition}.")
