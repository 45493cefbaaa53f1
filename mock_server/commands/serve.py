"""`cal-mock serve`."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Literal

import click
import msgspec

from mock_server.commands.errors import plain_errors
from mock_server.commands.options import (
    EDITION,
    FILE,
    PORT,
    Configurable,
    PortOption,
    TokenOption,
    checked_token,
)
from mock_server.runtime.garbage import collection_paused
from mock_server.runtime.lean_imports import lean_imports
from mock_server.runtime.settings import MOST_WORKERS, Settings


@click.command(cls=Configurable)
@EDITION
@click.option(
    "--host", default="127.0.0.1", help="Address to listen on. Any other than loopback opens it to the network."
)
@click.option("--port", cls=PortOption, type=PORT, default=8080, help="Port to listen on; 0 picks a free one.")
@click.option(
    "--world", type=FILE, metavar="FILE", help="World file or snapshot to start with. [default: the built-in world]"
)
@click.option(
    "--token",
    cls=TokenOption,
    metavar="TOKEN",
    callback=checked_token,
    help="Admin token that the control plane asks for; CAL_MOCK_TOKEN_FILE names a file that has it. "
    "[default: none; on an open address a new one, which is printed]",
)
@click.option("--strict", is_flag=True, help="Fail loudly when a reply does not fit the description.")
@click.option(
    "--store",
    "--log",
    default="memory",
    metavar="STORE",
    help="Where commits are kept: memory; file:PATH to come back with everything after a restart; or "
    "valkey://[USER:PASSWORD@]HOST:PORT/DB?prefix=NAME (redis://; valkeys:// for TLS) for processes that share their "
    "worlds, or several such URLs, separated by commas, to spread the worlds over them. --log is its old name.",
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
@click.option("--quiet", is_flag=True, help="Print no line for each request.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    help="Form of the lines for requests; with json, the standard output has nothing else.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, MOST_WORKERS),
    default=1,
    metavar="N",
    help="How many processes serve. More than one needs a --store that processes share, valkey://HOST:PORT.",
)
def serve(
    edition: str,
    host: str,
    port: int,
    world: Path | None,
    token: str | None,
    strict: bool,
    store: str,
    faults: Path | None,
    rate_limit: Literal["on", "off"],
    webhook_hosts: str,
    quiet: bool,
    log_format: Literal["text", "json"],
    workers: int,
) -> None:
    """Serve the sandbox until Ctrl-C."""
    with collection_paused(), lean_imports():
        from mock_server.serving import log_warnings
        from mock_server.serving import serve as run
        from mock_server.supervisor import check_workers, supervise

    log_warnings()
    settings = Settings(
        edition=edition,
        host=host.strip("[]").lower(),
        port=port,
        admin_token=token,
        world=world,
        strict=strict,
        log=store,
        faults=faults,
        rate_limit=rate_limit == "on",
        webhook_hosts=tuple(each.strip() for each in webhook_hosts.split(",") if each.strip()),
    )
    if token is None and not settings.is_loopback:
        settings = msgspec.structs.replace(settings, admin_token=secrets.token_urlsafe(24), shows_token=True)
    lines = None if quiet else log_format
    with plain_errors():
        check_workers(settings, workers)
        if workers == 1:
            run(settings, lines)
        else:
            supervise(settings, lines, workers)
