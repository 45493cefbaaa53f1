"""Installs and starts the measured servers. All listen on 127.0.0.1 only."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mock_server.bench.request import wait_until_answered
from mock_server.runtime.bundle import load_bundle

PACKAGES = ("@stoplight/prism-cli@5", "@mockoon/cli@9", "autocannon@8")


class PeersUnusable(Exception):
    """The peers cannot be installed; the text says why."""


@dataclass
class Server:
    """A server that can be started. `{port}` in its command stands for the port to listen on."""

    name: str
    command: list[str]
    environment: dict[str, str] = field(default_factory=dict)


class Started:
    """A running server, its port, and the seconds from its start to its first 200."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, start: float) -> None:
        self.process = process
        self.port = port
        self.start = start


def install(scratch: Path) -> None:
    """Installs the peers and writes the description for them, once. Raises PeersUnusable."""
    npm = shutil.which("npm")
    if npm is None:
        raise PeersUnusable("The peers come from npm, which is not installed.")
    scratch.mkdir(exist_ok=True)
    (scratch / "openapi.json").write_text(json.dumps(load_bundle()), encoding="utf-8")
    if all(tool(scratch, name).exists() for name in ("prism", "mockoon-cli", "autocannon")):
        return
    (scratch / "package.json").write_text('{"private": true}', encoding="utf-8")
    result = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--silent", *PACKAGES], cwd=scratch, check=False
    )
    if result.returncode != 0:
        raise PeersUnusable("npm could not install the peers; its output says why.")


def tool(scratch: Path, name: str) -> Path:
    """The executable of an installed package."""
    return (scratch / "node_modules" / ".bin" / name).absolute()


def servers(scratch: Path) -> list[Server]:
    """The sandbox first, then its peers."""
    description = str((scratch / "openapi.json").absolute())
    address = ["--port", "{port}"]
    prism = [str(tool(scratch, "prism")), "mock", "--host", "127.0.0.1", *address, description]
    mockoon = [str(tool(scratch, "mockoon-cli")), "start", "--data", description, "--hostname", "127.0.0.1", *address]
    mockoon += ["--disable-log-to-file", "--disable-admin-api"]
    return [sandbox(), Server("Prism", prism), Server("Mockoon", mockoon)]


def sandbox() -> Server:
    """The sandbox as a user starts it."""
    return Server("sandbox", [sys.executable, "-m", "mock_server", "serve", "--port", "{port}"])


def cold_start(scratch: Path) -> float:
    """Seconds from start to first 200 of a sandbox with an empty bundle cache."""
    with tempfile.TemporaryDirectory(dir=scratch) as cache:
        server = sandbox()
        server.environment["XDG_CACHE_HOME"] = cache
        with running(server) as started:
            return started.start


@contextmanager
def running(server: Server) -> Iterator[Started]:
    """Runs a server on a free port; stops it and its child processes at the end."""
    port = _free_port()
    process = subprocess.Popen(
        [part.format(port=port) for part in server.command],
        env={**os.environ, **server.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield Started(process, port, wait_until_answered(process, port))
    finally:
        os.killpg(process.pid, 15)
        process.wait(10)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
