"""A run of a profile, from its options to its exit code: see verdict."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import schemathesis

from contract_tests import checks
from contract_tests.addresses import InvalidAddress, server_address
from contract_tests.catalogue import Catalogue, version_of
from contract_tests.editions import OtherEdition, require_edition
from contract_tests.environment import CLIENT_ID, STEP_SUMMARY
from contract_tests.fuzzing import hooks
from contract_tests.fuzzing.provision import provision
from contract_tests.fuzzing.target import (
    SANDBOX_CREDENTIALS,
    SANDBOX_IDS,
    Credentials,
    SandboxWorld,
    Target,
    credentials_from_environment,
    first_then_every,
    is_sandbox,
)
from contract_tests.http import Exchange
from contract_tests.known_secrets import KnownSecrets, private_files
from contract_tests.profiles import journeys, schemathesis_run, stories
from contract_tests.profiles.baseline import Baseline
from contract_tests.profiles.cleanup import Cleanup
from contract_tests.profiles.deployment import Access, Deployment, ended_like_ctrl_c
from contract_tests.profiles.environments import DeploymentEnvironment, Environment, SandboxEnvironment
from contract_tests.profiles.errors import CouldNotRun
from contract_tests.profiles.in_process import WORLD, reset_world_before_each_request
from contract_tests.profiles.profile import FUZZ, JOURNEYS, PROFILES, STORIES, Profile
from contract_tests.profiles.unreached import note_unreached
from contract_tests.profiles.verdict import CLEAN, COULD_NOT_RUN, INTERRUPTED, verdict_of
from contract_tests.reports import markdown
from contract_tests.reports.causes import causes
from contract_tests.reports.har import HarFile
from contract_tests.reports.junit import write_junit
from contract_tests.reports.page import page
from contract_tests.reports.replay_script import write_script
from contract_tests.reports.results import Failure, Results
from contract_tests.reports.summary import Outcome, lines
from mock_server.running import running_sandbox
from mock_server.runtime.bundle import load_bundle
from mock_server.runtime.description import Description
from mock_server.runtime.masking import MaskedFormatter
from mock_server.runtime.progress import Progress
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

START, SET_UP = "starting", "creating the data that the requests need"
DELETED, JOURNAL = "deleted_things_are_gone", "the_journal_leaks_nothing"

PAGE, MARKDOWN, JUNIT = "report.html", "summary.md", "junit.xml"
HAR, REPLAY, JOURNEYS_LOG, SANDBOX_LOG = "requests.har", "replay.sh", "journeys.log", "sandbox.log"
SANDBOX_LOGGERS = ("mock_server", "uvicorn.error")
FILES = (PAGE, MARKDOWN, JUNIT, HAR, REPLAY, schemathesis_run.LOG, JOURNEYS_LOG, SANDBOX_LOG)

SANDBOX_VARIABLES = {
    "cal_sandbox_solo": "CAL_API_KEY",
    "cal_sandbox_owner": "OWNER_API_KEY",
    "cal_sandbox_admin": "ADMIN_API_KEY",
    "cal_sandbox_member": "MEMBER_API_KEY",
    "cal_sandbox_expired": "EXPIRED_API_KEY",
    "sandbox-client-secret": "CAL_CLIENT_SECRET",
}
"""The environment variables that stand for the default world's credentials, which are public."""


@dataclass
class Choices:
    """The options of a run. `rate` 0 is no limit; `options` are passed on to `st run`.

    With `all_exchanges` the HAR file has all exchanges, not only those of failures. `command` is the command line, for
    the reports. `parts` and `stories` select some; empty, they select all.
    """

    profile: str | None = None
    base_url: str | None = None
    reports: Path = Path("reports")
    all_operations: bool = False
    rate: float | None = None
    baseline: Path | None = None
    baseline_update: bool = False
    seed: int | None = None
    parts: tuple[str, ...] = ()
    stories: tuple[str, ...] = ()
    all_exchanges: bool = False
    command: str = ""
    options: list[str] = field(default_factory=list[str])


def fuzz(choices: Choices) -> int:
    """Runs a profile, prints the summary and writes the reports. Returns the exit code."""
    with private_files(choices.reports):
        return _fuzz(choices)


def _fuzz(choices: Choices) -> int:
    profile = PROFILES[choices.profile or ("pr" if choices.base_url is None else "staging")]
    run, started = Run(profile, choices), time.monotonic()
    try:
        return _finished(run, profile, choices, started)
    finally:
        run.progress.close()
        run.har.close()


def _finished(run: Run, profile: Profile, choices: Choices, started: float) -> int:
    url = (choices.base_url or "a sandbox of its own").rstrip("/")
    began = datetime.now(UTC)
    try:
        with ended_like_ctrl_c(), sandbox_log(choices.reports / SANDBOX_LOG):
            code, reason = verdict_of(run.run(), run.results, profile)
    except CouldNotRun as error:
        print(f"Could not run: {run.results.known.masker.text(str(error))}.", file=sys.stderr)
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        code, reason = INTERRUPTED, "Interrupted."
    run.progress.begin("writing the reports")
    outcome = Outcome(
        code, reason, profile.name, url, time.monotonic() - started, run.results, choices.reports,
        began=began, edition=run.bundle["info"]["version"], command=run.results.known.masker.text(choices.command),
    )  # fmt: skip
    run.write_down(outcome)
    run.progress.close()
    print("\n".join(lines(outcome)))
    return code


@contextmanager
def sandbox_log(path: Path) -> Generator[None]:
    """Redirects the log of sandboxes in this process to a file; the summary lists their defects by cause."""
    log, loggers = logging.FileHandler(path, delay=True), [logging.getLogger(name) for name in SANDBOX_LOGGERS]
    log.setFormatter(MaskedFormatter("%(levelname)s %(message)s"))
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.propagate = False
        logger.addHandler(log)
    try:
        yield
    finally:
        for logger, propagates in zip(loggers, before, strict=True):
            logger.removeHandler(log)
            logger.propagate = propagates
        log.close()


def clean(base_url: str, reports: Path, rate: float | None) -> int:
    """Removes what earlier runs left on a deployment. Returns the exit code."""
    try:
        rate = _chosen_rate(rate, PROFILES["staging"])
        with closing(_open_deployment(_address(base_url), reports, rate, everything=True)) as deployment:
            return _clean(deployment)
    except CouldNotRun as error:
        print(f"Could not run: {error}.", file=sys.stderr)
        return COULD_NOT_RUN


def _clean(deployment: Deployment) -> int:
    standing = deployment.ledger.standing()
    if not standing and not deployment.ledger.unanswered():
        print(f"Nothing is left on {deployment.gate.base_url} according to {deployment.ledger.path}.")
        return CLEAN
    deployment.introduce()
    done = deployment.clean(Progress())
    print(f"Removed {done.removed} of {len(standing)} things.")
    for name, reason in done.left.items():
        print(f"Still there: {name}: {reason}")
    for name in deployment.ledger.unanswered():
        print(f"Possibly created; no reply was received: {name}")
    return COULD_NOT_RUN if done.left else CLEAN


def _chosen_rate(wanted: float | None, profile: Profile) -> float | None:
    """The requests per minute to a deployment; None for no limit, which is asked for by 0."""
    return profile.rate or PROFILES["staging"].rate if wanted is None else wanted or None


class Run:
    """A profile's run on one server, and its results."""

    def __init__(self, profile: Profile, choices: Choices) -> None:
        self.profile = profile
        self.choices = choices
        self.parts = choices.parts or profile.parts
        self.bundle = load_bundle()
        self.results = Results.of(self.bundle)
        chosen = profile.seed if choices.seed is None else choices.seed
        self.seed = time.time_ns() % 2**32 if chosen is None else chosen
        self.results.seed = self.seed
        self._exchanges: list[Exchange] = []
        self._defaults: dict[str, str] = {}
        for name in FILES:
            (choices.reports / name).unlink(missing_ok=True)
        self.har = HarFile(choices.reports / HAR, self.results.known, self._shown_url())
        self.progress = Progress()

    def run(self) -> int:
        """Runs all parts. Gives the exit code of `st run`. Raises CouldNotRun, KeyboardInterrupt."""
        self.progress.begin(START)
        stories.check_names(self.choices.stories)
        if self.profile.in_process:
            if self.choices.base_url is not None:
                raise CouldNotRun(
                    f"profile {self.profile.name} runs in this process; choose another profile for a server"
                )
            return self._in_process()
        with _server(self.choices.base_url) as url:
            if self.profile.name == "nightly" and is_sandbox(url):
                return self._in_worlds(url)
            return self._on_deployment(url)

    def write_down(self, outcome: Outcome) -> None:
        """Writes all reports."""
        reports, results = self.choices.reports, self.results
        found = [*causes(results.new_failures(), results), *causes(results.known_failures(), results)]
        write_script(reports / REPLAY, found, self._shown_url(), results.known, self._defaults)
        write_junit(reports / JUNIT, results)
        shown = self._exchanges if self.choices.all_exchanges else [
            each for cause in found if cause.shown.replay is not None for each in cause.shown.replay.requests
        ]  # fmt: skip
        for each in {id(each): each for each in shown}.values():
            self.har.add(each)
        self.har.close()
        text = markdown.summary(outcome)
        (reports / MARKDOWN).write_text(text, encoding="utf-8")
        if os.environ.get(STEP_SUMMARY):
            with Path(os.environ[STEP_SUMMARY]).open("a", encoding="utf-8") as file:
                file.write(text)
        outcome.files = [PAGE, *(name for name in FILES if (reports / name).exists() and name != PAGE)]
        (reports / PAGE).write_text(page(outcome), encoding="utf-8")

    def _on_sandbox(self) -> None:
        """Sets the environment variables that stand for the default world's credentials."""
        self.results.known.name(SANDBOX_VARIABLES)
        self._defaults = {variable: secret for secret, variable in SANDBOX_VARIABLES.items()}

    def _in_process(self) -> int:
        self._on_sandbox()
        code = CLEAN
        if FUZZ in self.parts:
            sandbox = Sandbox(Settings(strict=True))
            target = Target(SANDBOX_CREDENTIALS, keep=self._keep())
            target.anywhere = dict(SANDBOX_IDS)
            hooks.aim(target)
            schema = schemathesis.openapi.from_dict(sandbox.description.bundle)
            schema.app = sandbox.app
            target.before = reset_world_before_each_request(sandbox, schema, target)
            self.results.made = target.made
            code = self._fuzz(WORLD, app=sandbox.app)
        if code != INTERRUPTED and (STORIES in self.parts or JOURNEYS in self.parts):
            with running_sandbox() as running, _rate_limited_sandbox() as limited:
                self._run_stories_and_journeys(SandboxEnvironment(running.url, limited), SANDBOX_CREDENTIALS)
        return code

    def _in_worlds(self, url: str) -> int:
        """Runs on a sandbox, in separate worlds, so that the sandbox's state does not change."""
        credentials = credentials_from_environment()
        if not credentials.personal:
            credentials = SANDBOX_CREDENTIALS
            self._on_sandbox()
        code = self._fuzz_a_world(url, credentials) if FUZZ in self.parts else CLEAN
        if code != INTERRUPTED:
            if self.choices.base_url is None:
                with _rate_limited_sandbox() as limited:
                    self._run_stories_and_journeys(SandboxEnvironment(url, limited), credentials)
            else:
                self._run_stories_and_journeys(SandboxEnvironment(url), credentials)
        return code

    def _fuzz_a_world(self, url: str, credentials: Credentials) -> int:
        world = SandboxWorld(url)
        try:
            target = Target(credentials, protect=world.protect)
            target.anywhere = dict(SANDBOX_IDS) if credentials is SANDBOX_CREDENTIALS else {}
            hooks.aim(target)
            with self.progress.part(SET_UP, len(self.results.tallies), "operations") as step:
                provision(
                    schemathesis.openapi.from_dict(self.bundle), target, world.protect, world.url, lambda _: step()
                )
            self.results.made = target.made
            code = self._fuzz(world.url)
            leak = checks.find_leak(world.journal(), target.credentials.secrets())
            if leak is not None:
                text = f"The sandbox's journal holds {leak}."
                self.results.add(Failure("the server", JOURNAL, text, text, f"check {JOURNAL}", "", known=False))
            return code
        finally:
            world.drop()

    def _on_deployment(self, url: str) -> int:
        deployment = _open_deployment(
            url, self.choices.reports, _chosen_rate(self.choices.rate, self.profile),
            everything=self.choices.all_operations, known=self.results.known,
        )  # fmt: skip
        old = len(deployment.ledger.standing())
        if old:
            self.results.notes.append(
                f"{old} things from an earlier run are still there; `cal-mock clean` removes them"
            )
        with closing(deployment):
            try:
                deployment.introduce()
                return self._with_real_data(deployment, url)
            finally:
                if deployment.ledger.standing():
                    _report_cleanup(deployment.clean(self.progress), deployment, self.results)

    def _with_real_data(self, deployment: Deployment, url: str) -> int:
        deployment.target.keep = self._keep()
        hooks.aim(deployment.target)
        self.results.made = deployment.target.made
        with self.progress.part(SET_UP, details=lambda: f"{deployment.gate.sent:,} requests"):
            deployment.prepare()
        for name, reply in deployment.fixtures.refused.items():
            self.results.notes.append(f"{name} could not be created: {reply}")
        left_out = deployment.left_out()
        for name, reason in left_out.items():
            self.results.tallies[name].left_out = reason
        baseline = _baseline(self.profile, url, self.choices)
        if baseline is not None:
            self.results.is_known = baseline.knows
        code = CLEAN
        if FUZZ in self.parts:
            code = self._fuzz(
                url, app=deployment.gate, left_out=left_out, baseline=baseline,
                stopped=lambda: deployment.gate.stopped,
            )  # fmt: skip
        runs_clients = STORIES in self.parts or JOURNEYS in self.parts
        if runs_clients and code != INTERRUPTED and deployment.gate.stopped is None:
            excluded_operations = deployment.excluded_operations()
            self._run_stories_and_journeys(
                DeploymentEnvironment(deployment, excluded_operations), deployment.target.credentials
            )
            for tally in self.results.tallies.values():
                tally.left_out = None if tally.reached else tally.left_out
        note_unreached(self.results)
        if deployment.gate.stopped is not None:
            raise CouldNotRun(f"{deployment.gate.stopped}, after {deployment.gate.sent} requests")
        if baseline is not None and baseline.update:
            baseline.add(self.results.client_failures)
        return code

    def _fuzz(self, url: str, **more: Any) -> int:
        return schemathesis_run.run(
            schemathesis_run.Run(
                self.profile,
                url,
                self.choices.reports,
                self.bundle,
                self.results,
                self.har if self.choices.all_exchanges else None,
                self.seed,
                progress=self.progress,
                options=self.choices.options,
                **more,
            )
        )

    def _run_stories_and_journeys(self, environment: Environment, credentials: Credentials) -> None:
        """Runs stories and journeys, as far as they were chosen."""
        self.results.known.add(credentials.secrets() | SANDBOX_CREDENTIALS.secrets())
        if isinstance(environment, SandboxEnvironment):
            self.results.made = []  # Every story and journey has a fresh world.
        if STORIES in self.parts:
            description, only = Description(self.bundle), self.choices.stories or None
            stories.run_stories(
                environment,
                description,
                self.results,
                self._exchanges,
                seed=self.seed,
                only=only,
                progress=self.progress,
            )
        if JOURNEYS in self.parts:
            log = self.choices.reports / JOURNEYS_LOG
            journeys.run_journeys(
                environment, Catalogue(self.bundle), self.results, self._exchanges, log, progress=self.progress
            )

    def _shown_url(self) -> str:
        """The default server of commands that replay failures."""
        return (self.choices.base_url or "http://127.0.0.1:8080").rstrip("/")

    def _keep(self) -> Any:
        if self.profile.cases is None:
            return None
        return first_then_every(self.profile.cases, self.profile.then_every or sys.maxsize, self.seed)


def _report_cleanup(done: Cleanup, deployment: Deployment, results: Results) -> None:
    results.notes.append(f"{done.removed} things were created on the server and removed at the end")
    results.left_behind += [f"{name} ({reason})" for name, reason in done.left.items()]
    results.left_behind += [f"possibly {name}: no reply was received" for name in deployment.ledger.unanswered()]
    for operation_id, path in done.still_readable:
        version = version_of(deployment.catalogue.operations[operation_id])
        header = f" -H 'cal-api-version: {version}'" if version else ""
        curl = f'curl -isS -H "Authorization: Bearer $CAL_API_KEY"{header} "$BASE_URL"{path}'
        text = "A deleted thing can still be read."
        results.add(Failure(operation_id, DELETED, text, f"{text}\nGET {path}", f"check {DELETED}", curl, known=False))
    if done.left:
        print("  some things could not be removed; `cal-mock clean` tries again", file=sys.stderr)


def _open_deployment(
    url: str, reports: Path, rate: float | None, *, everything: bool, known: KnownSecrets | None = None
) -> Deployment:
    credentials, scope = credentials_from_environment(), {}
    if os.environ.get(CLIENT_ID):
        scope["clientId"] = os.environ[CLIENT_ID]
    if not credentials.personal and not credentials.client and is_sandbox(url):
        credentials, scope = SANDBOX_CREDENTIALS, dict(SANDBOX_IDS)
    return Deployment(
        url, Access(credentials, scope), load_bundle(), reports, rate=rate, everything=everything, known=known
    )


def _baseline(profile: Profile, url: str, choices: Choices) -> Baseline | None:
    path = choices.baseline
    if path is None and profile.name == "staging":
        path = Path("baselines") / f"{urlsplit(url).hostname}.json"
    if path is None or not (path.exists() or choices.baseline_update):
        return None
    path.parent.mkdir(parents=True, exist_ok=True)
    return Baseline(path, update=choices.baseline_update)


@contextmanager
def _server(base_url: str | None) -> Generator[str]:
    if base_url is None:
        with running_sandbox(Settings(port=0, strict=True)) as running:
            yield running.url
        return
    url = _address(base_url)
    try:
        httpx.get(f"{url}/v2/me", timeout=10)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CouldNotRun(f"{url} does not answer ({error})") from None
    yield url


def _address(base_url: str) -> str:
    """The given address. Raises CouldNotRun if it is not one, or that of a sandbox of another edition."""
    try:
        url = server_address("--base-url", base_url)
        require_edition(url)
    except (InvalidAddress, OtherEdition) as error:
        raise CouldNotRun(str(error)) from None
    return url


@contextmanager
def _rate_limited_sandbox() -> Generator[str]:
    """A sandbox with rate limits."""
    with running_sandbox(Settings(port=0, strict=True, rate_limit=True)) as running:
        yield running.url
