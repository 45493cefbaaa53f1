"""One run of a profile, from its options to its exit code.

Exit codes: 0 clean, 1 contract broken, 2 could not run, 130 stopped by hand.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import schemathesis

from contract_tests import checks
from contract_tests.fuzzing import hooks
from contract_tests.fuzzing.provision import provision
from contract_tests.fuzzing.target import (
    SANDBOX_CREDENTIALS,
    SANDBOX_IDS,
    SandboxWorld,
    Target,
    credentials_from_environment,
    first_then_every,
    is_sandbox,
)
from contract_tests.profiles import command
from contract_tests.profiles.command import Baseline, Run
from contract_tests.profiles.deployment import Access, Deployment, ended_like_ctrl_c
from contract_tests.profiles.errors import CouldNotRun
from contract_tests.profiles.in_process import WORLD, same_world_for_every_request
from contract_tests.profiles.profile import PROFILES, Profile
from contract_tests.profiles.sweep import Sweep
from contract_tests.reports.page import page
from contract_tests.reports.results import Failure, Results
from contract_tests.reports.summary import Outcome, lines
from mock_server.running import running_sandbox
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

CLEAN, BROKEN, COULD_NOT_RUN, INTERRUPTED = 0, 1, 2, 130

ENOUGH_REACHED = 0.5
"""Share of the operations that have to be reached with valid credentials for the run to mean anything."""


DELETED, JOURNAL = "deleted_things_are_gone", "the_journal_leaks_nothing"


@dataclass
class Choices:
    """The options of a run. `rate` 0 is no limit; `options` are further ones of `st run`."""

    profile: str | None = None
    base_url: str | None = None
    reports: Path = Path("reports")
    all_operations: bool = False
    rate: float | None = None
    baseline: Path | None = None
    baseline_update: bool = False
    options: list[str] = field(default_factory=list)


def fuzz(choices: Choices) -> int:
    """Runs a profile, and tells and writes down what it found."""
    profile = PROFILES[choices.profile or ("pr" if choices.base_url is None else "staging")]
    results, started = Results.of(load_bundle()), time.monotonic()
    url = (choices.base_url or "a sandbox of its own").rstrip("/")
    try:
        with ended_like_ctrl_c():
            code, reason = _judged(_run(profile, choices, results), results, profile)
    except CouldNotRun as error:
        print(f"Could not run: {error}.", file=sys.stderr)
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        code, reason = INTERRUPTED, "Stopped by hand."
    outcome = Outcome(code, reason, profile.name, url, time.monotonic() - started, results, choices.reports)
    outcome.files = ["report.html", *(name for name in command.FILES if (choices.reports / name).exists())]
    choices.reports.mkdir(parents=True, exist_ok=True)
    (choices.reports / "report.html").write_text(page(outcome))
    print("\n".join(lines(outcome)))
    return code


def clean(base_url: str, reports: Path, rate: float | None) -> int:
    """Removes what earlier runs left on a deployment."""
    try:
        deployment = _deployment(base_url.rstrip("/"), reports, rate or PROFILES["staging"].rate, everything=True)
        standing = deployment.ledger.standing()
        if not standing and not deployment.ledger.unanswered():
            print(f"Nothing is left on {base_url} by {deployment.ledger.path}.")
            return CLEAN
        deployment.introduce()
        done = deployment.clean()
    except CouldNotRun as error:
        print(f"Could not run: {error}.", file=sys.stderr)
        return COULD_NOT_RUN
    print(f"Removed {done.removed} of {len(standing)} things.")
    for name, reason in done.left.items():
        print(f"Still there: {name}: {reason}")
    for name in deployment.ledger.unanswered():
        print(f"Perhaps made; its reply was never seen: {name}")
    return COULD_NOT_RUN if done.left else CLEAN


def _run(profile: Profile, choices: Choices, results: Results) -> int:
    if profile.in_process:
        if choices.base_url is not None:
            raise CouldNotRun(f"profile {profile.name} runs in this process; for a server, take another one")
        return _in_process(profile, choices, results)
    with _server(choices.base_url) as url:
        if profile.name == "nightly" and is_sandbox(url):
            return _in_a_world(profile, url, choices, results)
        return _on_deployment(profile, url, choices, results)


def _in_process(profile: Profile, choices: Choices, results: Results) -> int:
    sandbox = Sandbox(Settings(strict=True))
    target = Target(SANDBOX_CREDENTIALS, keep=_keep(profile))
    target.anywhere = dict(SANDBOX_IDS)
    hooks.aim(target)
    schema = schemathesis.openapi.from_dict(sandbox.description.bundle)
    schema.app = sandbox.app
    target.before = same_world_for_every_request(sandbox, schema, target)
    return command.run(
        Run(profile, WORLD, choices.reports, load_bundle(), results, sandbox.app, options=choices.options)
    )


def _in_a_world(profile: Profile, url: str, choices: Choices, results: Results) -> int:
    """On a running sandbox, in a world of its own, so that nothing of the sandbox's state changes."""
    world = SandboxWorld(url)
    try:
        credentials = credentials_from_environment()
        target = Target(credentials if credentials.personal else SANDBOX_CREDENTIALS, protect=world.protect)
        target.anywhere = {} if credentials.personal else dict(SANDBOX_IDS)
        hooks.aim(target)
        provision(schemathesis.openapi.from_dict(load_bundle()), target, world.protect, world.url)
        code = command.run(Run(profile, world.url, choices.reports, load_bundle(), results, options=choices.options))
        leak = checks.find_leak(world.journal(), target.credentials.secrets())
        if leak is not None:
            text = f"The sandbox's journal holds {leak}."
            results.add(Failure("the server", JOURNAL, text, text, f"check {JOURNAL}", "", known=False))
        return code
    finally:
        world.drop()


def _on_deployment(profile: Profile, url: str, choices: Choices, results: Results) -> int:
    rate = profile.rate or PROFILES["staging"].rate if choices.rate is None else choices.rate or None
    deployment = _deployment(url, choices.reports, rate, everything=choices.all_operations)
    old = len(deployment.ledger.standing())
    if old:
        results.notes.append(f"{old} things of an earlier run are still there; `make fuzz-clean` removes them")
    try:
        deployment.introduce()
        return _with_real_data(deployment, profile, url, choices, results)
    finally:
        if deployment.ledger.standing():
            print("  cleaning up ...", file=sys.stderr, flush=True)
            _tell(deployment.clean(), deployment, results)
        deployment.close()


def _with_real_data(deployment: Deployment, profile: Profile, url: str, choices: Choices, results: Results) -> int:
    deployment.target.keep = _keep(profile)
    hooks.aim(deployment.target)
    print("  making the real data that the requests need ...", file=sys.stderr, flush=True)
    deployment.prepare()
    for name, reply in deployment.stock.refused.items():
        results.notes.append(f"{name} could not be made: {reply}")
    left_out = deployment.left_out()
    for name, reason in left_out.items():
        results.tallies[name].left_out = reason
    code = command.run(
        Run(
            profile, url, choices.reports, load_bundle(), results, deployment.gate, left_out,
            _baseline(profile, url, choices), choices.options, lambda: deployment.gate.stopped,
        )
    )  # fmt: skip
    if deployment.gate.stopped is not None:
        raise CouldNotRun(f"{deployment.gate.stopped}, after {deployment.gate.sent} requests")
    return code


def _tell(done: Sweep, deployment: Deployment, results: Results) -> None:
    results.notes.append(f"{done.removed} things were made on the server and removed at the end")
    results.left_behind += [f"{name} ({reason})" for name, reason in done.left.items()]
    results.left_behind += [f"perhaps {name}: no reply was seen" for name in deployment.ledger.unanswered()]
    for operation_id, path in done.haunting:
        version = deployment.catalogue.operations[operation_id].version
        header = f" -H 'cal-api-version: {version}'" if version else ""
        curl = f'curl -isS -H "Authorization: Bearer $CAL_API_KEY"{header} "$BASE_URL"{path}'
        text = "What was deleted can still be read."
        results.add(Failure(operation_id, DELETED, text, f"{text}\nGET {path}", f"check {DELETED}", curl, known=False))
    if done.left:
        print("  some things could not be removed; `make fuzz-clean` tries again", file=sys.stderr)


def _deployment(url: str, reports: Path, rate: float | None, *, everything: bool) -> Deployment:
    credentials, scope = credentials_from_environment(), {}
    if os.environ.get("CAL_CLIENT_ID"):
        scope["clientId"] = os.environ["CAL_CLIENT_ID"]
    if not credentials.personal and not credentials.client and is_sandbox(url):
        credentials, scope = SANDBOX_CREDENTIALS, dict(SANDBOX_IDS)
    return Deployment(url, Access(credentials, scope), load_bundle(), reports, rate=rate, everything=everything)


def _baseline(profile: Profile, url: str, choices: Choices) -> Baseline | None:
    path = choices.baseline
    if path is None and profile.name == "staging":
        path = Path("baselines") / f"{urlsplit(url).hostname}.json"
    if path is None or not (path.exists() or choices.baseline_update):
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    return Baseline(path, choices.baseline_update)


def _keep(profile: Profile) -> Any:
    if profile.cases is None:
        return None
    return first_then_every(profile.cases, profile.then_every or sys.maxsize, profile.seed or 1)


def _judged(code: int, results: Results, profile: Profile) -> tuple[int, str]:
    """The exit code and what it means in one line."""
    tested = [tally for tally in results.tallies.values() if tally.tested]
    reached = sum(tally.reached for tally in tested)
    new = results.new_failures()
    if code == INTERRUPTED:
        return INTERRUPTED, "Stopped by hand; what follows is what had been found by then."
    if not tested:
        return COULD_NOT_RUN, f"Could not run: nothing was sent; {profile.name} exited with {code} (schemathesis.log)."
    if reached < len(tested) * ENOUGH_REACHED:
        return COULD_NOT_RUN, (
            f"Could not run: most operations were never reached with valid credentials ({reached} of {len(tested)})."
        )
    if new:
        operations = len({failure.operation for failure in new})
        return BROKEN, f"The contract is broken: {len(new)} kinds of failures in {operations} operations."
    if results.errors or code not in (CLEAN, BROKEN):
        return COULD_NOT_RUN, f"Could not run: the run itself failed {len(results.errors)} times (schemathesis.log)."
    return CLEAN, f"The contract holds in {reached} operations."


@contextmanager
def _server(base_url: str | None) -> Iterator[str]:
    if base_url is None:
        with running_sandbox(Settings(port=0, strict=True)) as running:
            yield running.url
        return
    url = base_url.rstrip("/")
    try:
        httpx.get(f"{url}/v2/me", timeout=10)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CouldNotRun(f"{url} does not answer ({error})") from None
    yield url
