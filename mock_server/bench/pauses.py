"""How long the event loop of a server under load is held up, and by what: the same load with one cause less at a time.

A task that wakes every millisecond notes how late it is. What remains without any cause is the machine's doing, and
that of the program that makes the load.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from rich.console import Console
from rich.table import Table

from mock_server.bench.measure import load
from mock_server.bench.peers import Server, running
from mock_server.bench.request import PATH

VARIANTS = {
    "as served": ("text", "on"),
    "without the request log": ("none", "on"),
    "without the garbage collector": ("text", "off"),
    "without both": ("none", "off"),
}


@dataclass
class Pauses:
    """Times in milliseconds. `collections` has the number of collections and the longest, by generation."""

    name: str
    requests_per_second: float
    p99: float
    late_p99: float
    late_most: float
    collections: dict[int, tuple[int, float]]


def print_report(console: Console, scratch: Path, seconds: int, connections: int) -> None:
    """Prints one row per variant, and one without any load."""
    rows = [_measured(name, *variant, scratch, seconds, connections) for name, variant in VARIANTS.items()]
    rows.append(_measured("without requests", "none", "on", scratch, seconds, 0))
    table = Table(title=f"The event loop under load, {connections} connections; times in ms")
    table.add_column()
    for column in ("requests/s", "p99", "late, p99", "late, most"):
        table.add_column(column, justify="right")
    table.add_column("collections: number, longest")
    for row in rows:
        loaded = (f"{row.requests_per_second:,.0f}", f"{row.p99:.0f}") if row.requests_per_second else ("", "")
        collections = [f"generation {of}: {count}, {most:.1f}" for of, (count, most) in sorted(row.collections.items())]
        late = (f"{row.late_p99:.1f}", f"{row.late_most:.1f}")
        table.add_row(row.name, *loaded, *late, "; ".join(collections) or "none")
    console.print(table)


def _measured(name: str, log: str, collector: str, scratch: Path, seconds: int, connections: int) -> Pauses:
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        report = Path(folder) / "report.json"
        command = [sys.executable, "-m", "mock_server.bench.watched", "{port}", log, collector, str(report)]
        with running(Server(name, command)) as started:
            url = f"http://127.0.0.1:{started.port}{PATH}"
            result = load(scratch, url, seconds, connections) if connections else time.sleep(seconds)
        seen = json.loads(report.read_text(encoding="utf-8"))
    late = [each * 1000 for each in seen["lateness"]]
    return Pauses(
        name=name,
        requests_per_second=result["2xx"] / result["duration"] if result else 0.0,
        p99=result["latency"]["p99"] if result else 0.0,
        late_p99=quantiles(late, n=100)[-1],
        late_most=max(late),
        collections={int(of): (len(took), max(took) * 1000) for of, took in seen["collections"].items()},
    )
