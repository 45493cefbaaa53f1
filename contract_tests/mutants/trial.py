"""Chooses mutants and tries them: with stories first, then with journeys, then with generated requests."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from contract_tests.mutants.benches import Bench, Outcome
from contract_tests.mutants.kinds.kind import Kind, operation_of
from contract_tests.profiles.profile import FUZZ, JOURNEYS, PARTS, STORIES
from mock_server.runtime.description import Description


@dataclass(frozen=True)
class Trial:
    """One mutant: whether it ever had an effect, which checks failed, and how many requests the stories sent.

    `defects` counts stories that crashed on it although no check failed. `parts` are the parts of the profile that it
    has been through.
    """

    kind: str
    target: str
    fired: bool = False
    checks: tuple[str, ...] = ()
    requests: int = 0
    defects: int = 0
    parts: tuple[str, ...] = ()

    @property
    def killed(self) -> bool:
        """Whether any check failed."""
        return bool(self.checks)

    @property
    def is_complete(self) -> bool:
        """Whether it is killed or has been through all parts of the profile."""
        return self.killed or set(PARTS) <= {*self.parts}

    def after(self, part: str) -> Trial:
        """A copy that has been through another part of the profile."""
        return replace(self, parts=(*self.parts, part))

    def with_outcome(self, found: Outcome) -> Trial:
        """A copy with the outcome of another test added."""
        return replace(
            self, fired=self.fired or found.fired, checks=tuple(sorted({*self.checks, *found.checks})),
            requests=self.requests + found.requests, defects=self.defects + found.defects,
        )  # fmt: skip


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


class Killers:
    """The tests that killed mutants of each kind, the latest first: they are likely to kill the next one."""

    def __init__(self) -> None:
        self._latest: dict[str, list[str]] = defaultdict(list)

    def first(self, kind: Kind, tests: Sequence[str]) -> list[str]:
        """The tests, those that killed mutants of this kind first."""
        latest = self._latest[kind.name]
        return [*(test for test in latest if test in tests), *(test for test in tests if test not in latest)]

    def note(self, kind: Kind, test: str) -> None:
        """Records that a test killed a mutant."""
        latest = self._latest[kind.name]
        if test in latest:
            latest.remove(test)
        latest.insert(0, test)


def by_stories(
    bench: Bench, kind: Kind, target: str, stories: Sequence[str], seed: int, killers: Killers | None = None
) -> Trial:
    """Runs the stories against a mutant until one kills it."""
    trial, killers = Trial(kind.name, target), killers or Killers()
    for story in killers.first(kind, stories):
        trial = trial.with_outcome(bench.story(kind, target, story, seed))
        if trial.killed:
            killers.note(kind, story)
            return trial
    return trial.after(STORIES)


def by_the_rest(bench: Bench, kind: Kind, trial: Trial, journeys: Sequence[str], seed: int) -> Trial:
    """Runs the journeys against a mutant that survived the stories, then sends generated requests, until one kills it.

    Most generated requests take longer to make than all journeys that concern the mutant.
    """
    trial = trial.with_outcome(bench.journeys(kind, trial.target, journeys, seed))
    if trial.killed:
        return trial
    trial = trial.after(JOURNEYS).with_outcome(bench.fuzz(kind, trial.target, seed))
    return trial if trial.killed else trial.after(FUZZ)
