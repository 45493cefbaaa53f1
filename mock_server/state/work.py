"""How much work one request may cause. Code whose cost a client chooses counts it with `spend` as it goes.

A unit is about a microsecond. Where no budget is set, as in jobs and tests, nothing is counted.
"""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

LOOP_LIMIT = 30_000
"""What a request may cost on the event loop. A costlier one is worked on in a thread, from its start."""
THREAD_LIMIT = 10_000_000
"""What a request may cost at all. A costlier one is refused."""

TOO_MUCH = "This asks for more work than one request may cause: ask for a shorter time, or for less at once."


class WorkError(Exception):
    """Work was broken off."""


class LoopLimitReached(WorkError):
    """The work costs more than may be done on the event loop."""


class TooMuchWork(WorkError):
    """The work costs more than is done for one request; the text says what would be less."""

    def __init__(self, message: str = TOO_MUCH) -> None:
        super().__init__(message)


class WorkStopped(WorkError):
    """The server is stopping."""


class Budget:
    """The units that are left, the error that says that none are, and the event that breaks the work off."""

    __slots__ = ("_left", "_stop", "error")

    def __init__(self, units: int, error: type[WorkError] = TooMuchWork, stop: threading.Event | None = None) -> None:
        self._left = units
        self.error = error
        self._stop = stop

    def take(self, units: int) -> None:
        """Raises the error of the budget; WorkStopped."""
        self._left -= units
        if self._left < 0:
            raise self.error
        if self._stop is not None and self._stop.is_set():
            raise WorkStopped("The sandbox is stopping.")


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


def spend(units: int) -> None:
    """Counts work that is about to be done. Raises WorkError where the budget in force does not allow it."""
    budget = _budget.get()
    if budget is not None:
        budget.take(units)


def leave_loop() -> None:
    """Raises LoopLimitReached on the event loop: what comes may take long, and cannot be broken off."""
    budget = _budget.get()
    if budget is not None and budget.error is LoopLimitReached:
        raise LoopLimitReached


@contextmanager
def within(budget: Budget) -> Generator[None]:
    """Counts what is done inside against `budget` alone."""
    token = _budget.set(budget)
    try:
        yield
    finally:
        _budget.reset(token)
