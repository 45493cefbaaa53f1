"""`cal-mock explain`: why a sandbox answers as it does."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import click

from mock_server.commands.connection import connected
from mock_server.commands.output import Output
from mock_server.control_client import ControlClient

HEAD = ("day", "offered", "within hours", "rule", "removed", "added", "because")
MOST_TIMES = 4
DAYS = 7


@click.group()
def explain() -> None:
    """Explain why a sandbox answers as it does."""


@explain.command()
@click.option("--event-type", "event_type", type=int, metavar="ID", help="The event type, by its id.")
@click.option("--username", help="The event type's user, with --slug.")
@click.option("--slug", help="The event type, by its slug, with --username.")
@click.option("--start", metavar="DATE", help="The first day. [default: the world's present day]")
@click.option("--end", metavar="DATE", help="The last day. [default: the seventh]")
@click.option("--time-zone", metavar="ZONE", help="The time zone of days and times. [default: UTC]")
@click.option("--duration", type=int, metavar="MINUTES", help="The length of a slot. [default: the event type's]")
@click.option("--query", "more", multiple=True, metavar="NAME=VALUE", help="Another parameter of GET /v2/slots.")
@connected
def slots(
    sandbox: ControlClient,
    output: Output,
    event_type: int | None,
    username: str | None,
    slug: str | None,
    start: str | None,
    end: str | None,
    time_zone: str | None,
    duration: int | None,
    more: tuple[str, ...],
) -> None:
    """Explain for each day which rule removed which slots, of those within working hours."""
    if event_type is None and not more and (username is None or slug is None):
        raise click.UsageError("Name the event type: --event-type ID, or --username and --slug.")
    first = start or sandbox.get("/clock")["now"][:10]
    query = {
        "eventTypeId": event_type,
        "username": username,
        "eventTypeSlug": slug,
        "start": first,
        "end": end or _week_after(first),
        "timeZone": time_zone,
        "duration": duration,
    }
    explained = sandbox.get("/explain/slots", **{**query, **dict(map(_parameter, more))})
    output.document(explained)
    rows = [row for day, found in explained["days"].items() for row in _rows(day, found)]
    output.table(HEAD, rows, empty="There are no days.")


def _week_after(first: str) -> str:
    try:
        return (date.fromisoformat(first[:10]) + timedelta(days=DAYS - 1)).isoformat()
    except (ValueError, OverflowError):
        return first  # The sandbox says what is wrong with it.


def _parameter(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} is not NAME=VALUE.", param_hint="--query")
    return name, value


def _rows(day: str, found: dict[str, Any]) -> list[tuple[object, ...]]:
    rules: list[dict[str, Any]] = found["rules"] or [{"rule": None, "removed": [], "added": [], "because": None}]
    rows: list[tuple[object, ...]] = []
    for place, each in enumerate(rules):
        of_day = (day, found["offered"], found["planned"]) if place == 0 else ("", "", "")
        rows.append((*of_day, each["rule"], _times(each["removed"]), _times(each["added"]), each["because"]))
    return rows


def _times(times: list[str]) -> str:
    """The times of day of some slots: all of a few, else the first, the last and their number."""
    short = [each.partition("T")[2][:5] or each for each in times]
    if len(short) <= MOST_TIMES:
        return " ".join(short) or "-"
    return f"{short[0]}...{short[-1]} ({len(short)})"
