"""The profiles of runs."""

from __future__ import annotations

from dataclasses import dataclass

FUZZ, STORIES, JOURNEYS = PARTS = ("fuzz", "stories", "journeys")
"""Generated requests; seeded stories with consistency checks; journeys of typical clients."""


@dataclass(frozen=True)
class Profile:
    """The settings of a run.

    `phases` are schemathesis'. `cases` is the number of cases of an operation that are kept in a phase; of the others,
    one in `then_every` is kept (0: none). `rate` is in requests per minute; without one there is no limit. Without a
    `seed`, each run has another one. `max_examples` limits the phases fuzzing and stateful. `without_checks` excludes
    checks that send requests of their own. `parts` are the parts that run.
    """

    name: str
    purpose: str
    phases: tuple[str, ...]
    seed: int | None = None
    cases: int | None = None
    then_every: int = 0
    max_examples: int | None = None
    rate: float | None = None
    in_process: bool = False
    one_example: bool = False
    without_checks: tuple[str, ...] = ()
    parts: tuple[str, ...] = PARTS


FIXED_SEED = 20250401

PROFILES = {
    each.name: each
    for each in (
        Profile(
            "pr", "every operation on a sandbox in this process, with a fixed seed, in two or three minutes",
            ("examples", "coverage"), seed=FIXED_SEED, cases=16, then_every=6, in_process=True,
        ),
        Profile(
            "nightly", "all phases over HTTP, with sequences of calls, in four to twenty minutes",
            ("examples", "coverage", "fuzzing", "stateful"), max_examples=60,
        ),
        Profile(
            "staging", "a shared deployment: slow, harmless, and only new failures count",
            ("examples", "coverage"), cases=4, rate=60,
        ),
        Profile(
            "smoke", "one valid request for each operation that the credentials allow",
            ("examples",), cases=1, rate=60, one_example=True, without_checks=("ignored_auth",),
            parts=(FUZZ,),
        ),
    )
}  # fmt: skip
