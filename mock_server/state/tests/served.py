"""A sandbox in a process of its own, which tests may kill."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def served(store: str) -> Generator[tuple[subprocess.Popen[str], str]]:
    """Starts a sandbox with that store; yields its process and its URL. The process is killed at the end."""
    command = [sys.executable, "-W", "ignore", "-m", "mock_server", "serve", "--port", "0", "--quiet"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "CAL_MOCK_STORE": store}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, encoding="utf-8")
    try:
        assert process.stdout is not None
        found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
        assert found, "the server printed no address"
        yield process, found.group()
    finally:
        process.kill()
        process.communicate()
