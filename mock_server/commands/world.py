"""Commands for world files: `world schema`, `check`, `export` and `import`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec

from mock_server.commands.connection import TOKEN, URL, sandbox_at
from mock_server.commands.contract import require_contract_tests
from mock_server.commands.errors import plain_errors
from mock_server.commands.files import write_private
from mock_server.commands.options import EDITION, FILE
from mock_server.runtime.exit_status import ExitStatus
from mock_server.state.errors import Unusable

if TYPE_CHECKING:
    from mock_server.worlds.importing.world import ImportedWorld


class NotImported(Unusable):
    """The deployment cannot be read."""


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
@click.argument("file", type=FILE, help="A world file, or a snapshot.")
@EDITION
def check(file: Path, edition: str) -> None:
    """Check a file with a start world. Names every mistake with its line; exits with status 1 if there are any."""
    from mock_server.sandbox.world_files import check_world

    with plain_errors():
        mistakes = check_world(file, edition)
    for mistake in mistakes:
        click.echo(mistake)
    if mistakes:
        raise SystemExit(ExitStatus.FOUND)
    click.echo(f"{file} is a world of edition {edition}.")


@world.command()
@click.argument("file", type=FILE, default="-", help="The file to write; - is the standard output.")
@URL
@TOKEN
def export(file: Path, url: str, token: str | None) -> None:
    """Write the state of a running sandbox as a world file, which only its owner can read.

    `serve --world FILE` begins with the same state.
    """
    from mock_server.sandbox.world_files import world_file_of

    with sandbox_at(url, token) as sandbox:
        text = world_file_of(sandbox.url, msgspec.json.encode(sandbox.get("/snapshot")))
        if str(file) == "-":
            click.echo(text, nl=False)
            return
        write_private(file, text.encode())
    click.echo(f"{file} is written.")


@world.command("import")
@click.argument("file", type=FILE, help="The file to write.")
@click.option("--from", "url", required=True, metavar="URL", help="The deployment, such as https://api.example.com.")
@click.option("--key", envvar="CAL_API_KEY", show_envvar=True, required=True, help="API key of the deployment.")
@click.option("--keep-names", is_flag=True, help="Keep the names and addresses of people instead of replacing them.")
@click.option(
    "--rate", type=click.FloatRange(min=0), default=60, help="Requests per minute, unless to a sandbox; 0 for no limit."
)
@EDITION
def import_(file: Path, url: str, key: str, keep_names: bool, rate: float, edition: str) -> None:
    """Write what a key can read from a deployment to FILE, a world file. Only reads.

    Users, schedules, event types, teams, webhooks and upcoming bookings. Exits with status 1 if the world file has
    mistakes.
    """
    require_contract_tests()
    from contract_tests.deployment_reader import CannotRead, DeploymentReader
    from mock_server.sandbox.world_files import check_world, schema_of
    from mock_server.worlds.importing.world import import_world

    with plain_errors():
        try:
            with closing(DeploymentReader(url, key, edition, rate)) as reader:
                imported = import_world(schema_of(edition), reader, key, keep_names=keep_names)
        except CannotRead as error:
            raise NotImported(f"{url} cannot be read: {error}.") from None
        header = f"# Read from {url}. Serve it with: cal-mock serve --edition {edition} --world FILE\n"
        write_private(file, f"{header}{imported.text}".encode())
        mistakes = check_world(file, edition)
    _print(file, imported)
    for mistake in mistakes:
        click.echo(mistake)
    if mistakes:
        raise SystemExit(ExitStatus.FOUND)


def _print(file: Path, imported: ImportedWorld) -> None:
    click.echo(f"{file} is written.")
    click.echo(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in imported.counts.items()))
    click.echo(f"API keys of the users: {', '.join(imported.keys)}")
    for each in imported.unread:
        click.echo(f"Not read: {each}")
