"""Limits the work that one request may cause. Code whose cost depends on the request reports it with `spend`.

A unit is about a microsecond. Without a budget, as in jobs and tests, nothing is counted.
"""

from __future__ import annotations

import threading
from contextvars import ContextVar

LOOP_LIMIT = 30_000
"""The budget of a request on the event loop. A more expensive one is restarted in a thread."""
THREAD_LIMIT = 10_000_000
"""The budget of a request in a thread. A more expensive one is refused."""

TOO_MUCH = "This asks for more work than one request may cause: ask for a shorter time, or for less at once."


class WorkError(Exception):
    """Work was aborted."""


class LoopLimitReached(WorkError):
    """The work exceeds the budget of the event loop."""


class TooMuchWork(WorkError):
    """The work exceeds the budget of a request. The message says how to reduce it."""

    def __init__(self, message: str = TOO_MUCH) -> None:
        super().__init__(message)


class WorkStopped(WorkError):
    """The server is stopping."""

    def __init__(self) -> None:
        super().__init__("The sandbox is stopping.")


class Budget:
    """The remaining units, the error to raise when they are used up, and an event that aborts the work."""

    __slots__ = ("_left", "_stop", "error")

    def __init__(self, units: int, error: type[WorkError] = TooMuchWork, stop: threading.Event | None = None) -> None:
        self._left = units
        self.error = error
        self._stop = stop

    def take(self, units: int) -> None:
        """Uses units. Raises the error of the budget, or WorkStopped."""
        self._left -= units
        if self._left < 0:
            raise self.error
        if self._stop is not None and self._stop.is_set():
            raise WorkStopped


_budget: ContextVar[Budget | None] = ContextVar("budget", default=None)


def spend(units: int) -> None:
    """Reports work that is about to be done. Raises WorkError if the current budget does not allow it."""
    budget = _budget.get()
    if budget is not None:
        budget.take(units)


def leave_loop() -> None:
    """Raises LoopLimitReached on the event loop: the work that follows may take long and cannot be aborted."""
    budget = _budget.get()
    if budget is not None and budget.error is LoopLimitReached:
        raise LoopLimitReached


class within:  # noqa: N801 - it is used like a function.
    """Makes `budget` the current budget within the block."""

    __slots__ = ("_budget", "_token")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget

    def __enter__(self) -> None:
        self._token = _budget.set(self._budget)

    def __exit__(self, *_: object) -> None:
        _budget.reset(self._token)
