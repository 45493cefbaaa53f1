"""Commands of a page that run until they are stopped: servers, listeners, proxies."""

from __future__ import annotations

import os
import queue
import re
import signal
import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

GOES_ON = re.compile(r"(?:cal-mock (?:serve|proxy|webhooks listen)\b[^&|<>\\\n]*|make run\b[^&|<>\\\n]*)")
"""A command that runs until it is stopped."""
SECONDS = 60


class Background:
    """A command in the background, and the lines it prints."""

    def __init__(self, command: str, folder: Path, variables: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            ["bash", "-c", command], cwd=folder, env={**variables, "PYTHONUNBUFFERED": "1"},
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip
        self._command = command
        self._arriving = queue.Queue[str | None]()
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as output:
            for line in output:
                self._arriving.put(line)
        self._arriving.put(None)

    def wait_for_lines(self, number: int) -> str:
        """What it has printed when there are `number` lines. Raises ValueError if it ends or falls silent before."""
        while len(self.lines) < number:
            try:
                line = self._arriving.get(timeout=SECONDS)
            except queue.Empty:
                line = None
            if line is None:
                raise ValueError(f"$ {self._command}\nprinted only:\n{''.join(self.lines)}")
            self.lines.append(line)
        return "".join(self.lines)

    def stop(self) -> int:
        """Interrupts it as Ctrl-C does. Returns its exit status."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGINT)
        try:
            return self._process.wait(SECONDS)
        finally:
            self._process.kill()
            self._reader.join()
