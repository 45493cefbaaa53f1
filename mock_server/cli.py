"""The command line: ``cal-mock``."""

from __future__ import annotations

import errno
from typing import Any

import click

from mock_server import __version__
from mock_server.commands.checks import compare, doctor, proxy
from mock_server.commands.clock import clock
from mock_server.commands.contract import clean, contract, fuzz, mutants
from mock_server.commands.description import changes, operations, spec
from mock_server.commands.environment import env
from mock_server.commands.explain import explain
from mock_server.commands.faults import faults
from mock_server.commands.outbox import outbox
from mock_server.commands.requests import requests
from mock_server.commands.serve import serve
from mock_server.commands.store import store
from mock_server.commands.webhooks import webhooks
from mock_server.commands.world import world
from mock_server.commands.worlds import reset, snapshot, worlds
from mock_server.runtime.console import prepare_streams
from mock_server.runtime.exit_status import ExitStatus

NO_ROOM = (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


class Commands(click.Group):
    """Lists the commands in the order in which they are added."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """See click.Group."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """See click.Group. Ctrl-C ends the program silently with status 130, as in shells."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            raise SystemExit(ExitStatus.INTERRUPTED) from None
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            click.echo(f"cal-mock: The output cannot be written: {error.strerror}.", err=True)
            raise SystemExit(ExitStatus.NOT_DONE) from None


@click.group("cal-mock", cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(__version__, message="%(version)s", help="Print the version.")
def app() -> None:
    """A stateful sandbox of the Cal.com API v2: what you write you read back."""


@click.command()
def version() -> None:
    """Print the version."""
    click.echo(__version__)


for command in (
    serve,
    spec,
    operations,
    changes,
    env,
    reset,
    clock,
    worlds,
    snapshot,
    requests,
    webhooks,
    outbox,
    faults,
    explain,
    doctor,
    compare,
    proxy,
    fuzz,
    contract,
    clean,
    mutants,
    store,
    world,
    version,
):
    app.add_command(command)


def main() -> None:
    """The entry point."""
    prepare_streams()
    app(prog_name="cal-mock")
