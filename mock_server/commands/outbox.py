"""`cal-mock outbox`: the e-mails and texts that the live service would have sent."""

from __future__ import annotations

from typing import Any

import click

from mock_server.commands.connection import connected
from mock_server.commands.following import print_list
from mock_server.commands.output import Output, world_time
from mock_server.control_client import ControlClient
from mock_server.runtime.console import printable

HEAD = ("at", "channel", "to", "kind", "code", "subject")


@click.command()
@click.option("--to", metavar="ADDRESS", help="Only messages to this address or number. [default: all]")
@click.option("--channel", help="Only email, sms or whatsapp. [default: all]")
@click.option("--kind", help="Only messages of this kind, such as bookingConfirmed. [default: all]")
@click.option("--booking", metavar="UID", help="Only messages about this booking. [default: all]")
@click.option("--limit", type=click.IntRange(min=1), default=20, help="How many of the newest to print.")
@click.option("--text", is_flag=True, help="Print the whole messages.")
@click.option("--follow", "-f", is_flag=True, help="Print each later message as it comes, until Ctrl-C.")
@click.option("--clear", is_flag=True, help="Forget all messages instead.")
@connected
def outbox(
    sandbox: ControlClient,
    output: Output,
    to: str | None,
    channel: str | None,
    kind: str | None,
    booking: str | None,
    limit: int,
    text: bool,
    follow: bool,
    clear: bool,
) -> None:
    """List the last messages of the outbox, oldest first."""
    if clear:
        output.document(sandbox.delete("/outbox"))
        output.line("All messages are forgotten.")
        return
    query = {"to": to, "channel": channel, "kind": kind, "bookingUid": booking}

    def print_items(items: list[dict[str, Any]]) -> None:
        if text:
            for item in items:
                output.line(_whole(item))
        elif follow:
            for item in items:
                output.line("  ".join(printable(str(cell)) for cell in _row(item) if cell is not None))
        else:
            output.table(HEAD, map(_row, items), empty="The outbox is empty.")

    print_list(sandbox, output, "/outbox", "data", follows=follow, limit=limit, query=query, print_items=print_items)


def _row(message: dict[str, Any]) -> tuple[str | None, ...]:
    return (world_time(message["at"]), *(message[name] for name in HEAD[1:]))


def _whole(message: dict[str, Any]) -> str:
    head = {"At": f"{world_time(message['at'])} UTC", "To": message["to"], "Subject": message["subject"]}
    files = [each["name"] for each in message["attachments"] if each["name"]]
    lines = [f"{name}: {printable(value)}" for name, value in head.items() if value]
    lines += [f"Attached: {printable(', '.join(files))}"] if files else []
    return "\n".join([*lines, "", *map(printable, message["text"].splitlines()), ""])
