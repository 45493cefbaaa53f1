"""How fast each store is, with one process and with several on one world; and how fast a shared store is read."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import count, islice
from pathlib import Path
from time import perf_counter
from typing import Any

from rich.console import Console
from rich.table import Table

from mock_server.areas import schema
from mock_server.bench.bookings import fill, quarters_of_next_year
from mock_server.bench.measure import load_with
from mock_server.bench.peers import Server, running
from mock_server.bench.request import BODIES, HEADERS, PATH
from mock_server.runtime.changes import edition_named, read_changes
from mock_server.runtime.editions import chosen_edition
from mock_server.state.root import Root
from mock_server.state.shared.options import read_store_url
from mock_server.state.shared.worlds import SharedWorlds
from mock_server.state.tests.store_server import PROGRAMS, store_server
from mock_server.state.transaction import Transaction
from mock_server.state.worlds import DEFAULT_WORLD
from mock_server.worlds.loader import load_world

WARM_UP = 1
BOOKINGS = 20_000
"""Bodies for bookings, each for a free time of its own."""
COMMITS = 1_000
LARGE = 100_000
_serial = count(1)


@dataclass
class Case:
    """A store with a number of processes. `{url}` and `{folder}` stand for the server's URL and a temporary folder."""

    name: str
    store: str
    workers: int = 1


CASES = (
    Case("memory", "memory"),
    Case("file", "file:{folder}/commits.log"),
    Case("Valkey, 1 process", "{url}"),
    Case("Valkey, 2 processes", "{url}", 2),
    Case("Valkey, 4 processes", "{url}", 4),
)


def print_report(console: Console, scratch: Path, seconds: int, connections: int) -> None:
    """Prints requests per second and p99 by store, and the times to catch up and to start."""
    if not any(map(shutil.which, PROGRAMS)):
        console.print(f"Stores are not measured: none of {', '.join(PROGRAMS)} is installed.")
        return
    with (
        tempfile.TemporaryDirectory(dir=scratch) as folder,
        store_server(Path(folder), appendonly=True, fsync="everysec") as server,
    ):
        url = f"valkey://127.0.0.1:{server.port}/0"
        rows = {case.name: _measured(case, url, Path(folder), scratch, seconds, connections) for case in CASES}
        console.print(_table(rows, connections))
        console.print(f"Catching up with {COMMITS:,} commits of another process: {_catch_up(url) * 1000:,.0f} ms.")
        console.print(f"Opening a store with {LARGE:,} bookings, from its snapshot: {_start(url):.2f} s.")


def _requests(port: int) -> dict[str, dict[str, Any]]:
    """The measured requests by name, in the form of load_with."""
    url = f"http://127.0.0.1:{port}"
    return {
        PATH: {"url": url + PATH, "method": "PUT", "headers": HEADERS, "bodies": BODIES},
        "POST /v2/bookings": {
            "url": f"{url}/v2/bookings",
            "method": "POST",
            "headers": HEADERS | {"cal-api-version": "2024-08-13"},
            "bodies": _bookings(),
        },
        "GET /v2/slots, 7 days": {
            "url": f"{url}/v2/slots?eventTypeId=1&start=2040-01-02&end=2040-01-08",
            "method": "GET",
            "headers": HEADERS | {"cal-api-version": "2024-09-04"},
            "bodies": [""],
        },
    }


def _bookings() -> list[str]:
    attendee = {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/Rome"}
    return [
        json.dumps({"eventTypeId": 1, "start": start.isoformat(), "attendee": attendee})
        for start in islice(quarters_of_next_year(), BOOKINGS)
    ]


def _measured(
    case: Case, url: str, folder: Path, scratch: Path, seconds: int, connections: int
) -> dict[str, dict[str, Any]]:
    """The results of autocannon by request, each with a new store."""
    results: dict[str, dict[str, Any]] = {}
    for name in _requests(0):
        own = folder / str(next(_serial))
        own.mkdir()
        store = case.store.format(url=f"{url}?prefix=bench-{own.name}", folder=own)
        serve = ["-m", "mock_server", "serve", "--port", "{port}", "--quiet", "--store", store]
        with running(Server(case.name, [sys.executable, *serve, "--workers", str(case.workers)])) as started:
            request = _requests(started.port)[name]
            bodies = request["bodies"]
            first = bodies[: len(bodies) // 4] if len(bodies) > len(BODIES) else bodies
            load_with(scratch, WARM_UP, connections, **request | {"bodies": first})
            rest = bodies[len(first) :] or bodies
            results[name] = load_with(scratch, seconds, connections, **request | {"bodies": rest})
    return results


def _table(rows: dict[str, dict[str, dict[str, Any]]], connections: int) -> Table:
    table = Table(title=f"Requests per second (ratio to memory) and p99 in ms, {connections} connections")
    names = list(next(iter(rows.values())))
    for column in ("", *names, "refused"):
        table.add_column(column, justify="right" if column else "left")
    base = {name: _rate(result) for name, result in rows["memory"].items()}
    for store, results in rows.items():
        cells = [
            f"{_rate(result):,.0f} ({_rate(result) / base[name]:.2f}), {result['latency']['p99']:.0f}"
            for name, result in results.items()
        ]
        refused = sum(result["non2xx"] + result["errors"] for result in results.values())
        table.add_row(store, *cells, f"{refused:,}")
    return table


def _rate(result: dict[str, Any]) -> float:
    return result["2xx"] / result["duration"]


def _opened(url: str) -> SharedWorlds:
    known = schema(edition_named(chosen_edition(), read_changes()))
    return SharedWorlds(known, partial(load_world, known, None), read_store_url(url))


def _catch_up(url: str) -> float:
    """Seconds in which a process applies COMMITS commits of another one."""
    one, other = _opened(f"{url}?prefix=bench-commits"), _opened(f"{url}?prefix=bench-commits")

    async def story() -> float:
        followers = [worlds.follow() for worlds in (one, other)]
        await anext(followers[0])
        for _ in range(COMMITS):
            tx = one.default.begin()
            fill(tx, 1)
            await one.default.commit_async(tx)
        begun = perf_counter()
        await other.catch_up()
        took = perf_counter() - begun
        await anext(followers[0], None)
        if other.version != one.version:
            raise RuntimeError("The process has not caught up.")
        await other.engine.close()
        return took

    return asyncio.run(story())


def _start(url: str) -> float:
    """Seconds in which a process opens a store whose default world has LARGE bookings."""
    url = f"{url}?prefix=bench-large"
    worlds = _opened(url)
    worlds.default.restore(worlds.new_state(_filled(worlds.default.root)))  # So long that a snapshot replaces it.
    begun = perf_counter()
    opened = _opened(url)
    took = perf_counter() - begun
    if opened.get(DEFAULT_WORLD).root.drawn != worlds.default.root.drawn:
        raise RuntimeError("The opened store is not the one that was written.")
    return took


def _filled(root: Root) -> Root:
    tx = Transaction(root, root.clock.read(datetime.now(UTC)))
    fill(tx, LARGE)
    return tx.root()
