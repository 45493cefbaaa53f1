"""`cal-mock webhooks`: what a sandbox sends to subscribers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from mock_server.commands.connection import connected
from mock_server.commands.files import json_in
from mock_server.commands.following import print_list
from mock_server.commands.options import FILE
from mock_server.commands.output import Output, world_time
from mock_server.commands.webhook_listener import listen as run_listener
from mock_server.control_client import ControlClient, path_part

HEAD = ("id", "at", "trigger", "status", "reply", "url", "reason")
PATIENCE = 30


@click.group()
def webhooks() -> None:
    """Listen to webhooks, send samples, and list what was delivered."""


@webhooks.command()
@click.option("--forward-to", metavar="URL", help="Where to send each delivery on, as it is. [default: nowhere]")
@click.option(
    "--key",
    "keys",
    multiple=True,
    metavar="KEY",
    help="API key whose events come; repeatable. [default: all known]",
)
@click.option("--trigger", "triggers", multiple=True, help="Only this trigger; repeatable. [default: all]")
@click.option("--secret", metavar="SECRET", help="What signs deliveries. [default: a new one, which is printed]")
@connected
def listen(
    sandbox: ControlClient,
    output: Output,
    forward_to: str | None,
    keys: tuple[str, ...],
    triggers: tuple[str, ...],
    secret: str | None,
) -> None:
    """Print webhooks as they are delivered, and forward them, until Ctrl-C.

    Makes a webhook for each key, all with an inbox of the sandbox as their subscriber, and deletes them at the end.
    """
    run_listener(sandbox, output, forward_to=forward_to, keys=keys, triggers=triggers, secret=secret)


@webhooks.command()
@click.argument("trigger", help="Such as BOOKING_CREATED.")
@click.option("--webhook", "webhook_ids", multiple=True, metavar="ID", help="Only this one; repeatable. [default: all]")
@click.option("--to", "urls", multiple=True, metavar="URL", help="Another subscriber; repeatable.")
@click.option("--secret", metavar="SECRET", help="What signs deliveries to --to. [default: none]")
@click.option("--template", help="The payload template for --to. [default: none]")
@click.option("--payload", type=FILE, metavar="FILE", help="JSON to send; - is standard input. [default: a sample]")
@connected
def trigger(
    sandbox: ControlClient,
    output: Output,
    trigger: str,
    webhook_ids: tuple[str, ...],
    urls: tuple[str, ...],
    secret: str | None,
    template: str | None,
    payload: Path | None,
) -> None:
    """Send a sample of an event to the webhooks that subscribe to it, and print how they replied."""
    body = {
        "trigger": trigger,
        "webhookIds": list(webhook_ids),
        "subscriberUrls": list(urls),
        "secret": secret,
        "payloadTemplate": template,
        "payload": None if payload is None else json_in(payload),
    }
    sent = sandbox.post("/webhooks/trigger", body)
    output.document(sent)
    if output.is_json:
        return
    numbers = {each["id"] for each in sent["deliveries"]}
    deliveries: list[dict[str, Any]] = []
    if numbers:
        listed = sandbox.get("/webhooks/deliveries", since=min(numbers) - 1, wait=PATIENCE)
        deliveries = [each for each in listed["deliveries"] if each["id"] in numbers]
    output.table(HEAD, map(_row, deliveries), empty=f"No webhook subscribes to {trigger}.")


@webhooks.command()
@click.option("--trigger", help="Only deliveries of this trigger. [default: all]")
@click.option("--webhook", metavar="ID", help="Only deliveries to this webhook. [default: all]")
@click.option("--limit", type=click.IntRange(min=1), default=20, help="How many of the newest to print.")
@connected
def deliveries(sandbox: ControlClient, output: Output, trigger: str | None, webhook: str | None, limit: int) -> None:
    """List the last deliveries, oldest first."""

    def print_items(items: list[dict[str, Any]]) -> None:
        output.table(HEAD, map(_row, items), empty="Nothing has been delivered.")

    query = {"trigger": trigger, "webhookId": webhook}
    print_list(
        sandbox,
        output,
        "/webhooks/deliveries",
        "deliveries",
        follows=False,
        limit=limit,
        query=query,
        print_items=print_items,
    )


@webhooks.command()
@click.argument("delivery", help="Its id.")
@connected
def replay(sandbox: ControlClient, output: Output, delivery: str) -> None:
    """Send a delivery again, with the same body and signature."""
    again = sandbox.post(f"/webhooks/deliveries/{path_part(delivery)}/replay")
    output.document(again)
    output.line(f"Delivery {delivery} is sent again as delivery {again['id']}.")


def _row(delivery: dict[str, Any]) -> tuple[object, ...]:
    reply = delivery["reply"]
    return (
        delivery["id"],
        world_time(delivery["at"]),
        delivery["trigger"],
        delivery["status"],
        reply and reply["status"],
        delivery["subscriberUrl"],
        delivery["reason"],
    )
