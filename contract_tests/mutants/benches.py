"""Test benches for mutants: a running sandbox behind a fault-injecting proxy, set up as a profile sees it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator, Sequence
from contextlib import closing, contextmanager, redirect_stderr
from dataclasses import dataclass
from functools import cached_property
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import schemathesis

from contract_tests.catalogue import Catalogue
from contract_tests.consistency.findings import Report
from contract_tests.consistency.run import run
from contract_tests.fuzzing import hooks
from contract_tests.fuzzing.target import SANDBOX_CREDENTIALS, SANDBOX_IDS, Target, first_then_every
from contract_tests.mutants.kinds.kind import Kind, operation_of, part_of
from contract_tests.mutants.proxy import Mutant, Proxy
from contract_tests.profiles import journeys, schemathesis_run
from contract_tests.profiles.deployment import Access, Deployment
from contract_tests.profiles.environments import DeploymentEnvironment, Environment, SandboxEnvironment
from contract_tests.profiles.in_process import WORLD, reset_world_before_each_request
from contract_tests.profiles.profile import PROFILES
from contract_tests.reports.results import Results
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.description import Operation
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

FIRST_FAILURE = ("--exitfirst", "-p", "no:unraisableexception")
"""Options of pytest: ends with the first failure, without the search for objects that raised when they were deleted."""
UNKEPT = 10**9
ALL_JOURNEYS = (str(journeys.FOLDER),)


@dataclass
class Outcome:
    """One part of a profile on a mutant: whether the fault had an effect, the failed checks, the number of requests."""

    fired: bool
    checks: set[str]
    requests: int = 0
    defects: int = 0


class Bench:
    """A sandbox behind a proxy, set up as in profile `pr`: each story and each journey has its own world."""

    profile = "pr"

    def __init__(self, running: RunningSandbox, proxy: Proxy) -> None:
        self._running = running
        self._proxy = proxy
        self.description = running.sandbox.description
        self._bundle = self.description.bundle
        self._catalogue = Catalogue(self._bundle)
        self.place: Environment = SandboxEnvironment(running.url)
        self.left_out: dict[str, str] = {}

    @property
    def proxy(self) -> Proxy:
        """Forwards requests and injects the fault."""
        return self._proxy

    def run_story(
        self, story: str, seed: int, *, patience: int | None = None, only_paths: Collection[str] | None = None
    ) -> Report:
        """Runs a story on the sandbox in its present state."""
        with self._restored_afterwards(), self.place.story(story) as (channel, actors):
            return run(
                channel, actors, self.description, seed=seed, only=[story], patience=patience,
                strict=self.place.strict, unavailable=self.place.unavailable, only_paths=only_paths,
            )  # fmt: skip

    @contextmanager
    def _restored_afterwards(self) -> Generator[None]:
        """Restores the sandbox afterwards."""
        yield

    @contextmanager
    def broken(self, kind: Kind, target: str, seed: int, proxy: Proxy | None = None) -> Generator[Mutant]:
        """Injects a fault into the sandbox."""
        operation, proxy = self.operation(target), proxy or self._proxy
        proxy.mutant = Mutant(operation, kind.how, f"{kind.name} {target} {seed}", part_of(target), kind.also)
        try:
            yield proxy.mutant
        finally:
            proxy.mutant = None

    def operation(self, target: str) -> Operation:
        """The operation that a target belongs to."""
        return self.description.operations[operation_of(target)]

    def story(self, kind: Kind, target: str, story: str, seed: int) -> Outcome:
        """Runs a story against a mutant."""
        with self.broken(kind, target, seed) as mutant:
            report = self.run_story(story, seed, patience=1, only_paths=self._paths(kind, target))
        checks = report.checks() if mutant.fired else set[str]()
        return Outcome(mutant.fired, checks, report.replies.total(), len(report.defects))

    def _paths(self, kind: Kind, target: str) -> frozenset[str] | None:
        """The paths of the operations that a fault sees; None for all."""
        if kind.also is None:
            return None
        seen = {operation_of(target), *kind.also}
        return frozenset(each.path for each in self.description if each.id in seen)

    def journeys(self, kind: Kind, target: str, tests: Sequence[str], seed: int) -> Outcome:
        """Runs journeys, by their node ids, against a mutant until one fails.

        Raises RuntimeError if they cannot be run.
        """
        if not tests:
            return Outcome(False, set())
        with self.broken(kind, target, seed) as mutant:
            found = self.run_journeys(tests, options=FIRST_FAILURE)
        if found.errors:
            raise RuntimeError(found.errors[0])
        return Outcome(mutant.fired, {each.check for each in found.failures} if mutant.fired else set())

    def run_journeys(self, tests: Sequence[str] = ALL_JOURNEYS, **options: Any) -> Results:
        """Runs journeys, by their node ids, on the sandbox in its present state; `options` as in `run_journeys`."""
        results = Results.of(self._bundle)
        with TemporaryDirectory() as reports, self._restored_afterwards():
            log = Path(reports) / "journeys.log"
            journeys.run_journeys(self.place, self._catalogue, results, [], log, tests=tests, **options)
        return results

    def fuzz(self, kind: Kind, target: str, seed: int) -> Outcome:
        """Sends the profile's generated requests to a mutant."""
        proxy, aimed = self._fuzzed
        profile = PROFILES[self.profile]
        aimed.keep = first_then_every(profile.cases or 0, profile.then_every, seed)
        return self._send_generated(kind, target, seed, WORLD, proxy, aimed, proxy)

    def _send_generated(
        self, kind: Kind, target: str, seed: int, url: str, proxy: Proxy, aimed: Target, app: Any
    ) -> Outcome:  # fmt: skip
        results = Results.of(self._bundle)
        hooks.aim(aimed)
        broken, folder = self.broken(kind, target, seed, proxy), TemporaryDirectory()
        with broken as mutant, folder as reports, redirect_stderr(StringIO()), self._restored_afterwards():
            schemathesis_run.run(
                schemathesis_run.Run(
                    PROFILES[self.profile], url, Path(reports), self._bundle, results, None, seed, app,
                    options=["--include-operation-id", operation_of(target), "--max-failures", "1"],
                )
            )  # fmt: skip
        return Outcome(mutant.fired, {failure.check for failure in results.failures} if mutant.fired else set())

    @cached_property
    def _fuzzed(self) -> tuple[Proxy, Target]:
        """An in-process sandbox behind a proxy, with the data that the requests need."""
        proxy = Proxy(Sandbox(Settings(strict=False)))
        target = Target(SANDBOX_CREDENTIALS)
        target.anywhere = dict(SANDBOX_IDS)
        hooks.aim(target)
        schema = schemathesis.openapi.from_dict(self._bundle)
        schema.app = proxy
        target.before = reset_world_before_each_request(proxy.sandbox, schema, target)
        return proxy, target


class DeploymentBench(Bench):
    """A bench as in profile `staging`: a deployment behind the gate, with the credentials of an OAuth client."""

    profile = "staging"

    def __init__(self, running: RunningSandbox, proxy: Proxy, reports: Path) -> None:
        super().__init__(running, proxy)
        access = Access(SANDBOX_CREDENTIALS, dict(SANDBOX_IDS))
        self._deployment = Deployment(running.url, access, self._bundle, reports, rate=None, everything=False)
        # The sandbox also serves as the webhook receiver.
        self._deployment.rules.inbox = f"{running.url}/_sandbox/webhooks/inbox"
        self._deployment.introduce()
        self._deployment.prepare()
        self.place = DeploymentEnvironment(self._deployment, self._deployment.excluded_operations())
        self.left_out = self._deployment.left_out()
        self._world = running.sandbox.worlds.default
        self._root = self._world.root

    def close(self) -> None:
        """Closes the connections."""
        self._deployment.close()

    @contextmanager
    def _restored_afterwards(self) -> Generator[None]:
        gate = self._deployment.gate
        try:
            yield
        finally:
            self._world.restore(self._running.sandbox.worlds.new_state(self._root))
            gate.stopped = None

    def fuzz(self, kind: Kind, target: str, seed: int) -> Outcome:
        """See Bench."""
        deployment, profile = self._deployment, PROFILES[self.profile]
        if operation_of(target) in self.left_out:
            return Outcome(False, set())
        deployment.target.keep = first_then_every(profile.cases or 0, profile.then_every or UNKEPT, seed)
        return self._send_generated(
            kind, target, seed, self._running.url, self._proxy, deployment.target, deployment.gate
        )


@contextmanager
def bench(profile: str = "pr", *, limited: bool = False) -> Generator[Bench]:
    """A running sandbox behind a proxy; a `limited` one enforces rate limits."""
    settings = Settings(port=0, strict=False, rate_limit=limited)
    found: list[Proxy] = []

    def wrap(sandbox: Sandbox) -> Proxy:
        found.append(Proxy(sandbox))
        return found[0]

    with running_sandbox(settings, wrap=wrap) as running, TemporaryDirectory() as reports:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        if profile == "pr":
            yield Bench(running, found[0])
        else:
            with closing(DeploymentBench(running, found[0], Path(reports))) as made:
                yield made
