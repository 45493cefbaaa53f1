"""`cal-mock env`: connects an application or a CI job with a running sandbox."""

from __future__ import annotations

import time

import click

from mock_server.commands.connection import JSON, TOKEN, URL
from mock_server.commands.errors import plain_errors
from mock_server.commands.output import Output
from mock_server.control_client import ControlClient, NoSandbox, control_client

INTERVAL = 0.1


@click.command("env")
@click.option("--wait", default=0.0, metavar="SECONDS", help="How long to wait for a sandbox that is starting.")
@URL
@TOKEN
@JSON
def env(wait: float, url: str, token: str | None, as_json: bool) -> None:
    """Print environment variables with the address of a running sandbox, an API key and its organization."""
    output = Output(as_json)
    with plain_errors(), control_client(url, token) as sandbox:
        _wait_for(sandbox, wait)
        lines: list[str] = sandbox.get("")["snippets"]["environment"].splitlines()
    output.document(dict(line.split("=", 1) for line in lines))
    for line in lines:
        output.line(line)


def _wait_for(sandbox: ControlClient, seconds: float) -> None:
    """Returns as soon as the sandbox answers. Raises NoSandbox after the time."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return sandbox.check()
        except NoSandbox:
            if time.monotonic() >= deadline:
                raise
            time.sleep(INTERVAL)
