"""Runs mutmut, but collects the tests once instead of once per mutant.

``python one_session.py run NAMES...`` takes the arguments of mutmut. Every mutant is a fork of the process that has
collected the tests, and runs only those that reach its function.
"""

# pyright: reportMissingImports=false
# mutmut is installed in .mutation only.

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from functools import cached_property
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Any, TypeAlias

import mutmut.__main__ as program
import pytest
from _pytest.config import _prepareconfig  # pyright: ignore[reportPrivateUsage] # Nothing public keeps a session open.
from mutmut.__main__ import collect_source_file_mutation_data
from mutmut.mutation.data import SourceFileMutationData
from mutmut.runners.harness import PytestRunner
from mutmut.state import state
from mutmut.stats import print_stats
from mutmut.utils.file_utils import change_cwd
from mutmut.workers.isolation import ForkRunner, run_in_fork

Mutant: TypeAlias = tuple[SourceFileMutationData, str, int | None]
"""A mutant's source file, its name, and the exit code of its tests."""

KILLED = (1, 3)
"""Exit codes of pytest for a test that failed."""

TIMED_OUT = 36
"""The exit code of a mutant whose tests take too long, as mutmut knows it."""

PLACE = "mutants"
"""The folder in which mutmut keeps the mutated sources and runs the tests."""


class UnknownChanges:
    """Lets sandboxes start although mutants ask for changes between editions that the register does not have."""

    def pytest_sessionstart(self) -> None:
        """See pytest."""
        vars(import_module("mock_server.server"))["check_asked_at_start"] = lambda _: None


class OneSession(PytestRunner):
    """Runs tests that were collected once."""

    def execute_pytest(self, params: list[str], **kwargs: Any) -> int:
        """Runs pytest."""
        return super().execute_pytest(params, **{**kwargs, "plugins": [*kwargs.get("plugins", ()), UnknownChanges()]})

    @cached_property
    def session(self) -> pytest.Session:
        """An open session with all tests."""
        with change_cwd(PLACE):
            options = ["--rootdir=.", "--tb=no", "-s", "-x", "-q", *self._pytest_add_cli_args]
            config = _prepareconfig([*options, *self._pytest_add_cli_args_test_selection], [UnknownChanges()])
            config._do_configure()  # noqa: SLF001
            session = pytest.Session.from_config(config)
            config.hook.pytest_sessionstart(session=session)
            config.hook.pytest_collection(session=session)
        return session

    def run_tests(self, *, mutant_name: str | None, tests: Iterable[str]) -> int:
        """Runs the named tests, or all, in this order until one fails. Returns 1 then, else 0.

        Ends the process with TIMED_OUT at a test that takes ten times as long as without a mutant, plus ten seconds.
        """
        del mutant_name
        os.chdir(PLACE)
        collected = {item.nodeid: item for item in self.session.items}
        items = [collected[test] for test in tests or collected]
        signal.signal(signal.SIGALRM, lambda *_: os._exit(TIMED_OUT))
        for item, following in zip(items, [*items[1:], None], strict=True):
            signal.alarm(10 + 10 * ceil(state().duration_by_test[item.nodeid]))
            item.ihook.pytest_runtest_protocol(item=item, nextitem=following)
            if self.session.testsfailed:
                return 1
        return 0


class WarmRunner(ForkRunner):
    """Runs each mutant, and the tests without a mutant, in a fork of the process that has collected the tests."""

    test_runner: OneSession

    def run_clean_tests(self, tests: Iterable[str]) -> int:
        """Whether the tests pass without a mutant: 0 then, else 1."""
        assert self.test_runner.session.items
        return run_in_fork(self._run_silently, tests)

    def _run_silently(self, tests: Iterable[str]) -> int:
        # As for mutants, so that what breaks because of it cannot pass for the mutants' doing.
        sys.stdout = sys.stderr = Path(os.devnull).open("w")  # noqa: SIM115
        return self.test_runner.run_tests(mutant_name=None, tests=tests)

    def run_forced_fail(self) -> int:
        """Whether a test fails when all functions raise: 1 then, else 0."""
        return run_in_fork(self.test_runner.run_forced_fail)


def undecided(*, mutant_names: tuple[str, ...]) -> tuple[list[Mutant], dict[str, SourceFileMutationData]]:
    """The chosen mutants without those that a former run has killed; the data of the source files.

    From now on, mutmut counts the mutants of the chosen files only.
    """
    mutants, files = collect_source_file_mutation_data(mutant_names=mutant_names)
    chosen = {str(data.path): data for data, _, _ in mutants}
    program.print_stats = lambda _, **options: print_stats(chosen, **options)
    return [mutant for mutant in mutants if mutant[2] not in KILLED], files


def runner(max_workers: int = 1) -> WarmRunner:
    """What mutmut runs mutants with."""
    return WarmRunner(max_workers=max_workers, test_runner=OneSession())


if __name__ == "__main__":
    program.get_mutant_runner = runner
    program.collect_source_file_mutation_data = undecided
    program.cli()
