"""Listens to a run of schemathesis' command line: writes a shell script that replays each failure."""

from __future__ import annotations

import shlex
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
    {"user-agent", "accept-encoding", "connection", "content-length", "x-schemathesis-testcaseid"}
)
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
    told = "\n".join(f"#   {line}" for line in str(failure).splitlines()[:12])
    with script.path.open("a") as file:
        file.write(
            f"# {operation}: {check.name}\n{told}\n{command(interaction.request, script.url, script.secrets)}\n\n"
        )


def command(request: Any, url: str, secrets: set[str]) -> str:
    """A recorded request as a curl command, with credentials replaced by variables of the environment."""
    words = ["curl", "-isS", "-X", request.method]
    for name, values in request.headers.items():
        if name.lower() not in LEFT_OUT_HEADERS:
            words += ["-H", _header(name, values[0] if isinstance(values, list) else values, secrets)]
    if request.body:
        body = request.body.decode("utf-8", "backslashreplace")
        words += ["--data-binary", shlex.quote(body)]
    words.append('"$BASE_URL"' + shlex.quote(request.uri.removeprefix(url)))
    return " ".join(words)


def _header(name: str, value: str, secrets: set[str]) -> str:
    if value.removeprefix("Bearer ") not in secrets:
        return shlex.quote(f"{name}: {value}" if value else f"{name};")
    variable = ENVIRONMENT.get(name.lower(), "$CAL_API_KEY")
    prefix = "Bearer " if value.startswith("Bearer ") else ""
    return f'"{name}: {prefix}{variable}"'
