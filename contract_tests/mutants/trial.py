"""Chooses mutants and tries them: with stories first, then with generated requests, then with journeys."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from contract_tests.consistency.run import NEEDS_LIMITS, STORIES
from contract_tests.mutants.benches import Bench, Outcome
from contract_tests.mutants.kinds.kind import Kind, operation_of, part_of
from contract_tests.mutants.proxy import Exchange
from mock_server.runtime.description import Description
from mock_server.runtime.json_values import is_object


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
class UnbrokenRun:
    """The calls that each story makes on the unbroken sandbox, by operation and by operation and parameter or field,
    and the checks that fail there."""

    calls: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    complaints: list[str] = field(default_factory=list[str])

    def note(self, exchange: Exchange) -> None:
        """Counts a request."""
        names = {name for name, _ in exchange.request.parameters}
        fields = exchange.request.content
        names |= fields.keys() if is_object(fields) else set()
        self.calls[exchange.operation][exchange.story] += 1
        for name in names:
            self.calls[f"{exchange.operation} {name}"][exchange.story] += 1

    def stories_for(self, kind: Kind, target: str) -> list[str]:
        """The stories that may kill a mutant; those that use the broken part come first."""
        operation, part = operation_of(target), part_of(target)
        near = (*kind.near, *([f"{operation} {part}"] if part else []))
        touching = self.calls.get(operation, Counter[str]())
        if kind.also is None:
            touching = sum((self.calls[each] for each in kind.near), Counter[str]())

        def relevance(story: str) -> tuple[int, int]:
            return sum(story in self.calls.get(each, ()) for each in near), touching[story]

        stories = sorted(touching, key=relevance, reverse=True)
        return [story for story in stories if (story in NEEDS_LIMITS) == kind.limited]


def observe_unbroken(bench: Bench, seed: int) -> UnbrokenRun:
    """Runs all stories on the unbroken sandbox."""
    known = UnbrokenRun()
    for story in STORIES:
        bench.proxy.seen, bench.proxy.story = [], story
        report = bench.run_story(story, seed)
        known.complaints += [f"{each.story}: {each.operation}: {each.check}: {each.text}" for each in report.findings]
        known.complaints += [f"defect of the suite: {each}" for each in report.defects]
        for exchange in bench.proxy.seen:
            known.note(exchange)
    bench.proxy.seen = None
    return known


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


def by_stories(bench: Bench, kind: Kind, target: str, stories: list[str], seed: int) -> Trial:
    """Runs the stories against a mutant until one kills it."""
    trial = Trial(kind.name, target)
    for story in stories:
        trial = trial.with_outcome(bench.story(kind, target, story, seed))
        if trial.killed:
            break
    return trial


def by_the_rest(bench: Bench, kind: Kind, trial: Trial, seed: int) -> Trial:
    """Runs the rest of the profile against a mutant that survived the stories."""
    parts: tuple[Any, ...] = (bench.fuzz, bench.journeys)
    for part in parts:
        trial = trial.with_outcome(part(kind, trial.target, seed))
        if trial.killed:
            break
    return trial
