"""`cal-mock faults`: makes requests of the API fail on purpose."""

from __future__ import annotations

import re
from typing import Any

import click

from mock_server.commands.connection import connected
from mock_server.commands.output import Output
from mock_server.control_client import ControlClient, path_part
from mock_server.runtime.json_values import is_object

MATCHING = ("operation", "method", "path", "caller")
FREQUENCY = ("first", "nth", "probability", "seed")
COUNTS = ("id", "matched", "affected")


@click.group()
def faults() -> None:
    """List, add or remove faults, which make requests fail on purpose."""


@faults.command(name="list")
@connected
def list_faults(sandbox: ControlClient, output: Output) -> None:
    """List the faults in the order in which they are tried, and how many requests each affected."""
    found = sandbox.get("/faults")
    output.document(found)
    rows = [_row(each) for each in found["faults"]]
    output.table(("id", "requests", "how often", "effect", "matched", "affected"), rows, empty="There are no faults.")


@faults.command()
@click.option("--operation", metavar="ID", help="Only requests of this operation. [default: all]")
@click.option("--method", help="Only requests with this method. [default: all]")
@click.option("--path", metavar="PATTERN", help="Only paths such as /v2/bookings/*. [default: all]")
@click.option("--user", "user_id", type=int, metavar="ID", help="Only requests of this user. [default: all]")
@click.option("--credentials", metavar="KIND", help="Only requests with these, such as api-key. [default: all]")
@click.option("--first", type=int, metavar="N", help="Only the first N matching requests. [default: all]")
@click.option("--nth", type=int, metavar="N", help="Only the nth matching request. [default: all]")
@click.option("--probability", type=float, help="Only this share of them: 0.1 is one in ten. [default: all]")
@click.option("--seed", type=int, help="The same seed chooses the same requests. [default: 0]")
@click.option("--status", type=int, help="Refuse the request with this status.")
@click.option("--message", help="The error's message, with --status. [default: that of the status]")
@click.option("--header", "headers", multiple=True, metavar="NAME:VALUE", help="A header of the refusal; repeatable.")
@click.option("--connection", type=click.Choice(["drop"]), help="Close the connection without a reply.")
@click.option("--body", type=click.Choice(["cut", "malformed"]), help="Break the reply's body.")
@click.option("--delay", metavar="MS", help="Wait so many milliseconds, or between two numbers: 100-900.")
@click.option("--after", is_flag=True, help="Carry out the operation first, so that only its reply is lost or late.")
@connected
def add(sandbox: ControlClient, output: Output, headers: tuple[str, ...], delay: str | None, **given: Any) -> None:
    """Add a fault, which is tried after the others."""
    caller = {"userId": given.pop("user_id"), "kind": given.pop("credentials")}
    fault = {
        **given,
        "caller": {name: value for name, value in caller.items() if value is not None} or None,
        "headers": dict(map(_header, headers)) or None,
        "delay": None if delay is None else _delay(delay),
    }
    added = sandbox.post("/faults", {name: value for name, value in fault.items() if value not in (None, False)})
    output.document(added)
    output.line(f"Fault {added['id']} is added: {', '.join(_row(added)[1:4])}.")


@faults.command()
@click.argument("fault", help="Its id.")
@connected
def remove(sandbox: ControlClient, output: Output, fault: str) -> None:
    """Remove a fault."""
    output.document(sandbox.delete(f"/faults/{path_part(fault)}"))
    output.line(f"Fault {fault} is removed.")


@faults.command()
@connected
def clear(sandbox: ControlClient, output: Output) -> None:
    """Remove all faults."""
    output.document(sandbox.delete("/faults"))
    output.line("All faults are removed.")


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon:
        raise click.BadParameter(f"{text!r} is not NAME:VALUE.", param_hint="--header")
    return name.strip(), value.strip()


def _delay(text: str) -> int | dict[str, int]:
    found = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if found is None:
        raise click.BadParameter(f"{text!r} is not a delay: use 500, or 100-900.", param_hint="--delay")
    return int(found[1]) if found[2] is None else {"min": int(found[1]), "max": int(found[2])}


def _row(fault: dict[str, Any]) -> tuple[str, ...]:
    """Id, requests, how often, effect, and the two numbers."""
    effect = {name: value for name, value in fault.items() if name not in (*MATCHING, *FREQUENCY, *COUNTS)}
    return (
        fault["id"],
        _fields(fault, MATCHING) or "all requests",
        _fields(fault, FREQUENCY) or "always",
        _fields(effect, tuple(effect)),
        str(fault["matched"]),
        str(fault["affected"]),
    )


def _fields(fault: dict[str, Any], names: tuple[str, ...]) -> str:
    return " ".join(_field(name, fault[name]) for name in names if fault.get(name) not in (None, False))


def _field(name: str, value: Any) -> str:
    if value is True:
        return name
    if is_object(value):
        return f"{name} " + ",".join(f"{key}={item}" for key, item in value.items())
    return f"{name} {value}"
