"""The results of mutants in a file, so that an interrupted run can be continued."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any, Self

from contract_tests.mutants.trial import Trial
from mock_server.runtime.editions import chosen_edition


class TrialLog:
    """A file with a line of JSON for each mutant that was tried; without a path, nothing is kept.

    It knows the trials of one profile, seed and edition.
    """

    def __init__(self, path: Path | None, profile: str, seed: int) -> None:
        self._path = path
        self._run = {"profile": profile, "seed": seed, "edition": chosen_edition()}
        self._trials: dict[tuple[str, str], Trial] = {}
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        if self._path is not None:
            if self._path.exists():
                self._read(self._path.read_text(encoding="utf-8"))
            self._file = self._path.open("a", encoding="utf-8")
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()

    def trial(self, kind: str, target: str) -> Trial | None:
        """The trial of a mutant that the file lists."""
        return self._trials.get((kind, target))

    def add(self, trial: Trial) -> Trial:
        """Adds a trial to the file."""
        if self._file is not None:
            print(json.dumps({**self._run, **asdict(trial)}), file=self._file, flush=True)
        return trial

    def _read(self, lines: str) -> None:
        for line in lines.splitlines():
            row: dict[str, Any] = json.loads(line)
            if all(row.pop(name) == value for name, value in self._run.items()):
                row |= {name: tuple(row[name]) for name in ("checks", "parts") if name in row}
                trial = Trial(**row)
                self._trials[trial.kind, trial.target] = trial
