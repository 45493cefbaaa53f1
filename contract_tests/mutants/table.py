"""The table of `make mutants`: kinds of mutants, how many of each are killed, and by which checks."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from functools import cache

from contract_tests.mutants.kinds import KINDS
from contract_tests.mutants.trial import LIMIT_STORY, Bench, Trial, bench, kinds, stories_by_operation

ENOUGH = 0.95
_open = ExitStack()


@cache
def _bench(limited: bool) -> Bench:
    return _open.enter_context(bench(limited=limited))


def try_kind(name: str, stories: dict[str, list[str]], operations: int, seed: int) -> list[Trial]:
    """Tries one kind on as many operations as asked for, if it has an effect on that many."""
    kind, here = KINDS[name], _bench(KINDS[name].limited)
    candidates = [each for each in here.description if each.id in stories and kind.applies(each)]
    random.Random(f"{name} {seed}").shuffle(candidates)
    trials: list[Trial] = []
    began = time.process_time()
    for operation in candidates:
        chosen = [LIMIT_STORY] if kind.limited else [each for each in stories[operation.id] if each != LIMIT_STORY]
        if kind.limited != (LIMIT_STORY in stories[operation.id]) and kind.limited:
            continue
        trials.append(here.one(kind, operation, chosen, seed))
        if sum(trial.fired for trial in trials) >= operations:
            break
    if time.process_time() - began > 4:
        print("SLOW", name, time.process_time() - began, len(trials), file=sys.stderr)
    return trials


def mutants(names: list[str] | None, operations: int, seed: int, workers: int) -> int:
    """Prints the table. Gives 0 if enough are killed, 1 if not, 2 if the unbroken sandbox is complained of."""
    began = time.monotonic()
    with bench() as healthy:
        report = healthy.healthy(seed)
    if report.findings:
        for finding in report.findings[:20]:
            print(f"{finding.operation}: {finding.check}: {finding.text}", file=sys.stderr)
        print(f"The unbroken sandbox is complained of {len(report.findings)} times.", file=sys.stderr)
        return 2
    stories = stories_by_operation(report)
    chosen = [kind.name for kind in kinds(names)]
    trials: dict[str, list[Trial]] = {}
    with ProcessPoolExecutor(workers) as pool:
        tasks = {name: pool.submit(try_kind, name, stories, operations, seed) for name in chosen}
        for name, task in tasks.items():
            trials[name] = [trial for trial in task.result() if trial.fired]
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
