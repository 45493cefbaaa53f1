"""Commands that check servers: `doctor`, `compare` and `proxy`."""

from __future__ import annotations

from pathlib import Path

import click

from mock_server.commands.connection import JSON, TOKEN, URL, sandbox_at
from mock_server.commands.contract import require_contract_tests
from mock_server.commands.options import EDITION, FILE, PORT, PREFIX, Configurable
from mock_server.commands.output import Output
from mock_server.runtime.exit_status import ExitStatus
from mock_server.state.edition import EDITIONS


@click.command()
@click.argument("address", metavar="[URL]", required=False, help="The same as --url.")
@URL
@TOKEN
@JSON
def doctor(address: str | None, url: str, token: str | None, as_json: bool) -> None:
    """Check the state of a running sandbox for inconsistencies. Exits with status 1 if there are any."""
    output = Output(as_json)
    with sandbox_at(url if address is None else address, token) as sandbox:
        report = sandbox.get("/doctor")
    output.document(report)
    for complaint in report["complaints"]:
        output.line(complaint)
    output.line(f"world {report['world']}: {report['rows']} rows, {len(report['complaints'])} complaints")
    if report["complaints"]:
        raise SystemExit(ExitStatus.FOUND)


@click.command()
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
@click.option(
    "--rate", type=float, default=60, help="Requests per minute to a server that is not a sandbox; 0 for no limit."
)
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
    require_contract_tests()
    from contract_tests.comparison.command import Choices, run

    choices = Choices(
        left, right, seed, requests, left_key, right_key, rate, json, reports, left_edition, right_edition
    )  # fmt: skip
    raise SystemExit(run(choices))


@click.command(cls=Configurable, prefix=f"{PREFIX}_PROXY")
@EDITION
@click.option("--upstream", required=True, help="URL of the server to which requests are forwarded.")
@click.option("--host", default="127.0.0.1", help="Address to listen on.")
@click.option("--port", type=PORT, default=8090, help="Port to listen on; 0 picks a free one.")
@click.option("--json", type=FILE, metavar="FILE", help="Append a JSON line for each exchange with a breach.")
def proxy(edition: str, upstream: str, host: str, port: int, json: Path | None) -> None:
    """Forward requests to a server unchanged and report violations of the description.

    Exits with status 0 if there were none, 1 if there were any, 2 if there is no result.
    """
    require_contract_tests()
    from contract_tests.proxy.command import Choices, run

    del edition  # It is the process's by now.
    raise SystemExit(run(Choices(upstream, host, port, json)))
