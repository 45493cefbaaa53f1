"""Groups failures by cause: one cause counts once, however many operations and checks show it."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass

from contract_tests.reports.results import Failure, Results

SYSTEMIC = 4
"""A cause in this many families of operations concerns the whole service."""


@dataclass(frozen=True)
class Cause:
    """Failures with the same cause, one for each operation; the one to show comes first."""

    failures: list[Failure]

    @property
    def shown(self) -> Failure:
        """The failure with the shortest replay."""
        return self.failures[0]

    @property
    def count(self) -> int:
        """How often it occurred."""
        return sum(each.count for each in self.failures)

    @property
    def operations(self) -> list[str]:
        """The operations in which it occurred, the shown one first."""
        return list(dict.fromkeys(each.operation for each in self.failures))


def causes(failures: Iterable[Failure], results: Results) -> list[Cause]:
    """Groups failures by family of operations, status and title. The most frequent come first."""

    def family_of(operation: str) -> str:
        tally = results.tallies.get(operation)
        return operation if tally is None else tally.family

    families: dict[tuple[int | None, str], set[str]] = {}
    for each in failures:
        families.setdefault(each.cause, set()).add(family_of(each.operation))
    groups: dict[tuple[object, ...], list[Failure]] = {}
    for each in failures:
        family = "" if len(families[each.cause]) >= SYSTEMIC else family_of(each.operation)
        groups.setdefault((family, *each.cause), []).append(each)
    found = [Cause(sorted(group, key=lambda each: len(each.curl) or sys.maxsize)) for group in groups.values()]
    return sorted(found, key=lambda cause: (-len(cause.operations), -cause.count))
