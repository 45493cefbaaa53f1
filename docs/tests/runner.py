"""Runs the code blocks of a page in their order, as a reader would: in one folder, against one sandbox."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shlex
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast
from unittest.mock import patch

import httpx
import yaml
from click.testing import CliRunner

from contract_tests.coming_days import from_tomorrow
from docs.tests.background import GOES_ON, Background
from docs.tests.blocks import Block
from docs.tests.pages import ROOT
from docs.tests.stand_ins import StandIns
from mock_server.cli import app

PLAIN_COMMAND = re.compile(r"cal-mock [^|&;<>$`\n]+")
OTHER_PORT = re.compile(r"\b(?!8080)80[89]\d\b")
DOCUMENTED_ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|localhost):8080")
SECONDS = 300
TOOLS = f"""
make() {{ command make -s -C {shlex.quote(str(ROOT))} -o .venv/.dev -o .venv/.run "$@" "ARGS+=$SHORTENED"; }}
"""
"""The Makefile's commands from any folder, without installing anything."""
SHORTENED = 'cal-mock() { command cal-mock "$@" $SHORTENED; }\n'
INTERRUPTED = 130
SOLO = {"Authorization": "Bearer cal_sandbox_solo"}
VOLATILE = (
    (re.compile(r"http://(127\.0\.0\.1|localhost):\d+(/w/[\w-]+)*"), "URL"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z"), "TIME"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"), "TIME"),
    (re.compile(r"\b\d\d:\d\d:\d\d\b"), "TIME"),
    (re.compile(r" +\d+\.\d ms"), " MS"),
    (re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b"), "UUID"),
    (re.compile(r"\b[0-9a-f]{32,64}\b"), "HEX"),
    (re.compile(r"\b(?=\w*\d)(?=\w*[a-zA-Z])[0-9A-Za-z]{22}\b"), "UID"),
    (re.compile(r"\b[Ww]orld (default|test-\d+)\b"), "World"),
    (re.compile(r"-{3,}"), "---"),
    (re.compile(r" +"), " "),
)
"""What differs from run to run."""


class Differs(AssertionError):
    """A block did not do what the page says."""


class PageRunner:
    """Runs the blocks of one page in `folder`, against the sandbox at `url`, or the one that the page starts."""

    def __init__(self, folder: Path, url: str) -> None:
        self._folder = folder
        self.url = url
        self._environment = folder / ".environment"
        self._environment.write_text("", encoding="utf-8")
        self._reply = ""
        self._tests: list[Path] = []
        self._ports: dict[str, str] = {}
        self._servers: list[Background] = []
        self._stand_ins = StandIns()
        self._variables = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CAL_")},
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "CAL_MOCK_URL": url,
            "NO_COLOR": "1",
            "PYTEST_ADDOPTS": "-p mock_server.pytest_plugin -p no:cacheprovider",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # Those of development take seconds to import.
        }
        self._run: dict[str, Callable[[Block, str], None]] = {
            "sh": self._shell,
            "fish": self._fish,
            "console": self._console,
            "python": self._python,
            "http": self._http,
            "json": self._json,
            "yaml": lambda _, code: yaml.safe_load(code),
            "text": lambda _, __: None,
        }

    def run(self, block: Block) -> None:
        """Runs a block. Raises Differs."""
        if block.not_run or block.tested_by:
            return
        code = OTHER_PORT.sub(self._free_port, DOCUMENTED_ADDRESS.sub(self.url, self._stand_ins.in_place(block.code)))
        if block.file:
            (self._folder / block.file).write_text(code, encoding="utf-8")
            return
        try:
            self._run[block.language](block, code)
        except (AssertionError, ValueError, subprocess.SubprocessError, httpx.HTTPError) as error:
            raise Differs(f"{block}: {error}") from error

    def _free_port(self, documented: re.Match[str]) -> str:
        """A free port in place of one that the page names, the same one each time."""
        if documented[0] not in self._ports:
            with socket.create_server(("127.0.0.1", 0)) as listener:
                self._ports[documented[0]] = str(listener.getsockname()[1])
        return self._ports[documented[0]]

    def run_tests(self) -> None:
        """Runs the tests that the page holds, at once. Raises Differs."""
        if self._tests:
            self._start("-m", "pytest", "-q", "-W", "error", *map(str, self._tests))

    def _start(self, *arguments: str) -> None:
        done = subprocess.run(
            [sys.executable, *arguments], cwd=self._folder, env=self._variables, capture_output=True, text=True,
            timeout=SECONDS, check=False,
        )  # fmt: skip
        if done.returncode:
            raise Differs(f"{done.stdout}{done.stderr}")
        self._reply = done.stdout

    def _shell(self, block: Block, code: str) -> None:
        script = ""
        for line in code.splitlines(keepends=True):
            command = re.sub(r" &$", "", line.partition(" #")[0].strip())
            if GOES_ON.fullmatch(command):
                self._script(script, block.shortened_by)
                self._go_on(command)
                script = ""
            else:
                script += line
        self._script(script, block.shortened_by)

    def _script(self, script: str, shortened_by: str) -> None:
        if not script.strip():
            return
        done = self._bash(SHORTENED + script if shortened_by else script, shortened_by)
        if done.returncode:
            raise Differs(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")

    def _fish(self, block: Block, code: str) -> None:  # noqa: ARG002
        """What a shell that need not be here would read has to be for it."""
        command, _, reader = code.strip().partition(" | ")
        done = self._bash(command)
        if reader != "source" or "complete --no-files --command cal-mock" not in done.stdout:
            raise Differs(f"exit status {done.returncode}\n{done.stdout}{done.stderr}")

    def _go_on(self, command: str, expected: str = "") -> None:
        """Runs a command that goes on, and compares what it prints. Servers are left running.

        Another one has a world of its own, so that what it needs to happen does not show on the page.
        """
        if re.match(r"cal-mock serve\b|make run\b", command):
            self._serve(command)
            return
        created = httpx.post(f"{self.url}/_sandbox/worlds").raise_for_status().json()
        world = str(httpx.URL(self.url).join(created["url"]))
        background = Background(command, self._folder, {**self._variables, "CAL_MOCK_URL": world})
        try:
            background.wait_for_lines(1)
            port = re.search(r"--port (\d+)", command)
            now = httpx.get(f"{world}/_sandbox/clock").json()["now"]
            book(world if port is None else f"http://127.0.0.1:{port[1]}", datetime.fromisoformat(now).date())
            printed = background.wait_for_lines(max(1, len(_stable(expected))))
        finally:
            status = background.stop()
        if status not in (0, INTERRUPTED) or not (says_nothing(expected) or fits(expected, printed)):
            raise Differs(f"$ {command}\nexit status {status}, expected:\n{expected}\nprinted:\n{printed}")

    def _serve(self, command: str) -> None:
        """Starts a sandbox on a free port. The blocks that follow are run against it."""
        if command.startswith("make"):
            server = Background(f"{TOOLS}{command} PORT=0", self._folder, self._variables)
        else:
            server = Background(f"exec {command} --port 0", self._folder, self._variables)
        self._servers.append(server)
        found = None
        while found is None:
            found = re.search(r"http://\S+", server.wait_for_lines(len(server.lines) + 1))
        self.url = self._variables["CAL_MOCK_URL"] = found[0]
        with self._environment.open("a", encoding="utf-8") as file:
            file.write(f"CAL_MOCK_URL={found[0]}\n")

    def stop(self) -> None:
        """Stops what the page started."""
        for server in self._servers:
            server.stop()
        self._stand_ins.close()

    def _console(self, block: Block, code: str) -> None:  # noqa: ARG002
        for part in re.split(r"^\$ ", code, flags=re.MULTILINE)[1:]:
            command, expected = _split(part)
            if GOES_ON.fullmatch(command.strip()):
                self._go_on(command.strip(), expected)
                continue
            status, printed = self._result(command)
            if says_nothing(expected):
                if status:
                    raise Differs(f"$ {command}\nexit status {status}\n{printed}")
            elif not fits(expected, printed):
                raise Differs(f"$ {command}\nexpected:\n{expected}\nprinted:\n{printed}")

    def _result(self, command: str) -> tuple[int, str]:
        """The exit status of a command, and what it prints.

        One of `cal-mock` alone runs in this process, because to start it takes longer.
        """
        if not PLAIN_COMMAND.fullmatch(command.strip()):
            done = self._bash(command)
            return done.returncode, done.stdout + done.stderr
        with patch.dict(os.environ, self._variables, clear=True), contextlib.chdir(self._folder):
            result = CliRunner().invoke(app, shlex.split(command)[1:], prog_name="cal-mock")
        self._reply = result.stdout
        return result.exit_code, result.output

    def _bash(self, script: str, shortened_by: str = "") -> subprocess.CompletedProcess[str]:
        """Runs a script with the variables of the scripts before it."""
        head = f"set -a; . {self._environment}; SHORTENED={shlex.quote(shortened_by)}; set -e\n{TOOLS}"
        whole = f"{head}{script}\n{{ export -p; declare -f; }} > {self._environment}"
        done = subprocess.run(
            ["bash", "-c", whole], cwd=self._folder, env=self._variables, capture_output=True, text=True,
            timeout=SECONDS, check=False, start_new_session=True,
        )  # fmt: skip
        self._reply = done.stdout
        return done

    def _python(self, block: Block, code: str) -> None:
        if re.search(r"^ *def test_", code, re.MULTILINE):
            path = self._folder / f"test_line_{block.line}.py"
            path.write_text(code, encoding="utf-8")
            self._tests.append(path)
        else:
            self._start("-c", code)

    def _http(self, block: Block, code: str) -> None:  # noqa: ARG002
        head, _, body = code.partition("\n\n")
        first, *lines = head.strip().split("\n")
        method, target = first.split()[:2]
        headers = dict(line.split(": ", 1) for line in lines)
        if body.strip():
            headers.setdefault("Content-Type", "application/json")
        reply = httpx.request(method, f"{self.url}{target}", headers=headers, content=body.strip() or None)
        reply.raise_for_status()
        self._reply = reply.text

    def _json(self, block: Block, code: str) -> None:  # noqa: ARG002
        """A block of JSON is what the block before it printed or was answered, or a part of that."""
        missing = difference(json.loads(code), json.loads(self._reply))
        if missing:
            raise Differs(f"{missing}\nThe reply is {self._reply}")


def book(url: str, today: date) -> None:
    """Books the first free slot of an event type from tomorrow on."""
    with httpx.Client(base_url=f"{url}/v2", headers=SOLO) as client:
        slots = client.get(
            "/slots",
            params={"eventTypeId": 1, **from_tomorrow(today)},
            headers={"cal-api-version": "2024-09-04"},
        ).raise_for_status()
        start = next(iter(slots.json()["data"].values()))[0]["start"]
        attendee = {"name": "Ann Lee", "email": "ann@example.com", "timeZone": "Europe/London"}
        client.post(
            "/bookings",
            json={"eventTypeId": 1, "start": start, "attendee": attendee},
            headers={"cal-api-version": "2024-08-13"},
        ).raise_for_status()


def _split(part: str) -> tuple[str, str]:
    """A command, which goes on after a backslash, within quotes and in a here-document, and what it prints."""
    lines = part.split("\n")
    end = 0
    ending = re.search(r"<<'?(\w+)'?", lines[0])
    while (
        lines[end].endswith("\\")
        or "\n".join(lines[: end + 1]).count("'") % 2
        or (ending is not None and lines[end] != ending[1])
    ):
        end += 1
    return "\n".join(lines[: end + 1]), "\n".join(lines[end + 1 :])


def says_nothing(expected: str) -> bool:
    """Whether any output would do. The command then has to succeed, so that a failure does not pass for its output."""
    return all(line in ("...", "…") for line in _stable(expected))


def fits(expected: str, printed: str) -> bool:
    """Whether the printed lines are the expected ones. `...` stands for any text; alone in a line, for any lines."""
    parts: list[str] = []
    for line in _stable(expected):
        if line in ("...", "…"):
            parts.append(r"(?:.*\n)*?")
        else:
            parts.append(".*?".join(map(re.escape, re.split(r"\.\.\.|…", line))) + r"\n")
    return re.fullmatch("".join(parts), "".join(f"{line}\n" for line in _stable(printed))) is not None


def _stable(text: str) -> list[str]:
    for pattern, name in VOLATILE:
        text = pattern.sub(name, text)
    return [line.strip() for line in text.split("\n") if line.strip()]


def _text_fits(expected: str, actual: str) -> bool:
    """Whether a text is the expected one, where `...` stands for any text."""
    parts = re.split(r"\.\.\.|…", "\n".join(_stable(expected)))
    return re.fullmatch(".*?".join(map(re.escape, parts)), "\n".join(_stable(actual)), re.DOTALL) is not None


def difference(expected: Any, actual: Any, place: str = "the reply") -> str | None:
    """The first place at which `actual` lacks something of `expected`. Texts may differ as lines of consoles may."""
    if isinstance(expected, dict):
        if not isinstance(actual, dict):
            return f"{place} is no object"
        wanted, found = cast("dict[str, Any]", expected), cast("dict[str, Any]", actual)
        gone = next((key for key in wanted if key not in found), None)
        if gone is not None:
            return f"{place} has no {gone}"
        inner = (difference(value, found[key], f"{place}.{key}") for key, value in wanted.items())
        return next((each for each in inner if each), None)
    if isinstance(expected, list):
        items, rest = cast("list[Any]", expected), cast("list[Any]", actual)
        if not isinstance(actual, list) or len(rest) < len(items):
            return f"{place} has fewer items"
        inner = (difference(value, rest[number], f"{place}[{number}]") for number, value in enumerate(items))
        return next((each for each in inner if each), None)
    if isinstance(expected, str) and isinstance(actual, str):
        return None if _text_fits(expected, actual) else f"{place} is {actual!r}, not {expected!r}"
    return None if expected == actual else f"{place} is {actual!r}, not {expected!r}"
