"""Why some mutants are none, and why some survive. Every mutant that is not noticed has to stand here to be excused."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """Mutants by their kind and what they break, both regular expressions, and why."""

    kind: str
    target: str
    why: str

    def fits(self, kind: str, target: str) -> bool:
        """Whether it is about a mutant."""
        return re.fullmatch(self.kind, kind) is not None and re.fullmatch(self.target, target) is not None


NO_MUTANTS: tuple[Reason, ...] = ()
"""Mutants that cannot do anything, so that no server can have this fault: they are not counted."""

SURVIVE: tuple[Reason, ...] = ()
"""Faults that a server can have and that go unnoticed, and why that is so: they count as survivors."""


def why_none(kind: str, target: str) -> str | None:
    """Why a mutant that never did anything is none; None where it counts as a survivor."""
    return next((each.why for each in NO_MUTANTS if each.fits(kind, target)), None)


def why_survives(kind: str, target: str) -> str | None:
    """Why a mutant survives, as far as that is known."""
    return next((each.why for each in SURVIVE if each.fits(kind, target)), None)
