"""A pytest plugin for the tests of this repository: `--quick` runs the quick ones, see CONTRIBUTING.md.

Quick tests open no server socket, start no process, and are not marked `slow`. The first two are noticed when a test
is about to do it: it is skipped there, so that no list of tests has to be kept. A quick test that takes long fails.
"""

from __future__ import annotations

import socket
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

Skipped = pytest.skip.Exception

MARKER = "slow(why): takes seconds although it needs neither a server socket nor a process; not run by --quick"
NOT_QUICK = {
    "socket.bind": "it opens a server socket",
    "subprocess.Popen": "it starts a process",
    "os.fork": "it starts a process",
    "os.posix_spawn": "it starts a process",
}
"""What ends a quick test, by the interpreter's audit event."""
PREFIX = "not quick: "
MARKS_ALL = b"\npytestmark = pytest.mark.slow("
LONGEST = 10.0
"""Seconds of processor time that a quick test may take with the fixtures that it is the first to need."""
BEGAN = pytest.StashKey[float]()
REASON = pytest.StashKey[str | None]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option."""
    parser.addoption("--quick", action="store_true", help="skip tests that start servers or processes or are slow")


def pytest_configure(config: pytest.Config) -> None:
    """Declares the marker, and starts watching in a quick run."""
    config.addinivalue_line("markers", MARKER)
    if config.getoption("--quick"):
        config.pluginmanager.register(QuickTests())


@dataclass
class Watch:
    """Skips the test that a thread runs when it is about to do something that is not quick."""

    thread: int | None = None

    def audit(self, event: str, arguments: tuple[object, ...]) -> None:
        """See sys.addaudithook."""
        if event in NOT_QUICK and self.thread == threading.get_ident():
            for each in arguments:
                if isinstance(each, socket.socket):  # Its owner does not expect this, and may leave it open.
                    each.close()
            pytest.skip(f"{PREFIX}{NOT_QUICK[event]}")


@cache
def watch() -> Watch:
    """The watch of this process: there is one, because audit hooks cannot be removed."""
    made = Watch()
    sys.addaudithook(made.audit)
    return made


class QuickTests:
    """Skips what is not quick."""

    def __init__(self) -> None:
        self._watch = watch()
        self._not_quick: dict[pytest.FixtureDef[Any], str] = {}

    @contextmanager
    def _watching(self) -> Generator[None]:
        self._watch.thread = threading.get_ident()
        try:
            yield
        finally:
            self._watch.thread = None

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leaves out modules that mark all their tests, and packages that do: to import them takes long, too."""
        module = collection_path if collection_path.suffix == ".py" else collection_path / "__init__.py"
        return True if module.is_file() and MARKS_ALL in module.read_bytes() else None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Generator[None]:
        """Skips tests of which it is known that they are not quick."""
        item.stash[BEGAN] = time.process_time()
        reason = item.stash[REASON]
        if reason is not None:
            pytest.skip(reason)
        with self._watching():
            yield

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Remembers fixtures that open sockets or start processes: other tests are skipped before they begin."""
        try:
            return (yield)
        except Skipped as skipped:
            if str(skipped.msg).startswith(PREFIX):
                self._not_quick[fixturedef] = str(skipped.msg)
            raise

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        """Reports a test once, unless its set-up or clean-up fails.

        To pass a report on, which pytest-xdist sends to another process, takes as long as most of these tests.
        """
        reason = item.stash[REASON] = self._known_reason(item)
        if reason is not None and nextitem is not None and nextitem.parent is item.parent:
            # No fixture of the tests before it ends here: there is nothing to clean up.
            path, line, _ = item.location
            skipped = (path, (line or 0) + 1, f"Skipped: {reason}")
            reports = [pytest.TestReport(item.nodeid, item.location, {}, "skipped", skipped, "setup")]
        else:
            reports = runtestprotocol(item, log=False, nextitem=nextitem)
        for report in reports:
            if report.when == "call" or not report.passed:
                item.ihook.pytest_runtest_logreport(report=report)
        return True

    def _known_reason(self, item: pytest.Item) -> str | None:
        """Why a test is not quick, if that is known before it begins."""
        marker = item.get_closest_marker("slow")
        if marker is not None:
            return f"{PREFIX}{marker.args[0]}"
        found = getattr(item, "_fixtureinfo", None)
        used = (definitions[-1] for definitions in found.name2fixturedefs.values()) if found else ()
        return next((self._not_quick[each] for each in used if each in self._not_quick), None)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None]:
        """Fails tests that should be marked."""
        with self._watching():
            yield
        took = time.process_time() - item.stash[BEGAN]
        if took > LONGEST:
            pytest.fail(f"took {took:.1f} s of processor time: make it quicker, or mark it as slow")
