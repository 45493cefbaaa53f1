"""Several processes on one socket: real ones, on a free port of 127.0.0.1."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mock_server.runtime.settings import Settings
from mock_server.supervisor import CannotServe, check_workers

PROGRAM = (
    "import sys; from pathlib import Path; from mock_server.runtime.settings import Settings; "
    "from mock_server.commands.errors import plain_errors; from mock_server.supervisor import supervise; "
    "world = Path(sys.argv[1]) if sys.argv[1:] else None\n"
    "with plain_errors(): supervise(Settings(port=0, world=world), 'text', 2)"
)
"""Two processes whose worlds are their own: enough for what is tested here."""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="several processes are refused on Windows")


class Processes:
    """The processes of a server that has started, and its output so far."""

    def __init__(self, parent: subprocess.Popen[str]) -> None:
        self.parent = parent
        self.banner = [self.line("Cal.com API v2 sandbox on"), *self._lines_to("2 processes")]
        self.address = self.banner[0].strip().rpartition("//")[2]

    def line(self, text: str) -> str:
        """The next line of the output that has the text."""
        return self._lines_to(text)[-1]

    def get(self, path: str) -> dict[str, object]:
        """The reply to a request over a connection of its own."""
        connection = http.client.HTTPConnection(self.address, timeout=20)
        try:
            connection.request("GET", path, headers={"Authorization": "Bearer cal_sandbox_solo"})
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def kill_one(self) -> int:
        """Kills the process that answers; returns its id."""
        killed = self.get("/_sandbox/health")["process"]
        assert isinstance(killed, int)
        os.kill(killed, signal.SIGKILL)
        return killed

    def _lines_to(self, text: str) -> list[str]:
        assert self.parent.stdout is not None
        lines: list[str] = []
        for line in self.parent.stdout:
            lines.append(line)
            if text in line:
                return lines
        raise AssertionError(f"The output ended without {text!r}: {''.join(lines)}")


@contextmanager
def processes(*arguments: str) -> Generator[subprocess.Popen[str]]:
    parent = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8"
    )
    try:
        yield parent
    finally:
        parent.kill()
        parent.communicate()


def test_processes_share_a_socket_and_are_restarted_when_they_die() -> None:
    with processes() as parent:
        server = Processes(parent)
        assert [line for line in server.banner if "sandbox on" in line] == server.banner[:1], "there is one banner"
        first = server.kill_one()
        assert server.get("/v2/me")["status"] == "success", "the other one serves"
        assert f"Worker {first} ended with status -9 and is restarted." in server.line("is restarted")
        parent.send_signal(signal.SIGTERM)
        output = parent.communicate(timeout=20)[0]
        assert parent.returncode == -signal.SIGTERM
        assert "Traceback" not in output
        with pytest.raises(ConnectionError):
            server.get("/v2/me")


def test_the_processes_end_with_their_parent() -> None:
    with processes() as parent:
        server = Processes(parent)
        parent.kill()
        assert parent.stdout is not None
        parent.stdout.read()  # Ends when the last process that could write has ended.
        with pytest.raises(ConnectionError):
            server.get("/v2/me")


def test_a_server_that_cannot_start_says_why_once(tmp_path: Path) -> None:
    with processes(str(tmp_path / "missing.yaml")) as parent:
        output = parent.communicate(timeout=60)[0]
    assert parent.returncode == 2
    assert output.startswith("cal-mock: ")
    assert output.count("missing.yaml") == 1, output


@pytest.mark.parametrize("store", ["memory", "file:worlds.log"])
def test_several_processes_need_a_shared_store(store: str) -> None:
    check_workers(Settings(log=store), 1)
    with pytest.raises(CannotServe, match=r"valkey-server.*--store valkey://"):
        check_workers(Settings(log=store), 2)
