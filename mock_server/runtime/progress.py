"""Shows the progress of a long command on the standard error: counts, and the time passed and left.

On a terminal one line is overwritten; elsewhere, as in the log of CI, there is a line now and then.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from typing import TextIO, TypeVar

T = TypeVar("T")

FIRST = 2.0
"""Seconds before anything is shown: short parts show nothing but their end."""
ON_A_TERMINAL, ELSEWHERE = 0.5, 15.0
"""Seconds between updates."""
WIDTH = 100


def duration(seconds: float) -> str:
    """A duration as text, such as ``2 min 5 s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{seconds:.1f} s"


class Progress:
    """Writes to `stream`, by default standard error. `clock` counts seconds.

    While a part is open, a thread updates what is shown, so that a long step does not look like a stopped command.
    """

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._out = stream or sys.stderr
        self._clock = clock
        self._pause = ON_A_TERMINAL if self._out.isatty() else ELSEWHERE
        self._lock = threading.RLock()
        self._ended: threading.Event | None = None
        self._name, self._noun, self._total, self._done = "", "", 0, 0
        self._details: Callable[[], str] = str
        self._began = self._due = clock()
        self._has_line = False

    @contextmanager
    def part(
        self, name: str, total: int = 0, noun: str = "", details: Callable[[], str] = str
    ) -> Generator[Callable[[], None]]:
        """A part that shows nothing when it has ended. Yields the function that counts a finished item: see `begin`."""
        self.begin(name, total, noun, details)
        try:
            yield self.step
        finally:
            self.close()

    def each(self, name: str, items: Sequence[T], noun: str, details: Callable[[], str] = str) -> Generator[T]:
        """The items, of which each counts as finished when the next one is asked for: see `part`."""
        with self.part(name, len(items), noun, details) as step:
            for item in items:
                yield item
                step()

    def begin(self, name: str, total: int = 0, noun: str = "", details: Callable[[], str] = str) -> None:
        """Starts a part with `total` items, which `noun` names, such as ``stories``.

        `details` are added to the counts. The total may be unknown, which is 0.
        """
        self.close()
        with self._lock:
            self._name, self._noun, self._total, self._done, self._details = name, noun, total, 0, details
            self._began = self._clock()
            self._due = self._began + FIRST
            self._ended = threading.Event()
            threading.Thread(target=self._keep_showing, args=(self._ended,), daemon=True).start()

    def step(self, done: int | None = None) -> None:
        """Counts a finished item, or sets the number of those that are finished."""
        with self._lock:
            self._done = self._done + 1 if done is None else done
        self.show()

    def show(self) -> None:
        """Shows the part if it is time for an update."""
        with self._lock:
            now = self._clock()
            if self._ended is not None and now >= self._due:
                self._due = now + self._pause
                self._write(f"{self._counts()}{self._times(now)}", ends=not self._out.isatty())

    def end(self) -> None:
        """Ends the part with a line."""
        with self._lock:
            text = f"{self._counts()}, {duration(self._clock() - self._began)}"
            self.close()
            self._write(text, ends=True)

    def say(self, text: str) -> None:
        """Writes a separate line."""
        with self._lock:
            self._erase()
            self._write(text, ends=True)

    def close(self) -> None:
        """Ends the part, if one is open, and removes its line from the terminal."""
        with self._lock:
            if self._ended is not None:
                self._ended.set()
                self._ended = None
            self._erase()

    def _keep_showing(self, ended: threading.Event) -> None:
        pause = FIRST
        while not ended.wait(pause):
            pause = self._pause
            with self._lock:
                if self._ended is ended:
                    self.show()

    def _counts(self) -> str:
        of = f" of {max(self._total, self._done):,}" if self._total else ""
        done = f"{self._done:,}{of} {self._noun}" if self._noun else ""
        return f"{self._name}: {', '.join(filter(None, (done, self._details())))}".removesuffix(": ")

    def _times(self, now: float) -> str:
        passed = now - self._began
        if not 0 < self._done < self._total:
            return f", {duration(passed)} so far"
        return f", about {duration(passed / self._done * (self._total - self._done))} left"

    def _erase(self) -> None:
        if self._has_line:
            print(f"\r{'':{WIDTH}}\r", end="", file=self._out, flush=True)
            self._has_line = False

    def _write(self, text: str, *, ends: bool) -> None:
        start = "\r" if self._has_line else ""
        self._has_line = not ends
        filled = f"  {text}"
        if self._out.isatty():
            filled = f"{filled[:WIDTH]:{WIDTH}}"
        print(start + (filled.rstrip() if ends else filled), end="\n" if ends else "", file=self._out, flush=True)
