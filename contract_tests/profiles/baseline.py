"""Known failures of a deployment, in schemathesis' format: only new ones fail a run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from schemathesis.baseline import Baseline as Entries
from schemathesis.baseline import BaselineEntry

from contract_tests.reports.results import Failure

OURS = "stories and journeys"


class Baseline:
    """The file at `path`. With `update`, the failures of the run are added to it."""

    def __init__(self, path: Path, *, update: bool = False) -> None:
        self.path = path
        self.update = update
        self._known = {entry.identity: entry for entry in Entries.load(path).entries}

    def knows(self, failure: Failure) -> bool:
        """Whether a failure of a story or a journey is known, and its entry has not expired."""
        entry = self._known.get(_entry(failure).identity)
        return entry is not None and not entry.is_expired(datetime.now(UTC).date())

    def add(self, failures: list[Failure]) -> None:
        """Adds failures of stories and journeys. Schemathesis adds its own."""
        entries = Entries.load(self.path)
        entries.entries += [entry for entry in map(_entry, failures) if entry.identity not in self._known]
        entries.save(self.path)


def _entry(failure: Failure) -> BaselineEntry:
    today = datetime.now(UTC).date().isoformat()
    return BaselineEntry(failure.operation, failure.check, OURS, failure.rule, first_seen=today, last_seen=today)
