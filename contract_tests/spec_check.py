"""Runs third-party tools on the description: two validators, a linter, two mock servers and a code generator.

Exit codes: 0 all of them accept it, 1 one of them rejects it, 2 a tool could not be installed.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import venv
from collections.abc import Callable
from pathlib import Path

import httpx
from openapi_spec_validator import validate as validate_openapi

from mock_server.running import running_sandbox
from mock_server.runtime.bundle import description_folder, make_bundle
from mock_server.runtime.bundle import validate as validate_with_prance
from mock_server.runtime.progress import Progress

SCRATCH = Path(".bench")
NODE_PACKAGES = ("@redocly/cli@2", "@stoplight/prism-cli@5", "@mockoon/cli@9")
GENERATOR = "openapi-python-client>=0.25"
LINT_CONFIGURATION = Path(".redocly.yaml")
PATIENCE = 60.0

# Some enums of the API have values that differ only in case, which Python enums cannot represent.
GENERATOR_CONFIGURATION = "literal_enums: true\npost_hooks: []\n"

CALLS = """
from generated.client import Client
from generated.api.destination_calendars import update_destination_calendar
from generated.api.me import get_me
from generated.models import DestinationCalendarInput

client = Client(base_url={url!r}, headers={{"Authorization": "Bearer cal_sandbox_solo"}})
me = get_me.sync(client=client)
assert me.data.id == 4, me
body = DestinationCalendarInput(integration="google_calendar", external_id="solo@example.com")
chosen = update_destination_calendar.sync(client=client, body=body)
assert chosen.data.external_id == "solo@example.com", chosen
"""


class Unusable(Exception):
    """A tool cannot be installed; the text says why."""


class Rejected(Exception):
    """A tool rejects the description; the text is its output."""


def check() -> int:
    """Runs all tools and prints a line for each."""
    SCRATCH.mkdir(exist_ok=True)
    bundle = make_bundle(description_folder())
    file = SCRATCH / "openapi.json"
    file.write_text(json.dumps(bundle), encoding="utf-8")
    try:
        with Progress().part("installing the tools"):
            _install()
        steps: list[tuple[str, Callable[[], None]]] = [
            ("prance", lambda: validate_with_prance(bundle, resolve=True)),
            ("openapi-spec-validator", lambda: validate_openapi(bundle)),
            ("redocly lint", lambda: _lint(file)),
            ("Prism", lambda: _serves("prism", "mock", "--host", "127.0.0.1", "--port", "{port}", str(file))),
            (
                "Mockoon",
                lambda: _serves("mockoon-cli", "start", "-d", str(file), "-l", "127.0.0.1", "-p", "{port}", "-X"),
            ),
            ("openapi-python-client", lambda: _generates(file)),
        ]
        return max([_passes(name, step) for name, step in steps])
    except Unusable as error:
        print(f"Could not run: {error}", file=sys.stderr)
        return 2


def _passes(name: str, step: Callable[[], None]) -> int:
    try:
        with Progress().part(name):
            step()
    except Rejected as error:
        print(f"{name}: refused\n{error}")
        return 1
    except Exception as error:  # Validators raise errors of their own.
        print(f"{name}: refused\n{type(error).__name__}: {str(error)[:2000]}")
        return 1
    print(f"{name}: good")
    return 0


def _install() -> None:
    """Installs the Node tools and the generator, unless they are there."""
    npm = shutil.which("npm")
    if npm is None:
        raise Unusable("the tools come from npm, which is not installed.")
    if not all(_program(name).exists() for name in ("redocly", "prism", "mockoon-cli")):
        _install_with([npm, "install", "--prefix", str(SCRATCH), "--no-audit", "--no-fund", "--silent", *NODE_PACKAGES])
    if not (_generator_bin() / "openapi-python-client").exists():
        venv.create(_generator_bin().parent, with_pip=True)
        _install_with([str(_generator_bin() / "python"), "-m", "pip", "install", "-q", GENERATOR])


def _install_with(command: list[str]) -> None:
    if subprocess.run(command, check=False).returncode != 0:
        raise Unusable(f"`{' '.join(command)}` failed.")


def _program(name: str) -> Path:
    return (SCRATCH / "node_modules" / ".bin" / name).absolute()


def _generator_bin() -> Path:
    return (SCRATCH / "generator" / "bin").absolute()


def _run(*command: str | Path, folder: Path | None = None) -> None:
    """Raises Rejected with the output if the command fails."""
    result = subprocess.run(
        command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False, encoding="utf-8"
    )
    if result.returncode != 0:
        raise Rejected((result.stdout + result.stderr)[-4000:])


def _environment() -> dict[str, str]:
    return {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def _lint(file: Path) -> None:
    """Applies the recommended rules; warnings count as errors."""
    command = [_program("redocly"), "lint", file, "--config", LINT_CONFIGURATION, "--format", "json"]
    result = subprocess.run(command, env=_environment(), capture_output=True, text=True, check=False, encoding="utf-8")
    if not result.stdout.startswith("{"):
        raise Rejected(result.stderr[-2000:])
    problems = json.loads(result.stdout)["problems"]
    if problems:
        raise Rejected("\n".join(f"{each['ruleId']}: {each['message']}" for each in problems))


def _serves(program: str, *arguments: str) -> None:
    """The mock server starts on the description and answers the central request with its example."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(_program(program)), *(part.format(port=port) for part in arguments)]
    output = SCRATCH / f"{program}.log"
    with output.open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        deadline = time.monotonic() + PATIENCE
        while not _answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise Rejected(output.read_text(encoding="utf-8")[-2000:])
            time.sleep(0.1)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, 15)
        process.wait(10)


def _answers(port: int) -> bool:
    try:
        reply = httpx.put(
            f"http://127.0.0.1:{port}/v2/destination-calendars",
            headers={"Authorization": "Bearer cal_sandbox_solo"},
            json={"integration": "google_calendar", "externalId": "solo@example.com"},
            timeout=20,
        )
    except httpx.HTTPError:
        return False
    return reply.status_code == 200 and reply.json()["data"]["integration"] == "google_calendar"


def _generates(file: Path) -> None:
    """The generated client imports, every module of it, and its calls reach the sandbox."""
    target = SCRATCH / "client"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    (target / "config.yaml").write_text(GENERATOR_CONFIGURATION, encoding="utf-8")
    _run(
        _generator_bin() / "openapi-python-client", "generate", "--path", file.absolute(), "--meta", "none",
        "--output-path", "generated", "--config", "config.yaml", "--fail-on-warning", folder=target,
    )  # fmt: skip
    python = _generator_bin() / "python"
    _run(python, "-m", "compileall", "-q", "generated", folder=target)
    imports = "import pkgutil, importlib, generated\n"
    imports += "for each in pkgutil.walk_packages(generated.__path__, 'generated.'): importlib.import_module(each.name)"
    _run(python, "-c", imports, folder=target)
    with running_sandbox() as running:
        _run(python, "-c", CALLS.format(url=running.url), folder=target)
