"""Tries mutants: each in a world of its own, with the stories that call the operation that it breaks."""

from __future__ import annotations

import logging
import random
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from unittest.mock import patch

import pytest

from contract_tests.consistency.actors import SANDBOX_ACTORS
from contract_tests.consistency.channel import Direct
from contract_tests.consistency.findings import Finding
from contract_tests.consistency.run import NEEDS_LIMITS, STORIES, run
from contract_tests.mutants.kinds import KINDS
from contract_tests.mutants.kinds.kind import Kind
from contract_tests.mutants.proxy import Broken, Exchange, Mutant, Proxy
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.description import Operation
from mock_server.runtime.settings import Settings
from mock_server.server import Sandbox

STORIES_TO_TRY = 3
PATIENCE = 4
QUIETLY = ("-x", "-q", "-p", "no:cacheprovider", "--assert=plain", "-W", "ignore")


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

    def journeys(self, kind: Kind, operation: Operation, seed: int) -> bool:
        """Whether the journeys of the operation's area notice a mutant."""
        folder = Path(__file__).parents[1] / "journeys" / operation.area.replace("-", "_")
        if not folder.is_dir():
            return False

        @contextmanager
        def running() -> Iterator[RunningSandbox]:
            yield self._running

        with patch("mock_server.pytest_plugin.running_sandbox", running), redirect_stdout(StringIO()):
            if pytest.main([*QUIETLY, str(folder)]) != pytest.ExitCode.OK:
                return False  # They complain of the unbroken sandbox too, and so show nothing.
            with self._broken(kind, operation, seed) as mutant:
                failed = pytest.main([*QUIETLY, str(folder)]) == pytest.ExitCode.TESTS_FAILED
        return failed and mutant.fired

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
