"""The command line: its output, and one plain line with status 2 for errors that the user can fix."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
import yaml
from click.testing import CliRunner

from mock_server import __version__, areas
from mock_server.cli import app
from mock_server.commands import contract
from mock_server.event_types.model import EVENT_TYPES
from mock_server.identity.model import OAUTH2_CLIENTS, hashed
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox
from mock_server.serving import announcement
from mock_server.state.file_log import FileLog
from mock_server.state.log import WorldReset
from mock_server.worlds.default_world import SOLO
from mock_server.worlds.loader import DEFAULT_WORLD_FILE


def run(*arguments: str) -> tuple[int, str, str]:
    """Runs a command in this process; returns its status, stdout and stderr."""
    result = CliRunner().invoke(app, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def complaint(*arguments: str) -> str:
    """The error message of a command that fails."""
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
    assert listed == list(app.commands)
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
    for default in ("default: 127.0.0.1]", "default: 8080", "default: memory]", "default: off]"):
        assert default in text


@pytest.mark.parametrize("command", ["fuzz", "contract", "clean", "mutants"])
def test_commands_that_check_servers_are_the_contract_tests(
    command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("BASE_URL", "http://127.0.0.1:9")
    with pytest.raises(SystemExit, match="2"):
        app([command, "--no-such-option"], prog_name="cal-mock")
    assert f"cal-mock {command}: error: there is no option --no-such-option" in capsys.readouterr().err


@pytest.mark.parametrize("command", ["fuzz", "contract", "clean", "mutants"])
def test_without_their_packages_they_say_how_to_install_them(command: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contract, "PACKAGES", ("json", "not_installed_here"))
    assert complaint(command, "--help") == (
        f"{command} needs packages that are not installed (not_installed_here): pip install 'cal-mock[contract]'"
    )


# -- Output ----------------------------------------------------------------------------------------------------------


def test_version_prints_the_version_alone() -> None:
    for asked in ("version", "--version"):
        assert run(asked) == (0, f"{__version__}\n", "")


@pytest.mark.slow("writes the whole description as YAML")
def test_spec_prints_the_bundle_as_yaml_or_json() -> None:
    bundle = load_bundle()
    assert json.loads(run("spec", "--format", "json")[1]) == bundle
    as_yaml = run("spec")[1]
    assert as_yaml.startswith("openapi: 3.0.3\n")
    assert yaml.load(as_yaml, yaml.CSafeLoader)["paths"].keys() == bundle["paths"].keys()


def test_operations_are_listed_with_their_version_and_access_rules() -> None:
    lines = run("operations")[1].splitlines()
    operations = sum(map(len, load_bundle()["paths"].values()))
    assert len(lines) == operations + 1
    [central] = [line for line in lines if "update_destination_calendar" in line]
    assert re.fullmatch(
        r"PUT +/v2/destination-calendars +update_destination_calendar +version=any +access=\[authenticated\] +"
        r"evidence=recorded +stateful",
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


def test_a_port_in_use_is_refused() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert re.fullmatch(
            rf"Cannot listen on 127\.0\.0\.1:{port}: .+\. "
            r"Stop the process that listens there, or choose another --port\.",
            complaint("serve", "--port", str(port)),
        )


@pytest.mark.parametrize(
    "host",
    [
        "no.such.host.invalid",
        "a..b",
        "a" * 64,
        "",
        "192.0.2.1",
        "2001:db8::1",
    ],
)
@pytest.mark.parametrize("command", [["serve"], ["proxy", "--upstream", "{upstream}"]])
def test_a_host_of_another_machine_is_refused(command: list[str], host: str, upstream: str) -> None:
    arguments = [each.format(upstream=upstream) for each in command]
    line = complaint(*arguments, "--host", host, "--port", "0").removeprefix("cannot proxy: ")
    assert line.startswith(f"Cannot listen on [{host}]:0: " if ":" in host else f"Cannot listen on {host}:0: ")
    assert ". Choose another --host: 127.0.0.1 for this machine alone, " in line
    assert "--port" not in line


@pytest.fixture
def upstream() -> Iterator[str]:
    """The address of a listening socket."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_privileged_port_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(socket.socket, "bind", refuse)
    assert complaint("serve", "--port", "80") == (
        "Cannot listen on 127.0.0.1:80: Permission denied. Choose a --port above 1023, which needs no administrator."
    )


@pytest.mark.parametrize("token", ["", "two words", "sch\u00f6n", "line\nbreak"])
def test_a_token_that_is_invalid_in_a_header_is_refused_and_not_repeated(token: str) -> None:
    status, printed, text = run("serve", "--port", "0", "--token", token)
    assert (status, printed) == (2, "")
    assert "a token consists of visible ASCII characters" in text
    assert not token or token not in text


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"- 1\n", "has to be a mapping from collections to lists of entries"),
        (b"", "has to be a mapping from collections to lists of entries"),
        (b"users: {\n", "is not YAML"),
        (b"\xff\xfe\x00", "is not YAML"),
        (b"unicorns: []\n", "line 1: There is no collection unicorns. There are: "),
        (b"5: []\n", "There is no collection 5. There are: "),
        (b"users: 5\n", "users: 5 is not a list or null."),
        (b"users: [5]\n", "users, entry 1: 5 is not a mapping."),
        (b"feeds: [{name: a}]\n", "feeds, entry 1: `text` is missing."),
        (b"users: [{id: 1, color: red}]\n", "users, entry 1, color: There is no `color`"),
        (
            b"users: [{id: one, email: a, created_date: 2025-04-15T00:00:00Z}]\n",
            'users, entry 1, id: "one" is not a whole number.',
        ),
        (b"api_keys: [{id: a}]\n", "api_keys, entry 1: One of `key`, `hashed_key` is missing."),
        (b"api_keys: [{id: a, key: 5}]\n", "api_keys, entry 1, key: 5 is not a text."),
        (
            b"memberships: [{id: 1, user_id: 9, team_id: 9, role: OWNER}]\n",
            "memberships, entry 1, team_id: There is no 9 among teams. There are none. (and 1 more: cal-mock world ",
        ),
    ],
)
def test_an_invalid_world_file_is_refused(tmp_path: Path, content: bytes, text: str) -> None:
    path = tmp_path / "world.yaml"
    path.write_bytes(content)
    line = complaint("serve", "--port", "0", "--world", str(path))
    assert text in line
    assert str(path) in line


def test_a_missing_world_file_is_refused(tmp_path: Path) -> None:
    line = complaint("serve", "--port", "0", "--world", str(tmp_path / "none.yaml"))
    assert line == f"The world file {tmp_path}/none.yaml cannot be read: No such file or directory."


@pytest.mark.parametrize("log", ["paper", "file:", "file", "file:x?fsync=sometimes", ""])
@pytest.mark.parametrize("option", ["--store", "--log"])
def test_an_unknown_kind_of_log_is_refused(option: str, log: str) -> None:
    line = complaint("serve", "--port", "0", option, log)
    assert line.startswith(f"There is no log {log!r}. Use memory, or file:PATH")


def test_an_invalid_log_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "commits.log"
    path.write_bytes(b"something else\n")
    assert complaint("serve", "--port", "0", "--store", f"file:{path}").startswith(f"{path} is not a commit log")
    assert "cannot be opened" in complaint("serve", "--port", "0", "--store", f"file:{tmp_path}")


def test_a_log_in_use_by_another_process_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "commits.log"
    owner = FileLog(path, areas.schema())
    assert complaint("serve", "--port", "0", "--store", f"file:{path}").startswith(
        f"The log {path} is in use by another"
    )
    owner.close()


def test_a_damaged_log_is_repaired_on_request(tmp_path: Path) -> None:
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
    line = complaint("serve", "--port", "0", "--store", f"file:{path}")
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


def test_files_that_cannot_be_repaired(tmp_path: Path) -> None:
    path = tmp_path / "commits.log"
    assert complaint("store", "repair", str(path)) == f"There is no log {path}."
    path.write_bytes(b"something else\n")
    assert complaint("store", "repair", str(path)).startswith(f"{path} is not a commit log")
    assert path.read_bytes() == b"something else\n"


def test_a_world_file_beside_a_log_with_worlds_is_ignored_with_a_warning(
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
def test_invalid_options_are_refused(arguments: list[str]) -> None:
    status, printed, text = run(*arguments)
    assert (status, printed) == (2, "")
    assert "Usage: " in text
    assert "Traceback" not in text


# -- The real thing --------------------------------------------------------------------------------------------------


@pytest.fixture
def served(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "mock_server", "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, "--store", f"file:{tmp_path}/commits.log"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        encoding="utf-8",
    )
    yield process
    process.kill()
    process.communicate()


@contextmanager
def serving(*arguments: str, **environment: str) -> Iterator[tuple[str, str]]:
    """A server in its own process: its address and its output."""
    with subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, **environment},
        encoding="utf-8",
    ) as process:
        try:
            assert process.stdout is not None
            printed = ""
            while line := process.stdout.readline():
                printed += line
                if "OAuth client" in line:
                    break
            address = re.search(r"http://\S+:\d+", printed)
            assert address, printed
            yield address[0], printed
        finally:
            process.kill()


def test_a_given_token_is_required_and_never_printed() -> None:
    with serving("-m", "mock_server", "serve", "--port", "0", CAL_MOCK_TOKEN="only-the-admin-knows") as (url, printed):
        assert "only-the-admin-knows" not in printed
        assert httpx.get(f"{url}/_sandbox/health").status_code == 200
        assert httpx.get(f"{url}/_sandbox/clock").status_code == 403
        headers = {"Sandbox-Token": "only-the-admin-knows"}
        assert httpx.get(f"{url}/_sandbox/clock", headers=headers).status_code == 200


def test_serve_names_the_third_party_clients_of_an_edition_that_has_them() -> None:
    client = re.compile(r"^  third-party client (\S+), (?:secret (\S+)|public, needs PKCE)$", re.MULTILINE)
    sandbox = Sandbox(Settings(edition="2026-03"))
    printed = announcement(sandbox)
    stored = sandbox.worlds.default.begin().table(OAUTH2_CLIENTS).rows.values()
    assert {(name, hashed(secret) if secret else None) for name, secret in client.findall(printed)} == {
        (each.id, each.hashed_secret) for each in stored
    }
    assert "http://127.0.0.1:8080/_sandbox/oauth2/authorize" in printed
    older = announcement(Sandbox(Settings(edition="2025-04")))
    assert "cal_sandbox_owner" in older
    assert "third-party" not in older and "oauth2" not in older


def test_serve_names_the_event_types_and_busy_times_of_the_default_world() -> None:
    sandbox = Sandbox(Settings())
    printed = announcement(sandbox)
    for event_type in sandbox.worlds.default.begin()[EVENT_TYPES].find(user_id=SOLO):
        assert f"  {event_type.id:<4} {event_type.title}, {event_type.length} minutes\n" in printed
    assert "  busy Lunch, 12:00 to 13:00 Europe/London, FREQ=WEEKLY;BYDAY=WE" in printed


def test_a_shutdown_aborts_long_work(served: subprocess.Popen[str]) -> None:
    """Ten searches of several seconds, two at a time: unless aborted, they take longer than the timeout."""
    assert served.stdout is not None
    address = re.search(r"http://(127\.0\.0\.1):(\d+)", served.stdout.readline())
    assert address
    headers = {"Authorization": "Bearer cal_sandbox_solo", "cal-api-version": "2024-06-11"}
    hours = [{"days": ["Monday", "Tuesday"], "startTime": "00:00", "endTime": "23:00"}] * 1200
    body = {"name": "Crowded", "timeZone": "Europe/London", "isDefault": True, "availability": hours}
    assert httpx.post(f"{address[0]}/v2/schedules", headers=headers, json=body, timeout=60).status_code == 201
    start = datetime.now(UTC).date()
    query = f"username=solo&eventTypeSlug=thirty-minutes&start={start}&end={start + timedelta(days=364)}"
    request = f"GET /v2/slots?{query} HTTP/1.1\r\nHost: localhost\r\ncal-api-version: 2024-09-04\r\n\r\n".encode()
    with ExitStack() as connections:
        for _ in range(10):
            connection = connections.enter_context(socket.create_connection((address[1], int(address[2]))))
            connection.sendall(request)
        assert httpx.get(f"{address[0]}/_sandbox/health", timeout=30).status_code == 200
        served.terminate()
        _, errors = served.communicate(timeout=15)
    assert "Traceback" not in errors


HIDING = """
import asyncio, os, runpy, signal, sys

HIDDEN = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "uvloop", "syslog"}

class Hider:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in HIDDEN:
            raise ModuleNotFoundError(f"There is no {name} here.", name=name)

sys.meta_path.insert(0, Hider)
for module in HIDDEN:
    sys.modules.pop(module, None)
for holder, names in (
    (os, "fork killpg setsid uname chown mkfifo"),
    (signal, "SIGHUP SIGKILL SIGQUIT SIGUSR1 SIGUSR2 SIGALRM pthread_sigmask"),
):
    for name in names.split():
        if hasattr(holder, name):
            delattr(holder, name)

def refuse(*_):
    raise NotImplementedError

asyncio.SelectorEventLoop.add_signal_handler = refuse
runpy.run_module("mock_server", run_name="__main__", alter_sys=True)
"""


def test_serve_runs_without_unix_only_modules(tmp_path: Path) -> None:
    with serving("-c", HIDING, "serve", "--port", "0", "--store", f"file:{tmp_path / 'commits.log'}") as (url, _):
        headers = {"Authorization": "Bearer cal_sandbox_solo"}
        assert httpx.patch(f"{url}/v2/me", headers=headers, json={"name": "Sol"}).status_code == 200
        assert httpx.get(f"{url}/v2/me", headers=headers).json()["data"]["username"] == "solo"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_closed_streams_cause_no_traceback(closed: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    command = f"exec {sys.executable} -m mock_server operations {'' if '2>' in closed else f'2>{kept}'} {closed}"
    assert subprocess.run(["sh", "-c", command], stdout=subprocess.DEVNULL, check=False).returncode == 0
    assert not kept.exists() or kept.read_text(encoding="utf-8") == ""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/_sandbox/health").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("closed", ["<&- >&-", "| head -n 1"])
def test_a_server_whose_output_is_closed_serves_and_ends_without_a_traceback(closed: str, tmp_path: Path) -> None:
    port, kept = free_port(), tmp_path / "kept"
    serve = f"exec {sys.executable} -m mock_server serve --port {port}"
    script = f"sh -c 'echo $$ >{tmp_path}/pid; {serve}' 2>{kept} {closed}"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            deadline = time.monotonic() + 60
            while not answers(f"http://127.0.0.1:{port}"):
                assert time.monotonic() < deadline, kept.read_text(encoding="utf-8")
            os.kill(int((tmp_path / "pid").read_text(encoding="utf-8")), signal.SIGINT)
            assert process.wait(30) == (0 if closed.startswith("|") else 130)
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
    assert kept.read_text(encoding="utf-8") == ""


@pytest.mark.parametrize(
    "address", ["nonsense", "", "127.0.0.1:8080", "ftp://127.0.0.1", "file:///etc/hosts", "localhost/_sandbox"]
)
def test_doctor_refuses_what_is_not_the_address_of_a_sandbox(address: str) -> None:
    text = complaint("doctor", address)
    assert text == f"{address!r} is not the address of a sandbox: use http://HOST:PORT or https://HOST."


@pytest.mark.parametrize("address", ["http://", "http://[::1", "http://two words", "http://127.0.0.1:1", "HTTP://:x"])
def test_doctor_names_an_address_where_no_sandbox_answers(address: str) -> None:
    assert complaint("doctor", address).startswith(f"No sandbox answers at {address}: ")


@pytest.mark.parametrize("content", [b"[]", b"7", b'"complaints"', b"null", b"{}", b"<html>"])
def test_another_server_is_not_examined(content: bytes) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                connection.recv(10_000)
                connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + content)

        thread = threading.Thread(target=serve)
        thread.start()
        text = complaint("doctor", address)
        thread.join()
    assert address in text


def test_a_closed_pipe_ends_the_output_silently() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "mock_server", "spec"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == b"openapi: 3.0.3\n"
        process.stdout.close()
        assert process.stderr.read() == b""


def test_a_console_of_another_encoding_gets_escapes() -> None:
    code = "from mock_server.runtime.console import prepare_streams; prepare_streams(); print('\\u2713 \\u00e9')"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, check=True, env={**os.environ, "PYTHONIOENCODING": "cp1252"}
    )
    assert done.stdout.strip() == b"\\u2713 \xe9"


def test_the_pytest_plugin_loads_where_warnings_are_errors(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["mock_server.pytest_plugin"]\n', encoding="utf-8")
    (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n", encoding="utf-8")
    (tmp_path / "test_it.py").write_text(
        "import urllib.request\n\n\ndef test_health(cal_mock):\n"
        '    assert b"ok" in urllib.request.urlopen(cal_mock + "/_sandbox/health").read()\n',
        encoding="utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(areas.__file__).parent.parent)},
        capture_output=True,
        text=True,
        check=False,
        encoding="utf-8",
    )
    assert "1 passed" in done.stdout, done.stdout


def test_serve_prints_its_url_and_credentials_and_ends_with_ctrl_c(
    served: subprocess.Popen[str], tmp_path: Path
) -> None:
    assert served.stdout is not None
    lines = [served.stdout.readline().rstrip() for _ in range(14)]
    address = re.fullmatch(r"Cal\.com API v2 sandbox on (http://127\.0\.0\.1:\d+)", lines[0])
    assert address
    text = "\n".join(lines)
    for part in (
        "edition      2025-04",
        "/help/",
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


def lines_of(*options: str) -> tuple[list[str], str]:
    """What `serve` prints on its standard output after a request of the API; the first line of its banner is read."""
    with subprocess.Popen(
        [sys.executable, "-m", "mock_server", "serve", "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        encoding="utf-8",
    ) as process:
        try:
            banner = process.stderr if "json" in options else process.stdout
            assert banner is not None
            first = banner.readline()
            httpx.get(f"{first.split()[-1]}/v2/me", headers={"Authorization": "Bearer cal_sandbox_solo"})
            process.send_signal(signal.SIGINT)
            return process.communicate(timeout=30)[0].splitlines(), first
        finally:
            process.kill()


def test_serve_prints_a_line_for_each_request() -> None:
    printed, first = lines_of()
    assert first.startswith("Cal.com API v2 sandbox on ")
    assert re.fullmatch(r"\d\d:\d\d:\d\d GET    /v2/me +200 +\d+\.\d ms  get_me  user 4 \(api-key\)", printed[-1])


def test_serve_prints_nothing_but_json_on_request() -> None:
    [line], first = lines_of("--log-format", "json")
    assert first.startswith("Cal.com API v2 sandbox on ")
    assert json.loads(line)["operation"] == "get_me"
    assert "cal_sandbox_solo" not in line


@pytest.mark.parametrize(
    ("options", "form"), [((), "text"), (("--log-format", "json"), "json"), (("--quiet", "--log-format", "json"), None)]
)
def test_quiet_turns_the_lines_off(options: tuple[str, ...], form: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr("mock_server.serving.serve", lambda _, log_format: asked.append(log_format))
    assert run("serve", *options)[0] == 0
    assert asked == [form]
