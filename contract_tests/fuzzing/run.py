"""The long fuzz, over HTTP: schemathesis' own command line, aimed at a sandbox or another deployment.

Exit codes: 0 clean, 1 a check failed, 2 it could not run.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import click
import httpx
import schemathesis
from schemathesis.cli import schemathesis as command_line

import contract_tests.checks
from contract_tests.fuzzing import hooks, replay
from contract_tests.fuzzing.provision import provision
from contract_tests.fuzzing.target import (
    CUTTING,
    SANDBOX_CREDENTIALS,
    SANDBOX_IDS,
    Credentials,
    SandboxWorld,
    Target,
    credentials_from_environment,
    is_sandbox,
)
from mock_server.running import running_sandbox
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.settings import Settings

CONFIGURATION = Path(__file__).parent.parent / "schemathesis.toml"
CLEAN, BROKEN, COULD_NOT_RUN = 0, 1, 2

ENOUGH_REACHED = 0.5
"""Share of the operations that have to be reached with valid credentials for the run to mean anything."""


class CouldNotRun(Exception):
    """Nothing was shown about the server; the text says why."""


def fuzz(base_url: str | None, reports: Path, options: list[str]) -> int:
    """Fuzzes the server at `base_url`, or a sandbox started for it. `options` are further ones of `st run`."""
    try:
        with _server(base_url) as url:
            return _fuzz_sandbox(url, reports, options) if is_sandbox(url) else _fuzz_deployment(url, reports, options)
    except CouldNotRun as error:
        print(f"Could not run: {error}", file=sys.stderr)
        return COULD_NOT_RUN


@contextmanager
def _server(base_url: str | None) -> Iterator[str]:
    if base_url is None:
        with running_sandbox(Settings(port=0, strict=True)) as running:
            yield running.url
        return
    url = base_url.rstrip("/")
    try:
        httpx.get(f"{url}/v2/me", timeout=10)
    except httpx.HTTPError as error:
        raise CouldNotRun(f"{url} does not answer ({error}).") from None
    yield url


def _fuzz_sandbox(url: str, reports: Path, options: list[str]) -> int:
    """In a world of its own, so that nothing of the sandbox's state changes."""
    world = SandboxWorld(url)
    try:
        credentials = credentials_from_environment()
        if not credentials.personal:
            credentials = SANDBOX_CREDENTIALS
        target = Target(credentials, protect=world.protect)
        if credentials is SANDBOX_CREDENTIALS:
            target.anywhere = dict(SANDBOX_IDS)
        hooks.aim(target)
        schema = schemathesis.openapi.from_dict(load_bundle())
        provision(schema, target, world.protect, world.url)
        code = _run(world.url, reports, options)
        leak = contract_tests.checks.find_leak(world.journal(), credentials.secrets())
        if leak is not None:
            print(f"The sandbox's journal holds {leak}.", file=sys.stderr)
            return BROKEN
        return code
    finally:
        world.drop()


def _fuzz_deployment(url: str, reports: Path, options: list[str]) -> int:
    """Without the operations that revoke the credentials in use: there is no undoing them."""
    credentials = credentials_from_environment()
    _check_credentials(url, credentials)
    hooks.aim(Target(credentials))
    left_out = [option for each in sorted(CUTTING) for option in ("--exclude-operation-id", each)]
    print(f"Left out, because they could revoke the credentials in use: {', '.join(sorted(CUTTING))}.")
    return _run(url, reports, [*left_out, *options])


def _check_credentials(url: str, credentials: Credentials) -> None:
    if not credentials.personal:
        raise CouldNotRun("there are no credentials. Set CAL_API_KEY (and CAL_CLIENT_ID, CAL_CLIENT_SECRET).")
    status = httpx.get(f"{url}/v2/me", headers=credentials.personal, timeout=30).status_code
    if status in (401, 403, 429):
        raise CouldNotRun(f"GET /v2/me answers {status} to CAL_API_KEY.")


def _run(url: str, reports: Path, options: list[str]) -> int:
    """`st run` on our description."""
    reports.mkdir(parents=True, exist_ok=True)
    description = reports / "openapi.json"
    description.write_text(json.dumps(load_bundle()))
    summary = replay.begin(reports / "replay.sh", url, hooks.target().credentials)
    arguments: list[str] = [
        "--config-file", str(CONFIGURATION), "run", str(description), "--url", url,
        "--report", "junit,har,html", "--report-dir", str(reports),
        "--report-junit-path", str(reports / "junit.xml"), "--report-har-path", str(reports / "requests.har"),
        *options,
    ]  # fmt: skip
    code = _command(arguments)
    print(f"\nReports in {reports}{os.sep}: junit.xml, requests.har, html, replay.sh")
    return _judge(code, summary)


def _command(arguments: list[str]) -> int:
    """The exit code of schemathesis' command line."""
    with suppress(click.exceptions.Abort):
        try:
            result: Any = command_line.main(args=arguments, standalone_mode=False)
        except SystemExit as exit_:
            result = exit_.code
        except click.exceptions.Exit as exit_:
            result = exit_.exit_code
        except click.ClickException as error:
            error.show()
            result = COULD_NOT_RUN
        return int(result or 0)
    return 130


def _judge(code: int, summary: replay.Summary) -> int:
    """A run that hardly reached anything has shown nothing."""
    reached, tested = len(summary.reached), len(summary.tested)
    print(f"{reached} of {tested} operations were reached with valid credentials.")
    missed = sorted(summary.tested - summary.reached)
    if missed:
        print("Not reached: " + ", ".join(missed))
    if code in (CLEAN, BROKEN) and reached < tested * ENOUGH_REACHED:
        print("Could not run: most operations were never reached.", file=sys.stderr)
        return COULD_NOT_RUN
    return code
