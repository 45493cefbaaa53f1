"""Chooses mutants and tries them: with stories first, then with generated requests, then with journeys."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from contract_tests.consistency.run import NEEDS_LIMITS, STORIES
from contract_tests.mutants.benches import Bench, Outcome
from contract_tests.mutants.kinds.kind import Kind, operation_of, part_of
from contract_tests.mutants.proxy import Exchange
from contract_tests.profiles.journeys import FOLDER
from mock_server.runtime.description import Description
from mock_server.runtime.json_values import is_object
from mock_server.runtime.progress import Progress


@dataclass(frozen=True)
class Trial:
    """One mutant: whether it ever had an effect, which checks failed, and how many requests the stories sent.

    `defects` counts stories that crashed on it although no check failed.
    """

    kind: str
    target: str
    fired: bool = False
    checks: tuple[str, ...] = ()
    requests: int = 0
    defects: int = 0

    @property
    def killed(self) -> bool:
        """Whether any check failed."""
        return bool(self.checks)

    def with_outcome(self, found: Outcome) -> Trial:
        """A copy with the outcome of another part of the profile added."""
        return replace(
            self, fired=self.fired or found.fired, checks=tuple(sorted({*self.checks, *found.checks})),
            requests=self.requests + found.requests, defects=self.defects + found.defects,
        )  # fmt: skip


@dataclass
class Calls:
    """The calls that stories or journeys make on the unbroken sandbox, and the checks that fail there.

    Calls are counted by operation and by operation and parameter or field.
    """

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    complaints: list[str] = field(default_factory=list[str])

    def note(self, exchange: Exchange) -> None:
        """Counts a request."""
        names = {name for name, _ in exchange.request.parameters}
        fields = exchange.request.content
        names |= fields.keys() if is_object(fields) else set()
        self.counts[exchange.operation][exchange.test] += 1
        for name in names:
            self.counts[f"{exchange.operation} {name}"][exchange.test] += 1

    def forget(self, tests: Iterable[str]) -> None:
        """Drops the calls of some stories or journeys."""
        for test in tests:
            for counted in self.counts.values():
                counted.pop(test, None)

    def of(self, kind: Kind, target: str) -> list[str]:
        """The stories or journeys that may kill a mutant; those that use the broken part come first.

        A fault of a query parameter concerns only those that send it.
        """
        operation, part = operation_of(target), part_of(target)
        near = (*kind.near, *([f"{operation} {part}"] if part else []))
        touching = self.counts.get(near[-1] if "?" in target else operation, Counter[str]())
        if kind.also is None:
            touching = sum((self.counts.get(each, Counter[str]()) for each in kind.near), Counter[str]())

        def relevance(test: str) -> tuple[int, int]:
            return sum(test in self.counts.get(each, ()) for each in near), touching[test]

        return sorted(touching, key=relevance, reverse=True)


def observe_stories(bench: Bench, seed: int) -> Calls:
    """Runs all stories on the unbroken sandbox."""
    calls = Calls()
    bench.proxy.observer = calls.note
    for story in Progress().each("stories on the unbroken sandbox", list(STORIES), "stories"):
        bench.proxy.test = story
        report = bench.run_story(story, seed)
        calls.complaints += [f"{each.story}: {each.operation}: {each.check}: {each.text}" for each in report.findings]
        calls.complaints += [f"defect of the suite: {each}" for each in report.defects]
    bench.proxy.observer = None
    return calls


def stories_for(calls: Calls, kind: Kind, target: str) -> list[str]:
    """The stories that may kill a mutant, on a server with or without rate limits."""
    return [story for story in calls.of(kind, target) if (story in NEEDS_LIMITS) == kind.limited]


def observe_journeys(bench: Bench) -> Calls:
    """Runs all journeys on the unbroken sandbox."""
    calls = Calls()

    class NamesThem:
        """A pytest plugin that names the present journey."""

        def pytest_runtest_logstart(self, nodeid: str) -> None:
            bench.proxy.test = _node_id(nodeid)

    bench.proxy.observer = calls.note
    results = bench.run_journeys(plugins=[NamesThem()], progress=Progress())
    bench.proxy.observer = None
    calls.complaints = [f"{each.rule}: {each.title}" for each in results.failures] + results.errors
    calls.forget(_node_id(f"{each.group}.py::{each.name}") for each in results.parts[-1].cases if each.left_out)
    return calls


def _node_id(text: str) -> str:
    """A journey's node id with an absolute path."""
    return str(FOLDER / text.rpartition("journeys/")[2])


def chosen(kind: Kind, description: Description, count: int, seed: int) -> list[str]:
    """Picks `count` targets of a kind by the description alone, spread over all areas."""
    by_area: dict[str, list[str]] = defaultdict(list)
    for target in kind.targets(description):
        by_area[description.operations[operation_of(target)].area].append(target)
    picker = random.Random(f"{kind.name} {seed}")
    for targets in by_area.values():
        picker.shuffle(targets)
    areas = sorted(by_area)
    picker.shuffle(areas)
    turns: list[tuple[int, int, str]] = [
        (turn, place, target) for place, area in enumerate(areas) for turn, target in enumerate(by_area[area])
    ]
    return [target for _, _, target in sorted(turns)[:count]]


def by_stories(bench: Bench, kind: Kind, target: str, stories: Sequence[str], seed: int) -> Trial:
    """Runs the stories against a mutant until one kills it."""
    trial = Trial(kind.name, target)
    for story in stories:
        trial = trial.with_outcome(bench.story(kind, target, story, seed))
        if trial.killed:
            break
    return trial


def by_the_rest(bench: Bench, kind: Kind, trial: Trial, journeys: Sequence[str], seed: int) -> Trial:
    """Sends generated requests to a mutant that survived the stories, then runs the journeys, until one kills it."""
    trial = trial.with_outcome(bench.fuzz(kind, trial.target, seed))
    return trial if trial.killed else trial.with_outcome(bench.journeys(kind, trial.target, journeys, seed))
