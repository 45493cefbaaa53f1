"""The command line: what it prints, and one plain line with status 2 for what a user can mend."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from mock_server import __version__, areas
from mock_server.cli import app
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox
from mock_server.state.file_log import FileLog
from mock_server.state.log import WorldReset
from mock_server.worlds.loader import DEFAULT_WORLD_FILE


def run(*arguments: str) -> tuple[int, str, str]:
    """Runs a command in this process: its status, and what it printed on the two channels."""
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def complaint(*arguments: str) -> str:
    """What a command that cannot do as it is told says about it."""
    status, printed, text = run(*arguments)
    assert (status, printed) == (2, "")
    [line] = text.splitlines()
    assert line.startswith("cal-mock: ")
    return line.removeprefix("cal-mock: ")


# -- Help ------------------------------------------------------------------------------------------------------------


def test_help_lists_every_command_with_a_line() -> None:
    status, text, _ = run("--help")
    assert status == 0
    listed = re.findall(r"^  (\w+) {2,}\S", text, re.MULTILINE)
    assert listed == ["serve", "spec", "operations", "doctor", "compare", "proxy", "store", "version"]
    assert run()[1] == text or "Usage:" in run()[2], "no command is a question for help"


@pytest.mark.parametrize("command", ["serve", "spec", "operations", "version"])
def test_every_command_has_help_and_explains_each_option(command: str) -> None:
    for flag in ("--help", "-h"):
        status, text, _ = run(command, flag)
        assert (status, f"{command} [OPTIONS]" in text) == (0, True)
        options = re.findall(r"^  (?:-h, )?(--[\w-]+)(.*(?:\n {10,}.*)*)", text, re.MULTILINE)
        assert options
        assert [name for name, explained in options if len(explained.split()) < 3] == []


def test_serve_shows_its_defaults() -> None:
    text = " ".join(run("serve", "--help")[1].split())
    for default in ("[default: 127.0.0.1]", "[default: 8080", "[default: memory]", "[default: off]"):
        assert default in text


# -- Output ----------------------------------------------------------------------------------------------------------


def test_version_prints_the_version_alone() -> None:
    assert run("version") == (0, f"{__version__}\n", "")


def test_spec_prints_the_bundle_as_yaml_or_json() -> None:
    bundle = load_bundle()
    assert json.loads(run("spec", "--format", "json")[1]) == bundle
    as_yaml = run("spec")[1]
    assert as_yaml.startswith("openapi: 3.0.3\n")
    assert yaml.load(as_yaml, yaml.CSafeLoader)["paths"].keys() == bundle["paths"].keys()


def test_operations_are_listed_with_what_they_need() -> None:
    lines = run("operations")[1].splitlines()
    operations = sum(map(len, load_bundle()["paths"].values()))
    assert len(lines) == operations + 1
    [central] = [line for line in lines if "update_destination_calendar" in line]
    assert re.fullmatch(
        r"PUT +/v2/destination-calendars +update_destination_calendar +version=any +access=\[authenticated\] +stateful",
        central,
    )
    [bookings] = [line for line in lines if "  list_bookings  " in line or "  get_bookings  " in line]
    assert "version=2024-08-13" in bookings
    total, stateful, generated = map(int, re.findall(r"\d+", lines[-1]))
    assert total == stateful + generated == operations
    assert stateful == sum(line.endswith("stateful") for line in lines[:-1])


def test_operations_of_one_group_can_be_listed_alone() -> None:
    lines = run("operations", "--tag", "destination")[1].splitlines()
    assert lines[1:] == ["1 operations, 1 stateful, 0 generated"]


# -- Complaints ------------------------------------------------------------------------------------------------------


def test_a_port_in_use() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert re.fullmatch(
            rf"Cannot listen on 127\.0\.0\.1:{port}: .+\. Stop what is listening there, or choose another --port\.",
            complaint("serve", "--port", str(port)),
        )


def test_a_host_that_is_none() -> None:
    assert complaint("serve", "--host", "no.such.host.invalid", "--port", "0").startswith(
        "Cannot listen on no.such.host"
    )


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"- 1\n", "has to be a mapping from collections to lists of entries"),
        (b"", "has to be a mapping from collections to lists of entries"),
        (b"users: {\n", "is not YAML"),
        (b"\xff\xfe\x00", "is not YAML"),
        (b"unicorns: []\n", "there is no collection unicorns. There are: "),
        (b"5: []\n", "there is no collection 5. There are: "),
        (b"users: 5\n", "users has to be a list of entries."),
        (b"users: [5]\n", "users, entry 1: an entry has to be a mapping from fields to values."),
        (b"users: [{id: 1}]\n", "users, entry 1: Object missing required field `email`."),
        (b"users: [{id: 1, color: red}]\n", "users, entry 1: unknown field color."),
        (
            b"users: [{id: one, email: a, created_date: 2025-04-15T00:00:00Z}]\n",
            "users, entry 1: Expected `int`, got `str`",
        ),
        (b"api_keys: [{id: a}]\n", "api_keys, entry 1: 'key' is missing."),
        (b"api_keys: [{id: a, key: 5}]\n", "api_keys, entry 1: "),
        (
            b"memberships: [{id: 1, user_id: 9, team_id: 9, role: OWNER}]\n",
            "memberships, entry 1: memberships.user_id: no users 9.",
        ),
    ],
)
def test_a_world_file_that_describes_no_world(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "world.yaml"
    path.write_bytes(content)
    line = complaint("serve", "--port", "0", "--world", str(path))
    assert text in line
    assert str(path) in line


def test_a_world_file_that_is_not_there(tmp_path: Path) -> None:
    line = complaint("serve", "--port", "0", "--world", str(tmp_path / "none.yaml"))
    assert line == f"The world file {tmp_path}/none.yaml cannot be read: No such file or directory."


@pytest.mark.parametrize("log", ["paper", "file:", "file", "file:x?fsync=sometimes", ""])
def test_a_log_of_no_kind(log: str) -> None:
    line = complaint("serve", "--port", "0", "--log", log)
    assert line.startswith(f"There is no log {log!r}. Use memory, or file:PATH")


def test_a_log_that_cannot_be_used(tmp_path: Path) -> None:
    path = tmp_path / "commits.log"
    path.write_bytes(b"something else\n")
    assert complaint("serve", "--port", "0", "--log", f"file:{path}").startswith(f"{path} is not a commit log")
    assert "cannot be opened" in complaint("serve", "--port", "0", "--log", f"file:{tmp_path}")


def test_a_log_that_another_process_has(tmp_path: Path) -> None:
    path = tmp_path / "commits.log"
    owner = FileLog(path, areas.schema())
    assert complaint("serve", "--port", "0", "--log", f"file:{path}").startswith(f"The log {path} is in use by another")
    owner.close()


def test_a_damaged_log_is_repaired_when_told_to(tmp_path: Path) -> None:
    path = tmp_path / "commits.log"
    log = FileLog(path, areas.schema())
    log.append(0, WorldReset("first"))
    place = path.stat().st_size
    for number in (1, 2):
        log.append(number, WorldReset("more"))
    log.close()
    whole = path.read_bytes()
    assert run("store", "repair", str(path))[1] == f"The log {path} is whole: 3 records. Nothing was changed.\n"
    path.write_bytes(whole[: place + 20] + b"?" + whole[place + 21 :])
    line = complaint("serve", "--port", "0", "--log", f"file:{path}")
    assert f"is damaged at byte {place}, after record 1." in line
    assert f"`cal-mock store repair {path}`" in line
    assert "1 whole records after it" in line
    status, printed, _ = run("store", "repair", str(path))
    assert status == 0
    kept = path.with_name(f"commits.log.cut-{place}")
    assert f"was cut at byte {place}, after record 1." in printed
    assert str(kept) in printed
    assert path.read_bytes() + kept.read_bytes() == whole[: place + 20] + b"?" + whole[place + 21 :]
    FileLog(path, areas.schema()).close()


def test_what_cannot_be_repaired(tmp_path: Path) -> None:
    path = tmp_path / "commits.log"
    assert complaint("store", "repair", str(path)) == f"There is no log {path}."
    path.write_bytes(b"something else\n")
    assert complaint("store", "repair", str(path)).startswith(f"{path} is not a commit log")
    assert path.read_bytes() == b"something else\n"


def test_a_world_file_beside_a_log_that_has_its_worlds_is_said_not_to_be_read(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(log=f"file:{tmp_path}/commits.log", world=DEFAULT_WORLD_FILE)
    Sandbox(settings).worlds.close()
    assert caplog.text == ""
    Sandbox(settings).worlds.close()
    assert f"the world file {DEFAULT_WORLD_FILE} is not read" in caplog.text


@pytest.mark.parametrize(
    "arguments",
    [
        ["serve", "--port", "99999"],
        ["serve", "--port", "http"],
        ["serve", "--rate-limit", "maybe"],
        ["serve", "--nonsense"],
        ["spec", "--format", "xml"],
        ["nonsense"],
    ],
)
def test_options_that_make_no_sense(arguments: list[str]) -> None:
    status, printed, text = run(*arguments)
    assert (status, printed) == (2, "")
    assert "Usage: " in text
    assert "Traceback" not in text


# -- The real thing --------------------------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--log", f"file:{tmp_path}/commits.log"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    yield process
    process.kill()
    process.communicate()


def test_serve_prints_where_it_is_and_what_to_log_in_with_and_ends_with_ctrl_c(
    served: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert served.stdout is not None
    lines = [served.stdout.readline().rstrip() for _ in range(12)]
    address = re.fullmatch(r"Cal\.com API v2 sandbox on (http://127\.0\.0\.1:\d+)", lines[0])
    assert address
    text = "\n".join(lines)
    for part in (
        "/docs",
        "/openapi.json",
        "/_sandbox/health",
        "cal_sandbox_owner",
        "cal_sandbox_solo",
        "sandbox-client",
    ):
        assert part in text
    with socket.create_connection(("127.0.0.1", int(address[1].rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(b"GET /_sandbox/health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert connection.recv(15) == b"HTTP/1.1 200 OK"
    served.send_signal(2)
    _, errors = served.communicate(timeout=10)
    assert errors == ""
    assert served.returncode == 130
    FileLog(tmp_path / "commits.log", areas.schema()).close()
