"""The command line: ``cal-mock``."""

from __future__ import annotations

import logging
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from mock_server import __version__
from mock_server.state.errors import Unusable

app = typer.Typer(
    name="cal-mock",
    help="A stateful sandbox of the Cal.com API v2: what you write you read back.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Switch(StrEnum):
    """A switch that is written out."""

    ON = "on"
    OFF = "off"


class Form(StrEnum):
    """How the description is written."""

    YAML = "yaml"
    JSON = "json"


@app.command()
def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on. Others than loopback open it to the network.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.", min=0, max=65535)] = 8080,
    world: Annotated[
        Path | None, typer.Option(help="YAML file with the start world. [default: the built-in one]")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Fail loudly when a reply does not fit the description.")
    ] = False,
    log: Annotated[
        str,
        typer.Option(help="Where commits are kept: memory, or file:PATH to come back with everything after a restart."),
    ] = "memory",
    rate_limit: Annotated[Switch, typer.Option(help="Whether the live API's rate limits apply.")] = Switch.OFF,
    webhook_hosts: Annotated[
        str,
        typer.Option(
            metavar="HOSTS",
            help="Where webhooks may be sent besides this machine: names, *.example.com, addresses or networks, with "
            "commas between them; * allows all.",
        ),
    ] = "",
) -> None:
    """Serve the sandbox until Ctrl-C."""
    from mock_server.runtime.settings import Settings
    from mock_server.serving import serve as run

    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s", stream=sys.stderr)
    settings = Settings(
        host=host,
        port=port,
        world=world,
        strict=strict,
        log=log,
        rate_limit=rate_limit is Switch.ON,
        webhook_hosts=tuple(each.strip() for each in webhook_hosts.split(",") if each.strip()),
    )
    if not settings.is_loopback:
        settings = msgspec.structs.replace(settings, admin_token=secrets.token_urlsafe(24))
    with _plain_errors():
        run(settings)


@app.command()
def spec(
    form: Annotated[Form, typer.Option("--format", help="How to write it.")] = Form.YAML,
) -> None:
    """Print the OpenAPI description as one document."""
    from mock_server.runtime.bundle import load_bundle
    from mock_server.runtime.documents import bundle_as_yaml

    with _plain_errors():
        bundle = load_bundle()
    text = bundle_as_yaml(bundle) if form is Form.YAML else msgspec.json.format(msgspec.json.encode(bundle), indent=2)
    sys.stdout.buffer.write(text.rstrip() + b"\n")


@app.command()
def operations(
    tag: Annotated[str | None, typer.Option(help="Only the operations of groups whose name starts so.")] = None,
) -> None:
    """List all operations: method, path, version, access rules, and whether they are stateful or generated."""
    from mock_server import areas
    from mock_server.runtime.bundle import load_bundle
    from mock_server.runtime.description import Description

    with _plain_errors():
        description = Description(load_bundle())
    stateful = 0
    listed = [each for each in description if tag is None or each.tag.lower().startswith(tag.lower())]
    for each in listed:
        is_stateful = areas.find_handler(each.area, each.id) is not None
        stateful += is_stateful
        version = ",".join(sorted(each.versions)) if each.versions else "any"
        access = " ".join(
            rule.name if rule.argument is None else f"{rule.name}={_listed(rule.argument)}" for rule in each.access
        )
        kind = "stateful" if is_stateful else "generated"
        typer.echo(f"{each.method:6} {each.path}  {each.id}  version={version}  access=[{access or 'public'}]  {kind}")
    typer.echo(f"{len(listed)} operations, {stateful} stateful, {len(listed) - stateful} generated")


@app.command()
def doctor(
    url: Annotated[str, typer.Argument(help="The sandbox, or one of its worlds.")] = "http://127.0.0.1:8080",
    token: Annotated[str | None, typer.Option(help="The admin token of a sandbox on an open address.")] = None,
) -> None:
    """Check the state of a running sandbox for contradictions; ends with status 1 where there are any."""
    from mock_server.sandbox.doctor import ask

    with _plain_errors():
        report = ask(url, token)
    for complaint in report["complaints"]:
        typer.echo(complaint)
    typer.echo(f"world {report['world']}: {report['rows']} rows, {len(report['complaints'])} complaints")
    if report["complaints"]:
        raise SystemExit(1)


@app.command()
def compare(
    left: Annotated[str, typer.Option(help="Address of the one server.")],
    right: Annotated[str, typer.Option(help="Address of the other.")],
    seed: Annotated[int, typer.Option(help="The same seed gives the same sequence of requests.")] = 1,
    requests: Annotated[
        int | None, typer.Option(help="Requests to each server. [default: one round over all operations]", min=1)
    ] = None,
    left_key: Annotated[
        str | None, typer.Option(help="API key for the left one. [default: a sandbox's own, else CAL_API_KEY]")
    ] = None,
    right_key: Annotated[str | None, typer.Option(help="API key for the right one. [default: likewise]")] = None,
    rate: Annotated[float, typer.Option(help="Requests a minute, to a server that is no sandbox.")] = 60,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the differences there, too.")] = None,
) -> None:
    """Send the same requests to two servers and report where they answer differently.

    Ends with status 0 where there are no differences, 1 where there are, 2 where the comparison could not run.
    """
    from contract_tests.comparison.command import Choices, run

    raise SystemExit(run(Choices(left, right, seed, requests, left_key, right_key, rate, json)))


@app.command()
def proxy(
    upstream: Annotated[str, typer.Option(help="Address of the server that requests are passed on to.")],
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 picks a free one.", min=0, max=65535)] = 8090,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Append a JSON line for each exchange with a breach.")
    ] = None,
) -> None:
    """Stand between a client and a server, change nothing, and report what breaks the description.

    Ends with status 0 where nothing did, 1 where something did, 2 where there is no result.
    """
    from contract_tests.proxy.command import Choices, run

    raise SystemExit(run(Choices(upstream, host, port, json)))


@app.command()
def version() -> None:
    """Print the version."""
    typer.echo(__version__)


def _listed(argument: object) -> str:
    return ",".join(map(str, argument)) if isinstance(argument, list) else str(argument)


@contextmanager
def _plain_errors() -> Iterator[None]:
    """Ends with one plain line and status 2, not a traceback, for what a user can mend."""
    try:
        yield
    except Unusable as error:
        typer.echo(f"cal-mock: {error}", err=True)
        raise SystemExit(2) from None


def main() -> None:
    """The entry point."""
    app()
