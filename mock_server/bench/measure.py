"""Measures one server under load."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_server.bench.peers import Server, running, tool
from mock_server.bench.request import BODY, HEADERS, PATH

WARM_UP_SECONDS = 2


@dataclass
class Figures:
    """Times: `start` in seconds, `p50` and `p99` in milliseconds. `memory` in bytes, before the load."""

    name: str
    start: float
    memory: float
    requests_per_second: float
    p50: float
    p99: float
    failed: int


def measure(server: Server, scratch: Path, seconds: int, connections: int) -> Figures:
    """Starts the server, looks at its memory, warms it up and puts the load on it."""
    with running(server) as started:
        memory = _resident(started.process.pid)
        url = f"http://127.0.0.1:{started.port}{PATH}"
        _load(scratch, url, WARM_UP_SECONDS, connections)
        result = _load(scratch, url, seconds, connections)
    answered = result["2xx"]
    return Figures(
        name=server.name,
        start=started.start,
        memory=memory,
        requests_per_second=answered / result["duration"],
        p50=result["latency"]["p50"],
        p99=result["latency"]["p99"],
        failed=result["non2xx"] + result["errors"],
    )


def _load(scratch: Path, url: str, seconds: int, connections: int) -> dict[str, Any]:
    headers = [part for name, value in HEADERS.items() for part in ("-H", f"{name}={value}")]
    command = [
        str(tool(scratch, "autocannon")), "--json", "-c", str(connections), "-d", str(seconds), "-m", "PUT",
        *headers, "-b", BODY, url,
    ]  # fmt: skip
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


def _resident(session: int) -> float:
    """Resident bytes of all processes of a session."""
    command = ["ps", "-o", "rss=", "-s", str(session)]
    sizes = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    return sum(map(int, sizes)) * 1024
