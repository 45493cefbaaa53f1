"""Tries mutants: each in a world of its own, with the stories that call the operation that it breaks."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from contract_tests.consistency.actors import SANDBOX_ACTORS
from contract_tests.consistency.findings import Report
from contract_tests.consistency.run import run
from contract_tests.mutants.kinds import KINDS
from contract_tests.mutants.kinds.kind import Kind
from contract_tests.mutants.proxy import Broken, Proxy
from mock_server.running import RunningSandbox, running_sandbox
from mock_server.runtime.description import Operation
from mock_server.runtime.settings import Settings

STORIES_TO_TRY = 3
PATIENCE = 6
LIMIT_STORY = "rate limits"


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

    def healthy(self, seed: int, only: list[str] | None = None) -> Report:
        """What the stories find on the sandbox as it is."""
        with self._running.world() as url:
            return run(url, SANDBOX_ACTORS, self.description, seed=seed, only=only)

    def one(self, kind: Kind, operation: Operation, stories: list[str], seed: int) -> Trial:
        """Runs the stories on one mutant until one notices."""
        fired, requests, checks = False, 0, set[str]()
        for story in stories[:STORIES_TO_TRY]:
            with self._running.world() as url:
                name = url.rpartition("/")[2]
                broken = Broken(self._proxy.sandbox, name, operation, f"{kind.name} {operation.id} {seed}")
                self._proxy.broken, self._proxy.how = broken, kind.how
                try:
                    report = run(url, SANDBOX_ACTORS, self.description, seed=seed, only=[story], patience=PATIENCE)
                finally:
                    self._proxy.broken = self._proxy.how = None
            fired = fired or broken.fired > 0
            requests += sum(sum(calls.values()) for calls in report.calls.values())
            checks |= report.checks() if broken.fired else set()
            if checks:
                break
        return Trial(kind.name, operation.id, fired, tuple(sorted(checks)), requests)


@contextmanager
def bench(*, limited: bool = False) -> Iterator[Bench]:
    """A running sandbox behind a proxy. A `limited` one counts requests."""
    settings = Settings(port=0, strict=False, rate_limit=limited)
    found: list[Proxy] = []

    def wrap(sandbox: object) -> Proxy:
        found.append(Proxy(sandbox))  # type: ignore[arg-type]
        return found[0]

    with running_sandbox(settings, wrap=wrap) as running:
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)
        yield Bench(running, found[0])


def stories_by_operation(report: Report) -> dict[str, list[str]]:
    """For each operation the stories that call it, the one that calls it most first."""
    counts: dict[str, Counter[str]] = {}
    for story, calls in report.calls.items():
        for operation, number in calls.items():
            counts.setdefault(operation, Counter())[story] += number
    return {operation: [story for story, _ in found.most_common()] for operation, found in counts.items()}


def kinds(names: list[str] | None = None) -> list[Kind]:
    """All kinds, or those named."""
    return [KINDS[name] for name in names] if names else list(KINDS.values())
