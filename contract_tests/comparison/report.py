"""The report of a comparison, as text and as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from contract_tests.comparison.differences import Differences
from contract_tests.comparison.errors import CannotCompare
from contract_tests.comparison.runner import Tally
from contract_tests.known_secrets import open_private


@dataclass(frozen=True)
class Report:
    """The result of a run. `left_behind` is what the run created on a server and could not remove."""

    seed: int
    operations: int
    tally: Tally
    differences: Differences
    left_behind: list[str]

    def lines(self) -> list[str]:
        """The differences by operation, and a summary."""
        lines: list[str] = []
        for found in self.differences.by_operation().values():
            lines.append(f"{found[0].method} {found[0].path}  ({found[0].operation})")
            for each in found:
                often = "once" if each.times == 1 else f"{each.times} times"
                lines += [
                    f"  {each.difference.place or '/'}",
                    f"      left   {each.difference.left}",
                    f"      right  {each.difference.right}",
                    f"      {often}, first in request {each.request}: {each.sent}",
                ]
        lines += [f"left behind on {each}" for each in self.left_behind]
        lines += [f"never sent: {name}: {reason}" for name, reason in self._never_sent().items()]
        return [*lines, self.summary()]

    def _never_sent(self) -> dict[str, str]:
        """The operations all of whose requests were held back, with the reason."""
        tally = self.tally
        return {name: reason for name, reason in sorted(tally.held_back.items()) if name not in tally.asked}

    def summary(self) -> str:
        """The summary in one line."""
        operations = len(self.differences.by_operation())
        count = len(self.differences.found)
        verdict = f"{count} differences in {operations} operations" if count else "no differences"
        return (
            f"{self.tally.requests} requests to each server (seed {self.seed}), {len(self.tally.asked)} of "
            f"{self.operations} operations, {len(self.tally.succeeded)} with success on both: {verdict}"
        )

    def write(self, path: Path) -> None:
        """Writes a JSON document. Raises CannotCompare if the file cannot be written."""
        content = {
            "seed": self.seed,
            "requests": self.tally.requests,
            "operations": {
                "asked": sorted(self.tally.asked),
                "succeeded": sorted(self.tally.succeeded),
                "neverSent": self._never_sent(),
            },
            "differences": [
                {
                    **asdict(each.difference),
                    **{name: value for name, value in asdict(each).items() if name != "difference"},
                }
                for each in self.differences.found.values()
            ],
            "leftBehind": self.left_behind,
        }
        try:
            with open_private(path, "w") as file:
                file.write(json.dumps(content, indent=2) + "\n")
        except OSError as error:
            raise CannotCompare(f"cannot write {path}: {error.strerror}") from None
