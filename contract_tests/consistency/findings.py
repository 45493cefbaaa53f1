"""What the stories find: which check failed, on which operation, and the request that shows it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """One breach. `check` is the name of the rule, `curl` the request that shows it, without credentials."""

    check: str
    operation: str
    text: str
    curl: str


class StoryEnds(Exception):
    """The story cannot go on: what it needs was not given. The reason is among the findings."""


@dataclass
class Report:
    """All findings of a run, with how often each operation was called and each check applied."""

    findings: list[Finding] = field(default_factory=list)
    calls: dict[str, Counter[str]] = field(default_factory=dict)
    applied: Counter[str] = field(default_factory=Counter)
    left_out: dict[str, str] = field(default_factory=dict)

    def checks(self) -> set[str]:
        """Names of the checks that failed."""
        return {finding.check for finding in self.findings}

    def count(self, story: str, operation: str) -> None:
        """Takes down a call."""
        self.calls.setdefault(story, Counter())[operation] += 1

    def operations(self) -> set[str]:
        """Operations that were called."""
        return {operation for calls in self.calls.values() for operation in calls}
