"""The table of `make mutants`: kinds of mutants, how many of each are killed, and by which checks."""

from __future__ import annotations

import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import cache, partial
from multiprocessing import get_context

from contract_tests.mutants.kinds import KINDS
from contract_tests.mutants.trial import Bench, Plan, Trial, bench, kinds

ENOUGH = 0.95
_open = ExitStack()


@cache
def _bench(limited: bool) -> Bench:
    return _open.enter_context(bench(limited=limited))


def try_kind(name: str, plan: Plan, operations: int, seed: int) -> list[Trial]:
    """Tries one kind on as many operations as asked for, if it has an effect on that many."""
    kind, here = KINDS[name], _bench(KINDS[name].limited)
    trials: list[Trial] = []
    for operation, stories in plan:
        trial = here.one(kind, here.operation(operation), stories, seed)
        trials += [trial] if trial.fired else []
        if len(trials) == operations:
            break
    return trials


def try_again(trial: Trial, seed: int) -> Trial:
    """Tries what else profile `pr` has on a mutant that the stories did not notice."""
    with bench() as here:
        return here.again(trial, KINDS[trial.kind], seed)


def mutants(names: list[str] | None, operations: int, *, seed: int, workers: int) -> int:
    """Prints the table of the mutants that profile `pr` kills: by its stories, its generated requests or its journeys.

    Gives 0 if enough are killed, 1 if not, 2 if the unbroken sandbox is complained of.
    """
    began = time.monotonic()
    with bench() as healthy:
        findings, seen = healthy.healthy(seed)
        plans = {kind.name: healthy.plan(kind, seen, seed) for kind in kinds(names)}
    if findings:
        for finding in findings[:20]:
            print(f"{finding.operation}: {finding.check}: {finding}", file=sys.stderr)
        print(f"The unbroken sandbox is complained of {len(findings)} times.", file=sys.stderr)
        return 2
    trials: dict[str, list[Trial]] = {}
    with ProcessPoolExecutor(workers) as pool:
        tasks = {name: pool.submit(try_kind, name, plan, operations, seed) for name, plan in plans.items()}
        for name, task in tasks.items():
            trials[name] = task.result()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for name, found in trials.items():
            survivors = [trial for trial in found if not trial.killed and not KINDS[name].limited]
            again = pool.map(partial(try_again, seed=seed), survivors)
            trials[name] = [trial for trial in found if trial not in survivors] + list(again)
    return _print(trials, time.monotonic() - began)


def _print(trials: dict[str, list[Trial]], seconds: float) -> int:
    every = [trial for found in trials.values() for trial in found]
    print(f"{'kind':34} {'killed':>7}  noticed by (most often first)")
    for name, found in trials.items():
        killed = [trial for trial in found if trial.killed]
        checks = Counter(check for trial in killed for check in trial.checks)
        shown = ", ".join(f"{check} {number}" for check, number in checks.most_common(4))
        print(f"{name:34} {len(killed):3}/{len(found):<3}  {shown}")
    survivors = [trial for trial in every if not trial.killed]
    if survivors:
        print("\nSurvivors:")
        for trial in survivors:
            print(f"  {trial.kind} on {trial.operation}: {KINDS[trial.kind].means}")
    share = 1 - len(survivors) / max(len(every), 1)
    broken = len({trial.operation for trial in every})
    print(
        f"\n{len(trials)} kinds, {len(every)} mutants of {broken} operations: {share:.1%} killed, "
        f"{len(survivors)} survive; {sum(trial.requests for trial in every)} requests in {seconds:.0f} s."
    )
    return 0 if share >= ENOUGH else 1
