"""Shows the progress of a run: counts and the time left, on one line in a terminal, else in occasional lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TextIO

ON_A_TERMINAL, ELSEWHERE = 0.2, 15.0
"""Seconds between updates."""
EARLIEST = 2.0
"""Seconds before the time left is estimated."""
WIDTH = 100


def duration(seconds: float) -> str:
    """A duration as text, such as ``2 min 5 s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


class Progress:
    """Writes to `stream`, by default standard error. `clock` counts seconds."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = stream or sys.stderr
        self._clock = clock
        self._name, self._noun, self._total, self._done = "", "", 0, 0
        self._began = self._shown = clock()
        self._has_line = False

    def begin(self, name: str, total: int, noun: str) -> None:
        """Starts a part with `total` items, which `noun` names, such as ``stories``."""
        self._name, self._noun, self._total, self._done = name, noun, total, 0
        self._began = self._shown = self._clock()

    def step(self, requests: int, failures: int) -> None:
        """Counts a finished item; `requests` and `failures` are those of the run."""
        self._done += 1
        now = self._clock()
        pause = ON_A_TERMINAL if self._out.isatty() else ELSEWHERE
        if now - self._shown >= pause:
            self._shown = now
            self._write(f"{self._counts(requests, failures)}{self._left(now)}", ends=not self._out.isatty())

    def end(self, requests: int, failures: int) -> None:
        """Ends the part."""
        took = duration(self._clock() - self._began)
        self._write(f"{self._counts(requests, failures)}, {took}", ends=True)

    def say(self, text: str) -> None:
        """Writes a separate line."""
        self._write(text, ends=True)

    def _counts(self, requests: int, failures: int) -> str:
        done = f"{self._done:,} of {max(self._total, self._done):,} {self._noun}"
        return f"{self._name}: {done}, {requests:,} requests, {failures:,} failures"

    def _left(self, now: float) -> str:
        elapsed = now - self._began
        if elapsed < EARLIEST or self._done >= self._total:
            return ""
        return f", about {duration(elapsed / self._done * (self._total - self._done))} left"

    def _write(self, text: str, *, ends: bool) -> None:
        start = "\r" if self._has_line else ""
        self._has_line = not ends
        filled = f"  {text}"
        if self._out.isatty():
            filled = f"{filled[:WIDTH]:{WIDTH}}"
        print(start + filled.rstrip() if ends and not start else start + filled, end="\n" if ends else "",
              file=self._out, flush=True)  # fmt: skip
