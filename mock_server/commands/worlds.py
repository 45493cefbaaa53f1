"""`cal-mock reset`, `worlds` and `snapshot`: worlds, and their whole state."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mock_server.commands.connection import connected
from mock_server.commands.files import json_in, write_private
from mock_server.commands.options import FILE
from mock_server.commands.output import Output
from mock_server.control_client import ControlClient, path_part


@click.command()
@connected
def reset(sandbox: ControlClient, output: Output) -> None:
    """Return a world to the state that it started with."""
    done = sandbox.post("/reset")
    output.document(done)
    output.line(f"World {done['world']} is as at its start.")


@click.group()
def worlds() -> None:
    """List, create, branch or drop worlds."""


@worlds.command(name="list")
@connected
def list_worlds(sandbox: ControlClient, output: Output) -> None:
    """List the worlds with their URLs."""
    found: list[dict[str, Any]] = sandbox.get("/worlds")
    output.document(found)
    rows = [(each["id"], _url(sandbox, each)) for each in found]
    output.table(("world", "url"), rows, empty="There are no worlds.")


@worlds.command()
@click.argument("world", required=False, help="Its name. [default: a new one]")
@click.option("--from", "source", metavar="WORLD", help="The world to copy. [default: that of --url]")
@click.option("--snapshot", type=FILE, metavar="FILE", help="In place of a world: a file that `snapshot export` wrote.")
@connected
def create(
    sandbox: ControlClient, output: Output, world: str | None, source: str | None, snapshot: Path | None
) -> None:
    """Create a world from another one or from a snapshot. A reset returns it to the state that it begins with."""
    if source is not None and snapshot is not None:
        raise click.UsageError("--from and --snapshot exclude each other.")
    origin: dict[str, object] = {} if source is None else {"world": source}
    if snapshot is not None:
        origin = {"snapshot": json_in(snapshot)}
    _create(sandbox, output, {**_named(world), **({"from": origin} if origin else {})})


@worlds.command()
@click.argument("world", required=False, help="The name of the branch. [default: a new one]")
@connected
def branch(sandbox: ControlClient, output: Output, world: str | None) -> None:
    """Create a world with the present state of the one that --url addresses."""
    _create(sandbox, output, _named(world))


@worlds.command()
@click.argument("world", help="Its name.")
@connected
def drop(sandbox: ControlClient, output: Output, world: str) -> None:
    """Drop a world with everything in it."""
    output.document(sandbox.delete(f"/worlds/{path_part(world)}"))
    output.line(f"World {world} is dropped.")


@click.group()
def snapshot() -> None:
    """Export or import the whole state of a world. It holds secrets as they are."""


@snapshot.command(name="export")
@click.argument("file", type=FILE, default="-", help="The file to write; - is the standard output.")
@connected
def export_snapshot(sandbox: ControlClient, output: Output, file: Path) -> None:
    """Write the state of a world to a file that only its owner can read."""
    content = sandbox.snapshot() + b"\n"
    if str(file) == "-":
        click.echo(content, nl=False)
        return
    write_private(file, content)
    output.line(f"Wrote {len(content):,} bytes to {file}.")


@snapshot.command(name="import")
@click.argument("file", type=FILE, default="-", help="The file to read; - is the standard input.")
@connected
def import_snapshot(sandbox: ControlClient, output: Output, file: Path) -> None:
    """Replace the state of a world by that of a file."""
    done = sandbox.put("/snapshot", json_in(file))
    output.document(done)
    output.line(f"World {done['world']} has the state of the snapshot.")


def _named(world: str | None) -> dict[str, object]:
    return {} if world is None else {"id": world}


def _create(sandbox: ControlClient, output: Output, body: dict[str, object]) -> None:
    created = sandbox.post("/worlds", body)
    output.document(created)
    output.line(f"World {created['id']} is at {_url(sandbox, created)}")


def _url(sandbox: ControlClient, world: dict[str, Any]) -> str:
    """The URL of a world, whichever world the client addresses."""
    return sandbox.url.partition("/w/")[0] + ("" if world["isDefault"] else world["url"])
