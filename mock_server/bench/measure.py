"""Measures one server under load."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import httpx

from mock_server.bench.peers import Server, running
from mock_server.bench.request import BODIES, HEADERS, PATH
from mock_server.runtime.progress import Progress

WARM_UP_SECONDS = 2
ROUNDS = 3
"""Rounds alternate between the servers, so that drifts of the machine's speed affect all alike."""


@dataclass
class Figures:
    """Times: `start` in seconds, `p50` and `p99` in milliseconds. `memory` in bytes, before the load.

    `committed` is the share of the last replies under load that changed something; None where it is unknown.
    """

    name: str
    start: float
    memory: float
    requests_per_second: float
    p50: float
    p99: float
    failed: int
    committed: float | None


def measure(servers: list[Server], scratch: Path, seconds: int, connections: int, progress: Progress) -> list[Figures]:
    """The medians of all rounds, for each server."""
    turns = progress.each("load", servers * ROUNDS, "measurements")
    measured = [_measure(server, scratch, seconds, connections) for server in turns]
    return [_median(measured[number :: len(servers)]) for number in range(len(servers))]


def _median(figures: list[Figures]) -> Figures:
    names = [field.name for field in fields(Figures) if field.name not in ("name", "committed")]
    medians = {name: statistics.median(getattr(each, name) for each in figures) for name in names}
    return replace(figures[-1], **medians)


def _measure(server: Server, scratch: Path, seconds: int, connections: int) -> Figures:
    """Starts the server, reads its memory use, warms it up and runs the load."""
    with running(server) as started:
        memory = _resident(started.process.pid)
        url = f"http://127.0.0.1:{started.port}{PATH}"
        load(scratch, url, WARM_UP_SECONDS, connections)
        result = load(scratch, url, seconds, connections)
        committed = _committed(started.port)
    answered = result["2xx"]
    return Figures(
        name=server.name,
        start=started.start,
        memory=memory,
        requests_per_second=answered / result["duration"],
        p50=result["latency"]["p50"],
        p99=result["latency"]["p99"],
        failed=result["non2xx"] + result["errors"],
        committed=committed,
    )


def load(scratch: Path, url: str, seconds: int, connections: int) -> dict[str, Any]:
    """Sends the central request for some seconds; returns the result of autocannon."""
    return load_with(scratch, seconds, connections, url=url, method="PUT", headers=HEADERS, bodies=BODIES)


def load_with(scratch: Path, seconds: int, connections: int, **request: Any) -> dict[str, Any]:
    """Sends requests for some seconds: `url`, `method`, `headers`, and `bodies` that are sent in turn."""
    options = json.dumps({**request, "duration": seconds, "connections": connections})
    command = ["node", str(Path(__file__).with_name("load.js"))]
    environment = {**os.environ, "NODE_PATH": str((scratch / "node_modules").absolute())}
    done = subprocess.run(command, input=options.encode(), capture_output=True, check=True, env=environment)
    return json.loads(done.stdout)


def _committed(port: int) -> float | None:
    """The share of the sandbox's last replies that committed a change."""
    reply = httpx.get(f"http://127.0.0.1:{port}/_sandbox/requests?limit=1000", timeout=30)
    if reply.status_code != 200:
        return None
    entries = reply.json()["requests"]
    return sum(each["commit"] is not None for each in entries) / len(entries)


def _resident(session: int) -> float:
    """The resident memory of all processes of a session, in bytes."""
    command = ["ps", "-o", "rss=", "-s", str(session)]
    sizes = subprocess.run(command, capture_output=True, check=True, text=True, encoding="utf-8").stdout.split()
    return sum(map(int, sizes)) * 1024
