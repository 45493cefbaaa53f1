"""Tries mutants with the parts of profile `pr`: stories first, then generated requests, at last journeys."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, replace
from functools import cached_property
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

import schemathesis

from contract_tests.consistency.actors import SANDBOX_ACTORS
from contract_tests.consistency.channel import Direct
from contract_tests.consistency.findings import Finding
from contract_tests.consistency.run import NEEDS_LIMITS, STORIES, run
from contract_tests.fuzzing import hooks
from contract_tests.fuzzing.target import SANDBOX_CREDENTIALS, SANDBOX_IDS, Target, first_then_every
from contract_tests.mutants.kinds import KINDS
from contract_tests.mutants.kinds.kind import Kind
from contract_tests.mutants.proxy import Broken, Exchange, Mutant, Proxy
from contract_tests.profiles import command, journeys
from contract_tests.profiles.catalogue import Catalogue
from contract_tests.profiles.in_process import WORLD, same_world_for_every_request
from contract_tests.profiles.places import SandboxPlace
from contract_tests.profiles.profile import PROFILES
from contract_tests.reports.exchanges import HarFile
from contract_tests.reports.results import Results
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.description import Operation
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

STORIES_TO_TRY = 3
PATIENCE = 4
PR = PROFILES["pr"]


Plan = list[tuple[str, list[str]]]
"""Operations, each with the names of stories."""


@dataclass(frozen=True)
class Trial:
    """One mutant: whether it ever did anything, which checks noticed, and how many requests that took."""

    kind: str
    operation: str
    fired: bool
    checks: tuple[str, ...]
    requests: int

    @property
    def killed(self) -> bool:
        """Whether anything noticed."""
        return bool(self.checks)


class Bench:
    """A sandbox behind a proxy that can be broken."""

    def __init__(self, running: RunningSandbox, proxy: Proxy) -> None:
        self._running = running
        self._proxy = proxy
        self.description = running.sandbox.description
        self._bundle = self.description.bundle

    def healthy(self, seed: int) -> tuple[list[Finding], list[Exchange]]:
        """What the stories find on the sandbox as it is, and all that was said."""
        findings: list[Finding] = []
        self._proxy.seen = []
        with self._running.world() as url:
            for story in STORIES:
                self._proxy.story = story
                findings += run(Direct(url), SANDBOX_ACTORS, self.description, seed=seed, only=[story]).findings
        seen, self._proxy.seen = self._proxy.seen, None
        return findings, seen

    def plan(self, kind: Kind, seen: list[Exchange], seed: int) -> Plan:
        """The operations that a kind may break, in the order of trying, with the stories that may notice."""
        plan: Plan = []
        for operation in self.description:
            if not kind.applies(operation):
                continue
            broken = Broken(self._proxy.sandbox, "default", operation, f"{kind.name} {operation.id} {seed}")
            counts = Counter(
                each.story
                for each in seen
                if each.operation == operation.id and kind.wants(each.request, each.reply, broken)
            )
            stories = [story for story, _ in counts.most_common() if (story in NEEDS_LIMITS) == kind.limited]
            if stories:
                plan.append((operation.id, stories))
        random.Random(f"{kind.name} {seed}").shuffle(plan)
        return plan

    @contextmanager
    def _broken(self, kind: Kind, operation: Operation, seed: int) -> Iterator[Mutant]:
        self._proxy.mutant = Mutant(operation, kind.how, f"{kind.name} {operation.id} {seed}")
        try:
            yield self._proxy.mutant
        finally:
            self._proxy.mutant = None

    def journeys(self, kind: Kind, operation: Operation, seed: int) -> set[str]:
        """The checks that fail when the journeys of the operation's area are followed on a mutant."""
        folder = journeys.FOLDER / operation.area.replace("-", "_")
        if not folder.is_dir() or self._follow(folder):
            return set()  # Where they complain of the unbroken sandbox too, they show nothing.
        with self._broken(kind, operation, seed) as mutant:
            found = self._follow(folder)
        return found if mutant.fired else set()

    def _follow(self, folder: Path) -> set[str]:
        results, place = Results.of(self._bundle), SandboxPlace(self._running.url)
        with TemporaryDirectory() as reports:
            log = Path(reports) / "journeys.log"
            journeys.follow(place, Catalogue(self._bundle), results, [], log, folder=folder)
        return {failure.check for failure in results.failures}

    def fuzz(self, kind: Kind, operation: Operation, seed: int) -> set[str]:
        """The checks that fail when profile `pr` sends a mutant its generated requests."""
        proxy, target = self._fuzzed
        results = Results.of(self._bundle)
        target.keep = first_then_every(PR.cases or 0, PR.then_every, seed)
        hooks.aim(target)
        mutant = Mutant(operation, kind.how, f"{kind.name} {operation.id} {seed}")
        proxy.mutant = mutant
        try:
            with TemporaryDirectory() as reports, redirect_stderr(StringIO()):
                command.run(
                    command.Run(
                        PR, WORLD, Path(reports), self._bundle, results,
                        HarFile(Path(reports) / "requests.har", results.known), seed, proxy,
                        options=["--include-operation-id", operation.id],
                    )
                )  # fmt: skip
        finally:
            proxy.mutant = None
        return {failure.check for failure in results.failures} if mutant.fired else set()

    @cached_property
    def _fuzzed(self) -> tuple[Proxy, Target]:
        """A sandbox in this process behind a proxy, with what the requests need."""
        proxy = Proxy(Sandbox(Settings(strict=False)))
        target = Target(SANDBOX_CREDENTIALS)
        target.anywhere = dict(SANDBOX_IDS)
        hooks.aim(target)
        schema = schemathesis.openapi.from_dict(self._bundle)
        schema.app = proxy
        target.before = same_world_for_every_request(proxy.sandbox, schema, target)
        return proxy, target

    def operation(self, name: str) -> Operation:
        """The operation of this name."""
        return self.description.operations[name]

    def one(self, kind: Kind, operation: Operation, stories: list[str], seed: int) -> Trial:
        """Runs the stories on one mutant until one notices."""
        fired, requests, checks = False, 0, set[str]()
        for story in stories[:STORIES_TO_TRY]:
            with self._running.world() as url, self._broken(kind, operation, seed) as mutant:
                report = run(Direct(url), SANDBOX_ACTORS, self.description, seed=seed, only=[story], patience=PATIENCE)
            fired = fired or mutant.fired
            requests += report.replies.total()
            checks |= report.checks() if mutant.fired else set()
            if checks:
                break
        return Trial(kind.name, operation.id, fired, tuple(sorted(checks)), requests)

    def again(self, trial: Trial, kind: Kind, seed: int) -> Trial:
        """Tries the rest of the profile on a mutant that the stories did not notice."""
        operation = self.operation(trial.operation)
        checks = self.fuzz(kind, operation, seed) or self.journeys(kind, operation, seed)
        return replace(trial, checks=tuple(sorted(checks)))


@contextmanager
def bench(*, limited: bool = False) -> Iterator[Bench]:
    """A running sandbox behind a proxy. A `limited` one counts requests."""
    settings = Settings(port=0, strict=False, rate_limit=limited)
    found: list[Proxy] = []

    def wrap(sandbox: Sandbox) -> Proxy:
        found.append(Proxy(sandbox))
        return found[0]

    with running_sandbox(settings, wrap=wrap) as running:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        yield Bench(running, found[0])


def kinds(names: list[str] | None = None) -> list[Kind]:
    """All kinds, or those named."""
    return [KINDS[name] for name in names] if names else list(KINDS.values())
