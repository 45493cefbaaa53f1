"""Findings of stories: the failed check, the operation and the request."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    """A violation. `check` is the name of the rule, `curl` the request without credentials.

    `status` and `reply`, the beginning of the body, are those of the reply in which it shows, if it shows in one.
    """

    story: str
    check: str
    operation: str
    text: str
    curl: str
    status: int | None = None
    reply: str = ""

    def __str__(self) -> str:
        return self.text if self.status is None else f"{self.text} (status {self.status}: {self.reply})"


class StoryEnds(Exception):
    """The story cannot continue: a prerequisite is missing. The reason is in the report."""


@dataclass
class Report:
    """All findings of a run.

    `replies` counts operations with their statuses, `passed` operations with the checks that they passed. `left_out`
    says of stories why they were not shown, or not to their end. `defects` are the suite's own: a story that stumbles
    over a reply that no check complains of.
    """

    findings: list[Finding] = field(default_factory=list[Finding])
    replies: Counter[tuple[str, int]] = field(default_factory=Counter[tuple[str, int]])
    passed: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    left_out: dict[str, str] = field(default_factory=dict[str, str])
    defects: list[str] = field(default_factory=list[str])

    def checks(self) -> set[str]:
        """Names of the checks that failed."""
        return {finding.check for finding in self.findings}
