"""`cal-mock requests`: the requests that a sandbox has answered."""

from __future__ import annotations

import sys
from typing import Any

import click

from mock_server.commands.connection import connected
from mock_server.commands.following import print_list
from mock_server.commands.output import Output
from mock_server.control_client import ControlClient
from mock_server.runtime.console import has_colours
from mock_server.runtime.request_summary import summary_of_view, text_line


@click.command()
@click.option("--operation", metavar="ID", help="Only requests of this operation. [default: all]")
@click.option("--status", help="Only replies with this status, such as 404 or 4xx. [default: all]")
@click.option("--caller", help="Only of a user's id, a kind of credentials, or none. [default: all]")
@click.option("--limit", type=click.IntRange(min=1), default=20, help="How many of the newest to print.")
@click.option("--follow", "-f", is_flag=True, help="Print each later request as it comes, until Ctrl-C.")
@click.option("--clear", is_flag=True, help="Forget all requests instead.")
@connected
def requests(
    sandbox: ControlClient,
    output: Output,
    operation: str | None,
    status: str | None,
    caller: str | None,
    limit: int,
    follow: bool,
    clear: bool,
) -> None:
    """List the last requests of the API, oldest first, in the form of the lines of `serve`."""
    if clear:
        output.document(sandbox.delete("/requests"))
        output.line("All requests are forgotten.")
        return
    query = {"operation": operation, "status": status, "caller": caller}
    colours = has_colours(sys.stdout)

    def print_items(items: list[dict[str, Any]]) -> None:
        for item in items:
            output.line(text_line(summary_of_view(item), colours=colours))

    print_list(
        sandbox, output, "/requests", "requests", follows=follow, limit=limit, query=query, print_items=print_items
    )
