"""Listens to a run of schemathesis' command line: writes a shell script that replays each failure."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemathesis.cli import EventHandler, handler
from schemathesis.engine import events

from contract_tests.fuzzing.provision import operation_id
from contract_tests.fuzzing.target import Credentials

HEAD = """#!/bin/sh
# Replays the failures of a fuzz run, one curl command each. Credentials come from the environment.
BASE_URL="${BASE_URL:-%s}"

"""
LEFT_OUT_HEADERS = frozenset(
    {"user-agent", "accept", "accept-encoding", "connection", "content-length", "host", "x-schemathesis-testcaseid"}
)
_SHAPED = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+")
_TOKEN = re.compile(f"Bearer {_SHAPED.pattern}")
"""Tokens and secrets that a run was given for what it made."""
ENVIRONMENT = {"x-cal-client-id": "$CAL_CLIENT_ID", "x-cal-secret-key": "$CAL_CLIENT_SECRET"}


@dataclass
class _Script:
    path: Path
    url: str
    secrets: set[str]
    seen: set[tuple[str, str]] = field(default_factory=set)


_script: _Script | None = None


def begin(path: Path, url: str, credentials: Credentials) -> None:
    """From now on failures are appended to the script at `path`."""
    global _script  # Schemathesis makes the handler itself.
    path.write_text(HEAD % url)
    path.chmod(0o755)
    _script = _Script(path, url, credentials.secrets())


def add(operation: str, check: str, text: str, curl: str) -> None:
    """Appends the command of a failure that a story or a journey found."""
    if _script is not None and curl:
        told = "\n".join(f"#   {line}" for line in text.splitlines()[:12])
        with _script.path.open("a") as file:
            file.write(f"# {operation}: {check}\n{told}\n{curl}\n\n")


@handler()
class ReplayHandler(EventHandler):
    """See schemathesis.cli.EventHandler."""

    def handle_event(self, ctx: Any, event: events.EngineEvent) -> None:
        """Takes in every finished scenario."""
        del ctx
        if _script is None or not isinstance(event, events.ScenarioFinished):
            return
        recorder = event.recorder
        for case_id, checks in recorder.checks.items():
            for check in checks:
                if check.failure_info is not None:
                    operation = operation_id(recorder.cases[case_id].value.operation)
                    _append(_script, operation, check, recorder.interactions.get(case_id))


def _append(script: _Script, operation: str, check: Any, interaction: Any) -> None:
    """Once for each operation and kind of failure."""
    failure = check.failure_info.failure
    key = (operation, type(failure).__name__ + check.name)
    if interaction is None or key in script.seen:
        return
    script.seen.add(key)
    add(operation, check.name, str(failure), command(interaction.request, script.url, script.secrets))


def command(request: Any, url: str, secrets: set[str]) -> str:
    """A recorded request as a curl command, with credentials replaced by variables of the environment."""
    headers = [
        (name, values[0] if isinstance(values, list) else values) for name, values in request.headers.items()
    ]  # fmt: skip
    return command_of(request.method, request.uri.removeprefix(url), headers, request.body, secrets)


def command_of(
    method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes | None, secrets: set[str]
) -> str:
    """The same for any request; `target` is path and query."""
    words = ["curl", "-isS", "-X", method]
    for name, value in headers:
        if name.lower() not in LEFT_OUT_HEADERS:
            words += ["-H", _header(name, value, secrets)]
    if body:
        words += ["--data-binary", shlex.quote(body.decode("utf-8", "backslashreplace"))]
    words.append('"$BASE_URL"' + shlex.quote(target))
    return " ".join(words)


def _header(name: str, value: str, secrets: set[str]) -> str:
    if value.removeprefix("Bearer ") not in secrets:
        if _TOKEN.fullmatch(value):
            return f'"{name}: Bearer $ACCESS_TOKEN"'
        if _SHAPED.fullmatch(value):
            return f'"{name}: $CLIENT_SECRET"'
        return shlex.quote(f"{name}: {value}" if value else f"{name};")
    variable = ENVIRONMENT.get(name.lower(), "$CAL_API_KEY")
    prefix = "Bearer " if value.startswith("Bearer ") else ""
    return f'"{name}: {prefix}{variable}"'
