"""The table of `cal-mock mutants`: kinds of mutants, how many are killed and by which checks, and the survivors."""

from __future__ import annotations

import gc
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path

from contract_tests.mutants import reasons
from contract_tests.mutants.benches import Bench, bench
from contract_tests.mutants.kinds import KINDS
from contract_tests.mutants.kinds.kind import operation_of
from contract_tests.mutants.observation import Calls, observe_journeys, observe_stories, stories_for
from contract_tests.mutants.trial import Killers, Trial, by_stories, by_the_rest, chosen
from contract_tests.mutants.trial_log import TrialLog
from mock_server.runtime.progress import Progress

ENOUGH = {"pr": 0.95, "staging": 0.85}
_SPAWN = get_context("spawn")
_open = ExitStack()
_killers = Killers()


@dataclass(frozen=True)
class Task:
    """A mutant to try."""

    profile: str
    kind: str
    target: str
    seed: int


@cache
def _bench(profile: str, limited: bool) -> Bench:
    opened = _open.enter_context(bench(profile, limited=limited))
    gc.freeze()  # The description stays: searching it for garbage again and again takes longer than most stories.
    return opened


def try_stories(task: Task, stories: Sequence[str]) -> Trial:
    """Runs the stories that may kill a mutant against it."""
    kind = KINDS[task.kind]
    return by_stories(_bench(task.profile, kind.limited), kind, task.target, stories, task.seed, _killers)


def try_the_rest(task: Task, trial: Trial, journeys: Sequence[str]) -> Trial:
    """Runs the rest of the profile, with the journeys that may kill it, against a mutant that survived the stories."""
    return by_the_rest(_bench(task.profile, False), KINDS[task.kind], trial, journeys, task.seed)


class UnsoundError(Exception):
    """Checks fail on the unbroken sandbox."""


def mutants(
    names: list[str] | None, operations: int, *, profile: str, seed: int, workers: int, results: Path | None = None
) -> int:
    """Prints the table of mutants that the stories, generated requests and journeys of a profile kill.

    Mutants that `results` lists are not tried again. Returns 0 if enough are killed, 1 if not, 2 if a check fails on
    the unbroken sandbox.
    """
    began = time.monotonic()
    try:
        with bench(profile) as unbroken, TrialLog(results, profile, seed) as log:
            tasks = [
                Task(profile, name, target, seed)
                for name in names or KINDS
                for target in chosen(KINDS[name], unbroken.description, operations, seed)
            ]
            trials = Trials(unbroken, workers, log).of(tasks)
            unavailable = unbroken.left_out
    except UnsoundError as complaints:
        print(complaints, file=sys.stderr)
        return 2
    return Table(profile, trials, unavailable).print(time.monotonic() - began)


@dataclass(frozen=True)
class Trials:
    """Tries mutants in several processes, with the tests that call the broken operation on the unbroken sandbox."""

    unbroken: Bench
    workers: int
    log: TrialLog

    def of(self, tasks: list[Task]) -> list[Trial]:
        """The trials of the tasks, in their order. Raises UnsoundError."""
        found = {task: trial for task in tasks if (trial := self.log.trial(task.kind, task.target))}
        found |= self._by_stories([task for task in tasks if task not in found])
        found |= self._by_the_rest({task: trial for task, trial in found.items() if not _is_final(trial)})
        return [found[task] for task in tasks]

    def _by_stories(self, tasks: list[Task]) -> dict[Task, Trial]:
        if not tasks:
            return {}
        calls = _sound(observe_stories(self.unbroken, tasks[0].seed))
        chosen_ones = [stories_for(calls, KINDS[task.kind], task.target) for task in tasks]
        with ProcessPoolExecutor(self.workers, mp_context=_SPAWN) as pool:
            trials = _shown(pool.map(try_stories, tasks, chosen_ones), len(tasks), "stories")
            return {task: self.log.add(trial) for task, trial in zip(tasks, trials, strict=True)}

    def _by_the_rest(self, survivors: dict[Task, Trial]) -> dict[Task, Trial]:
        if not survivors:
            return {}
        calls = _sound(observe_journeys(self.unbroken, next(iter(survivors)).seed))
        # Schemathesis keeps what it knows of an operation.
        tasks = sorted(survivors, key=lambda task: operation_of(task.target))
        journeys = [calls.of(KINDS[task.kind], task.target) for task in tasks]
        before = [survivors[task] for task in tasks]
        with ProcessPoolExecutor(self.workers, mp_context=_SPAWN) as pool:
            trials = pool.map(try_the_rest, tasks, before, journeys)
            shown = _shown(trials, len(tasks), "journeys and generated requests")
            return {task: self.log.add(trial) for task, trial in zip(tasks, shown, strict=True)}


def _is_final(trial: Trial) -> bool:
    """Whether nothing is left to try: mutants that need rate limits are met by stories alone."""
    return trial.is_complete or KINDS[trial.kind].limited


def _sound(calls: Calls) -> Calls:
    if calls.complaints:
        shown = "\n".join(calls.complaints[:20])
        raise UnsoundError(f"{shown}\n{len(calls.complaints)} checks fail on the unbroken sandbox.")
    return calls


def _shown(trials: Iterable[Trial], count: int, part: str) -> Iterable[Trial]:
    """Shows progress, and a line at the end."""
    progress, killed = Progress(), Counter[bool]()
    with closing(progress):
        progress.begin(f"mutants, {part}", count, "mutants", lambda: f"{killed[True]:,} killed")
        for trial in trials:
            killed[trial.killed] += 1
            progress.step()
            yield trial
        progress.end()


class Table:
    """The results of all mutants.

    Mutants that never took effect, for a recorded reason, are not counted: `equivalent` ones cannot, and those
    `out_of_reach` cannot in this profile.
    """

    def __init__(self, profile: str, trials: list[Trial], unavailable: dict[str, str]) -> None:
        self.profile = profile
        self._unavailable = unavailable
        idle = [each for each in trials if not each.fired and not each.killed]
        self.equivalent = [each for each in idle if reasons.why_equivalent(each.kind, each.target)]
        self.out_of_reach = [each for each in idle if each not in self.equivalent and self._known(each)]
        self.tried = [each for each in trials if each not in self.equivalent]
        self.counted = [each for each in self.tried if each not in self.out_of_reach]
        self.survivors = [each for each in self.counted if not each.killed]

    def print(self, seconds: float) -> int:
        """Prints the table; returns the exit code."""
        by_kind: dict[str, list[Trial]] = defaultdict(list)
        for trial in self.counted:
            by_kind[trial.kind].append(trial)
        print(f"{'kind':40} {'killed':>7}  killed by (most often first)")
        for name, found in by_kind.items():
            killed = [trial for trial in found if trial.killed]
            checks = Counter(check for trial in killed for check in trial.checks)
            shown = ", ".join(f"{check} {number}" for check, number in checks.most_common(4))
            print(f"{name:40} {len(killed):3}/{len(found):<3}  {shown}")
        self._print_survivors()
        share = 1 - len(self.survivors) / max(len(self.counted), 1)
        broken = {operation_of(trial.target) for trial in self.counted}
        of_all = sum(trial.killed for trial in self.counted) / max(len(self.tried), 1)
        defects = sum(trial.defects for trial in self.counted)
        print(
            f"\nProfile {self.profile}: {len(by_kind)} kinds, {len(self.counted)} mutants of {len(broken)} operations: "
            f"{share:.1%} killed, {len(self.survivors)} survive. {len(self.out_of_reach)} more are out of reach "
            f"({of_all:.1%} of all are killed), {len(self.equivalent)} equivalent; {defects} story defects; "
            f"{sum(trial.requests for trial in self.counted)} requests in {seconds:.0f} s."
        )
        return 0 if share >= ENOUGH[self.profile] else 1

    def _print_survivors(self) -> None:
        groups = ("Survivors", self.survivors), ("Out of reach", self.out_of_reach), ("Equivalent", self.equivalent)
        for title, trials in groups:
            if trials:
                print(f"\n{title}:")
            for trial in trials:
                print(f"  {trial.kind} on {trial.target}: {self._why(trial)}")

    def _why(self, trial: Trial) -> str:
        known = reasons.why_equivalent(trial.kind, trial.target) if trial in self.equivalent else self._known(trial)
        did = "had an effect" if trial.fired else "never had an effect"
        return known or f"NO REASON IS RECORDED; it {did} ({KINDS[trial.kind].means})"

    def _known(self, trial: Trial) -> str | None:
        """The reason why the profile misses a mutant; None if there is none."""
        operation = operation_of(trial.target)
        if operation in self._unavailable:
            return f"not called on a deployment: {self._unavailable[operation]}"
        return reasons.why_survives(self.profile, trial.kind, trial.target)
