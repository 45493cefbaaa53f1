"""The command line: ``cal-mock``."""

from __future__ import annotations

import errno
import logging
import re
import secrets
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, cast

import click
import msgspec

from mock_server import __version__
from mock_server.runtime.console import prepare_streams
from mock_server.runtime.editions import EDITION_VARIABLE, choose_edition
from mock_server.runtime.garbage import collection_paused
from mock_server.state.edition import DEFAULT_EDITION, EDITIONS
from mock_server.state.errors import Unusable

PORT = click.IntRange(0, 65535)
FILE = click.Path(path_type=Path, readable=False)
"""Not checked for existence or permissions, which are reported when the file is used."""


def _chosen(_context: click.Context, _option: click.Parameter, name: str) -> str:
    """Makes an edition that of the whole process."""
    return choose_edition(name)


EDITION = click.option(
    "--edition",
    type=click.Choice(EDITIONS),
    envvar=EDITION_VARIABLE,
    default=DEFAULT_EDITION,
    show_envvar=True,
    help="Edition of the API.",
    callback=_chosen,
)

NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


class Commands(click.Group):
    """Lists the commands in the order of their definition."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """See click.Group."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """See click.Group. Ctrl-C ends the program silently with status 130, as in shells."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise SystemExit(130) from None
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            click.echo(f"cal-mock: The output cannot be written: {error.strerror}.", err=True)
            raise SystemExit(2) from None


@click.group("cal-mock", cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
def app() -> None:
    """A stateful sandbox of the Cal.com API v2: what you write you read back."""


def _checked_token(_context: click.Context, _option: click.Parameter, token: str | None) -> str | None:
    """A token that is valid in a header. Raises BadParameter otherwise, without repeating the token."""
    if token is not None and not re.fullmatch(r"[!-~]+", token):
        raise click.BadParameter("a token consists of visible ASCII characters, without blanks.")
    return token


@app.command()
@EDITION
@click.option("--host", default="127.0.0.1", help="Address to listen on. Others than loopback open it to the network.")
@click.option("--port", type=PORT, default=8080, help="Port to listen on; 0 picks a free one.")
@click.option("--world", type=FILE, metavar="FILE", help="YAML file with the start world. [default: the built-in one]")
@click.option(
    "--token",
    envvar="CAL_MOCK_TOKEN",
    show_envvar=True,
    metavar="TOKEN",
    callback=_checked_token,
    help="Admin token that the control plane asks for. [default: none; on an open address a new one, which is printed]",
)
@click.option("--strict", is_flag=True, help="Fail loudly when a reply does not fit the description.")
@click.option(
    "--log",
    default="memory",
    help="Where commits are kept: memory, or file:PATH to come back with everything after a restart.",
)
@click.option(
    "--faults",
    type=FILE,
    metavar="FILE",
    help="YAML or JSON file with a list of faults that every world begins with. [default: none]",
)
@click.option(
    "--rate-limit",
    type=click.Choice(["on", "off"]),
    default="off",
    help="Whether the live API's rate limits apply.",
)
@click.option(
    "--webhook-hosts",
    metavar="HOSTS",
    default="",
    show_default=False,
    help="Where webhooks may be sent besides this machine, or at all on an open address: names, *.example.com, "
    "addresses or networks, with commas between them; * allows all.",
)
def serve(
    edition: str,
    host: str,
    port: int,
    world: Path | None,
    token: str | None,
    strict: bool,
    log: str,
    faults: Path | None,
    rate_limit: Literal["on", "off"],
    webhook_hosts: str,
) -> None:
    """Serve the sandbox until Ctrl-C."""
    with collection_paused():
        from mock_server.runtime.masking import MaskedFormatter
        from mock_server.runtime.settings import Settings
        from mock_server.serving import serve as run

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(MaskedFormatter("%(levelname)s: %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    settings = Settings(
        edition=edition,
        host=host.strip("[]").lower(),
        port=port,
        admin_token=token,
        world=world,
        strict=strict,
        log=log,
        faults=faults,
        rate_limit=rate_limit == "on",
        webhook_hosts=tuple(each.strip() for each in webhook_hosts.split(",") if each.strip()),
    )
    if token is None and not settings.is_loopback:
        settings = msgspec.structs.replace(settings, admin_token=secrets.token_urlsafe(24), shows_token=True)
    with _plain_errors():
        run(settings)


@app.command()
@EDITION
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), default="yaml", help="Output format.")
def spec(edition: str, form: Literal["yaml", "json"]) -> None:
    """Print the OpenAPI description as one document."""
    from mock_server.runtime.bundle import load_bundle
    from mock_server.runtime.documents import bundle_as_yaml

    with _plain_errors():
        bundle = load_bundle(edition=edition)
    text = bundle_as_yaml(bundle) if form == "yaml" else msgspec.json.format(msgspec.json.encode(bundle), indent=2)
    click.echo(text.rstrip())


@app.command()
@EDITION
@click.option("--tag", help="Only operations of groups whose name starts with this. [default: all]")
def operations(edition: str, tag: str | None) -> None:
    """List all operations: method, path, version, access rules, evidence, and whether they are stateful or generated.

    Evidence says how well an operation is known: recorded, source or published.
    """
    from mock_server import areas
    from mock_server.runtime.bundle import load_bundle
    from mock_server.runtime.description import Description

    with _plain_errors():
        description = Description(load_bundle(edition=edition))
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
        known = f"evidence={each.evidence}  {kind}"
        click.echo(f"{each.method:6} {each.path}  {each.id}  version={version}  access=[{access or 'public'}]  {known}")
    click.echo(f"{len(listed)} operations, {stateful} stateful, {len(listed) - stateful} generated")


@app.command()
@click.argument("older", type=click.Choice(EDITIONS))
@click.argument("newer", type=click.Choice(EDITIONS))
def changes(older: str, newer: str) -> None:
    """Print what changed for clients between two editions, as Markdown."""
    from mock_server.runtime.bundle import Sources
    from mock_server.runtime.changes import read_changes
    from mock_server.runtime.upgrade import upgrade_page

    with _plain_errors():
        click.echo(upgrade_page(older, newer, read_changes(), Sources().differences()).rstrip())


@app.command()
@click.argument(
    "url",
    default="http://127.0.0.1:8080",
    help="The sandbox, or one of its worlds.  [default: http://127.0.0.1:8080]",
)
@click.option(
    "--token", envvar="CAL_MOCK_TOKEN", show_envvar=True, help="The admin token of the sandbox, if it has one."
)
def doctor(url: str, token: str | None) -> None:
    """Check the state of a running sandbox for inconsistencies. Exits with status 1 if there are any."""
    from mock_server.sandbox.doctor import ask

    with _plain_errors():
        report = ask(url, token)
    for complaint in report["complaints"]:
        click.echo(complaint)
    click.echo(f"world {report['world']}: {report['rows']} rows, {len(report['complaints'])} complaints")
    if report["complaints"]:
        raise SystemExit(1)


@app.command()
@click.option("--left", help="URL of the first server.")
@click.option("--right", help="URL of the second server.")
@click.option("--left-edition", type=click.Choice(EDITIONS), help="In place of --left: a sandbox of this edition.")
@click.option("--right-edition", type=click.Choice(EDITIONS), help="In place of --right: a sandbox of this edition.")
@click.option("--seed", default=1, help="The same seed gives the same sequence of requests.")
@click.option(
    "--requests",
    type=click.IntRange(min=1),
    help="Requests to each server. [default: one round over all operations]",
)
@click.option("--left-key", help="API key for the left server. [default: that of a sandbox, else CAL_API_KEY]")
@click.option("--right-key", help="API key for the right server. [default: as for the left one]")
@click.option("--rate", type=float, default=60, help="Requests per minute to a server that is not a sandbox.")
@click.option("--json", type=FILE, metavar="FILE", help="Also write the differences to this file.")
@click.option(
    "--reports",
    type=FILE,
    metavar="FOLDER",
    default=Path("reports"),
    help="Folder for the ledger of what is created on a server that is not a sandbox. [default: reports]",
)
def compare(
    left: str | None,
    right: str | None,
    left_edition: str | None,
    right_edition: str | None,
    seed: int,
    requests: int | None,
    left_key: str | None,
    right_key: str | None,
    rate: float,
    json: Path | None,
    reports: Path,
) -> None:
    """Send the same requests to two servers and report the differences between the replies.

    Exits with status 0 if there are no differences, 1 if there are, 2 if the comparison could not run.
    """
    from contract_tests.comparison.command import Choices, run

    choices = Choices(
        left, right, seed, requests, left_key, right_key, rate, json, reports, left_edition, right_edition
    )  # fmt: skip
    raise SystemExit(run(choices))


@app.command()
@EDITION
@click.option("--upstream", required=True, help="URL of the server to which requests are forwarded.")
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", type=PORT, default=8090, help="Port to listen on; 0 picks a free one.")
@click.option("--json", type=FILE, metavar="FILE", help="Append a JSON line for each exchange with a breach.")
def proxy(edition: str, upstream: str, host: str, port: int, json: Path | None) -> None:
    """Forward requests to a server unchanged and report violations of the description.

    Exits with status 0 if there were none, 1 if there were any, 2 if there is no result.
    """
    from contract_tests.proxy.command import Choices, run

    del edition  # It is the process's by now.
    raise SystemExit(run(Choices(upstream, host, port, json)))


@app.group()
def store() -> None:
    """Maintain the file of a commit log."""


@store.command()
@click.argument("path", type=FILE)
def repair(path: Path) -> None:
    """Cut a damaged log at its first invalid record. What is cut off is saved in a file beside it."""
    from mock_server.state.recovery import repair as run

    with _plain_errors():
        click.echo(run(path))


@app.command()
def version() -> None:
    """Print the version."""
    click.echo(__version__)


def _listed(argument: object) -> str:
    return ",".join(map(str, cast("list[object]", argument))) if isinstance(argument, list) else str(argument)


@contextmanager
def _plain_errors() -> Generator[None]:
    """Prints errors that the user can fix as one line, without a traceback, and exits with status 2."""
    try:
        yield
    except Unusable as error:
        click.echo(f"cal-mock: {error}", err=True)
        raise SystemExit(2) from None


def main() -> None:
    """The entry point."""
    prepare_streams()
    app()
