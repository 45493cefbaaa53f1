"""Listens to a run of schemathesis' command line: writes a shell script that replays each failure."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from schemathesis.cli import EventHandler, handler
from schemathesis.engine import events

from contract_tests.fuzzing.provision import operation_id
from contract_tests.known_secrets import KnownSecrets, private
from mock_server.runtime.masking import SHORTEST, Masker, described

HEAD = """#!/bin/sh
# Replays the failures of a run, one curl command each. Secrets come from the environment: CAL_API_KEY, CAL_CLIENT_ID
# and CAL_CLIENT_SECRET; ACCESS_TOKEN, CLIENT_SECRET and OTHER_API_KEY of what the run made; and for a secret field of
# a body a variable of its name, such as REFRESH_TOKEN for refreshToken.
BASE_URL="${BASE_URL:-%s}"

"""
LEFT_OUT_HEADERS = frozenset(
    {"user-agent", "accept", "accept-encoding", "connection", "content-length", "host", "x-schemathesis-testcaseid"}
)
_SHAPES = {
    "ACCESS_TOKEN": re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*"),
    "OTHER_API_KEY": re.compile(r"cal_[A-Za-z0-9_]{4,}"),
}
"""Tokens and keys that a run was given for what it made."""
ENVIRONMENT = {"x-cal-client-id": "CAL_CLIENT_ID", "x-cal-secret-key": "CAL_CLIENT_SECRET"}
_PLACE = re.compile("\ue000([A-Z_]+)\ue001")
"""Characters that nobody uses, around the name of a variable."""


@dataclass
class _Script:
    path: Path
    url: str
    known: KnownSecrets
    seen: set[tuple[str, str]] = field(default_factory=set)


_script: _Script | None = None


def begin(path: Path, url: str, known: KnownSecrets) -> None:
    """From now on failures are appended to the script at `path`."""
    global _script  # Schemathesis makes the handler itself.
    with private(path, "w") as file:
        file.write(HEAD % url)
    path.chmod(0o700)
    _script = _Script(path, url, known)


def add(operation: str, check: str, text: str, curl: str) -> None:
    """Appends the command of a failure that a story or a journey found."""
    if _script is not None and curl:
        told = "\n".join(f"#   {line}" for line in _script.known.masker.text(text).splitlines()[:12])
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
    add(operation, check.name, str(failure), command(interaction.request, script.url, script.known))


def command(request: Any, url: str, known: KnownSecrets) -> str:
    """A recorded request as a curl command, with credentials replaced by variables of the environment."""
    headers = [
        (name, values[0] if isinstance(values, list) else values) for name, values in request.headers.items()
    ]  # fmt: skip
    return command_of(request.method, request.uri.removeprefix(url), headers, request.body, known.given, known.told)


def command_of(
    method: str,
    target: str,
    headers: Iterable[tuple[str, str]],
    body: bytes | None,
    given: AbstractSet[str],
    told: AbstractSet[str] = frozenset(),
) -> str:
    """The same for any request; `target` is path and query. `given` and `told` are secrets, see KnownSecrets."""
    secrets = {each: "SECRET" for each in told if len(each) >= SHORTEST} | dict.fromkeys(given, "CAL_API_KEY")
    words = ["curl", "-isS", *(["-I"] if method == "HEAD" else ["-X", method])]
    for name, value in headers:
        if name.lower() not in LEFT_OUT_HEADERS:
            words += ["-H", _header(name, value, secrets)]
    if body:
        words += ["--data-binary", _quoted(_body(body, secrets))]
    words.append('"$BASE_URL"' + _quoted(_masked(_with_places(target, secrets))))
    return " ".join(words)


def _header(name: str, value: str, secrets: Mapping[str, str]) -> str:
    if not value:
        return shlex.quote(f"{name};")
    scheme, _, credential = value.rpartition(" ")
    prefix = f"{name}: {scheme} " if scheme else f"{name}: "
    if secrets.get(credential) == "CAL_API_KEY":
        return _quoted(f"{prefix}{_place(ENVIRONMENT.get(name.lower(), 'CAL_API_KEY'))}")
    if name.lower() == "x-cal-secret-key" and any(shape.fullmatch(value) for shape in _SHAPES.values()):
        return _quoted(f"{name}: {_place('CLIENT_SECRET')}")
    if name.lower() in described().headers - {"authorization", "x-cal-secret-key"}:
        return _quoted(f"{name}: {_place(name)}")
    return _quoted(f"{name}: {_with_places(value, secrets)}")


def _body(body: bytes, secrets: Mapping[str, str]) -> str:
    """The body as it is, or written anew where a field of it is secret."""
    text = body.decode("utf-8", "backslashreplace")
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return _masked(_with_places(text, secrets))
    placed = _placed(content)
    return _with_places(text if placed == content else json.dumps(placed, ensure_ascii=False), secrets)


def _placed(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _place(name) if isinstance(each, str) and each and name in described().fields else _placed(each)
            for name, each in value.items()
        }
    return [_placed(each) for each in value] if isinstance(value, list) else value


def _with_places(text: str, secrets: Mapping[str, str]) -> str:
    """A text with variables in the places of secrets."""
    for secret in sorted(secrets, key=len, reverse=True):
        text = text.replace(secret, _place(secrets[secret]))
    for variable, shape in _SHAPES.items():
        text = shape.sub(_place(variable), text)
    return text


def _masked(text: str) -> str:
    """Masks what is secret beside the variables."""
    parts = _PLACE.split(text)
    return "".join(_place(part) if number % 2 else Masker().text(part) for number, part in enumerate(parts))


def _place(name: str) -> str:
    """Marks the place of the variable that is called after a field or a header: `refreshToken` is REFRESH_TOKEN."""
    return f"\ue000{re.sub(r'(?<=[a-z])(?=[A-Z])|-', '_', name).upper()}\ue001"


def _quoted(text: str) -> str:
    """As a word of the shell that has the variables' values in it."""
    parts = _PLACE.split(text)
    return "".join(
        f'"${part}"' if number % 2 else shlex.quote(part)
        for number, part in enumerate(parts)
        if part or len(parts) == 1
    )
