"""``python -m mock_server.bench``: speed, start-up and memory against Prism and Mockoon; pauses; stores;
growth; bookings; slots."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from mock_server.bench import bookings, pauses, slots, stores
from mock_server.bench.growth import LARGE, SMALL, Growth, measure_growth
from mock_server.bench.measure import Figures, measure
from mock_server.bench.peers import PeersUnusable, cold_start, install, servers
from mock_server.runtime.progress import Progress

SCRATCH = Path(".bench")
PARTS = ("peers", "pauses", "stores", "growth", "bookings", "slots")
LOADED = frozenset({"peers", "pauses", "stores"})
"""The parts that need programs from npm."""


def main() -> int:
    """Runs the chosen parts. Exit status 2 when the peers cannot be installed."""
    parser = argparse.ArgumentParser(prog="mock_server.bench", description=__doc__)
    parser.add_argument("--seconds", type=int, default=10, help="duration of the load [10]")
    parser.add_argument("--connections", type=int, default=16, help="number of concurrent connections [16]")
    parser.add_argument("--only", choices=PARTS, nargs="+", default=PARTS, help="the parts to run [all]")
    options = parser.parse_args()
    console, progress = Console(width=110), Progress()
    if not LOADED.isdisjoint(options.only):
        try:
            with progress.part("installing Prism and Mockoon"):
                install(SCRATCH)
        except PeersUnusable as error:
            print(error, file=sys.stderr)
            return 2
    if "peers" in options.only:
        with progress.part("start with a cold bundle cache"):
            cold = cold_start(SCRATCH)
        figures = measure(servers(SCRATCH), SCRATCH, options.seconds, options.connections, progress)
        console.print(_beside_peers(figures, cold, options.connections))
    if "pauses" in options.only:
        pauses.print_report(console, SCRATCH, options.seconds, options.connections)
    if "stores" in options.only:
        stores.print_report(console, SCRATCH, options.seconds, options.connections)
    if "growth" in options.only:
        with progress.part("growth with users"):
            growth = measure_growth(SMALL, LARGE)
        console.print(_growth(growth))
    if "bookings" in options.only:
        bookings.print_report(console, progress)
    if "slots" in options.only:
        slots.print_report(console, progress)
    return 0


def _beside_peers(figures: list[Figures], cold: float, connections: int) -> Table:
    ours = figures[0]
    table = Table(title=f"PUT /v2/destination-calendars, {connections} connections (ratio to the sandbox in brackets)")
    for column in ("", *(each.name for each in figures)):
        table.add_column(column, justify="right" if column else "left")
    rows: list[tuple[str, str, list[float]]] = [
        ("requests per second", "{:,.0f}", [each.requests_per_second for each in figures]),
        ("p50, ms", "{:.1f}", [each.p50 for each in figures]),
        ("p99, ms", "{:.1f}", [each.p99 for each in figures]),
        ("start to first 200, s", "{:.2f}", [each.start for each in figures]),
        ("resident memory, MB", "{:.0f}", [each.memory / 1e6 for each in figures]),
    ]
    for name, form, values in rows:
        table.add_row(name, *(_with_ratio(form, value, values[0]) for value in values))
    table.add_row("... with a cold bundle cache", f"{cold:.2f}", *("" for _ in figures[1:]))
    table.add_row("statuses other than 200", *(f"{each.failed:.0f}" for each in figures))
    shares = (f"{each.committed:.0%}" if each.committed is not None else "" for each in figures)
    table.add_row("replies that committed a change", *shares)
    table.caption = f"The sandbox answers {_times(ours, figures[1])} as many requests per second as {figures[1].name}."
    return table


def _with_ratio(form: str, value: float, ours: float) -> str:
    shown = form.format(value)
    return shown if value is ours or not ours else f"{shown} ({value / ours:.2f})"


def _times(ours: Figures, peer: Figures) -> str:
    return (
        f"{ours.requests_per_second / peer.requests_per_second:.1f} times" if peer.requests_per_second else "no times"
    )


def _growth(growths: list[Growth]) -> Table:
    small, large = growths
    table = Table(title="Growth: users, each with a connected calendar, in one world (in this process, without HTTP)")
    for column in ("", f"{small.users:,}", f"{large.users:,}", "ratio"):
        table.add_column(column, justify="right" if column else "left")
    rows = [
        ("PUT /v2/destination-calendars, p50, us", small.put, large.put),
        ("branch of the world, us", small.branch, large.branch),
        ("reset of the world, us", small.reset, large.reset),
    ]
    for name, before, after in rows:
        table.add_row(name, f"{before * 1e6:,.0f}", f"{after * 1e6:,.0f}", f"{after / before:.2f}")
    return table


if __name__ == "__main__":
    sys.exit(main())
