"""`cal-mock clock`: the time of a world."""

from __future__ import annotations

import re
from typing import Any

import click

from mock_server.commands.connection import connected
from mock_server.commands.output import Output, world_time
from mock_server.control_client import ControlClient

UNITS = {"w": "weeks", "d": "days", "h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}
_PART = r"(\d+(?:\.\d+)?)(ms|[wdhms])"


@click.group()
def clock() -> None:
    """Show, set, freeze or advance the time of a world."""


@clock.command()
@connected
def show(sandbox: ControlClient, output: Output) -> None:
    """Print the time, and whether it stands still."""
    _print(output, sandbox.get("/clock"))


@clock.command(name="set")
@click.argument("time", help="In ISO 8601, such as 2030-01-01T09:00:00Z.")
@click.option("--freeze/--run", "frozen", default=None, help="Whether it stands still then. [default: as before]")
@connected
def set_time(sandbox: ControlClient, output: Output, time: str, frozen: bool | None) -> None:
    """Set the time, after running the jobs that fall due."""
    body: dict[str, object] = {"now": time} if frozen is None else {"now": time, "frozen": frozen}
    _print(output, sandbox.put("/clock", body))


@clock.command()
@connected
def freeze(sandbox: ControlClient, output: Output) -> None:
    """Stop the clock."""
    _print(output, sandbox.put("/clock", {"frozen": True}))


@clock.command()
@connected
def thaw(sandbox: ControlClient, output: Output) -> None:
    """Let the clock run on from the time that it shows."""
    _print(output, sandbox.put("/clock", {"frozen": False}))


@clock.command()
@connected
def real(sandbox: ControlClient, output: Output) -> None:
    """Return to the real time."""
    _print(output, sandbox.put("/clock", {}))


@clock.command()
@click.argument("duration", help="Such as 90m, 1h30m or 2d; the units are w, d, h, m, s and ms.")
@connected
def advance(sandbox: ControlClient, output: Output, duration: str) -> None:
    """Move the clock forward, and run the jobs that fall due."""
    _print(output, sandbox.post("/clock/advance", _parts_of(duration)))


def _parts_of(duration: str) -> dict[str, float]:
    if not re.fullmatch(f"(?:{_PART})+", duration):
        raise click.BadParameter(
            f"{duration!r} is not a duration: use numbers with units, such as 90m, 1h30m or 2d.", param_hint="DURATION"
        )
    amounts: dict[str, float] = {}
    for amount, unit in re.findall(_PART, duration):
        amounts[UNITS[unit]] = amounts.get(UNITS[unit], 0) + float(amount)
    return amounts


def _print(output: Output, clock: dict[str, Any]) -> None:
    output.document(clock)
    output.line(f"{world_time(clock['now'])} UTC, {'frozen' if clock['frozen'] else 'running'}")
