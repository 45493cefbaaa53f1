"""What each profile means."""

from __future__ import annotations

from dataclasses import dataclass

FUZZ, STORIES, JOURNEYS = PARTS = ("fuzz", "stories", "journeys")
"""Generated requests, one by one or in sequences; seeded sequences with checks of consistency; what clients do."""


@dataclass(frozen=True)
class Profile:
    """One way to run.

    `phases` are schemathesis'. `cases` is how many cases of an operation are tried in a phase, of which `then_every`
    further ones are thinned out to one in so many (0: none). `rate` is in requests a minute, None for no limit of ours.
    `seed` None takes another one each time. `max_examples` bounds what the phases fuzzing and stateful make up.
    `without_checks` are those that send further requests of their own. `parts` are what is run: see PARTS.
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
            "pr", "every operation on a sandbox in this process, with a fixed seed, in under two minutes",
            ("examples", "coverage"), seed=FIXED_SEED, cases=16, then_every=6, in_process=True,
        ),
        Profile(
            "nightly", "everything over HTTP: all phases, with sequences of calls; takes long",
            ("examples", "coverage", "fuzzing", "stateful"), max_examples=60,
        ),
        Profile(
            "staging", "a deployment that others use: slow, harmless, and only what is new fails",
            ("examples", "coverage"), cases=4, rate=60,
        ),
        Profile(
            "smoke", "one valid request for each operation that the credentials allow",
            ("examples",), cases=1, rate=60, one_example=True, without_checks=("ignored_auth",),
            parts=(FUZZ,),
        ),
    )
}  # fmt: skip
