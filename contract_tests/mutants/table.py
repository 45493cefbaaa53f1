"""The table of `make mutants`: kinds of mutants, how many of each are killed and by which checks, and the survivors."""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context

from contract_tests.mutants import reasons
from contract_tests.mutants.benches import Bench, bench
from contract_tests.mutants.kinds import KINDS
from contract_tests.mutants.kinds.kind import operation_of
from contract_tests.mutants.trial import Trial, by_stories, by_the_rest, chosen, observe_unbroken

ENOUGH = {"pr": 0.95, "staging": 0.85}
TASKS_OF_A_WORKER = 25
_open = ExitStack()


@dataclass(frozen=True)
class Task:
    """A mutant to try, with the stories that may kill it."""

    profile: str
    kind: str
    target: str
    stories: tuple[str, ...]
    seed: int


@cache
def _bench(profile: str, limited: bool) -> Bench:
    return _open.enter_context(bench(profile, limited=limited))


def try_stories(task: Task) -> Trial:
    """Runs the stories against a mutant."""
    kind = KINDS[task.kind]
    return by_stories(_bench(task.profile, kind.limited), kind, task.target, list(task.stories), task.seed)


def try_the_rest(task: Task, trial: Trial) -> Trial:
    """Runs the rest of the profile against a mutant that survived the stories."""
    return by_the_rest(_bench(task.profile, False), KINDS[task.kind], trial, task.seed)


def mutants(names: list[str] | None, operations: int, *, profile: str, seed: int, workers: int) -> int:
    """Prints the table of mutants that the stories, generated requests and journeys of a profile kill.

    Returns 0 if enough are killed, 1 if not, 2 if a check fails on the unbroken sandbox.
    """
    began = time.monotonic()
    with bench(profile) as unbroken:
        known = observe_unbroken(unbroken, seed)
        unavailable = unbroken.left_out
        tasks = [
            Task(profile, name, target, tuple(known.stories_for(KINDS[name], target)), seed)
            for name in names or KINDS
            for target in chosen(KINDS[name], unbroken.description, operations, seed)
        ]
    if known.complaints:
        print("\n".join(known.complaints[:20]), file=sys.stderr)
        print(f"{len(known.complaints)} checks fail on the unbroken sandbox.", file=sys.stderr)
        return 2
    trials = _tried(tasks, workers)
    return Table(profile, trials, unavailable).print(time.monotonic() - began)


def _tried(tasks: list[Task], workers: int) -> list[Trial]:
    spawn = get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        trials = dict(zip(tasks, _shown(pool.map(try_stories, tasks, chunksize=4), len(tasks), "stories"), strict=True))
    left = [task for task, trial in trials.items() if not trial.killed and not KINDS[task.kind].limited]
    with ProcessPoolExecutor(workers, mp_context=spawn, max_tasks_per_child=TASKS_OF_A_WORKER) as pool:
        found = pool.map(try_the_rest, left, [trials[task] for task in left])
        trials |= dict(zip(left, _shown(found, len(left), "generated requests and journeys"), strict=True))
    return list(trials.values())


def _shown(trials: Iterable[Trial], count: int, part: str) -> Iterable[Trial]:
    """Reports progress."""
    for number, trial in enumerate(trials, 1):
        if number % 50 == 0 or number == count:
            print(f"  {part}: {number} of {count} mutants tried", file=sys.stderr, flush=True)
        yield trial


class Table:
    """The results of all mutants."""

    def __init__(self, profile: str, trials: list[Trial], unavailable: dict[str, str]) -> None:
        self.profile = profile
        self._unavailable = unavailable
        self.equivalent = [each for each in trials if not each.fired and reasons.why_equivalent(each.kind, each.target)]
        self.counted = [each for each in trials if each not in self.equivalent]
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
        defects = sum(trial.defects for trial in self.counted)
        print(
            f"\nProfile {self.profile}: {len(by_kind)} kinds, {len(self.counted)} mutants of {len(broken)} operations: "
            f"{share:.1%} killed, {len(self.survivors)} survive, {len(self.equivalent)} equivalent; {defects} story "
            f"defects; {sum(trial.requests for trial in self.counted)} requests in {seconds:.0f} s."
        )
        return 0 if share >= ENOUGH[self.profile] else 1

    def _print_survivors(self) -> None:
        for title, trials in (("Survivors", self.survivors), ("Equivalent mutants", self.equivalent)):
            if trials:
                print(f"\n{title}:")
            for trial in trials:
                print(f"  {trial.kind} on {trial.target}: {self._why(trial)}")

    def _why(self, trial: Trial) -> str:
        operation = operation_of(trial.target)
        if operation in self._unavailable:
            return f"not called on a deployment: {self._unavailable[operation]}"
        known = reasons.why_equivalent(trial.kind, trial.target) if trial in self.equivalent else None
        known = known or reasons.why_survives(trial.kind, trial.target)
        did = "had an effect" if trial.fired else "never had an effect"
        return known or f"NO REASON IS RECORDED; it {did} ({KINDS[trial.kind].means})"
