"""Commands for world files: `world schema`, `check`, `export` and `import`."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import click
import msgspec

from mock_server.commands.errors import NOT_DONE, plain_errors
from mock_server.commands.options import EDITION, FILE, TOKEN_VARIABLE


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


@world.command()
@click.argument("file", type=FILE, required=False)
@click.option(
    "--url",
    envvar="CAL_MOCK_URL",
    show_envvar=True,
    default="http://127.0.0.1:8080",
    help="The sandbox, or one of its worlds.",
)
@click.option("--token", envvar=TOKEN_VARIABLE, show_envvar=True, help="The admin token of the sandbox, if it has one.")
def export(file: Path | None, url: str, token: str | None) -> None:
    """Write the state of a running sandbox as a world file: to FILE, else to the terminal.

    `serve --world FILE` begins with the same state.
    """
    from mock_server.sandbox.world_export import export_world

    with plain_errors():
        text = export_world(url, token)
    if file is None:
        click.echo(text, nl=False)
    else:
        _write(file, text)


@world.command("import")
@click.argument("file", type=FILE)
@click.option("--from", "url", required=True, metavar="URL", help="The deployment, such as https://api.example.com.")
@click.option("--key", envvar="CAL_API_KEY", show_envvar=True, required=True, help="API key of the deployment.")
@click.option("--keep-names", is_flag=True, help="Keep the names and addresses of people instead of replacing them.")
@click.option(
    "--rate", type=click.FloatRange(min=0, min_open=True), default=60, help="Requests per minute, unless to a sandbox."
)
@EDITION
def import_(file: Path, url: str, key: str, keep_names: bool, rate: float, edition: str) -> None:
    """Write what a key can read from a deployment to FILE, a world file. Only reads.

    Users, schedules, event types, teams, webhooks and upcoming bookings. Exits with status 1 if the world file has
    mistakes.
    """
    from contract_tests.deployment_reader import CannotRead, DeploymentReader
    from mock_server.sandbox.world_check import check_world, schema_of
    from mock_server.worlds.importing.world import import_world

    try:
        reader = DeploymentReader(url, key, edition, rate)
        with plain_errors(), closing(reader):
            imported = import_world(schema_of(edition), reader, key, keep_names=keep_names)
    except CannotRead as error:
        click.echo(f"cal-mock: {url} cannot be read: {error}.", err=True)
        raise SystemExit(NOT_DONE) from None
    _write(
        file, f"# Read from {url}. Serve it with: cal-mock serve --edition {edition} --world {file}\n{imported.text}"
    )
    click.echo(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in imported.counts.items()))
    click.echo(f"API keys of the users: {', '.join(imported.keys)}")
    for each in imported.unread:
        click.echo(f"Not read: {each}")
    mistakes = check_world(file, edition)
    for mistake in mistakes:
        click.echo(mistake)
    if mistakes:
        raise SystemExit(1)


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        click.echo(f"cal-mock: {file} cannot be written: {error.strerror}.", err=True)
        raise SystemExit(NOT_DONE) from None
    click.echo(f"{file} is written.")
